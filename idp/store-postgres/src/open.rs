//! Opening the database: its schema, its chain, its connections.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use idp_store::batch;
use idp_store::cache::Caches;
use idp_store::sql::CHAIN_LIMIT;
use sqlx::Connection;
use sqlx::postgres::{PgPool, PgPoolOptions};

use crate::connect::{Connector, DatabaseUrl, Purpose};
use crate::leader::Leader;
use crate::listener;
use crate::schema::{self, SchemaError};
use crate::writer::{PostgresWriter, Session};
use crate::{Listener, PostgresStore};

/// A new process waits for the end of one that writes the same chain: the server may still be noticing that it is gone. So many times as
/// long as for a statement.
const SUCCESSION: u32 = 3;

/// How often it looks.
const LOOK: Duration = Duration::from_millis(250);

/// How the store works.
#[derive(Debug, Clone)]
pub struct Options {
    /// The database.
    pub url: DatabaseUrl,
    /// The audit chain that this process writes: the instance's name, or `cli` for the command line. No two processes write one.
    pub chain: String,
    /// Connections that read. Three more write, listen and lead.
    pub readers: u32,
    /// Holders, and as many services, clients, sessions and token entries, that are kept in memory after they were read.
    pub cached_records: usize,
    /// How long one statement may take.
    pub patience: Duration,
    /// Whether opening brings the schema up to date, for trying out. Otherwise `idp migrate` does.
    pub auto_migrate: bool,
}

impl Options {
    /// The defaults, for this chain of this database.
    pub fn new(url: DatabaseUrl, chain: impl Into<String>) -> Self {
        Self {
            url,
            chain: chain.into(),
            readers: 8,
            cached_records: 65_536,
            patience: Duration::from_secs(5),
            auto_migrate: false,
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
    /// Another process writes the chain.
    #[error("another process writes the audit chain {0:?}: give each instance a name of its own")]
    ChainTaken(String),
    /// The server refused us, or is not there.
    #[error("the database was not opened: {0}")]
    Engine(#[from] sqlx::Error),
    /// The schema is not the one that this program works on.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The server is too old.
    #[error("PostgreSQL 14 or later is needed")]
    Server,
}

impl PostgresStore {
    /// Opens the store. To be called within a tokio runtime that has its timer enabled: the writer and the listener are tasks of it.
    ///
    /// # Errors
    /// [`OpenError`] when the server does not let us in, the schema is another one, or another process writes the chain.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        if options.chain.is_empty() || options.chain.len() > CHAIN_LIMIT {
            return Err(OpenError::Chain);
        }
        if options.auto_migrate {
            Self::migrate(&options.url).await?;
        }
        let connector = Connector::new(&options.url, &options.chain, options.patience);
        let session = succeed(&connector, &options.chain).await?;
        let caches = Arc::new(Caches::new(options.cached_records));
        let is_away = Arc::new(AtomicBool::new(false));
        let listener = listener::run(
            connector.clone(),
            session.chain_id,
            Arc::clone(&caches),
            Arc::clone(&is_away),
        );
        let (tasks, queue) = batch::task_queue();
        let readers = readers(&connector, options.readers);
        let patience = connector.patience();
        let leader = Leader::new(connector.clone());
        let writer = PostgresWriter::new(connector, options.chain, session, Arc::clone(&caches));
        Ok(Self {
            tasks,
            readers,
            patience,
            is_away,
            caches,
            writer: tokio::spawn(batch::run(writer, queue)),
            listener: Listener(tokio::spawn(listener)),
            leader,
        })
    }

    /// Brings the schema of a database up to date, as its owner. Instances that run meanwhile go on.
    ///
    /// # Errors
    /// [`OpenError`] when the server does not let us in, or the schema is a later program's.
    pub async fn migrate(url: &DatabaseUrl) -> Result<(), OpenError> {
        let connector = Connector::new(url, "migrate", Duration::from_secs(20));
        let mut connection = connector.connect(Purpose::Migrate).await?;
        schema::migrate(&mut connection).await?;
        connection.close().await?;
        Ok(())
    }
}

/// Takes over the chain, when whoever wrote it is gone.
async fn succeed(connector: &Connector, chain: &str) -> Result<Session, OpenError> {
    let taken = async {
        loop {
            match Session::open(connector, chain).await {
                Err(OpenError::ChainTaken(_)) => tokio::time::sleep(LOOK).await,
                other => return other,
            }
        }
    };
    let taken = tokio::time::timeout(connector.patience() * SUCCESSION, taken).await;
    taken.unwrap_or_else(|_| Err(OpenError::ChainTaken(chain.to_owned())))
}

/// Connections are made when they are needed.
fn readers(connector: &Connector, count: u32) -> PgPool {
    let settings = connector.clone();
    PgPoolOptions::new()
        .max_connections(count.max(1))
        .acquire_timeout(connector.patience())
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            let settings = settings.clone();
            Box::pin(async move { settings.set_up(connection, Purpose::Read).await })
        })
        .connect_lazy_with(connector.options())
}
