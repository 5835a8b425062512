//! An installation in a directory, served by the real command: as many processes as a test wants, on whatever stores.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use idp_server::clock::{Clock as _, SystemClock};
use idp_server::scheme::Scheme;
use serde_json::Value;
use tempfile::TempDir;

use crate::command::{Running, program, run_program, said};
use crate::http::{Call, Http};
use crate::people::{Holder, Invented};
use crate::server::names;
use crate::site::Site;

/// How long a process may take until it is ready.
const PATIENCE: Duration = Duration::from_mins(1);

/// For commands, which listen nowhere.
const NOWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 1);

/// Rates that no test reaches unless it sets its own.
const PLENTY: [&str; 7] = [
    "initiate_per_minute",
    "enroll_per_hour",
    "challenge_per_minute",
    "admin_per_minute",
    "service_per_minute",
    "verify_failures_per_minute",
    "device_requests_per_minute",
];

/// A directory with a trust scheme, keys and configurations.
pub struct Installation {
    /// Where all of it is.
    pub directory: TempDir,
    /// Its origin.
    pub issuer: String,
    scheme: Scheme,
    settings: BTreeMap<(String, String), String>,
    program: PathBuf,
    variables: Vec<(String, String)>,
}

impl Installation {
    /// An embedded one at an address of its own.
    pub fn embedded() -> Self {
        Self::at(SocketAddr::from(([127, 0, 0, 1], crate::free_port())))
    }

    /// One that the world reaches at this address.
    pub fn at(address: SocketAddr) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let trust = directory.path().join("data/trust");
        let scheme = Scheme::init(&trust, names("Real scheme", "REA"), SystemClock.now());
        let mut made = Self {
            scheme: scheme.expect("a scheme of our own"),
            issuer: format!("http://{address}"),
            settings: BTreeMap::new(),
            program: program().to_owned(),
            variables: Vec::new(),
            directory,
        };
        for rate in PLENTY {
            made.set("limits", rate, "100000");
        }
        made.set("enrolment", "admission", "\"open\"");
        made.set("audit", "checkpoint_seconds", "5");
        made.set("log", "filter", "\"warn\"");
        made
    }

    /// Another value of a key of a table, in TOML.
    pub fn set(&mut self, table: &str, key: &str, value: &str) {
        self.settings
            .insert((table.to_owned(), key.to_owned()), value.to_owned());
    }

    /// Keeps what must never be lost in this database, and makes its tables.
    pub fn keep_in(&mut self, database_url: &str) {
        self.set("storage", "database_url", &format!("\"{database_url}\""));
        let migrated = self.run(&["migrate"]);
        assert!(migrated.status.success(), "{}", said(&migrated));
    }

    /// Keeps what is pending in this Redis.
    pub fn share_in(&mut self, redis_url: &str) {
        self.set("storage", "redis_url", &format!("\"{redis_url}\""));
    }

    /// Serves by another build of the command from now on.
    pub fn serve_by(&mut self, program: PathBuf) {
        self.program = program;
    }

    /// Serves with this variable in its environment from now on.
    pub fn set_variable(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Where its keys, and the file of an embedded store, are.
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The configuration of an instance, by its audit chain.
    fn configure(&self, chain: &str, listen: SocketAddr) -> String {
        let mut text = format!(
            "issuer = \"{}\"\nlisten = \"{listen}\"\ndata_dir = \"{}\"\n",
            self.issuer,
            self.data().display()
        );
        let mut settings = self.settings.clone();
        settings.insert(("audit".to_owned(), "chain".to_owned()), format!("\"{chain}\""));
        let mut table = "";
        for ((name, key), value) in &settings {
            if table != name {
                text = format!("{text}[{name}]\n");
                table = name;
            }
            text = format!("{text}{key} = {value}\n");
        }
        let path = self.directory.path().join(format!("{chain}.toml"));
        std::fs::write(&path, text).expect("the directory is ours");
        path.display().to_string()
    }

    /// Issues a seal for somebody.
    pub fn issue(&self) -> Holder {
        let person = Invented::jean();
        let seal = self.scheme.issue(&person.content(), SystemClock.now());
        Holder::new(person, &seal.expect("a seal"))
    }

    /// Starts the only instance, at the installation's own address, and waits until it serves.
    pub async fn start(&self) -> Instance {
        let own = self
            .issuer
            .strip_prefix("http://")
            .and_then(|own| own.parse().ok());
        self.launch("main", own.expect("an address")).await
    }

    /// Starts a further instance at an address of its own.
    pub async fn start_beside(&self, chain: &str) -> Instance {
        let address = SocketAddr::from(([127, 0, 0, 1], crate::free_port()));
        self.launch(chain, address).await
    }

    async fn launch(&self, chain: &str, address: SocketAddr) -> Instance {
        let config = self.configure(chain, address);
        let mut site = Site::at(&self.issuer);
        site.http = Http::new(&format!("http://{address}"));
        let mut instance = Instance {
            site,
            address,
            config,
            program: self.program.clone(),
            variables: self.variables.clone(),
            log: self.directory.path().join(format!("{chain}.log")),
            running: None,
        };
        instance.resume().await;
        instance
    }

    /// Runs a command of `idp` on this installation.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let config = self.configure("command", NOWHERE);
        let variables: Vec<(&str, &str)> = self
            .variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let arguments = [arguments, &["--config", &config]].concat();
        run_program(&self.program, &arguments, &variables)
    }

    /// Starts a command of `idp` on this installation, and does not wait.
    pub fn begin(&self, arguments: &[&str]) -> Running {
        let config = self.configure("command", NOWHERE);
        let mut command = Command::new(&self.program);
        command.args(arguments).args(["--config", &config]).env_clear();
        Running::spawn(command.stdout(Stdio::null()).stderr(Stdio::null()))
    }

    /// A token of an operator with every permission.
    pub fn operator(&self) -> String {
        let scopes = ["--scope", "idtoken:admin", "--scope", "idtoken:audit"];
        let made = self.run(
            &[
                &["operator", "token", "--name", "ann", "--json"],
                scopes.as_slice(),
            ]
            .concat(),
        );
        assert!(made.status.success(), "{}", said(&made));
        let made: Value = serde_json::from_slice(&made.stdout).expect("JSON");
        let token = made.get("token").and_then(Value::as_str);
        token.expect("a token").to_owned()
    }

    /// Proves that nobody touched the audit log.
    pub fn verify_audit(&self) {
        let verified = self.run(&["audit", "verify", "--json"]);
        assert!(verified.status.success(), "{}", said(&verified));
    }
}

