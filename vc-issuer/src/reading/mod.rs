//! Credentials read again: on another path than the one that wrote them, and for whoever wants to verify one.
//!
//! JSON is written by `serde_json` and read by the strict reader of `idp-jose`; disclosures are hashed here and put back by `idp-jose`;
//! CBOR is written by this crate and read by `ciborium`.

mod jwt;
mod mdoc;
mod sd;
mod self_check;

use idp_jose::{PublicKey, Verifier};
use serde_json::{Map, Value};

use crate::format::Format;

pub use self_check::{Mismatch, self_check};

/// No credential of ours comes near it, in characters.
pub const LIMIT: usize = 128 * 1024;

/// Why a text was not read as a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Longer than [`LIMIT`].
    #[error("too long")]
    TooLong,
    /// None of the formats, or malformed.
    #[error("not a credential of a format that is known here")]
    Malformed,
    /// A member is missing or of another type than its format prescribes.
    #[error("member `{0}` is missing or wrong")]
    Member(&'static str),
    /// Both a `vc` claim and a credential beside it: two readers would see two credentials.
    #[error("both a vc claim and a credential beside it")]
    Hybrid,
    /// A digest of an mdoc does not fit its element.
    #[error("a digest does not fit")]
    Digest,
    /// The signature was refused.
    #[error("the signature was refused")]
    Signature,
    /// Not valid at this moment.
    #[error("not valid now")]
    NotNow,
}

/// What a credential says. Debug shows the format alone.
#[derive(Clone, PartialEq)]
pub struct Seen {
    /// The format and profile that it was recognised as.
    pub format: Format,
    /// `iss`; an mdoc has none but its certificate's.
    pub issuer: Option<String>,
    /// The last member of `type`, the `vct`, or the document type.
    pub credential_type: String,
    /// The name of the key that signed.
    pub kid: Option<String>,
    /// What is said of the subject, in the names of the format.
    pub attributes: Map<String, Value>,
    /// From when it holds, Unix seconds.
    pub from: i64,
    /// Until when, Unix seconds.
    pub until: i64,
    /// The RFC 7638 thumbprint of the holder's key.
    pub holder: Option<[u8; 32]>,
    /// List and position of its status.
    pub status: Option<(String, u64)>,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Seen({:?})", self.format)
    }
}

/// Reads a credential of any format of ours. Nothing is verified but an mdoc's digests and an SD-JWT's disclosures.
///
/// # Errors
/// [`ReadError`].
pub fn read(text: &str) -> Result<Seen, ReadError> {
    if text.len() > LIMIT {
        return Err(ReadError::TooLong);
    }
    if text.contains('~') {
        sd::read(text)
    } else if text.contains('.') {
        jwt::read(text)
    } else {
        mdoc::read(text)
    }
}

/// Reads a credential and checks its signature by `key` and its times at `now`, Unix seconds. Status is the caller's to look up.
///
/// # Errors
/// [`ReadError`].
pub fn verify(text: &str, verifier: &dyn Verifier, key: &PublicKey, now: i64) -> Result<Seen, ReadError> {
    let seen = read(text)?;
    let is_signed = match seen.format {
        Format::MsoMdoc => mdoc::verify(text, verifier, key)?,
        _ => jwt::verify(text.split('~').next().unwrap_or_default(), verifier, key)?,
    };
    if !is_signed {
        return Err(ReadError::Signature);
    }
    if (seen.from..seen.until).contains(&now) {
        Ok(seen)
    } else {
        Err(ReadError::NotNow)
    }
}

fn text(members: &Map<String, Value>, name: &'static str) -> Result<String, ReadError> {
    let value = members.get(name).and_then(Value::as_str);
    value.map(str::to_owned).ok_or(ReadError::Member(name))
}

fn seconds(members: &Map<String, Value>, name: &'static str) -> Result<i64, ReadError> {
    members
        .get(name)
        .and_then(Value::as_i64)
        .ok_or(ReadError::Member(name))
}

fn object<'a>(
    members: &'a Map<String, Value>,
    name: &'static str,
) -> Result<&'a Map<String, Value>, ReadError> {
    members
        .get(name)
        .and_then(Value::as_object)
        .ok_or(ReadError::Member(name))
}
