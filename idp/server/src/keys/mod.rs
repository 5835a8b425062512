//! The key ring: every private key and server secret, behind [`Signer`] (architecture: no library of ours holds one).
//!
//! Software keys live in one file, sealed with AES-256-GCM under the installation's sealing key, mode 0600, replaced atomically.
//! A PKCS#11 or cloud KMS key implements the same trait.

mod certificate;
mod file;
mod make;
mod published;
mod retired;
mod ring;
mod secrets;
mod signer;
mod software;
mod views;

pub use file::KeyFileError;
pub(crate) use file::{seal_key_from_file, write_private};
pub use published::PublishedSet;
pub use ring::{KeyRing, RingKey, RingSettings};
pub use secrets::{OtpMaster, ServerSecrets};
pub(crate) use signer::from_pkcs8 as software_signer;
pub use signer::{SignError, Signer, client_purpose};
pub use software::SoftwareSigner;
pub use views::{IssuerProfile, KeySetView};

#[cfg(test)]
mod tests;
