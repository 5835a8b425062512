//! The key ring: every private key and server secret, behind [`Signer`] (architecture: no library of ours holds one).
//!
//! Software keys live in one document, sealed with AES-256-GCM under the installation's sealing key ([`KeyHome`]): a file of one instance
//! (mode 0600, replaced atomically), or a row of the database that instances share. Whoever changes it does so at the version that it
//! read. Every instance reads it again every half minute, at SIGHUP, and as soon as another one says that it changed; a new key is
//! published for longer than that before it signs, so that no instance meets a signature whose key it does not know.
//!
//! The private halves of some purposes may live in a PKCS#11 token ([`Token`]): they are made there, and the document keeps only their
//! identifiers and public halves. The sealing key may be sealed by the token as well.
//!
//! # A key management service
//!
//! [`Signer`] is the seam. Whoever adds a cloud's service implements it with the service's call for one key: it is asynchronous, gets the
//! message and not its digest, and answers the signature as a JWS carries it, so for ES256 `r || s` and not DER. A variant of the stored
//! private half names the key at the service and repeats its public half, and the ring makes the signer of it where it makes those of the
//! token. Whatever fails is [`SignError`]: the request is told to come again, and no other key takes the place of that one.

mod certificate;
mod change;
mod document;
mod error;
mod generator;
mod home;
mod make;
mod opening;
mod pkcs11;
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
pub use generator::{KeyGenerator, SystemGenerator};
pub use home::KeyHome;
pub use idp_core::keys::KeyPurpose;
pub use pkcs11::{Token, TokenError};
pub(crate) use private::write_private;
pub use published::PublishedSet;
pub use ring::{KeyRing, RingKey, RingSettings, TokenUse};
pub use seal::seal_key;
pub use secrets::{OtpMaster, ServerSecrets};
pub(crate) use signer::from_pkcs8 as software_signer;
pub use signer::{SignError, Signer, client_purpose};
pub use software::SoftwareSigner;
pub use views::{IssuerProfile, KeySetView};

#[cfg(test)]
mod tests;
