//! What the server needs before it starts: a configuration, a trust scheme, a service, made by the binary that is measured with the
//! commands that an operator uses; and seals under that scheme.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use idp_authenticator::Issuer;
use idp_server::scheme::Scheme;
use idp_types::{CivilDate, ServiceId, TokenId};
use idp_vds::carrier::{Carrier, encode_text};
use idp_vds::{BirthDate, Content, Person, PersonPayload};
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;
use tests::RelyingParty;

use crate::clock;
use crate::error::{Failure, LoadError, Stage};
use crate::phone::SCOPE;

/// The service that asks for logins.
const SERVICE: &str = "load";

/// The trust scheme's directory.
const TRUST: &str = "trust";

/// A directory, an address and a configuration for one server.
pub(crate) struct Fixture {
    directory: TempDir,
    binary: PathBuf,
    address: SocketAddr,
    issuer: Issuer,
    storage: String,
}

/// The engines that instances share.
#[derive(Debug, Clone)]
pub(crate) struct Engines {
    /// Of PostgreSQL.
    pub(crate) database_url: String,
    /// Of Redis.
    pub(crate) redis_url: String,
}

/// A registered service with what its back end authenticates with.
pub(crate) struct Registered {
    /// The service.
    pub(crate) service_id: ServiceId,
    /// The value of `Authorization`.
    pub(crate) authorization: String,
}

/// Where the OpenID Connect client is answered; nobody goes there.
pub(crate) const REDIRECT_URI: &str = "https://load.example/callback";

/// The part of `idp client add --json` that a client needs.
#[derive(Deserialize)]
struct Added {
    client_secret: String,
}

/// The part of `idp service add --json` that a back end needs.
#[derive(Deserialize)]
struct Issued {
    secret: String,
}

impl Engines {
    fn configuration(&self) -> String {
        let (database, redis) = (Value::from(&*self.database_url), Value::from(&*self.redis_url));
        format!("[storage]\ndatabase_url = {database}\nredis_url = {redis}\n")
    }
}

impl Fixture {
    /// Finds the binary, writes the configuration, makes the trust scheme.
    ///
    /// # Errors
    /// [`LoadError`] with what cannot be made.
    pub(crate) fn new(binary: Option<&Path>) -> Result<Self, LoadError> {
        Self::on(binary, None)
    }

