//! Errors for a person at a terminal: what, why, the fix.

use std::fmt;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use serde_json::{Value, json};

use super::{Output, output};
use crate::admin::KeyChangeError;
use crate::boot::BootError;
use crate::config::ConfigErrors;
use crate::keys::KeyError;
use crate::problem::{Code, Problem};
use crate::scheme::SchemeError;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub struct CliError {
    what: String,
    why: String,
    fix: String,
    exit_code: u8,
    is_result_printed: bool,
}

impl CliError {
    /// The command could not do it: exit code 1.
    pub fn failed(what: impl Into<String>, why: impl fmt::Display, fix: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            why: why.to_string(),
            fix: fix.into(),
            exit_code: 1,
            is_result_printed: false,
        }
    }

    /// The command was asked wrongly: exit code 2.
    pub fn usage(what: impl Into<String>, why: impl fmt::Display, fix: impl Into<String>) -> Self {
        Self {
            exit_code: 2,
            ..Self::failed(what, why, fix)
        }
    }

    /// What the process ends with.
    pub const fn exit_code(&self) -> u8 {
        self.exit_code
    }

    /// The command printed a result of its own that says that it failed: standard output holds one JSON value, never two.
    #[must_use]
    pub(super) fn with_result_printed(self) -> Self {
        Self {
            is_result_printed: true,
            ..self
        }
    }

    /// An address that cannot be listened on: taken, not ours, or not allowed.
    pub(super) fn not_listening(address: &str, source: &std::io::Error) -> Self {
        let fix = match source.kind() {
            ErrorKind::AddrInUse => "stop what listens there, or choose another port: listen, or --listen",
            ErrorKind::AddrNotAvailable => "choose an address of this machine: listen, or --listen",
            ErrorKind::PermissionDenied => "choose a port from 1024 on, or grant the right to a lower one",
            _ => "choose another address: listen, or --listen",
        };
        Self::failed(format!("the server cannot listen on {address}"), source, fix)
    }

    fn to_json(&self) -> Value {
        json!({"error": {"what": self.what, "why": self.why, "fix": self.fix, "exitCode": self.exit_code}})
    }

    /// Prints the error to standard error, and with `--json` as one JSON value to standard output; answers the exit code.
    pub(super) fn report(&self, output: Output) -> ExitCode {
        if output.json && !self.is_result_printed {
            // Standard error has it too, should standard output be gone.
            let _ = output::json(&self.to_json());
        }
        let mut out = std::io::stderr().lock();
        // Nobody is left to tell when standard error is gone.
        let _ = writeln!(out, "error: {self}");
        ExitCode::from(self.exit_code)
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        for (label, text) in [("why", &self.why), ("fix", &self.fix)] {
            if !text.is_empty() {
                // Further lines stand below the first one.
                write!(f, "\n  {label}: {}", text.replace('\n', "\n       "))?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for CliError {}

impl From<ConfigErrors> for CliError {
    fn from(errors: ConfigErrors) -> Self {
        Self::failed(
            "the configuration is not valid",
            errors,
            "correct it; idp config schema documents every key",
        )
    }
}

impl From<BootError> for CliError {
    fn from(error: BootError) -> Self {
        match error {
            BootError::Listen { address, source } => Self::not_listening(&address, &source),
            BootError::Keys(error) => error.into(),
            BootError::Demo(why) => Self::failed(
                "the demo could not be set up",
                why,
                "begin afresh: give --data another folder, or none",
            ),
            BootError::Directory { path, source } => Self::failed(
                format!("the data directory {path} cannot be made"),
                source,
                "run it as the server's user, or correct data_dir",
            ),
            BootError::Database(error) => {
                let fix = "check storage.database_url or DATABASE_URL, and that the server lets its user in";
                Self::failed("the database cannot be opened", error, fix)
            }
            error => {
                let fix = "run it as the server's user, with the server's --config";
                Self::failed("the server's data cannot be opened", error, fix)
            }
        }
    }
}

impl From<KeyError> for CliError {
    fn from(error: KeyError) -> Self {
        let fix = match &error {
            KeyError::Mode(path) => format!("chmod 600 {}", path.display()),
            KeyError::SealKey => {
                "write the key's 32 bytes in base64url without padding, as it was first given".to_owned()
            }
            KeyError::NoSealKey { .. } => {
                "copy the installation's sealing key there from another instance or its backup, or set IDP_SEAL_KEY".to_owned()
            }
            KeyError::Sealed(_) => {
                "give the sealing key that the keys were written with, the same to every instance, or put the keys' backup back"
                    .to_owned()
            }
            KeyError::Content(_) => {
                "put the keys' backup back, or run the version of idp that wrote them".to_owned()
            }
            KeyError::Io { .. } => {
                "run it as the server's user; check the rights of the folder".to_owned()
            }
            KeyError::Unknown(_) => "idp key list shows the keys".to_owned(),
            KeyError::Upcoming(_) => "wait until it signs, or retire it first".to_owned(),
            KeyError::Foreign(_) => {
                "convert it, for example with openssl pkcs8 -topk8 -nocrypt -in key.pem".to_owned()
            }
            KeyError::Store(_) => "check that the database answers".to_owned(),
            KeyError::Contended(_) | KeyError::Interrupted => "try again".to_owned(),
            KeyError::InToken => "idp key rotate makes the next one there".to_owned(),
            KeyError::NoToken(_) => "configure keys.pkcs11 as it was when the key was made".to_owned(),
            KeyError::Token(_) => {
                "check keys.pkcs11: the module, the token's label and its PIN; a program that is linked statically loads no modules".to_owned()
            }
            KeyError::Crypto(_) | KeyError::Sign(_) => "put the keys' backup back".to_owned(),
        };
        Self::failed("the server's keys cannot be used", error, fix)
    }
}

impl From<KeyChangeError> for CliError {
    fn from(error: KeyChangeError) -> Self {
        match error {
            KeyChangeError::Keys(error) => error.into(),
            KeyChangeError::Problem(problem) => problem.into(),
        }
    }
}

impl From<SchemeError> for CliError {
    fn from(error: SchemeError) -> Self {
        let fix = match error {
            SchemeError::Exists(_) => "choose another folder, or renew its lists with idp trust sign",
            SchemeError::Missing(_) => "name a folder that idp trust init made, with its private/ part",
            _ => "check the folder's rights and its private/ part",
        };
        Self::failed("the trust scheme cannot be used", error, fix)
    }
}

impl From<Problem> for CliError {
    fn from(problem: Problem) -> Self {
        let code = problem.code();
        let fix = match code {
            Code::NotFound | Code::ServiceNotFound => "check the identifiers",
            Code::Conflict => "look at where it stands, then ask again",
            Code::SecondOperatorRequired => "another operator has to run the same command",
            Code::InvalidSeal => "idp seal verify says what is wrong with a seal",
            Code::Unavailable => "try again; check the disk and the rights of data_dir",
            _ => "check the arguments: --help shows examples",
        };
        Self::failed(code.title(), code.as_str(), fix)
    }
}

impl From<idp_store::StoreError> for CliError {
    fn from(error: idp_store::StoreError) -> Self {
        Self::failed(
            "the database does not answer",
            error,
            "check the disk and the rights of data_dir, or the database",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_why_and_the_fix() {
        let error = CliError::failed("it did not work", "two\nreasons", "try again");
        assert_eq!(
            error.to_string(),
            "it did not work\n  why: two\n       reasons\n  fix: try again"
        );
        assert_eq!(error.exit_code(), 1);
        assert_eq!(CliError::usage("no", "", "").to_string(), "no");
        assert_eq!(CliError::usage("no", "", "").exit_code(), 2);
    }

    #[test]
    fn a_program_reads_the_same() {
        let error = CliError::usage("no", "two\nreasons", "try");
        assert_eq!(
            error.to_json(),
            json!({"error": {"what": "no", "why": "two\nreasons", "fix": "try", "exitCode": 2}})
        );
    }

    #[test]
    fn a_taken_port_and_a_key_that_does_not_open_say_so() {
        let taken = CliError::from(BootError::Listen {
            address: "127.0.0.1:8080".to_owned(),
            source: ErrorKind::AddrInUse.into(),
        })
        .to_string();
        assert!(taken.contains("cannot listen on 127.0.0.1:8080"), "{taken}");
        assert!(taken.contains("another port"), "{taken}");
        let open = CliError::from(BootError::Keys(KeyError::Mode("keys.sealed".into()))).to_string();
        assert!(
            open.contains("keys") && open.contains("chmod 600 keys.sealed"),
            "{open}"
        );
        let sealed = CliError::from(BootError::Keys(KeyError::Sealed("keys.sealed".into()))).to_string();
        assert!(sealed.contains("backup"), "{sealed}");
    }
}
