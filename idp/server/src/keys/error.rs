//! Why keys cannot be read, made or written.

use std::path::PathBuf;

use idp_store::StoreError;

use super::{SignError, TokenError};
use crate::crypto::CryptoError;

/// Why the keys could not be read or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// Others can read a file that only the server may.
    #[error("{0} can be read by others: run chmod 600 on it")]
    Mode(PathBuf),
    /// The sealing key is not 32 bytes of base64url.
    #[error("the sealing key must be 32 bytes in base64url without padding")]
    SealKey,
    /// There are keys, and nothing to open them with.
    #[error("{place} is there, and its sealing key {path} is not")]
    NoSealKey {
        /// Where the keys are.
        place: String,
        /// Where the sealing key should be.
        path: PathBuf,
    },
    /// The keys were sealed under another key, or were changed.
    #[error("{0} does not open with this sealing key")]
    Sealed(String),
    /// The content is no key document of a known version.
    #[error("{0} has content of an unknown form")]
    Content(String),
    /// Others changed the keys again and again.
    #[error("{0} was changed by others again and again")]
    Contended(String),
    /// There is no such key.
    #[error("there is no key {0} of this purpose")]
    Unknown(String),
    /// A key of this purpose waits for its turn already.
    #[error("the next key of this purpose is there already: {0}")]
    Upcoming(String),
    /// What was given is no private key for the algorithm of its purpose.
    #[error("this is no private key for {0}, as PKCS#8 in PEM without a password")]
    Foreign(&'static str),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys of this purpose are made in the token.
    #[error("keys of this purpose are made in the PKCS#11 token: rotate it, and the next one is")]
    InToken,
    /// A key is in a token, and none is configured.
    #[error("the key {0} is in a PKCS#11 token, and keys.pkcs11 names none")]
    NoToken(String),
    /// The PKCS#11 token failed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// A primitive failed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// A key could not be made, or did not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The server stopped meanwhile.
    #[error("the work was interrupted")]
    Interrupted,
}

/// Work that keeps a thread busy: files, and keys that take long to make.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, KeyError> + Send + 'static,
) -> Result<T, KeyError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| KeyError::Interrupted)?
}
