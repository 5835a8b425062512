//! Our JSON-LD context: the terms of the seed's claims, versioned, and pinned in every credential by its digest.

use data_encoding::BASE64;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// The context as it is served. It never changes under its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextDocument {
    address: String,
    text: String,
    digest: String,
}

impl ContextDocument {
    /// Version 1, published by the issuer at `base`.
    pub(crate) fn new(base: &str) -> Self {
        let address = format!("{base}/ns/credentials/v1");
        let text = document(&address).to_string();
        let digest = BASE64.encode(&Sha256::digest(text.as_bytes()));
        Self {
            address,
            text,
            digest: format!("sha256-{digest}"),
        }
    }

    /// Where it is served.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The very octets that are served, `application/ld+json`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// `digestSRI` of these octets (VCDM 2.0 section 5.3).
    pub fn digest_sri(&self) -> &str {
        &self.digest
    }
}

fn document(address: &str) -> Value {
    let own = |name: &str| format!("{address}#{name}");
    let typed = |name: &str, kind: &str| json!({"@id": own(name), "@type": kind});
    let mut terms = Map::from_iter([
        ("@version".to_owned(), json!(1.1)),
        ("@protected".to_owned(), json!(true)),
        ("xsd".to_owned(), json!("http://www.w3.org/2001/XMLSchema#")),
        ("dateOfBirth".to_owned(), typed("dateOfBirth", "xsd:date")),
        ("trustLevel".to_owned(), typed("trustLevel", "xsd:integer")),
        ("ageOver18".to_owned(), typed("ageOver18", "xsd:boolean")),
        ("verifiedAt".to_owned(), typed("verifiedAt", "xsd:dateTime")),
    ]);
    let plain = [
        "IDTokenSealIdentityCredential",
        "IDTokenSealAgeVerification",
        "IDTokenSealBasicIdentity",
        "VisibleDigitalSeal",
        "ConsentReceipt",
        "givenName",
        "familyName",
        "nationality",
        "documentNumber",
        "standard",
        "verificationMethod",
        "schemeOperator",
        "manifestId",
        "sealDigest",
        "sealDigestSalt",
        "signerThumbprint",
        "receiptDigest",
        "receiptDigestSalt",
    ];
    terms.extend(plain.map(|name| (name.to_owned(), own(name).into())));
    json!({"@context": terms})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::{Attribute, CredentialType, Vocabulary};

    #[test]
    fn every_term_of_a_credential_is_defined() {
        let context = ContextDocument::new("https://seal.example");
        let read: Value = serde_json::from_str(context.text()).unwrap();
        for attribute in Attribute::ALL {
            assert!(read["@context"].get(attribute.name(Vocabulary::W3c)).is_some());
        }
        for kind in [
            CredentialType::Identity,
            CredentialType::AgeVerification,
            CredentialType::BasicIdentity,
        ] {
            assert!(read["@context"].get(kind.name()).is_some());
        }
        assert!(context.digest_sri().starts_with("sha256-"));
    }
}
