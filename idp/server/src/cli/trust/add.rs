//! `idp trust add cert|seal-revocation`.

use std::path::PathBuf;

use idp_types::{Fingerprint, Timestamp, TokenId, TrustLevel};
use serde_json::json;

use crate::cli::seal::read_seal;
use crate::cli::{CliError, Output};
use crate::scheme::Scheme;

/// What to add.
#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// A new signing certificate in place of the one in use, which is REVOKED with every seal that it signed.
    #[command(after_help = "Example:\n  idp trust add cert trust --trust-level 2 --yes")]
    Cert {
        /// The scheme's folder.
        directory: PathBuf,
        /// Trust level of the seals to come: 1 self-issued, 2 checked by an operator, 3 chip read.
        #[arg(long, default_value = "3", value_parser = trust_level)]
        trust_level: TrustLevel,
        /// I know that every seal of the certificate in use is revoked.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        output: Output,
    },
    /// The revocation of one seal, or of every seal of a holder.
    #[command(after_help = "Examples:
  idp trust add seal-revocation trust --seal lost.txt
  idp trust add seal-revocation trust --token-id 7f9c24e8-3b12-4e0a-9a55-1f0d5a0e2c11")]
    SealRevocation {
        /// The scheme's folder.
        directory: PathBuf,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        output: Output,
    },
}

/// Which seals.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub(in crate::cli) struct Which {
    /// The seal itself; - is standard input.
    #[arg(long, value_name = "FILE")]
    seal: Vec<PathBuf>,
    /// Its fingerprint, 64 hexadecimal characters.
    #[arg(long, value_name = "HEX", value_parser = |text: &str| Fingerprint::try_from(text.to_owned()))]
    fingerprint: Vec<Fingerprint>,
    /// Every seal of this holder, those to come included.
    #[arg(long, value_name = "TOKENID")]
    token_id: Vec<TokenId>,
}

/// 1, 2 or 3.
fn trust_level(text: &str) -> Result<TrustLevel, String> {
    let number: u8 = text.parse().map_err(|_| "write 1, 2 or 3".to_owned())?;
    TrustLevel::try_from(number).map_err(str::to_owned)
}

impl Command {
    pub(super) fn run(self, now: Timestamp) -> Result<(), CliError> {
        match self {
            Self::Cert {
                directory,
                trust_level,
                yes,
                output,
            } => {
                if !yes {
                    let why = "the certificate in use is revoked, and with it every seal that it signed";
                    return Err(CliError::usage(
                        "this needs your word",
                        why,
                        "add --yes if that is meant",
                    ));
                }
                let mut scheme = Scheme::open(&directory)?;
                scheme.replace_certificate(trust_level, now)?;
                scheme.sign(now)?;
                let reference = scheme.certificate_reference()?;
                let text = format!(
                    "{} signs from now on; give the lists to your servers",
                    reference.certificate_key()
                );
                output.print(&json!({"certificate": reference.certificate_key()}), &text)
            }
            Self::SealRevocation {
                directory,
                which,
                output,
            } => which.revoke(&directory, now, output),
        }
    }
}

impl Which {
    fn revoke(self, directory: &std::path::Path, now: Timestamp, output: Output) -> Result<(), CliError> {
        let mut fingerprints = self.fingerprint;
        for file in &self.seal {
            fingerprints.push(read_seal(file)?.digest());
        }
        let mut scheme = Scheme::open(directory)?;
        for fingerprint in &fingerprints {
            scheme.revoke_seal(*fingerprint);
        }
        for token_id in &self.token_id {
            scheme.revoke_token(token_id.clone());
        }
        scheme.sign(now)?;
        let count = (fingerprints.len(), self.token_id.len());
        let text = format!(
            "revoked {} seal(s) and {} holder(s); give the lists to your servers",
            count.0, count.1
        );
        output.print(
            &json!({"fingerprints": fingerprints, "tokenIds": self.token_id}),
            &text,
        )
    }
}
