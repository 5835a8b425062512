//! `idp seal issue`.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use idp_types::Timestamp;
use idp_vds::{Carrier, Seal, encode_text};
use serde_json::json;

use super::payload;
use crate::cli::files::{read, write_private};
use crate::cli::{CliError, Output};
use crate::qr;
use crate::scheme::Scheme;

/// The longest payload file: a portrait in Base64 fits.
const PAYLOAD_LIMIT: usize = 32 * 1024;

/// How to write the seal.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Form {
    /// Base32: what links and QR codes carry.
    Base32,
    /// Base45: the smallest QR code.
    Base45,
    /// Base64.
    Base64,
    /// Base64 for links, without padding.
    Base64url,
    /// Hexadecimal.
    Hex,
    /// HC1: and Base45.
    Hc1,
    /// vds:// and Base32.
    Vds,
}

/// A seal to sign.
#[derive(Debug, clap::Args)]
#[command(after_help = r#"Example:
  idp seal issue --trust trust --payload person.json --out jean.txt --qr jean.png

where person.json is
  {"given_name": "Jean", "family_name": "Dupont", "birth_date": "1985-06-15", "nationality": "FRA",
   "document_number": "12AB34567", "token_id": "7f9c24e8-3b12-4e0a-9a55-1f0d5a0e2c11", "expires": "2031-05-30"}

photo (a small WebP portrait) and face are Base64. A file with service_id, name, url, scopes and expires is a
service's seal."#)]
pub(in crate::cli) struct Arguments {
    /// The scheme's folder, with its private part.
    #[arg(long, value_name = "DIR")]
    trust: PathBuf,
    /// What the seal says, JSON; - is standard input.
    #[arg(long, value_name = "FILE")]
    payload: PathBuf,
    /// How to write it.
    #[arg(long, value_enum, default_value = "base32")]
    carrier: Form,
    /// Where to write it; standard output unless given. The file is yours alone to read.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write over what --out names.
    #[arg(long, requires = "out")]
    force: bool,
    /// A picture of its QR code, .png or .svg.
    #[arg(long, value_name = "FILE")]
    qr: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

fn text(form: Form, seal: &Seal) -> String {
    let carrier = match form {
        Form::Base32 => Carrier::Base32,
        Form::Base45 => Carrier::Base45,
        Form::Base64 => Carrier::Base64,
        Form::Base64url => Carrier::Base64Url,
        Form::Hex => Carrier::Hex,
        Form::Hc1 => Carrier::Hc1,
        Form::Vds => Carrier::VdsScheme,
    };
    encode_text(carrier, seal)
}

fn picture(path: &Path, text: &str) -> Result<(), CliError> {
    let too_long = |_| {
        CliError::failed(
            "the seal does not fit a QR code",
            "it is too long",
            "use --carrier base45, or a smaller photo",
        )
    };
    let kind = path
        .extension()
        .and_then(|kind| kind.to_str())
        .map(str::to_ascii_lowercase);
    let content = match kind.as_deref() {
        Some("png") => qr::png(text).map_err(too_long)?,
        Some("svg") => qr::svg(text).map_err(too_long)?.into_bytes(),
        _ => {
            return Err(CliError::usage(
                "--qr names no kind of picture",
                path.display(),
                "end it in .png or .svg",
            ));
        }
    };
    write_private(path, &content)
}

pub(super) fn run(arguments: &Arguments, now: Timestamp) -> Result<(), CliError> {
    if let Some(path) = &arguments.out
        && !arguments.force
        && path.symlink_metadata().is_ok()
    {
        return Err(CliError::failed(
            format!("{} exists", path.display()),
            "a seal cannot be made again",
            "choose another --out, or give --force",
        ));
    }
    let content = payload::parse(&read(&arguments.payload, PAYLOAD_LIMIT)?)?;
    let scheme = Scheme::open(&arguments.trust)?;
    let seal = scheme.issue(&content, now)?;
    let text = text(arguments.carrier, &seal);
    if let Some(path) = &arguments.qr {
        picture(path, &text)?;
    }
    let fingerprint = seal.digest().to_lowerhex();
    let value = json!({
        "fingerprint": fingerprint,
        "certificate": seal.header().certificate.as_str(),
        "manifest": seal.header().manifest,
        "bytes": seal.as_bytes().len(),
        "out": arguments.out,
        "seal": arguments.out.is_none().then_some(&text),
    });
    match &arguments.out {
        Some(path) => {
            write_private(path, text.as_bytes())?;
            arguments
                .output
                .print(&value, &format!("sealed {} as {fingerprint}", path.display()))
        }
        None => arguments.output.print(&value, &text),
    }
}
