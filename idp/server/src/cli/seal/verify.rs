//! `idp seal verify`.

use std::path::{Path, PathBuf};

use idp_jose::{EcPublicKey, PublicKey};
use idp_types::Timestamp;
use idp_vds::Seal;
use serde_json::{Value, json};

use super::read_seal;
use crate::cli::files::read_text;
use crate::cli::output::{json as print_json, plain};
use crate::cli::trust_lists::load;
use crate::cli::{CliError, Output};
use crate::crypto::AwsVerifier;

/// Which seal, by what.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  idp seal verify jean.txt --trust /var/lib/idtoken/trust
  idp seal verify jean.txt --key issuer.pem

With --key only the signature is checked: no certificate, no revocation, no expiry.")]
pub(in crate::cli) struct Arguments {
    /// A file with the seal's text or bytes; - is standard input.
    file: PathBuf,
    #[command(flatten)]
    by: By,
    #[command(flatten)]
    output: Output,
}

/// What vouches for it.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct By {
    /// A trust folder: the whole chain, revocation and expiry.
    #[arg(long, value_name = "DIR")]
    trust: Option<PathBuf>,
    /// The signer's public key, PEM: the signature alone.
    #[arg(long, value_name = "PEM")]
    key: Option<PathBuf>,
}

/// What was found: for a program, and for a person.
type Verdict = Result<(Value, String), (&'static str, String)>;

fn by_trust(seal: &Seal, directory: &Path, now: Timestamp) -> Result<Verdict, CliError> {
    let store = load(directory, now)?;
    Ok(match store.verify(seal, seal.header().manifest, now) {
        Ok(verified) => {
            let operator = &verified.scheme_operator().name;
            let level = verified.trust_level().number();
            let value = json!({
                "valid": true, "trustLevel": level, "schemeOperator": operator, "expires": verified.content().expires(),
            });
            Ok((
                value,
                format!("valid: issued by {}, trust level {level}", plain(operator)),
            ))
        }
        Err(error) => Err((error.reason(), error.to_string())),
    })
}

fn by_key(seal: &Seal, path: &Path) -> Result<Verdict, CliError> {
    let pem = read_text(path, 4096)?;
    let key = EcPublicKey::from_spki_pem(&pem).map_err(|error| {
        CliError::failed(
            format!("{} has no P-256 public key", path.display()),
            error,
            "give a PUBLIC KEY in PEM",
        )
    })?;
    Ok(match seal.verify_signature(&AwsVerifier, &PublicKey::P256(key)) {
        Ok(()) => Ok((
            json!({"valid": true, "signatureOnly": true}),
            "the signature is valid; nothing else was checked".to_owned(),
        )),
        Err(error) => Err(("bad_signature", error.to_string())),
    })
}

pub(super) fn run(arguments: &Arguments, now: Timestamp) -> Result<(), CliError> {
    let seal = read_seal(&arguments.file)?;
    let verdict = match (&arguments.by.trust, &arguments.by.key) {
        (Some(directory), _) => by_trust(&seal, directory, now)?,
        (None, Some(path)) => by_key(&seal, path)?,
        (None, None) => {
            return Err(CliError::usage(
                "nothing vouches for the seal",
                "",
                "give --trust or --key",
            ));
        }
    };
    match verdict {
        Ok((value, text)) => arguments.output.print(&value, &text),
        Err((reason, why)) => {
            if arguments.output.json {
                print_json(&json!({"valid": false, "reason": reason}))?;
            }
            Err(CliError::failed(
                format!("the seal is not valid: {reason}"),
                why,
                "do not accept it",
            )
            .with_result_printed())
        }
    }
}