    /// The same, on engines where some are given, with the tables made.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn on(binary: Option<&Path>, engines: Option<&Engines>) -> Result<Self, LoadError> {
        let binary = binary.map_or_else(own_binary, |path| Ok(path.to_owned()))?;
        let directory = tempfile::Builder::new().prefix("idtoken-load-").tempdir();
        let directory = directory.map_err(|source| LoadError::File {
            path: std::env::temp_dir(),
            source,
        })?;
        let address = free_address()?;
        let issuer = Issuer::parse(&format!("http://{address}"))
            .map_err(|error| LoadError::Usage(error.to_string()))?;
        let fixture = Self {
            directory,
            binary,
            address,
            issuer,
            storage: engines.map(Engines::configuration).unwrap_or_default(),
        };
        fixture.configure("idp.toml", address, "main")?;
        if engines.is_some() {
            fixture.idp(&["migrate", "--config", &fixture.text("idp.toml")])?;
        }
        fixture.idp(&[
            "trust",
            "init",
            &fixture.text("trust"),
            "--operator",
            "Load test",
            "--json",
        ])?;
        Ok(fixture)
    }

    /// The server's address.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The server's name.
    pub(crate) const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// A file of the benchmark.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Writes the configuration of an instance that listens there and writes this audit chain.
    ///
    /// # Errors
    /// [`LoadError::File`].
    pub(crate) fn configure(&self, name: &str, listen: SocketAddr, chain: &str) -> Result<(), LoadError> {
        self.write(name, self.configuration(listen, chain).as_bytes())
    }

    /// Rates that one machine cannot reach; everything else as it is shipped. Admission is open, or every holder would need a code.
    fn configuration(&self, listen: SocketAddr, chain: &str) -> String {
        format!(
            "issuer = \"{}\"\nlisten = \"{}\"\ndata_dir = {}\n\n\
             [limits]\nmax_connections = 20000\nmax_connections_per_address = 20000\ninitiate_per_minute = 100000\n\
             enroll_per_hour = 100000\nchallenge_per_minute = 100000\nservice_per_minute = 10000000\n\
             device_requests_per_minute = 100000\npushes_since_success = 1000\n\n\
             [enrolment]\nadmission = \"open\"\n\n\
             [trust]\ndirectory = {}\n\n\
             [log]\nfilter = \"warn\"\n\n[audit]\nchain = \"{chain}\"\n\n{}",
            self.issuer,
            listen,
            Value::from(self.text("data")),
            Value::from(self.text(TRUST)),
            self.storage,
        )
    }

    /// Registers a service whose back end has a secret, so that no limit for strangers applies to it.
    ///
    /// # Errors
    /// [`LoadError::Command`].
    pub(crate) fn service(&self) -> Result<Registered, LoadError> {
        let config = self.text("idp.toml");
        let issued: Issued = self.answer(&[
            "service",
            "add",
            SERVICE,
            "--name",
            "Load test",
            "--url",
            "https://load.example",
            "--scope",
            SCOPE.as_str(),
            "--callers",
            "secret",
            "--subject",
            "public",
            "--operator",
            "load",
            "--config",
            &config,
            "--json",
        ])?;
        let service_id = ServiceId::parse(SERVICE).map_err(Failure::at(Stage::Initiate))?;
        Ok(Registered {
            service_id,
            authorization: format!("Bearer {}", issued.secret),
        })
    }

    /// The version of the binary.
    ///
    /// # Errors
    /// [`LoadError::Command`].
    pub(crate) fn version(&self) -> Result<String, LoadError> {
        let output = self.idp(&["--version"])?;
        let text = String::from_utf8_lossy(&output);
        Ok(text.trim().trim_start_matches("idp ").to_owned())
    }

    /// Registers an OpenID Connect client, and with it the service that phones show.
    ///
    /// # Errors
    /// [`LoadError::Command`].
    pub(crate) fn client(&self) -> Result<RelyingParty, LoadError> {
        let config = self.text("idp.toml");
        let mut arguments = vec!["client", "add", SERVICE, "--name", "Load test"];
        arguments.extend(["--redirect-uri", REDIRECT_URI, "--subject", "public"]);
        for scope in ["openid", "offline_access", SCOPE.as_str()] {
            arguments.extend(["--scope", scope]);
        }
        for grant in ["authorization_code", "refresh_token", "client_credentials"] {
            arguments.extend(["--grant", grant]);
        }
        arguments.extend(["--operator", "load", "--config", &config, "--json"]);
        let added: Added = self.answer(&arguments)?;
        Ok(RelyingParty {
            id: SERVICE.to_owned(),
            secret: Some(added.client_secret),
            redirect_uri: REDIRECT_URI.to_owned(),
        })
    }

    /// Seals of so many invented people, as texts. Signed in this process: there are thousands of them.
    ///
    /// # Errors
    /// [`LoadError::Seal`].
    pub(crate) fn seals(&self, count: usize) -> Result<Vec<String>, LoadError> {
        let scheme = Scheme::open(&self.path(TRUST)).map_err(unsealed)?;
        let now = clock::now();
        let seal = |number| {
            let seal = scheme.issue(&person(number)?, now).map_err(unsealed)?;
            Ok(encode_text(Carrier::Base32, &seal))
        };
        (0..count).map(seal).collect()
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<(), LoadError> {
        let path = self.path(name);
        std::fs::write(&path, content).map_err(|source| LoadError::File { path, source })
    }

    /// The binary with these arguments and none of the caller's environment, whose `IDP_...` would change what is measured.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .env_clear()
            .stdin(std::process::Stdio::null());
        command
    }

    fn idp(&self, arguments: &[&str]) -> Result<Vec<u8>, LoadError> {
        let shown = || {
            format!(
                "idp {}",
                arguments.iter().take(2).copied().collect::<Vec<_>>().join(" ")
            )
        };
        let failed = |reason: String| LoadError::Command {
            command: shown(),
            reason,
        };
        let output = self
            .command(arguments)
            .output()
            .map_err(|error| failed(error.to_string()))?;
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
        }
    }

    fn answer<T: serde::de::DeserializeOwned>(&self, arguments: &[&str]) -> Result<T, LoadError> {
        let output = self.idp(arguments)?;
        serde_json::from_slice(&output).map_err(|error| LoadError::Command {
            command: format!("idp {}", arguments.first().unwrap_or(&"")),
            // The reader's words name a place, never the secret that stands there.
            reason: format!(
                "its answer cannot be read: line {}, column {}",
                error.line(),
                error.column()
            ),
        })
    }
}

/// An invented person, of whom every seal is another.
fn person(number: usize) -> Result<Content, LoadError> {
    let invalid = || unsealed("an invented person is not valid");
    let person = Person {
        given_name: "Jean".to_owned(),
        family_name: format!("Dupont {number}"),
        birth_date: BirthDate::parse("1985-06-15").ok_or_else(invalid)?,
        nationality: "FRA".to_owned(),
        document_number: format!("LT{number:07}"),
        token_id: TokenId::parse(format!("load-{number:07}")).map_err(unsealed)?,
        expires: CivilDate::new(clock::now().civil_date().year() + 2, 12, 31).ok_or_else(invalid)?,
        photo: None,
        face: None,
    };
    PersonPayload::new(person).map(Content::Person).map_err(unsealed)
}

fn unsealed(error: impl std::fmt::Display) -> LoadError {
    LoadError::Seal(error.to_string())
}

/// A port that is free now. Whoever takes it in between makes the server say so.
pub(crate) fn free_address() -> Result<SocketAddr, LoadError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    listener
        .and_then(|listener| listener.local_addr())
        .map_err(LoadError::Runtime)
}

/// The server's binary beside this one, built when it is missing.
fn own_binary() -> Result<PathBuf, LoadError> {
    let own = std::env::current_exe().map_err(LoadError::Runtime)?;
    let binary = own.with_file_name("idp");
    if !binary.exists() {
        build()?;
    }
    if binary.exists() {
        return Ok(binary);
    }
    let own = own.display();
    Err(LoadError::Usage(format!(
        "no `idp` beside {own}: run this with --release, or name the server with --server"
    )))
}

fn build() -> Result<(), LoadError> {
    let arguments = ["build", "--release", "-p", "idp-server", "--bin", "idp"];
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    let failed = |reason: String| LoadError::Command {
        command: format!("cargo {}", arguments.join(" ")),
        reason,
    };
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(status.to_string())),
        Err(error) => Err(failed(error.to_string())),
    }
}
