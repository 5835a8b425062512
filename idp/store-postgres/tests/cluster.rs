//! A server of one test alone, to be killed.

use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tempfile::TempDir;

/// A server on a socket in a folder of its own. It ends with this.
pub(crate) struct Cluster {
    directory: TempDir,
    programs: PathBuf,
    server: Option<Child>,
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The server refuses to be root.
fn is_root() -> bool {
    output("id", &["-u"]) == "0"
}

fn as_somebody(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
        .arg(program);
    command
}

impl Cluster {
    pub(crate) async fn start() -> Self {
        let programs = std::env::var_os("IDP_TEST_POSTGRES_BIN")
            .expect("IDP_TEST_POSTGRES_BIN is not set: run tests/run, or start_postgres of .ci/engines.bash");
        let directory = tempfile::Builder::new().prefix("pg").tempdir().unwrap();
        std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        if is_root() {
            let id = output("id", &["-u", "postgres"]).parse().unwrap();
            chown(directory.path(), Some(id), None).unwrap();
        }
        let mut cluster = Self {
            directory,
            programs: programs.into(),
            server: None,
        };
        let initdb = as_somebody(&cluster.programs.join("initdb"))
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--pgdata",
            ])
            .arg(cluster.data())
            .current_dir("/")
            .output()
            .unwrap();
        assert!(initdb.status.success(), "{initdb:?}");
        cluster.launch().await;
        cluster
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The database that is always there.
    pub(crate) fn url(&self) -> String {
        let socket = self.directory.path().to_str().unwrap().replace('/', "%2F");
        format!("postgres://postgres@{socket}/postgres")
    }

    /// Starts the server and waits until it lets somebody in.
    pub(crate) async fn launch(&mut self) {
        let log = std::fs::File::create(self.directory.path().join("log")).unwrap();
        let mut command = as_somebody(&self.programs.join("postgres"));
        command
            .arg("-D")
            .arg(self.data())
            .args(["-c", "listen_addresses=", "-c", "unix_socket_directories=.."])
            .current_dir("/")
            .stdout(Stdio::null())
            .stderr(log);
        self.server = Some(command.spawn().unwrap());
        let up = tokio::time::timeout(Duration::from_mins(1), async {
            while PgConnection::connect(&self.url()).await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        up.await.expect("the server starts");
    }

    /// Kills every process of the server at once.
    pub(crate) fn kill(&mut self) {
        let Some(mut server) = self.server.take() else {
            return;
        };
        let id = server.id();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        server.kill().unwrap();
        for child in children.split_whitespace() {
            kill(child);
        }
        server.wait().unwrap();
        let _ = std::fs::remove_file(self.data().join("postmaster.pid"));
    }
}

/// Kills one process of the server.
pub(crate) fn kill(process: &str) {
    // It may have ended by itself.
    let _ = Command::new("kill").args(["-9", process]).output();
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
    }
}
