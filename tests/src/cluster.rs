//! A PostgreSQL server of a test's own, to be killed, frozen and filled; a database of it is a [`Database`].

use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::command::signal;
use crate::{free_port, fresh};

/// A server on a port of this machine. It ends with this.
pub struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
    server: Option<Child>,
}

/// A database of a [`Cluster`].
#[derive(Debug, Clone)]
pub struct Database {
    programs: PathBuf,
    port: u16,
    /// Its name.
    pub name: String,
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .expect("a program of the system");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The server refuses to be root.
fn as_somebody(program: &Path) -> Command {
    if output("id", &["-u"]) != "0" {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
        .arg(program);
    command
}

impl Cluster {
    /// Makes one and starts it. Write-ahead segments are of 1 MiB, so that a file may be limited to that.
    pub fn start() -> Self {
        let programs = std::env::var_os("IDP_TEST_POSTGRES_BIN")
            .expect("IDP_TEST_POSTGRES_BIN names the folder of initdb; `tests/run` sets it");
        let folder = tempfile::Builder::new()
            .prefix("pg")
            .tempdir()
            .expect("a temporary directory");
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))
            .expect("the directory is ours");
        if output("id", &["-u"]) == "0" {
            let id = output("id", &["-u", "postgres"])
                .parse()
                .expect("a user's number");
            chown(folder.path(), Some(id), None).expect("root may");
        }
        let mut cluster = Self {
            folder,
            programs: programs.into(),
            port: free_port(),
            server: None,
        };
        let made = as_somebody(&cluster.programs.join("initdb"))
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
            ])
            .args(["--no-sync", "--wal-segsize=1", "--pgdata"])
            .arg(cluster.data())
            .current_dir("/")
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "{made:?}");
        cluster.resume();
        cluster
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts the server and waits until it lets somebody in.
    pub fn resume(&mut self) {
        let log = std::fs::File::create(self.folder.path().join("log")).expect("the directory is ours");
        let mut command = as_somebody(&self.programs.join("postgres"));
        command
            .arg("-D")
            .arg(self.data())
            .args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "unix_socket_directories=..", "-c", "max_connections=200"])
            .current_dir("/")
            .stdout(Stdio::null())
            .stderr(log);
        self.server = Some(command.spawn().expect("postgres starts"));
        let owner = self.database("postgres");
        for _ in 0..600 {
            if owner.try_ask("SELECT 1").is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("PostgreSQL lets nobody in; see {}", self.folder.path().display());
    }

    /// All processes of the server, the first one first.
    pub fn processes(&self) -> Vec<u32> {
        let first = self.server.as_ref().map(Child::id);
        let children = first
            .map(|id| std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default());
        let children = children.unwrap_or_default();
        let children = children.split_whitespace().filter_map(|id| id.parse().ok());
        first.into_iter().chain(children).collect()
    }

    /// No file of it may grow beyond this: what a full disk is to it, without a disk of its own. Files of the write-ahead log are of
    /// 1 MiB.
    pub fn limit_files(&self, bytes: &str) {
        for process in self.processes() {
            // A connection may have ended meanwhile.
            let _ = as_somebody(Path::new("prlimit"))
                .args(["--pid", &process.to_string(), &format!("--fsize={bytes}:")])
                .stdin(Stdio::null())
                .stderr(Stdio::null())
                .status();
        }
    }

    /// `SIGKILL` to every process of it.
    pub fn kill(&mut self) {
        let processes = self.processes();
        let Some(mut server) = self.server.take() else {
            return;
        };
        for process in processes {
            signal(process, "KILL");
        }
        let _ = server.wait();
        let _ = std::fs::remove_file(self.data().join("postmaster.pid"));
    }

    /// Ends it in order, clients or not.
    pub fn stop(&mut self) {
        let Some(mut server) = self.server.take() else {
            return;
        };
        signal(server.id(), "INT");
        server.wait().expect("the process ends");
    }

    /// A database of it by its name.
    pub fn database(&self, name: &str) -> Database {
        Database {
            programs: self.programs.clone(),
            port: self.port,
            name: name.to_owned(),
        }
    }

    /// Makes a database without tables.
    pub fn create(&self) -> Database {
        self.create_from("template0")
    }

    /// Makes a copy of a database that nobody is connected to.
    pub fn create_from(&self, template: &str) -> Database {
        let name = fresh("db").replace('-', "_");
        self.database("postgres")
            .ask(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
        self.database(&name)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Database {
    /// Where it is.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{}", self.port, self.name)
    }

    /// A program of PostgreSQL, such as `pg_dump`.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.stdin(Stdio::null());
        command
    }

    /// Runs statements as the owner; rows as lines, columns parted by `|`.
    ///
    /// # Errors
    /// What the server said.
    pub fn try_ask(&self, statements: &str) -> Result<String, String> {
        let done = self
            .command("psql")
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args([
                "--set",
                "ON_ERROR_STOP=1",
                "--dbname",
                &self.url(),
                "--command",
                statements,
            ])
            .output()
            .expect("psql runs");
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).trim().to_owned();
        if done.status.success() {
            Ok(text(&done.stdout))
        } else {
            Err(text(&done.stderr))
        }
    }

    /// The same, where it has to succeed.
    pub fn ask(&self, statements: &str) -> String {
        self.try_ask(statements)
            .unwrap_or_else(|error| panic!("{statements}: {error}"))
    }

    /// The number that a statement answers.
    pub fn count(&self, statement: &str) -> u64 {
        self.ask(statement).parse().expect("a number")
    }
}
