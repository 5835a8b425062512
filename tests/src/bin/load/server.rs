//! The server as a child process: started, waited for, measured, killed.

use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::clock::instant;
use crate::error::{LoadError, Stage};
use crate::fixture::Fixture;
use crate::http::{Call, Connection, Route};
use crate::process::{Memory, Process};

/// The longest wait for a server that starts.
const READY_LIMIT: Duration = Duration::from_secs(20);

/// Between two looks whether it is ready: the error of the measured time.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// How long an idle server is left alone before its memory is read.
const SETTLE: Duration = Duration::from_secs(1);

/// The end of a log that an error shows, in bytes.
const LOG_TAIL: usize = 2048;

/// How a server is started.
pub(crate) struct Launch {
    /// Its command.
    pub(crate) command: Command,
    /// Where its log goes.
    pub(crate) log: PathBuf,
    /// Where it will listen.
    pub(crate) address: SocketAddr,
    /// What it answers with 200 once it is ready.
    pub(crate) ready: &'static str,
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    log: PathBuf,
    /// From the start of the process to its first 200.
    pub(crate) ready: Duration,
    /// Resident memory before anything was asked of it.
    pub(crate) idle: Memory,
}

impl Server {
    /// Starts it and waits until it is ready and idle.
    ///
    /// # Errors
    /// [`LoadError::Server`] with its log when it is not.
    pub(crate) async fn start(fixture: &Fixture) -> Result<Self, LoadError> {
        Self::start_as(fixture, "idp.toml", fixture.address()).await
    }

    /// Starts an instance by its configuration.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub(crate) async fn start_as(
        fixture: &Fixture,
        name: &str,
        address: SocketAddr,
    ) -> Result<Self, LoadError> {
        let config = fixture.path(name).display().to_string();
        let launch = Launch {
            command: fixture.command(&["serve", "--config", &config]),
            log: fixture.path(&format!("{name}.log")),
            address,
            ready: "/health/ready",
        };
        Self::launch(launch).await
    }

    /// Starts any server and waits until it is ready and idle.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub(crate) async fn launch(launch: Launch) -> Result<Self, LoadError> {
        let Launch {
            mut command,
            log,
            address,
            ready,
        } = launch;
        let file = File::create(&log).map_err(|source| LoadError::File {
            path: log.clone(),
            source,
        })?;
        let begun = instant();
        let child = command.stdout(Stdio::null()).stderr(file).spawn();
        let child = child.map_err(|source| LoadError::File {
            path: command.get_program().into(),
            source,
        })?;
        let mut server = Self {
            child,
            log,
            ready: Duration::ZERO,
            idle: Memory(0),
        };
        let mut connection = Connection::new(Route::of_user(0, address));
        while connection.send(Call::read(Stage::Connect, ready)).await.is_err() {
            server.check()?;
            if instant().duration_since(begun) > READY_LIMIT {
                return Err(server.problem("did not become ready"));
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        server.ready = instant().duration_since(begun);
        tokio::time::sleep(SETTLE).await;
        server.idle = server.process().resident()?;
        Ok(server)
    }

    /// The process.
    pub(crate) fn process(&self) -> Process {
        Process(self.child.id())
    }

    /// Whether it still runs.
    ///
    /// # Errors
    /// [`LoadError::Server`] when it does not.
    pub(crate) fn check(&mut self) -> Result<(), LoadError> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            _ => Err(self.problem("ended")),
        }
    }

    fn problem(&self, problem: &'static str) -> LoadError {
        let log = std::fs::read(&self.log).unwrap_or_default();
        let tail = log.get(log.len().saturating_sub(LOG_TAIL)..).unwrap_or_default();
        LoadError::Server {
            problem,
            log: String::from_utf8_lossy(tail).into_owned(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its data are a temporary directory's; what is not acknowledged is nobody's.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
