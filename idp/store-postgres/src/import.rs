//! Moving in: everything that another engine holds, in one transaction, compared row by row before it counts.

use std::sync::Arc;
use std::time::Duration;

use idp_store::StoreError;
use idp_store::sql::{Content, Engine, Kind, TABLES, Table, TableCopy, Value, list};
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::{AssertSqlSafe, Connection};

use crate::connect::{Connector, DatabaseUrl, Purpose};
use crate::open::OpenError;
use crate::row::{Row, array, bind_arrays, query};
use crate::{PostgresStore, schema};

/// Why nothing was moved. The database is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The database does not let us in, or has another schema.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It is in use already.
    #[error("the database is not empty: there are rows in {0}")]
    NotEmpty(&'static str),
    /// What was written does not read back.
    #[error("what arrived in {0} is not what was sent")]
    Different(&'static str),
    /// One of the two stores failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database refused.
    #[error("the database refused: {0}")]
    Engine(#[from] sqlx::Error),
}

impl PostgresStore {
    /// Copies everything that the other store holds into a database that has the schema and nothing else; what arrived, table by table.
    /// Nobody may write to the other store meanwhile.
    ///
    /// # Errors
    /// [`ImportError`] when the database is in use, one of the two fails, or what arrived is something else. Then nothing was copied.
    pub async fn import<E: Engine>(
        url: &DatabaseUrl,
        source: &E,
    ) -> Result<Vec<(&'static str, Content)>, ImportError> {
        let connector = Connector::new(url, "import", Duration::from_secs(20));
        let mut connection = connector
            .connect(Purpose::Migrate)
            .await
            .map_err(OpenError::from)?;
        schema::check(&mut connection).await.map_err(OpenError::from)?;
        let mut transaction = connection.begin().await?;
        for table in TABLES {
            assert_empty(&mut transaction, table).await?;
        }
        let mut arrived = Vec::with_capacity(TABLES.len());
        for table in TABLES {
            let sent = send(&mut transaction, source, table).await?;
            let content = read_back(&mut transaction, table).await?;
            if content != sent {
                return Err(ImportError::Different(table.name));
            }
            count_on(&mut transaction, table).await?;
            arrived.push((table.name, content));
        }
        transaction.commit().await?;
        connection.close().await?;
        Ok(arrived)
    }
}

/// Locked, so that it stays so until the end.
async fn assert_empty(connection: &mut PgConnection, table: &'static Table) -> Result<(), ImportError> {
    let name = table.name;
    let lock = format!("LOCK TABLE {name} IN EXCLUSIVE MODE");
    sqlx::query(AssertSqlSafe(lock)).execute(&mut *connection).await?;
    let is_used = format!("SELECT EXISTS (SELECT 1 FROM {name})");
    let is_used = sqlx::query_scalar(AssertSqlSafe(is_used));
    if is_used.fetch_one(connection).await? {
        return Err(ImportError::NotEmpty(name));
    }
    Ok(())
}

async fn send<E: Engine>(
    connection: &mut PgConnection,
    source: &E,
    table: &'static Table,
) -> Result<Content, ImportError> {
    let mut copy = TableCopy::of(table);
    let insert: Arc<str> = insert(table, copy.columns()).into();
    loop {
        let rows = source.rows(copy.next_page()).await?;
        let page = copy.take(&rows)?;
        if page.is_empty() {
            return Ok(copy.content());
        }
        let arguments = arguments(copy.columns(), &page)?;
        let insert = sqlx::query_with(AssertSqlSafe(Arc::clone(&insert)), arguments);
        insert.execute(&mut *connection).await?;
    }
}

fn insert(table: &Table, columns: &[(&'static str, Kind)]) -> String {
    let names = list(columns.iter().map(|(name, _)| *name));
    let arrays = columns.iter().zip(1..);
    let arrays: Vec<_> = arrays
        .map(|((_, kind), place)| format!("${place}::{}", array(*kind)))
        .collect();
    let arrays = arrays.join(", ");
    format!(
        "INSERT INTO {} ({names}) SELECT * FROM UNNEST({arrays})",
        table.name
    )
}

fn arguments(columns: &[(&'static str, Kind)], page: &[Value<'_>]) -> Result<PgArguments, sqlx::Error> {
    let mut arguments = PgArguments::default();
    bind_arrays(&mut arguments, columns.iter().map(|(_, kind)| *kind), page)?;
    Ok(arguments)
}

async fn read_back(connection: &mut PgConnection, table: &'static Table) -> Result<Content, ImportError> {
    let mut copy = TableCopy::of(table);
    loop {
        let rows = query(&copy.next_page())?.fetch_all(&mut *connection).await?;
        let rows: Vec<Row> = rows.into_iter().map(Row).collect();
        if copy.take(&rows)?.is_empty() {
            return Ok(copy.content());
        }
    }
}

/// What comes next gets the numbers after those that were copied.
async fn count_on(connection: &mut PgConnection, table: &Table) -> Result<(), ImportError> {
    let (name, column) = match (table.name, table.has_rowid) {
        (name, true) => (name, "rowid"),
        (name @ "audit_chains", false) => (name, "id"),
        _ => return Ok(()),
    };
    let text = format!(
        "SELECT setval(pg_get_serial_sequence('{name}', '{column}'), COALESCE(MAX({column}), 0) + 1, false) FROM {name}"
    );
    sqlx::query(AssertSqlSafe(text)).execute(connection).await?;
    Ok(())
}
