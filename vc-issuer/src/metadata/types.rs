//! Type metadata of our SD-JWT VCs: what a type means and how a wallet shows it (SD-JWT VC section 6).

use data_encoding::BASE64;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::credential::{Attribute, CredentialType, Vocabulary};

/// A document as it is served. It never changes under its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeMetadata {
    credential_type: CredentialType,
    text: String,
    integrity: String,
}

impl TypeMetadata {
    pub(crate) fn new(vct: &str, credential_type: CredentialType) -> Self {
        let text = document(vct, credential_type).to_string();
        let digest = BASE64.encode(&Sha256::digest(text.as_bytes()));
        Self {
            credential_type,
            text,
            integrity: format!("sha256-{digest}"),
        }
    }

    /// The type that it describes.
    pub const fn credential_type(&self) -> CredentialType {
        self.credential_type
    }

    /// The very octets that are served, `application/json`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// `vct#integrity` (W3C Subresource Integrity).
    pub fn integrity(&self) -> &str {
        &self.integrity
    }
}

fn document(vct: &str, credential_type: CredentialType) -> Value {
    let (name, description) = credential_type.display();
    let claims: Vec<Value> = credential_type
        .attributes()
        .iter()
        .map(|claim| described(*claim))
        .collect();
    // Drafts before -11 say `lang` where later ones say `locale`.
    json!({
        "vct": vct,
        "name": name,
        "description": description,
        "display": [{"locale": "en", "lang": "en", "name": name, "description": description}],
        "claims": claims,
    })
}

fn described(attribute: Attribute) -> Value {
    json!({
        "path": [attribute.name(Vocabulary::SdJwtVc)],
        "sd": "always",
        "display": [{"locale": "en", "lang": "en", "label": attribute.label()}],
    })
}
