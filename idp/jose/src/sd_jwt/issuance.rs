//! Issuing: claims in clear, claims under digests, a signature from elsewhere (RFC 9901 section 4.1).

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    DIGESTS, Disclosure, HASH_ALGORITHM, HASH_NAME, NEVER_HIDDEN, SdJwtError, disclosure, is_reserved,
};
use crate::json::Map;
use crate::jws::{Header, Prepared};

/// An SD-JWT that waits for the issuer's signature.
pub struct SdJwtIssuance {
    jwt: Prepared,
    disclosures: Vec<String>,
}

impl SdJwtIssuance {
    /// Puts `disclosures` under sorted digests beside the `claims` in clear. Sorted digests tell nothing about the order
    /// in which the claims were given (RFC 9901 section 4.2.4.1).
    ///
    /// # Errors
    /// [`SdJwtError::ReservedName`], [`SdJwtError::HiddenValidity`], [`SdJwtError::NameConflict`] or
    /// [`SdJwtError::TooManyDisclosures`].
    pub fn new(header: &Header, mut claims: Map, disclosures: Vec<Disclosure>) -> Result<Self, SdJwtError> {
        check_names(&claims, &disclosures)?;
        let disclosures: Vec<String> = disclosures.into_iter().map(Disclosure::encode).collect();
        let digests: BTreeSet<String> = disclosures.iter().map(|text| disclosure::digest(text)).collect();
        if !digests.is_empty() {
            let digests = digests.into_iter().map(Value::String).collect();
            claims.insert(DIGESTS.to_owned(), Value::Array(digests));
        }
        claims.insert(HASH_ALGORITHM.to_owned(), Value::from(HASH_NAME));
        let room = 1 + disclosures.iter().map(|text| text.len() + 1).sum::<usize>();
        let payload = Value::Object(claims).to_string();
        Ok(Self {
            jwt: Prepared::with_room(header, payload.as_bytes(), room),
            disclosures,
        })
    }

    /// What the issuer signs.
    pub fn signing_input(&self) -> &[u8] {
        self.jwt.signing_input()
    }

    /// The SD-JWT with every disclosure; it ends with `~` (RFC 9901 section 4).
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

fn check_names(claims: &Map, disclosures: &[Disclosure]) -> Result<(), SdJwtError> {
    if disclosures.len() > super::DISCLOSURES_LIMIT {
        return Err(SdJwtError::TooManyDisclosures);
    }
    if claims
        .iter()
        .any(|(name, value)| is_reserved(name) || holds_reserved(value))
    {
        return Err(SdJwtError::ReservedName);
    }
    let mut names = BTreeSet::new();
    for disclosure in disclosures {
        let name = disclosure.name();
        if is_reserved(name) || holds_reserved(disclosure.value()) {
            return Err(SdJwtError::ReservedName);
        }
        if NEVER_HIDDEN.contains(&name) {
            return Err(SdJwtError::HiddenValidity);
        }
        if claims.contains_key(name) || !names.insert(name) {
            return Err(SdJwtError::NameConflict);
        }
    }
    Ok(())
}

fn holds_reserved(value: &Value) -> bool {
    match value {
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| is_reserved(name) || holds_reserved(value)),
        Value::Array(elements) => elements.iter().any(holds_reserved),
        _ => false,
    }
}

crate::redaction::redacted_debug!(SdJwtIssuance);
