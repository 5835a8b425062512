//! A database of a test's own on the PostgreSQL that the tests share, and what happens to databases: they go away and come back.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::fresh;

const HINT: &str = "names a PostgreSQL for tests; `tests/run` starts one and sets it";

/// A database without tables. It goes with its server.
pub struct Postgres {
    server: String,
    name: String,
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} {HINT}"))
}

/// Runs a statement as the server's owner.
fn psql(url: &str, statement: &str) {
    let program = PathBuf::from(variable("IDP_TEST_POSTGRES_BIN")).join("psql");
    let done = Command::new(program)
        .args([
            "--no-psqlrc",
            "--quiet",
            "--set",
            "ON_ERROR_STOP=1",
            "--dbname",
            url,
        ])
        .args(["--command", statement])
        .stdin(Stdio::null())
        .output()
        .expect("psql runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

impl Postgres {
    /// Makes one.
    pub fn create() -> Self {
        let server = variable("IDP_TEST_POSTGRES");
        let name = format!("flow_{}_{}", std::process::id(), fresh("db").replace('-', "_"));
        psql(&server, &format!("CREATE DATABASE {name} TEMPLATE template0"));
        Self { server, name }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        let server = self
            .server
            .rsplit_once('/')
            .map_or(self.server.as_str(), |(server, _)| server);
        format!("{server}/{}", self.name)
    }

    /// Ends every connection to it, and lets no new one in.
    pub fn close(&self) {
        let name = &self.name;
        psql(
            &self.server,
            &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"),
        );
        let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        psql(&self.server, &end);
    }

    /// Lets nobody write from now on, or lets them again. Connections begin anew.
    pub fn refuse_writes(&self, refused: bool) {
        let how = if refused {
            "SET default_transaction_read_only = on"
        } else {
            "RESET default_transaction_read_only"
        };
        let name = &self.name;
        psql(&self.server, &format!("ALTER DATABASE {name} {how}"));
        let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        psql(&self.server, &end);
    }

    /// Lets connections in again.
    pub fn reopen(&self) {
        psql(
            &self.server,
            &format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", self.name),
        );
    }
}
