//! The person's own word, bound into the credential: the issuer cannot have added a claim.

use idp_types::Timestamp;
use idp_types::encoding::{base64url, from_base64url};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Attribute, CopyRandomness, Vocabulary, hour};

const SALT_LABEL: &str = "consent";

/// What the person's app signs when it consents to a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent<'a> {
    /// The credential issuer identifier.
    pub issuer: &'a str,
    /// The credential configuration.
    pub configuration: &'a str,
    /// What may be in it.
    pub granted: Vec<Attribute>,
    /// The nonce of the transaction.
    pub nonce: &'a str,
    /// When; only the hour is told.
    pub at: Timestamp,
}

impl Consent<'_> {
    /// The claims of the receipt, a JWS by the app's key. Equal consents have equal claims.
    pub fn to_value(&self) -> Value {
        let mut granted: Vec<&str> = self
            .granted
            .iter()
            .map(|attribute| attribute.name(Vocabulary::W3c))
            .collect();
        granted.sort_unstable();
        granted.dedup();
        json!({
            "iss": self.issuer,
            "credential_configuration_id": self.configuration,
            "granted": granted,
            "nonce": self.nonce,
            "iat": hour(self.at).unix_seconds(),
        })
    }
}

/// A receipt as it was signed. It would link every copy, so that a copy carries a salted hash, and the receipt itself at most where
/// the holder decides whether to show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ConsentReceipt(String);

impl std::fmt::Debug for ConsentReceipt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ConsentReceipt(..)")
    }
}

impl ConsentReceipt {
    /// Takes over the signed text.
    pub const fn new(signed: String) -> Self {
        Self(signed)
    }

    /// The signed text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The item of `evidence`, fresh for each copy.
    pub fn to_value(&self, copy: &CopyRandomness) -> Value {
        let salt: [u8; 16] = copy.bytes(SALT_LABEL);
        json!({
            "type": "ConsentReceipt",
            "receiptDigest": base64url(&self.salted_digest(&salt)),
            "receiptDigestSalt": base64url(&salt),
        })
    }

    /// Whether `item`, as [`Self::to_value`] wrote it, is about this receipt.
    pub fn is_named_by(&self, item: &Value) -> bool {
        let text = |name| item.get(name).and_then(Value::as_str).and_then(from_base64url);
        text("receiptDigestSalt")
            .and_then(|salt| <[u8; 16]>::try_from(salt).ok())
            .is_some_and(|salt| text("receiptDigest").as_deref() == Some(&self.salted_digest(&salt)))
    }

    fn salted_digest(&self, salt: &[u8; 16]) -> [u8; 32] {
        Sha256::new()
            .chain_update(salt)
            .chain_update(self.0.as_bytes())
            .finalize()
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_named_by_its_copies_and_links_none() {
        let receipt = ConsentReceipt::new("a.b.c".into());
        let [one, two] = [1, 2].map(|seed| receipt.to_value(&CopyRandomness::new([seed; 32])));
        assert_ne!(one, two);
        assert!(receipt.is_named_by(&one) && receipt.is_named_by(&two));
        assert!(!ConsentReceipt::new("a.b.d".into()).is_named_by(&one));
    }

    #[test]
    fn the_order_of_grants_makes_no_difference() {
        let consent = |granted| Consent {
            issuer: "https://a.example",
            configuration: "x",
            granted,
            nonce: "n",
            at: Timestamp::from_unix_seconds(1_768_435_201),
        };
        let [one, two] = [
            [Attribute::GivenName, Attribute::AgeOver18],
            [Attribute::AgeOver18, Attribute::GivenName],
        ]
        .map(|granted| consent(granted.to_vec()).to_value());
        assert_eq!(one, two);
        assert_eq!(one["iat"], 1_768_435_200);
    }
}
