//! JSON Web Signature, compact serialisation (RFC 7515), read as RFC 8725 asks.
//!
//! Signing is *prepare, sign elsewhere, complete*: [`Prepared`] holds the signing input, the caller brings the signature.
//! Reading is *parse, then verify*: [`Parsed`] gives its payload away only as [`Verified`], or under a name that says
//! that nothing was checked.

mod header;
mod prepared;

pub use header::Header;
pub use prepared::Prepared;

use crate::alg::Algorithm;
use crate::base64::BASE64URL_NOPAD;
use crate::json::{self, JsonError, Map};
use crate::key::PublicKey;
use crate::verifier::{SignatureError, Verifier};

/// No protected header of ours or of a sane peer comes near this size; `x5c` chains are the longest part.
const HEADER_LIMIT: usize = 16 * 1024;

/// Why a JWS was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwsError {
    /// Longer than the caller allows.
    #[error("longer than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// Not three non-empty parts separated by dots (RFC 7515 section 7.1).
    #[error("not a compact JWS")]
    Shape,
    /// A part is not canonical base64url without padding (RFC 7515 section 2).
    #[error("a part is not canonical base64url")]
    Base64,
    /// The header is not acceptable JSON.
    #[error("the header is not acceptable JSON")]
    HeaderJson(#[source] JsonError),
    /// The payload is not an acceptable JSON object.
    #[error("the payload is not an acceptable JSON object")]
    PayloadJson(#[source] JsonError),
    /// A header member is missing or of the wrong type.
    #[error("header member `{0}` is missing or of the wrong type")]
    HeaderMember(&'static str),
    /// `alg` names nothing that this product accepts, or not what is expected here, or does not fit the key.
    #[error("the algorithm is not accepted")]
    Algorithm,
    /// `crit` is there; this product understands no critical extension (RFC 7515 section 4.1.11).
    #[error("a critical header extension is not understood")]
    Critical,
    /// The payload would not be base64url (RFC 7797).
    #[error("an unencoded payload is not accepted")]
    Unencoded,
    /// `typ` is not the type that is expected here (RFC 8725 section 3.11).
    #[error("the type is not the expected one")]
    Type,
    /// The signature was refused.
    #[error("the signature was refused")]
    Signature(#[from] SignatureError),
}

/// What a verifier expects, fixed by the place where the token arrived and never by the token.
#[derive(Clone, Copy, Debug)]
pub struct Expectation<'a> {
    /// The algorithms that are accepted.
    pub algorithms: &'a [Algorithm],
    /// The type that must be named. `application/` before it and letter case make no difference (RFC 7515 section 4.1.9).
    pub typ: &'a str,
}

/// A compact JWS that was read and not verified.
pub struct Parsed<'a> {
    header: Header,
    signing_input: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

/// Reads a compact JWS of at most `limit` bytes. Nothing is verified yet.
///
/// # Errors
/// [`JwsError`] for every deviation from the one canonical form.
pub fn parse(compact: &str, limit: usize) -> Result<Parsed<'_>, JwsError> {
    if compact.len() > limit {
        return Err(JwsError::TooLarge { limit });
    }
    let (signing_input, signature) = compact.rsplit_once('.').ok_or(JwsError::Shape)?;
    let (header, payload) = signing_input.split_once('.').ok_or(JwsError::Shape)?;
    if header.is_empty() || signature.is_empty() || payload.contains('.') {
        return Err(JwsError::Shape);
    }
    let header = Header::parse(&decode(header)?, HEADER_LIMIT)?;
    Ok(Parsed {
        header,
        signing_input,
        payload: decode(payload)?,
        signature: decode(signature)?,
    })
}

fn decode(part: &str) -> Result<Vec<u8>, JwsError> {
    BASE64URL_NOPAD
        .decode(part.as_bytes())
        .map_err(|_| JwsError::Base64)
}

impl Parsed<'_> {
    /// The header: good for choosing a key, never for trusting anything.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The payload's members **before verification**, for finding the key by `iss` and for nothing else.
    ///
    /// # Errors
    /// [`JwsError::PayloadJson`] when the payload is not an acceptable JSON object.
    pub fn peek_unverified_claims(&self) -> Result<Map, JwsError> {
        json::parse_object(&self.payload, self.payload.len()).map_err(JwsError::PayloadJson)
    }

    /// The payload's bytes **before verification**.
    pub fn peek_unverified_payload(&self) -> &[u8] {
        &self.payload
    }

    /// What the signature is over, and the signature, for those who hold keys in a form that they verify with themselves.
    pub fn signed(&self) -> (&[u8], &[u8]) {
        (self.signing_input.as_bytes(), &self.signature)
    }

    /// Verifies type, algorithm and signature. May be asked again with another key of the signer's set.
    ///
    /// # Errors
    /// [`JwsError::Type`], [`JwsError::Algorithm`] or [`JwsError::Signature`].
    pub fn verify(
        &self,
        verifier: &dyn Verifier,
        key: &PublicKey,
        expectation: &Expectation<'_>,
    ) -> Result<Verified, JwsError> {
        let named = self.header.typ.as_deref().ok_or(JwsError::Type)?;
        if !same_type(named, expectation.typ) {
            return Err(JwsError::Type);
        }
        self.verify_signature(verifier, key, expectation.algorithms)
    }

    /// Verifies a JWS of a format that never had a type of its own, such as a client assertion (RFC 7523) or a request
    /// object (RFC 9101): `typ` is absent or `JWT`, or `typ` where the newer name of the format is used.
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub fn verify_untyped(
        &self,
        verifier: &dyn Verifier,
        key: &PublicKey,
        expectation: &Expectation<'_>,
    ) -> Result<Verified, JwsError> {
        let accepted = |named: &str| same_type(named, "JWT") || same_type(named, expectation.typ);
        if !self.header.typ.as_deref().is_none_or(accepted) {
            return Err(JwsError::Type);
        }
        self.verify_signature(verifier, key, expectation.algorithms)
    }

    fn verify_signature(
        &self,
        verifier: &dyn Verifier,
        key: &PublicKey,
        algorithms: &[Algorithm],
    ) -> Result<Verified, JwsError> {
        let algorithm = self.header.alg;
        if !algorithms.contains(&algorithm) || !key.fits(algorithm) {
            return Err(JwsError::Algorithm);
        }
        verifier.verify(algorithm, key, self.signing_input.as_bytes(), &self.signature)?;
        Ok(Verified {
            header: self.header.clone(),
            payload: self.payload.clone(),
        })
    }
}

/// Compares media types as RFC 7515 section 4.1.9 writes them in `typ`.
fn same_type(named: &str, expected: &str) -> bool {
    const PREFIX: &str = "application/";
    let short = |name: &str| -> String {
        let lower = name.to_ascii_lowercase();
        lower.strip_prefix(PREFIX).map_or(lower.clone(), str::to_owned)
    };
    named.eq_ignore_ascii_case(expected) || short(named) == short(expected)
}

/// A JWS whose type, algorithm and signature were verified.
#[derive(Clone, PartialEq)]
pub struct Verified {
    header: Header,
    payload: Vec<u8>,
}

impl Verified {
    /// The header.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The payload's bytes.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The payload as a JSON object without repeated members (RFC 7519 section 4).
    ///
    /// # Errors
    /// [`JwsError::PayloadJson`] when it is none.
    pub fn claims(&self) -> Result<Map, JwsError> {
        json::parse_object(&self.payload, self.payload.len()).map_err(JwsError::PayloadJson)
    }
}

crate::redaction::redacted_debug!(Parsed<'_>, Verified);

#[cfg(test)]
mod tests;
