//! The nonce of proofs (OpenID4VCI section 7): single use, one for all proofs of a batch.

use idp_types::encoding::{base64url, from_base64url};
use serde_json::{Value, json};

/// How long a nonce may be used, seconds.
pub const LIFETIME_SECONDS: i64 = 300;

/// A nonce that was given out, or may have been.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Nonce(String);

impl Nonce {
    /// A fresh one from 128 random bits.
    pub fn new(random: [u8; 16]) -> Self {
        Self(base64url(&random))
    }

    /// A text of the shape of ours. Others were never given out, and need not be looked up.
    pub fn parse(text: &str) -> Option<Self> {
        let is_ours = from_base64url(text).is_some_and(|bytes| bytes.len() == 16);
        is_ours.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The answer of the nonce endpoint. It goes with `Cache-Control: no-store`.
    pub fn to_response(&self) -> Value {
        json!({"c_nonce": self.0})
    }

    /// The members that token and credential responses had before 1.0, and that wallets of 1.0 ignore.
    pub fn to_members(&self) -> [(String, Value); 2] {
        [
            ("c_nonce".to_owned(), self.0.as_str().into()),
            ("c_nonce_expires_in".to_owned(), LIFETIME_SECONDS.into()),
        ]
    }
}
