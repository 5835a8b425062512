//! The real `idp` command, as another process.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Takes this program for the command, in place of one that is built here. To be called before anything runs.
pub fn choose(program: PathBuf) {
    let _ = PROGRAM.set(program);
}

/// The command, built as it stands now: a stale one would prove nothing.
pub fn program() -> &'static Path {
    PROGRAM.get_or_init(|| {
        // `tests/run` has built it with everything else; a build of this package alone would choose other features.
        if let Some(built) = std::env::var_os("IDP_TEST_PROGRAM") {
            return built.into();
        }
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "idp-server", "--bin", "idp"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .expect("cargo runs");
        assert!(built.success(), "the command builds");
        let here = std::env::current_exe().expect("this program has a path");
        // target/debug/deps/flows-... and target/debug/faults, beside target/debug/idp
        let folder = here.parent().expect("a program lies in a folder");
        if folder.ends_with("deps") {
            folder.with_file_name("idp")
        } else {
            folder.join("idp")
        }
    })
}

/// Runs the command to its end.
pub fn run(arguments: &[&str]) -> Output {
    run_with(arguments, &[])
}

/// The same with variables of the environment.
pub fn run_with(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    run_program(program(), arguments, variables)
}

/// The same with another build of the command.
pub fn run_program(program: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(program)
        .args(arguments)
        .env_clear()
        .env("HOME", "/nonexistent")
        .envs(variables.iter().copied())
        .output()
        .expect("the command runs")
}

/// What a command said, both ways.
pub fn said(output: &Output) -> String {
    let octets = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&octets).into_owned()
}

/// Sends a process a signal, by the name that `kill` knows: `KILL`, `STOP`.
pub fn signal(process: u32, name: &str) {
    // It may have ended by itself.
    let _ = Command::new("kill")
        .args([&format!("-{name}"), &process.to_string()])
        .stderr(Stdio::null())
        .status();
}

/// A running command, killed with the test.
pub struct Running(pub Child);

impl Running {
    /// Starts it; its standard output can be read.
    pub fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(program());
        command.args(arguments).env_clear().stderr(Stdio::null());
        Self::spawn(command.stdout(Stdio::piped()))
    }

    /// Starts any command.
    pub fn spawn(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::null()).spawn();
        Self(child.expect("the command starts"))
    }

    /// `SIGKILL`: nothing is flushed, nobody is asked.
    pub fn kill(&mut self) {
        self.0.kill().expect("the process is ours");
        self.0.wait().expect("the process ends");
    }

    /// `SIGTERM`, and waits for its end.
    pub fn stop(&mut self) {
        signal(self.0.id(), "TERM");
        self.0.wait().expect("the process ends");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
