//! Selective disclosure as an issuer writes it, nested places and array elements included (RFC 9901 section 4.2).

use idp_jose::jws::{self, Header};
use idp_types::encoding::base64url;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::credential::CopyRandomness;

/// Collects disclosures; each has a salt of its own.
pub(super) struct Disclosures<'a> {
    randomness: &'a CopyRandomness,
    texts: Vec<String>,
}

impl<'a> Disclosures<'a> {
    pub(super) const fn new(randomness: &'a CopyRandomness) -> Self {
        Self {
            randomness,
            texts: Vec::new(),
        }
    }

    /// An object that has only the digests of `members`, sorted so that they tell nothing about their order (section 4.2.4.1).
    pub(super) fn hide(&mut self, members: Map<String, Value>) -> Map<String, Value> {
        let mut digests: Vec<String> = members
            .into_iter()
            .map(|(name, value)| self.disclose(|salt| json!([salt, name, value])))
            .collect();
        digests.sort_unstable();
        if digests.is_empty() {
            return Map::new();
        }
        Map::from_iter([("_sd".to_owned(), digests.into())])
    }

    /// The place of an element in an array (section 4.2.4.2).
    pub(super) fn element(&mut self, value: &str) -> Value {
        let digest = self.disclose(|salt| json!([salt, value]));
        json!({"...": digest})
    }

    fn disclose(&mut self, array: impl FnOnce(String) -> Value) -> String {
        let label = format!("disclosure {}", self.texts.len());
        let salt: [u8; 16] = self.randomness.bytes(&label);
        let text = base64url(array(base64url(&salt)).to_string().as_bytes());
        let digest = base64url(&Sha256::digest(text.as_bytes()));
        self.texts.push(text);
        digest
    }

    /// The whole, with `claims` in clear.
    pub(super) fn finish(self, header: &Header, mut claims: Map<String, Value>) -> PreparedSdJwt {
        claims.insert("_sd_alg".to_owned(), json!("sha-256"));
        PreparedSdJwt {
            jwt: jws::Prepared::new(header, Value::Object(claims).to_string().as_bytes()),
            disclosures: self.texts,
        }
    }
}

/// An SD-JWT that waits for the issuer's signature.
pub struct PreparedSdJwt {
    jwt: jws::Prepared,
    disclosures: Vec<String>,
}

impl std::fmt::Debug for PreparedSdJwt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PreparedSdJwt({} disclosures)", self.disclosures.len())
    }
}

impl PreparedSdJwt {
    /// What the issuer signs.
    pub fn signing_input(&self) -> &[u8] {
        self.jwt.signing_input()
    }

    /// The SD-JWT with every disclosure; it ends with `~`.
    pub fn complete(self, signature: &[u8]) -> String {
        let mut text = self.jwt.complete(signature);
        text.push('~');
        for disclosure in &self.disclosures {
            text.push_str(disclosure);
            text.push('~');
        }
        text
    }
}
