//! What can go wrong: with the benchmark itself ([`LoadError`], which ends it), or with one login ([`Failure`], which is counted).

use std::fmt;
use std::path::PathBuf;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum LoadError {
    /// The generator's own runtime did not start.
    #[error("the runtime did not start: {0}")]
    Runtime(std::io::Error),
    /// A file of the benchmark cannot be written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The server's binary does not run, or a command of it failed.
    #[error("`{command}` failed: {reason}")]
    Command {
        /// Which.
        command: String,
        /// What it said.
        reason: String,
    },
    /// A seal cannot be made.
    #[error("no seal: {0}")]
    Seal(String),
    /// The server did not become ready, or is gone.
    #[error("the server {problem}; its log ends with:\n{log}")]
    Server {
        /// What it did.
        problem: &'static str,
        /// The end of its log.
        log: String,
    },
    /// A request of the preparation failed.
    #[error("preparation: {0}")]
    Preparation(Failure),
    /// An argument does not fit another.
    #[error("{0}")]
    Usage(String),
    /// The kernel says nothing about a process.
    #[error("/proc has nothing about process {0}")]
    Process(u32),
    /// A primitive did not work.
    #[error("a cryptographic primitive failed")]
    Cryptography,
    /// A request of a measured run failed: there are no figures then.
    #[error("{server}, {what}: {failures}")]
    Run {
        /// Whose.
        server: &'static str,
        /// Of what.
        what: &'static str,
        /// The kinds, with how often each.
        failures: String,
    },
    /// Logins failed: the figures are not those of a server that works.
    #[error("{0} failures: the figures above are not those of a working server")]
    Failures(u64),
}

/// A step of a login, or a request of a relying party, as users and reports name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Stage {
    /// A connection.
    Connect,
    /// `POST /enroll` and its challenge.
    Enrol,
    /// `POST /auth/initiate` or `/identity/initiate`.
    Initiate,
    /// The WebSocket up to its first event.
    Socket,
    /// The phone's own work.
    Sign,
    /// `POST /identity/claim`.
    Claim,
    /// `POST /auth/verify`.
    Verify,
    /// The event `approved`.
    Approved,
    /// The verification of a token.
    Token,
    /// The discovery document.
    Discovery,
    /// The published keys.
    Keys,
    /// A token for a client itself.
    ClientCredentials,
    /// Userinfo.
    Userinfo,
    /// The authorization endpoint.
    Authorize,
    /// The redemption of a code.
    Redeem,
    /// A refresh.
    Refresh,
    /// A request through the gateway.
    Gateway,
}

impl Stage {
    /// Its name.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Enrol => "enrol",
            Self::Initiate => "initiate",
            Self::Socket => "socket",
            Self::Sign => "sign",
            Self::Claim => "claim",
            Self::Verify => "verify",
            Self::Approved => "approved",
            Self::Token => "token",
            Self::Discovery => "discovery",
            Self::Keys => "keys",
            Self::ClientCredentials => "client_credentials",
            Self::Userinfo => "userinfo",
            Self::Authorize => "authorize",
            Self::Redeem => "redeem",
            Self::Refresh => "refresh",
            Self::Gateway => "gateway",
        }
    }
}

/// Why one login failed. Its text is the kind under which it is counted, so it holds no identifier of the login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    stage: Stage,
    kind: String,
}

impl Failure {
    /// At this stage, of this kind.
    pub(crate) fn new(stage: Stage, kind: impl Into<String>) -> Self {
        Self {
            stage,
            kind: kind.into(),
        }
    }

    /// For `map_err`: whatever failed at this stage, named by its own words.
    pub(crate) fn at<E: fmt::Display>(stage: Stage) -> impl FnOnce(E) -> Self {
        move |error| Self::new(stage, error.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.stage.as_str(), self.kind)
    }
}

impl From<Failure> for LoadError {
    fn from(failure: Failure) -> Self {
        Self::Preparation(failure)
    }
}
