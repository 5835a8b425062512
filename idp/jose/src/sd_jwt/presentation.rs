//! The holder's side: read the credential, choose, bind to the verifier (RFC 9901 sections 4.3 and 7.2).

use std::collections::BTreeMap;

use super::{DISCLOSURES_LIMIT, DisclosureView, KEY_BINDING_TYP, SdJwtError, disclosure, processing};
use crate::alg::Algorithm;
use crate::json::Map;
use crate::jws::{self, Header, Prepared};

/// A compact SD-JWT cut at its tildes.
pub(super) struct Parts<'a> {
    pub(super) issuer_jwt: &'a str,
    pub(super) disclosures: Vec<&'a str>,
    /// Empty when there is no key binding.
    pub(super) key_binding: &'a str,
    /// Everything up to and including the last tilde: what `sd_hash` covers.
    pub(super) bound: &'a str,
}

pub(super) fn split(text: &str, limit: usize) -> Result<Parts<'_>, SdJwtError> {
    if text.len() > limit {
        return Err(SdJwtError::TooLarge { limit });
    }
    let (front, key_binding) = text.rsplit_once('~').ok_or(SdJwtError::Shape)?;
    let bound = text.strip_suffix(key_binding).ok_or(SdJwtError::Shape)?;
    let mut pieces = front.split('~');
    let issuer_jwt = pieces.next().ok_or(SdJwtError::Shape)?;
    let disclosures: Vec<&str> = pieces.take(DISCLOSURES_LIMIT + 1).collect();
    if disclosures.len() > DISCLOSURES_LIMIT {
        return Err(SdJwtError::TooManyDisclosures);
    }
    if issuer_jwt.is_empty() || disclosures.iter().any(|text| text.is_empty()) {
        return Err(SdJwtError::Shape);
    }
    Ok(Parts {
        issuer_jwt,
        disclosures,
        key_binding,
        bound,
    })
}

/// Reads the disclosures by their digests; two equal ones are refused.
pub(super) fn by_digest(texts: &[&str]) -> Result<BTreeMap<String, DisclosureView>, SdJwtError> {
    let mut disclosures = BTreeMap::new();
    for text in texts {
        let view = DisclosureView::parse(text)?;
        if disclosures.insert(disclosure::digest(text), view).is_some() {
            return Err(SdJwtError::DuplicateDigest);
        }
    }
    Ok(disclosures)
}

/// A credential in the hands of its holder, with all its disclosures and without key binding.
#[derive(Clone)]
pub struct SdJwt {
    issuer_jwt: String,
    disclosures: Vec<(String, DisclosureView)>,
    claims: Map,
    disclosed: Map,
}

impl SdJwt {
    /// Reads a credential of at most `limit` bytes and checks that its disclosures belong to it (RFC 9901 section 7.2,
    /// step 1). The issuer's signature is not checked: the enrolment credential's issuer publishes no key.
    ///
    /// # Errors
    /// [`SdJwtError`] for every deviation, and for a key binding that is already there.
    pub fn parse(text: &str, limit: usize) -> Result<Self, SdJwtError> {
        let parts = split(text, limit)?;
        if !parts.key_binding.is_empty() {
            return Err(SdJwtError::Shape);
        }
        let jwt = jws::parse(parts.issuer_jwt, limit).map_err(SdJwtError::Issuer)?;
        let claims = jwt.peek_unverified_claims().map_err(SdJwtError::Issuer)?;
        let processed = processing::process(claims, by_digest(&parts.disclosures)?)?;
        let disclosures = parts
            .disclosures
            .iter()
            .map(|text| Ok(((*text).to_owned(), DisclosureView::parse(text)?)))
            .collect::<Result<_, SdJwtError>>()?;
        Ok(Self {
            issuer_jwt: parts.issuer_jwt.to_owned(),
            disclosures,
            claims: processed.plain,
            disclosed: processed.disclosed,
        })
    }

    /// What could be shown, in the issuer's order.
    pub fn disclosures(&self) -> impl Iterator<Item = &DisclosureView> {
        self.disclosures.iter().map(|(_, view)| view)
    }

    /// The claims in clear, **not verified**.
    pub const fn peek_unverified_claims(&self) -> &Map {
        &self.claims
    }

    /// The claims that are hidden at the top level, with what is hidden inside them in its place, **not verified**.
    pub const fn peek_unverified_disclosed(&self) -> &Map {
        &self.disclosed
    }

    /// Chooses the claims to show by name. Elements of arrays have no name and are withheld; a claim inside another
    /// hidden claim must be chosen together with it.
    pub fn present(&self, keep: impl Fn(&str) -> bool) -> Presentation {
        let mut text = self.issuer_jwt.clone();
        text.push('~');
        for (disclosure, view) in &self.disclosures {
            if view.name().is_some_and(&keep) {
                text.push_str(disclosure);
                text.push('~');
            }
        }
        Presentation { text }
    }
}

/// What the holder chose to show, not yet bound to a verifier.
#[derive(Clone, PartialEq, Eq)]
pub struct Presentation {
    text: String,
}

impl Presentation {
    /// The SD-JWT without key binding; it ends with `~`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Prepares the key-binding JWT for `audience` and its `nonce`, at `issued_at` Unix seconds (RFC 9901 section 4.3).
    pub fn key_binding(self, audience: &str, nonce: &str, issued_at: i64) -> PreparedPresentation {
        let payload = serde_json::json!({
            "aud": audience,
            "nonce": nonce,
            "iat": issued_at,
            "sd_hash": disclosure::digest(&self.text),
        });
        let header = Header::new(Algorithm::Es256).with_typ(KEY_BINDING_TYP);
        let jwt = Prepared::new(&header, payload.to_string().as_bytes());
        PreparedPresentation { text: self.text, jwt }
    }
}

/// A presentation that waits for the holder's signature.
pub struct PreparedPresentation {
    text: String,
    jwt: Prepared,
}

impl PreparedPresentation {
    /// What the holder signs, with the key in `cnf`.
    pub fn signing_input(&self) -> &[u8] {
        self.jwt.signing_input()
    }

    /// The SD-JWT with key binding. The signature is the 64 bytes `r || s`.
    pub fn complete(self, signature: &[u8]) -> String {
        let mut text = self.text;
        text.push_str(&self.jwt.complete(signature));
        text
    }
}

crate::redaction::redacted_debug!(SdJwt, Presentation, PreparedPresentation);
