//! A trust scheme of one's own (profile 3): governance list, scheme list, trust service list, CA, signing certificate, revocation
//! lists, and the seals under it. For organisations that issue their own seals, and for the demo.
//!
//! A scheme is a directory: what verifiers need stands where `idp-vds` reads it; the private keys and the scheme's state stand in
//! `private/`, mode 0600. Nothing here listens or decides; the `idp trust` and `idp seal` commands and the demo are its callers.

mod keys;
mod publish;
mod state;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use idp_types::{Fingerprint, Timestamp, TokenId, TrustLevel};
use idp_vds::trust::{CertificateError, CodeError};
use idp_vds::{CertificateReference, Content, IssueError, PreparedSeal, Seal};

use crate::crypto::CryptoError;
use crate::keys::{KeyError, SignError, SoftwareSigner};

pub use state::SchemeNames;

use keys::{Role, SchemeKeys};
use state::State;

/// Why a scheme could not be made, opened or signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchemeError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The directory holds a scheme already.
    #[error("{0} holds a trust scheme already")]
    Exists(PathBuf),
    /// The directory holds no scheme of ours.
    #[error("{0} holds no trust scheme; make one with `idp trust init`")]
    Missing(PathBuf),
    /// The state file is damaged.
    #[error("{0} is not a scheme's state")]
    State(PathBuf),
    /// A private file cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A code is malformed.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// A certificate cannot be made.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A certificate reference cannot be made.
    #[error(transparent)]
    Header(#[from] idp_vds::HeaderError),
    /// A list cannot be written.
    #[error(transparent)]
    List(#[from] serde_json::Error),
    /// A signature cannot be made.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The system gave no randomness.
    #[error(transparent)]
    Random(#[from] CryptoError),
    /// A seal cannot be made.
    #[error(transparent)]
    Issue(#[from] IssueError),
}

/// A trust scheme with its private keys.
pub struct Scheme {
    directory: PathBuf,
    state: State,
    keys: SchemeKeys,
}

impl Scheme {
    /// Makes a scheme in an empty or absent directory, and signs its first lists.
    ///
    /// # Errors
    /// [`SchemeError::Exists`] when there is one, others as they come.
    pub fn init(directory: &Path, names: SchemeNames, now: Timestamp) -> Result<Self, SchemeError> {
        if directory.join(state::FILE).exists() {
            return Err(SchemeError::Exists(directory.to_owned()));
        }
        let keys = SchemeKeys::generate(directory)?;
        let mut scheme = Self {
            directory: directory.to_owned(),
            state: State::new(names),
            keys,
        };
        scheme.certify(TrustLevel::High, now)?;
        scheme.sign(now)?;
        Ok(scheme)
    }

    /// Opens a scheme.
    ///
    /// # Errors
    /// [`SchemeError::Missing`] when the directory holds none.
    pub fn open(directory: &Path) -> Result<Self, SchemeError> {
        let state = State::read(directory)?;
        Ok(Self {
            directory: directory.to_owned(),
            state,
            keys: SchemeKeys::read(directory)?,
        })
    }

    /// What the scheme is called.
    pub const fn names(&self) -> &SchemeNames {
        &self.state.names
    }

    /// The sequence of the lists that were signed last.
    pub const fn sequence(&self) -> u64 {
        self.state.sequence
    }

    /// Signs all lists again with the next sequence, and writes them.
    ///
    /// # Errors
    /// [`SchemeError`]; a list that was not written yet leaves the one before in place.
    pub fn sign(&mut self, now: Timestamp) -> Result<(), SchemeError> {
        self.state.sequence += 1;
        publish::write(self, now)?;
        self.state.write(&self.directory)
    }

    /// Revokes one seal from the next signing on.
    pub fn revoke_seal(&mut self, fingerprint: Fingerprint) {
        self.state.revoked_seals.insert(fingerprint);
    }

    /// Revokes every seal of a holder from the next signing on.
    pub fn revoke_token(&mut self, token_id: TokenId) {
        self.state.revoked_tokens.insert(token_id);
    }

    /// Revokes the signing certificate in use from the next signing on, and makes another.
    ///
    /// # Errors
    /// [`SchemeError`].
    pub fn replace_certificate(&mut self, level: TrustLevel, now: Timestamp) -> Result<(), SchemeError> {
        self.state.revoke_certificate(now);
        self.keys.replace(&self.directory, Role::Signer)?;
        self.certify(level, now)
    }

    fn certify(&mut self, level: TrustLevel, now: Timestamp) -> Result<(), SchemeError> {
        publish::certify(self, level, now)
    }

    /// The reference of the certificate that signs seals now.
    ///
    /// # Errors
    /// [`SchemeError::Header`] never for codes that were parsed.
    pub fn certificate_reference(&self) -> Result<CertificateReference, SchemeError> {
        Ok(CertificateReference::new(
            self.state.names.authority.as_str(),
            self.state.certificate.as_str(),
        )?)
    }

    /// Issues a seal.
    ///
    /// # Errors
    /// [`SchemeError::Issue`] when the content does not fit its manifest.
    pub fn issue(&self, content: &Content, now: Timestamp) -> Result<Seal, SchemeError> {
        let prepared = PreparedSeal::new(self.certificate_reference()?, now, content)?;
        let signature = self.signer(Role::Signer)?.sign_now(prepared.signing_message())?;
        Ok(prepared.complete(&signature)?)
    }

    fn signer(&self, role: Role) -> Result<&SoftwareSigner, SchemeError> {
        self.keys.signer(role)
    }
}
