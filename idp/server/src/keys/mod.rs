//! The key ring: every private key and server secret, behind [`Signer`] (architecture: no library of ours holds one).
//!
//! Software keys live in one document, sealed with AES-256-GCM under the installation's sealing key ([`KeyHome`]): a file of one instance
//! (mode 0600, replaced atomically), or a row of the database that instances share. Whoever changes it does so at the version that it
//! read. Every instance reads it again every half minute, at SIGHUP, and as soon as another one says that it changed; a new key is
//! published for longer than that before it signs, so that no instance meets a signature whose key it does not know.

mod certificate;
mod change;
mod document;
mod error;
mod home;
mod make;
mod opening;
mod private;
mod published;
mod retired;
mod ring;
mod seal;
mod secrets;
mod signer;
mod software;
mod views;

pub use change::{Retired, Rotated};
pub use error::KeyError;
pub use home::KeyHome;
pub(crate) use private::write_private;
pub use published::PublishedSet;
pub use ring::{KeyRing, RingKey, RingSettings};
pub use seal::seal_key;
pub use secrets::{OtpMaster, ServerSecrets};
pub use signer::{SignError, Signer, client_purpose};
pub use software::SoftwareSigner;
pub use views::{IssuerProfile, KeySetView};

#[cfg(test)]
mod tests;
