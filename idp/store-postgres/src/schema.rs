//! The schema: its migrations, and whether a database has the one that this program works on.

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::PgConnection;
use sqlx::{Row, SqlSafeStr};

const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "initial", include_str!("../migrations/0001_initial.sql")),
    (2, "saml", include_str!("../migrations/0002_saml.sql")),
    (
        3,
        "sealed documents",
        include_str!("../migrations/0003_sealed_documents.sql"),
    ),
    (
        4,
        "credentials",
        include_str!("../migrations/0004_credentials.sql"),
    ),
];

/// Why this program does not work on a database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// It has no tables yet.
    #[error("the database has no schema yet: run `idp migrate`")]
    Missing,
    /// Its migrations were not all run.
    #[error("the database has schema {found}, this program needs {needed}: run `idp migrate`")]
    Older {
        /// The last migration of the database.
        found: i64,
        /// The last migration of this program.
        needed: i64,
    },
    /// A later program migrated it, and this one would not know what it does.
    #[error("the database has schema {found}, which needs a later version of this program")]
    Newer {
        /// The last migration of the database.
        found: i64,
    },
    /// A migration is another one than this program's of the same number.
    #[error("migration {0} of the database is not this program's")]
    Foreign(i64),
    /// A migration was begun and did not end.
    #[error("migration {0} of the database was not completed")]
    Dirty(i64),
    /// It was not brought up to date.
    #[error("the schema was not brought up to date")]
    Migrate(#[from] MigrateError),
    /// The engine failed.
    #[error("the schema was not read")]
    Engine(#[from] sqlx::Error),
}

fn migrator() -> Migrator {
    let migrations = MIGRATIONS.iter().map(|(version, name, text)| {
        Migration::new(
            *version,
            (*name).into(),
            MigrationType::Simple,
            text.into_sql_str(),
            false,
        )
    });
    Migrator::with_migrations(migrations.collect())
}

/// Brings the schema up to date. Whoever comes second waits for who came first.
pub(crate) async fn migrate(connection: &mut PgConnection) -> Result<(), SchemaError> {
    match check(connection).await {
        Err(SchemaError::Missing | SchemaError::Older { .. }) => {
            Ok(migrator().run_direct(None, connection, false).await?)
        }
        other => other,
    }
}

/// Whether this program works on the schema as it is.
pub(crate) async fn check(connection: &mut PgConnection) -> Result<(), SchemaError> {
    let is_there =
        "SELECT to_regclass('_sqlx_migrations') IS NOT NULL AND to_regclass('compatibility') IS NOT NULL";
    if !sqlx::query_scalar(is_there).fetch_one(&mut *connection).await? {
        return Err(SchemaError::Missing);
    }
    let applied = sqlx::query("SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version")
        .fetch_all(&mut *connection)
        .await?;
    let ours = migrator();
    let needed = MIGRATIONS.last().map_or(0, |(version, ..)| *version);
    let mut found = 0;
    for row in &applied {
        found = row.try_get("version")?;
        if !row.try_get::<bool, _>("success")? {
            return Err(SchemaError::Dirty(found));
        }
        let known = ours.iter().find(|migration| migration.version == found);
        let checksum: &[u8] = row.try_get("checksum")?;
        if known.is_some_and(|known| *known.checksum != *checksum) {
            return Err(SchemaError::Foreign(found));
        }
    }
    if found < needed {
        return Err(SchemaError::Older { found, needed });
    }
    let oldest: i64 = sqlx::query_scalar("SELECT oldest FROM compatibility")
        .fetch_one(connection)
        .await?;
    if oldest > needed {
        return Err(SchemaError::Newer { found });
    }
    Ok(())
}
