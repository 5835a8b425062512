//! The stores that the configuration asks for, each behind its circuit.

mod circuit;
mod watched;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use idp_store::memory::{MemoryLimits, MemoryStore};
use idp_store::{DurableStore, EphemeralStore, StoreError};
use idp_store_postgres::PostgresStore;
use idp_store_redis::{Options, RedisStore};
use idp_store_sqlite::{Location, SqliteStore};

use crate::boot::BootError;
use crate::config::{Config, RedisConfig};
use crate::telemetry::Metrics;

pub(crate) use circuit::Circuit;

/// The circuits of both stores, for whoever asks how they are.
pub(crate) struct Circuits {
    /// Around what must never be lost.
    pub(crate) durable: Arc<Circuit>,
    /// Around what is pending.
    pub(crate) ephemeral: Arc<Circuit>,
}

impl Circuits {
    /// For the engines that are configured.
    pub(crate) fn of(config: &Config) -> Self {
        let durable = if config.storage.database.is_some() {
            "postgresql"
        } else {
            "sqlite"
        };
        let ephemeral = if config.storage.redis.is_some() {
            "redis"
        } else {
            "memory"
        };
        Self {
            durable: Arc::new(Circuit::new(durable)),
            ephemeral: Arc::new(Circuit::new(ephemeral)),
        }
    }

    /// A durable store behind its circuit.
    pub(crate) fn watch_durable(
        &self,
        engine: Arc<dyn DurableStore>,
        metrics: &Metrics,
    ) -> Arc<dyn DurableStore> {
        watched::keep_durable(self.durable.clone(), Arc::downgrade(&engine));
        watched::keep_writing(self.durable.clone(), Arc::downgrade(&engine));
        Arc::new(watched::WatchedDurable::new(
            engine,
            self.durable.clone(),
            metrics,
        ))
    }

    /// An ephemeral store behind its circuit.
    pub(crate) fn watch_ephemeral(
        &self,
        engine: Arc<dyn EphemeralStore>,
        metrics: &Metrics,
    ) -> Arc<dyn EphemeralStore> {
        watched::keep_ephemeral(self.ephemeral.clone(), Arc::downgrade(&engine));
        Arc::new(watched::WatchedEphemeral::new(
            engine,
            self.ephemeral.clone(),
            metrics,
        ))
    }
}

/// What must never be lost: in the PostgreSQL that is configured, otherwise in a file of the data directory. Audit records of this process
/// stand in its chain.
pub(crate) async fn durable(config: &Config, chain: String) -> Result<Arc<dyn DurableStore>, BootError> {
    let Some(database) = &config.storage.database else {
        let location = Location::File(embedded_file(config));
        let options = idp_store_sqlite::Options::new(chain);
        return Ok(Arc::new(SqliteStore::open(location, options).await?));
    };
    let options = idp_store_postgres::Options {
        readers: database.readers,
        patience: database.patience,
        ..idp_store_postgres::Options::new(database.url.clone(), chain)
    };
    Ok(Arc::new(PostgresStore::open(options).await?))
}

/// Where the embedded store is.
pub(crate) fn embedded_file(config: &Config) -> PathBuf {
    config.data_dir.join("idp.sqlite")
}

/// What is pending: in the Redis that is configured, otherwise in this process.
pub(crate) async fn ephemeral(config: &Config) -> Result<Arc<dyn EphemeralStore>, BootError> {
    let sessions = config.limits.max_sessions;
    let Some(redis) = &config.storage.redis else {
        return Ok(Arc::new(MemoryStore::new(memory_limits(sessions))));
    };
    let RedisConfig { address, prefix, .. } = redis;
    let options = Options {
        prefix: prefix.clone(),
        sessions,
        subscriptions: sessions,
        connect: redis.connect,
        response: redis.response,
        roots: redis.ca_file.as_deref().map(read).transpose()?,
    };
    let store = RedisStore::open(address, options).await;
    Ok(Arc::new(store.map_err(StoreError::new)?))
}

fn read(path: &Path) -> Result<Vec<u8>, BootError> {
    std::fs::read(path).map_err(|source| BootError::File {
        path: path.display().to_string(),
        source,
    })
}

/// Room for the configured sessions, with their mailboxes, and for the addresses that are counted.
fn memory_limits(sessions: usize) -> MemoryLimits {
    MemoryLimits {
        sessions,
        values: sessions.saturating_mul(2),
        buckets: sessions,
        subscriptions: sessions,
    }
}
