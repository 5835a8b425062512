//! A database for each test.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use idp_store::DurableStore;
use idp_store_postgres::{DatabaseUrl, Options, PostgresStore};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

/// A database that nobody else uses. It goes with its server.
pub(crate) struct Database {
    url: String,
}

impl Database {
    /// An empty one on the shared server.
    pub(crate) async fn empty() -> Self {
        let server = std::env::var("IDP_TEST_POSTGRES").expect(
            "IDP_TEST_POSTGRES is not set: run tests/run, or `source .ci/prepare.bash .ci/engines.bash; start_postgres /tmp/x/postgres`",
        );
        Self::on(&server).await
    }

    /// An empty one on the server of this URL, whose last part is the database that is there already.
    #[expect(clippy::disallowed_methods, reason = "a name that no other run has")]
    pub(crate) async fn on(server: &str) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        let name = format!("test_{}_{now}", std::process::id());
        let mut connection = PgConnection::connect(server).await.unwrap();
        let create = format!("CREATE DATABASE {name} TEMPLATE template0");
        connection.execute(AssertSqlSafe(create)).await.unwrap();
        connection.close().await.unwrap();
        let (server, _) = server.rsplit_once('/').unwrap();
        Self {
            url: format!("{server}/{name}"),
        }
    }

    /// One with the schema.
    pub(crate) async fn migrated() -> Self {
        let database = Self::empty().await;
        PostgresStore::migrate(&database.url()).await.unwrap();
        database
    }

    pub(crate) fn text(&self) -> &str {
        &self.url
    }

    pub(crate) fn url(&self) -> DatabaseUrl {
        self.url.parse().unwrap()
    }

    pub(crate) fn options(&self, chain: &str) -> Options {
        Options::new(self.url(), chain)
    }

    pub(crate) async fn open(&self, chain: &str) -> PostgresStore {
        PostgresStore::open(self.options(chain))
            .await
            .expect("the store opens")
    }

    /// As whoever owns the tables.
    pub(crate) async fn owner(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }
}

pub(crate) fn shared(store: PostgresStore) -> Arc<dyn DurableStore> {
    Arc::new(store)
}
