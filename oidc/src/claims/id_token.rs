//! The ID token (OIDC Core 2).

use idp_types::encoding::base64url;
use idp_types::{Amr, ClientId};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256, Sha512};

use crate::client::SigningAlgorithm;

/// The claims of an ID token.
#[derive(Clone, Serialize)]
pub struct IdToken<'a> {
    /// The issuer as the client sees it.
    pub iss: &'a str,
    /// The person as the client sees it.
    pub sub: &'a str,
    /// The client.
    pub aud: &'a ClientId,
    /// Unix seconds.
    pub exp: i64,
    /// Unix seconds.
    pub iat: i64,
    /// When the person authenticated, Unix seconds.
    pub auth_time: i64,
    /// The request's `nonce`; not repeated at a refresh (OIDC Core 12.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<&'a str>,
    /// How sure the authentication was.
    pub acr: &'a str,
    /// What happened.
    pub amr: &'a [Amr],
    /// The client's session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<&'a str>,
    /// The hash of the access token beside it (OIDC Core 3.1.3.6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// Released claims, and what a grant adds.
    #[serde(flatten)]
    pub claims: Map<String, Value>,
}

impl std::fmt::Debug for IdToken<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IdToken(..)")
    }
}

/// OIDC Core 3.1.3.6: the left half of the value's digest, with the hash of the signature's algorithm. That of Ed25519 is SHA-512
/// (RFC 8032 5.1).
pub fn token_hash(algorithm: SigningAlgorithm, value: &str) -> String {
    let half = |digest: &[u8]| base64url(digest.get(..digest.len() / 2).unwrap_or_default());
    match algorithm {
        SigningAlgorithm::EdDsa => half(&Sha512::digest(value.as_bytes())),
        SigningAlgorithm::Es256 | SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => {
            half(&Sha256::digest(value.as_bytes()))
        }
    }
}
