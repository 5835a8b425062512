//! A Redis of a test's own, to be lost.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::command::signal;

/// A server that is ended with this. It keeps nothing unless it is told to ([`Self::ask`] with `SAVE`).
pub struct Redis {
    /// Where it listens on this machine.
    pub port: u16,
    arguments: Vec<String>,
    folder: TempDir,
    process: Child,
}

impl Redis {
    /// Starts one on a free port.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with arguments.
    pub fn start_with(arguments: &[&str]) -> Self {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let folder = tempfile::tempdir().expect("a temporary directory");
        let port = crate::free_port();
        let process = spawn(port, &arguments, folder.path());
        let started = Self {
            port,
            arguments,
            folder,
            process,
        };
        started.wait();
        started
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// `SIGKILL`.
    pub fn kill(&mut self) {
        self.process.kill().expect("the process is ours");
        self.process.wait().expect("the process ends");
    }

    /// Starts it again with what it had saved.
    pub fn resume(&mut self) {
        self.process = spawn(self.port, &self.arguments, self.folder.path());
        self.wait();
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        signal(self.process.id(), name);
    }

    /// Asks it by `redis-cli`.
    pub fn ask(&self, words: &[&str]) -> String {
        let asked = Command::new("redis-cli")
            .args(["-p", &self.port.to_string()])
            .args(words)
            .stdin(Stdio::null())
            .output()
            .expect("redis-cli runs; install the package redis-tools");
        String::from_utf8_lossy(&asked.stdout).trim().to_owned()
    }

    fn wait(&self) {
        for _ in 0..500 {
            if self.ask(&["PING"]) == "PONG" {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("Redis does not answer");
    }
}

fn spawn(port: u16, arguments: &[String], folder: &Path) -> Child {
    let mut command = Command::new("redis-server");
    command
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
        .arg("--dir")
        .arg(folder)
        .args(arguments);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
        .spawn()
        .expect("redis-server starts; install the package redis-server")
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
