//! Opening the file: its mode, its schema, its connections.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use idp_store::batch;
use idp_store::cache::Caches;
use idp_store::sql::{ADD_CHAIN, CHAIN_ID, CHAIN_LIMIT};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool,
    SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, SqlSafeStr};
use tempfile::TempDir;

use crate::SqliteStore;
use crate::writer::{Chain, SqliteWriter};

/// How long a statement waits for another process' lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
pub(crate) const BUSY_TIMEOUT_PRAGMA: &str = "PRAGMA busy_timeout = 5000";

const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "initial", include_str!("../migrations/0001_initial.sql")),
    (2, "oidc", include_str!("../migrations/0002_oidc.sql")),
    (3, "sessions", include_str!("../migrations/0003_sessions.sql")),
    (4, "saml", include_str!("../migrations/0004_saml.sql")),
    (
        5,
        "sealed documents",
        include_str!("../migrations/0005_sealed_documents.sql"),
    ),
    (
        6,
        "credentials",
        include_str!("../migrations/0006_credentials.sql"),
    ),
];

/// Where the data is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A file, created with mode 0600 when it is not there. Its directory must be there, on a local file system.
    File(PathBuf),
    /// A file in the system's temporary directory, gone with the store: for demonstrations and tests. It is not synchronised to disk.
    Temporary,
}

/// How the store works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The audit chain that this process writes: the instance's name, or `cli` for the command line. No two running processes share one
    /// for long: they would take turns on it, correctly but slowly.
    pub chain: String,
    /// Connections that read.
    pub readers: u32,
    /// Holders, and as many services, clients and token entries, that are kept in memory after they were read.
    pub cached_records: usize,
}

impl Options {
    /// The defaults, for this chain.
    pub fn new(chain: impl Into<String>) -> Self {
        Self {
            chain: chain.into(),
            readers: 4,
            cached_records: 65_536,
        }
    }
}

/// Why a store was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The chain's name is empty or too long.
    #[error("the name of an audit chain has 1 to {CHAIN_LIMIT} bytes")]
    Chain,
    /// The file was not created.
    #[error("the database file was not created")]
    File(#[from] std::io::Error),
    /// The engine refused the file.
    #[error("the database was not opened")]
    Engine(#[from] sqlx::Error),
    /// The schema is another one, or was not brought up to date.
    #[error("the schema was not brought up to date")]
    Schema(#[from] MigrateError),
}

impl SqliteStore {
    /// Opens the store, creating the file and bringing its schema up to date. To be called within a tokio runtime that has its timer
    /// enabled: the writer is a task of it.
    ///
    /// # Errors
    /// [`OpenError`] when the file cannot be created or opened, is no database, or was written by a later version.
    pub async fn open(location: Location, options: Options) -> Result<Self, OpenError> {
        if options.chain.is_empty() || options.chain.len() > CHAIN_LIMIT {
            return Err(OpenError::Chain);
        }
        let (path, directory) = match location {
            Location::File(path) => (path, None),
            Location::Temporary => {
                let directory = tempfile::Builder::new().prefix("idp-").tempdir()?;
                (directory.path().join("idp.db"), Some(directory))
            }
        };
        let is_temporary = directory.is_some();
        create(path.clone()).await?;
        let mut connection = writing(&path, is_temporary).connect().await?;
        migrator().run(&mut connection).await?;
        let id = chain_id(&mut connection, &options.chain).await?;
        let readers = readers(&path, options.readers).await?;
        let caches = Arc::new(Caches::new(options.cached_records));
        let chain = Chain {
            id,
            name: options.chain,
        };
        let writer = SqliteWriter::new(connection, chain, Arc::clone(&caches));
        Ok(Self::start(writer, readers, caches, directory))
    }

    fn start(
        writer: SqliteWriter,
        readers: SqlitePool,
        caches: Arc<Caches>,
        directory: Option<TempDir>,
    ) -> Self {
        let (tasks, queue) = batch::task_queue();
        let directory = directory.map(Arc::new);
        let kept = directory.clone();
        let writer = tokio::spawn(async move {
            batch::run(writer, queue).await;
            // A temporary directory goes when neither the store nor its writer needs it.
            drop(kept);
        });
        Self {
            tasks,
            readers,
            caches,
            writer,
            _directory: directory,
        }
    }
}

/// Creates the file, readable by its owner alone; its log and index take the same mode.
async fn create(path: PathBuf) -> Result<(), std::io::Error> {
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    match options.open(path).await {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn common(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging()
}

fn writing(path: &Path, is_temporary: bool) -> SqliteConnectOptions {
    let synchronous = if is_temporary {
        SqliteSynchronous::Off
    } else {
        SqliteSynchronous::Full
    };
    common(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .auto_vacuum(SqliteAutoVacuum::None)
        // An erased key leaves no octets behind in a free page.
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY")
        // A checkpoint every 64 MiB of log: hot pages are written back less often than they change. 16 MiB of pages: after a commit that
        // split a page the engine walks its whole table of pages, so a larger cache costs every commit more than it saves.
        .pragma("cache_size", "-16384")
        .pragma("wal_autocheckpoint", "16000")
        .pragma("journal_size_limit", "134217728")
        .statement_cache_capacity(256)
        .thread_name(|_| "store-writer".to_owned())
}

async fn readers(path: &Path, count: u32) -> Result<SqlitePool, sqlx::Error> {
    let options = common(path)
        .read_only(true)
        .pragma("query_only", "ON")
        .thread_name(|number| format!("store-reader-{number}"));
    SqlitePoolOptions::new()
        .max_connections(count.max(1))
        .acquire_timeout(BUSY_TIMEOUT)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options)
        .await
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

async fn chain_id(connection: &mut SqliteConnection, chain: &str) -> Result<i64, sqlx::Error> {
    sqlx::query(ADD_CHAIN)
        .bind(chain)
        .execute(&mut *connection)
        .await?;
    sqlx::query_scalar(CHAIN_ID)
        .bind(chain)
        .fetch_one(connection)
        .await
}
