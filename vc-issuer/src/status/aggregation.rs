//! For verifiers without a network: which lists there are, and all of them in one signed text.

use idp_jose::jws::{Header, Prepared};
use idp_jose::{Algorithm, JwkSet};
use idp_types::Timestamp;
use serde_json::{Map, Value, json};

use crate::format::SigningKey;
use crate::issuer::Issuer;

/// The type of a status bundle.
pub const BUNDLE_TYP: &str = "idtokenseal-status-bundle+jwt";

/// Every token status list up to `lists` (Token Status List section 9).
pub fn aggregation(issuer: &Issuer, lists: u32) -> Value {
    let addresses: Vec<String> = (1..=lists).map(|number| issuer.token_list(number)).collect();
    json!({"status_lists": addresses})
}

/// What a verifier needs to check our credentials for a stated time and no network.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle<'a> {
    /// Each list, by number: its Bitstring credential and its status list token, as they were signed.
    pub lists: Vec<(u32, String, String)>,
    /// The DID document.
    pub did_document: Value,
    /// The keys.
    pub keys: &'a JwkSet,
    /// When it was made.
    pub at: Timestamp,
    /// When the earliest of its parts ends.
    pub expires_at: Timestamp,
}

impl Bundle<'_> {
    /// Prepares the bundle.
    pub fn prepare(&self, issuer: &Issuer, key: &SigningKey) -> Prepared {
        let mut lists = Map::new();
        for (number, bitstring, token) in &self.lists {
            lists.insert(issuer.bitstring_list(*number), bitstring.as_str().into());
            lists.insert(issuer.token_list(*number), token.as_str().into());
        }
        let claims = json!({
            "iss": issuer.base(),
            "sub": issuer.did(),
            "iat": self.at.unix_seconds(),
            "exp": self.expires_at.unix_seconds(),
            "status_lists": lists,
            "did_document": self.did_document,
            "jwks": self.keys.to_value(),
            "contexts": {issuer.context().address(): issuer.context().text()},
        });
        let header = Header::new(Algorithm::Es256)
            .with_typ(BUNDLE_TYP)
            .with_kid(key.thumbprint());
        Prepared::new(&header, claims.to_string().as_bytes())
    }
}
