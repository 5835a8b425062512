//! Why a token does not do what it is asked.

use std::path::PathBuf;

use cryptoki::error::Error;

/// Why a token does not do what it is asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The module is none, or not for this program.
    #[error("the PKCS#11 module {path} cannot be loaded: {source}")]
    Module {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: Error,
    },
    /// The file of the PIN cannot be read.
    #[error("{path}: {source}")]
    PinFile {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No token has this label.
    #[error("there is no PKCS#11 token {0:?}")]
    Absent(String),
    /// The token refused the PIN. It is not tried again, so that the token is not locked.
    #[error("the PKCS#11 token refuses the PIN")]
    Pin,
    /// The token does not have it.
    #[error("the PKCS#11 token does not have the key {0}")]
    NoKey(String),
    /// What the token says is none of its algorithm.
    #[error("the PKCS#11 token answers what is no {0}")]
    Form(&'static str),
    /// It does not answer in time, or all its sessions are in use.
    #[error("the PKCS#11 token does not answer in time")]
    Slow,
    /// The server stopped meanwhile.
    #[error("the work was interrupted")]
    Interrupted,
    /// The system gives no randomness.
    #[error(transparent)]
    Crypto(#[from] crate::crypto::CryptoError),
    /// The token refused.
    #[error("the PKCS#11 token refuses: {0}")]
    Refused(#[from] Error),
}
