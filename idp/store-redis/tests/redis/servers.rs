//! Servers of a test's own, which it may stop, freeze and restart.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use idp_store_redis::{Address, Options, RedisStore};
use tempfile::TempDir;

/// How long anything may take that has to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A prefix that no other test has, and limits that a busy machine meets.
pub(crate) fn options() -> Options {
    Options {
        prefix: format!("test-{:016x}", RandomState::new().build_hasher().finish()),
        connect: Duration::from_secs(10),
        response: Duration::from_secs(10),
        ..Options::default()
    }
}

/// Limits that a test need not wait long for.
pub(crate) fn hasty() -> Options {
    Options {
        connect: Duration::from_secs(1),
        response: Duration::from_secs(1),
        ..options()
    }
}

/// A store at this address.
pub(crate) async fn open(address: &str, options: Options) -> RedisStore {
    let address = Address::parse(address).unwrap();
    RedisStore::open(&address, options).await.unwrap()
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Tries until it is done.
pub(crate) async fn until<T>(what: &str, mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
    let trying = async {
        loop {
            if let Some(done) = attempt().await {
                return done;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, trying)
        .await
        .unwrap_or_else(|_| panic!("not in time: {what}"))
}

/// A running `redis-server`.
pub(crate) struct Server {
    pub(crate) port: u16,
    directory: TempDir,
    arguments: Vec<String>,
    process: Child,
}

impl Server {
    /// Starts one that keeps nothing on disk, with further arguments.
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        Self::start_at(free_port(), arguments).await
    }

    /// As [`Server::start`], on this port.
    pub(crate) async fn start_at(port: u16, arguments: &[&str]) -> Self {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let directory = tempfile::tempdir().unwrap();
        let process = spawn(directory.path(), port, &arguments);
        let server = Self {
            port,
            directory,
            arguments,
            process,
        };
        server.ready().await;
        server
    }

    async fn ready(&self) {
        let port = self.port;
        until("a server starts", async || {
            let answer = ask(port, "PING\r\n")?;
            // With a password or TLS it answers otherwise; it is there.
            (!answer.starts_with("-LOADING")).then_some(())
        })
        .await;
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Sends it an inline command, and reads the beginning of its answer.
    pub(crate) fn tell(&self, command: &str) -> String {
        ask(self.port, &format!("{command}\r\n")).unwrap_or_else(|| panic!("no answer to {command}"))
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let process = self.process.id().to_string();
        let sent = Command::new("kill").args([name, &process]).status().unwrap();
        assert!(sent.success(), "kill {name}");
    }

    /// Ends it as a power failure would.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it again after it ended, on the same port.
    pub(crate) async fn restart(&mut self) {
        self.process = spawn(self.directory.path(), self.port, &self.arguments);
        self.ready().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(directory: &Path, port: u16, arguments: &[String]) -> Child {
    let mut command = Command::new("redis-server");
    // A sentinel's own file comes first, where there is one.
    let (file, rest) = match arguments.split_first() {
        Some((file, rest)) if !file.starts_with("--") => (Some(file), rest),
        _ => (None, arguments),
    };
    command
        .args(file)
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
    command
        .args(["--dir", &directory.display().to_string()])
        .args(rest);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().unwrap_or_else(|error| {
        panic!("redis-server does not start ({error}); install the package redis-server")
    })
}

fn ask(port: u16, command: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    stream.write_all(command.as_bytes()).ok()?;
    let mut answer = [0; 4096];
    let length = stream.read(&mut answer).ok()?;
    let answer = answer.get(..length).filter(|answer| !answer.is_empty())?;
    Some(String::from_utf8_lossy(answer).into_owned())
}
