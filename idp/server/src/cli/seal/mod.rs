//! `idp seal`: seals as files.

mod issue;
mod payload;
mod show;
mod verify;

use std::path::Path;

use idp_vds::carrier::TEXT_LIMIT;
use idp_vds::{Seal, decode_text};

use super::CliError;
use super::files::read;
use crate::clock::{Clock, SystemClock};

/// What to do with a seal.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Sign a person's or a service's seal with a scheme's certificate.
    Issue(issue::Arguments),
    /// Print what a seal says, without judging it.
    Show(show::Arguments),
    /// Verify a seal: by the whole trust chain, or by one key.
    Verify(verify::Arguments),
}

impl Command {
    pub(super) fn run(self) -> Result<(), CliError> {
        let now = SystemClock.now();
        match self {
            Self::Issue(arguments) => issue::run(&arguments, now),
            Self::Show(arguments) => show::run(&arguments),
            Self::Verify(arguments) => verify::run(&arguments, now),
        }
    }
}

/// The seal in a file: its bytes, or any of its texts.
pub(super) fn read_seal(path: &Path) -> Result<Seal, CliError> {
    let bytes = read(path, TEXT_LIMIT)?;
    let refused = |why: &dyn std::fmt::Display| {
        let fix = "give the text of its QR code, or its bytes";
        CliError::failed(format!("{} has no seal", path.display()), why, fix)
    };
    match std::str::from_utf8(&bytes) {
        Ok(text) => decode_text(text).map_err(|error| refused(&error)),
        // No text: a seal begins with a byte that no UTF-8 text has there.
        Err(_) => Seal::parse(&bytes).map_err(|error| refused(&error)),
    }
}

pub(super) fn fuzz(data: &[u8]) {
    let _ = payload::parse(data);
}
