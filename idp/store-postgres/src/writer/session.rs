//! The writer's connection. It holds the lock of its audit chain: who has the connection is the only one who writes the chain.

use idp_store::StoreError;
use idp_store::sql::{ADD_CHAIN, CHAIN_ID, Statement};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};

use super::transaction::Stop;
use crate::connect::{Connector, Purpose, limited};
use crate::open::OpenError;
use crate::row::{failed, query};
use crate::schema;

/// Advisory locks of this product: one for each chain, beside those of [`super::transaction`].
const CHAINS: i32 = 0x1d_70_01;

/// The oldest server that knows all our settings.
const OLDEST_SERVER: u32 = 140_000;

const LAST_BATCH: &str = "SELECT batch FROM writers WHERE chain_id = $1";

/// A statement that must have written a row, and has not: another instance was faster.
#[derive(Debug, thiserror::Error)]
#[error("another instance wrote the row meanwhile")]
pub(super) struct Overtaken;

/// The connection of the writer of a chain.
pub(crate) struct Session {
    pub(super) connection: PgConnection,
    pub(super) patience: std::time::Duration,
    pub(crate) chain_id: i64,
    pub(super) chain: String,
    pub(super) batch: i64,
}

impl Session {
    /// Connects, and takes the chain.
    pub(crate) async fn open(connector: &Connector, chain: &str) -> Result<Self, OpenError> {
        let mut connection = connector.connect(Purpose::Write).await?;
        if connection
            .server_version_num()
            .is_some_and(|version| version < OLDEST_SERVER)
        {
            return Err(OpenError::Server);
        }
        let patience = connector.patience();
        let schema = async { Ok(schema::check(&mut connection).await) };
        limited(patience, schema).await??;
        let (chain_id, batch) = limited(patience, take(&mut connection, chain)).await?;
        let batch = batch.ok_or_else(|| OpenError::ChainTaken(chain.to_owned()))?;
        Ok(Self {
            connection,
            patience,
            chain_id,
            chain: chain.to_owned(),
            batch,
        })
    }

    /// The last batch of this chain that was committed.
    pub(crate) const fn batch(&self) -> i64 {
        self.batch
    }

    pub(super) async fn ping(&mut self) -> Result<(), Stop> {
        let ping = limited(self.patience, self.connection.ping());
        ping.await.map_err(|error| Stop::Lost(failed(error)))
    }

    pub(super) async fn close(self) {
        let closed = limited(self.patience, self.connection.close()).await;
        if let Err(error) = closed {
            tracing::debug!(%error, "the connection that writes did not close cleanly");
        }
    }

    /// Runs a text without places.
    pub(super) async fn run(&mut self, text: &'static str) -> Result<(), sqlx::Error> {
        limited(self.patience, self.connection.execute(text))
            .await
            .map(drop)
    }

    /// Runs a statement that answers no rows; how many it wrote.
    pub(super) async fn execute(&mut self, statement: &Statement<'_>) -> Result<u64, Stop> {
        let done = query(statement)?.execute(&mut self.connection);
        let written = limited(self.patience, done).await?.rows_affected();
        if statement.must_write && written == 0 {
            return Err(Stop::Raced(StoreError::new(Overtaken)));
        }
        Ok(written)
    }
}

/// The chain's id, and its last batch if the chain is ours.
async fn take(connection: &mut PgConnection, chain: &str) -> Result<(i64, Option<i64>), sqlx::Error> {
    let add = sqlx::query(ADD_CHAIN).bind(chain);
    add.execute(&mut *connection).await?;
    let id: i64 = sqlx::query_scalar(CHAIN_ID)
        .bind(chain)
        .fetch_one(&mut *connection)
        .await?;
    let is_ours: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1, $2::int)")
        .bind(CHAINS)
        .bind(id)
        .fetch_one(&mut *connection)
        .await?;
    if !is_ours {
        return Ok((id, None));
    }
    let add = sqlx::query("INSERT INTO writers (chain_id, batch) VALUES ($1, 0) ON CONFLICT DO NOTHING");
    add.bind(id).execute(&mut *connection).await?;
    let last = sqlx::query_scalar(LAST_BATCH).bind(id);
    Ok((id, Some(last.fetch_one(connection).await?)))
}