/// A process that serves an installation.
pub struct Instance {
    /// Itself, as its users see it: under the installation's name at its own address.
    pub site: Site,
    /// Where it listens.
    pub address: SocketAddr,
    config: String,
    program: PathBuf,
    variables: Vec<(String, String)>,
    log: PathBuf,
    running: Option<Running>,
}

impl Instance {
    /// Its process.
    pub fn id(&self) -> u32 {
        self.running.as_ref().expect("it runs").0.id()
    }

    /// `SIGKILL`.
    pub fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.kill();
        }
    }

    /// Ends it in order.
    pub fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.stop();
        }
    }

    /// Serves by another build of the command from the next start on.
    pub fn serve_by(&mut self, program: PathBuf) {
        self.program = program;
    }

    /// Starts it, and does not wait. A file that may not grow is an error to it, not its end.
    pub fn spawn(&mut self) {
        let log = File::options().create(true).append(true).open(&self.log);
        let mut command = Command::new("sh");
        command
            .args(["-c", "trap '' XFSZ; exec \"$0\" serve --config \"$1\""])
            .arg(&self.program)
            .arg(&self.config)
            .env_clear()
            .envs(self.variables.iter().cloned())
            .stdout(Stdio::null())
            .stderr(log.expect("the directory is ours"));
        self.running = Some(Running::spawn(&mut command));
    }

    /// Starts it and waits until it serves.
    pub async fn resume(&mut self) {
        self.spawn();
        self.ready().await;
    }

    /// Waits until it serves.
    pub async fn ready(&self) {
        let ready = || Call::get("/health/ready");
        let serving = async {
            while self
                .site
                .http
                .try_send(ready())
                .await
                .is_none_or(|answer| !answer.status.is_success())
            {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let served = tokio::time::timeout(PATIENCE, serving).await;
        assert!(served.is_ok(), "it does not serve: {}", self.log());
    }

    /// Changes a text of its configuration, which it reads when it is told to.
    pub fn edit(&self, from: &str, to: &str) {
        let before = std::fs::read_to_string(&self.config).expect("the directory is ours");
        assert!(before.contains(from), "{before}");
        std::fs::write(&self.config, before.replace(from, to)).expect("the directory is ours");
    }

    /// Sends it a signal, by the name that `kill` knows.
    pub fn signal(&self, name: &str) {
        crate::command::signal(self.id(), name);
    }

    /// What it said.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Asserts that nothing in it panicked.
    pub fn assert_sound(&self) {
        let log = self.log();
        assert!(!log.contains("panicked"), "{log}");
    }
}
