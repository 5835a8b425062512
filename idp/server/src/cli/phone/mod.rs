//! `idp phone`: the reference authenticator at a terminal (profile 1, 2, 4, 7).
//!
//! It does what a phone does, with the messages of `idp-authenticator`: files, HTTP and the terminal are here. It looks at no
//! face, and says so.

mod approve;
mod ask;
mod claim;
mod client;
mod enrol;
mod pending;
mod poll;
mod reject;
mod show;
mod store;
mod trust;
mod view;

pub(crate) use enrol::{Admission, enrol};

use super::CliError;

/// What the phone shall do.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Enrol with a seal: make a key, prove it, keep the credential.
    Enrol(enrol::Arguments),
    /// Show what waits for an answer.
    Pending(pending::Arguments),
    /// Approve a request, with fewer scopes if you like.
    Approve(approve::Arguments),
    /// Decline a request.
    Reject(reject::Arguments),
    /// Answer a scanned QR: a verification, a login or a service that introduces itself.
    Claim(claim::Arguments),
    /// Verify a service's seal and trust the service, or no longer.
    Trust(trust::Arguments),
    /// Show what this phone is and holds.
    Show(show::Arguments),
}

impl Command {
    pub(super) async fn run(self) -> Result<(), CliError> {
        match self {
            Self::Enrol(arguments) => enrol::run(&arguments).await,
            Self::Pending(arguments) => pending::run(&arguments).await,
            Self::Approve(arguments) => approve::run(&arguments).await,
            Self::Reject(arguments) => reject::run(&arguments).await,
            Self::Claim(arguments) => claim::run(&arguments).await,
            Self::Trust(arguments) => trust::run(&arguments).await,
            Self::Show(arguments) => show::run(&arguments),
        }
    }
}
