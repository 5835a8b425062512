//! Selective disclosure for JWTs (RFC 9901): issuing, presenting, verifying.
//!
//! Three roles, three entry points: the issuer's [`SdJwtIssuance`], the holder's [`SdJwt`] and [`Presentation`], the
//! verifier's [`verify`]. We issue flat credentials with SHA-256. We verify whatever RFC 9901 section 7 allows, nested
//! objects and array elements included, up to 64 levels and 256 disclosures; claims that decide on validity may not be
//! hidden (section 9.7).

mod disclosure;
mod issuance;
mod presentation;
mod processing;
mod verification;

pub use disclosure::{Disclosure, DisclosureView};
pub use issuance::SdJwtIssuance;
pub use presentation::{PreparedPresentation, Presentation, SdJwt};
pub use verification::{PresentationExpectation, VerifiedSdJwt, verify};

use crate::jws::JwsError;
use crate::jwt::JwtError;

/// The media type in `typ` of a key-binding JWT (RFC 9901 section 4.3).
pub const KEY_BINDING_TYP: &str = "kb+jwt";

/// More disclosures than any credential of ours or of a peer's profile has.
const DISCLOSURES_LIMIT: usize = 256;
/// Levels of objects and arrays, counted through disclosures.
const DEPTH_LIMIT: usize = 64;
const DIGESTS: &str = "_sd";
const HASH_ALGORITHM: &str = "_sd_alg";
const HASH_NAME: &str = "sha-256";
const ELEMENT_DIGEST: &str = "...";

/// Claims that a verifier must see to decide on validity: hiding them would turn a limit off (RFC 9901 section 9.7).
const NEVER_HIDDEN: [&str; 8] = [
    "iss",
    "aud",
    "exp",
    "nbf",
    "cnf",
    "vct",
    "vct#integrity",
    "status",
];

/// Why an SD-JWT was refused, by whichever role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SdJwtError {
    /// Longer than the caller allows.
    #[error("longer than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// Not `JWT~disclosure~...~` with or without a key-binding JWT.
    #[error("not an SD-JWT in compact form")]
    Shape,
    /// The issuer-signed JWT was refused.
    #[error("the issuer-signed JWT was refused")]
    Issuer(#[source] JwsError),
    /// A claim of the issuer-signed JWT was refused.
    #[error("a claim of the issuer was refused")]
    IssuerClaim(#[source] JwtError),
    /// More than 256 disclosures.
    #[error("too many disclosures")]
    TooManyDisclosures,
    /// A disclosure is not canonical base64url of a JSON array of two or three elements.
    #[error("a disclosure is malformed")]
    Disclosure,
    /// A disclosure or a claim uses a name that RFC 9901 keeps for itself.
    #[error("a name is reserved")]
    ReservedName,
    /// A claim that decides on validity was hidden.
    #[error("a claim that decides on validity may not be hidden")]
    HiddenValidity,
    /// Two claims of the same name at the same level.
    #[error("two claims of one object have the same name")]
    NameConflict,
    /// A digest or a disclosure occurs twice.
    #[error("a digest occurs twice")]
    DuplicateDigest,
    /// A disclosure that no digest refers to.
    #[error("a disclosure is not referred to")]
    UnusedDisclosure,
    /// `_sd` or `...` is not of the shape that RFC 9901 gives it.
    #[error("digests are malformed")]
    Digests,
    /// Another hash than SHA-256.
    #[error("the hash algorithm is not supported")]
    HashAlgorithm,
    /// Nested deeper than 64 levels.
    #[error("nested too deeply")]
    TooDeep,
    /// No key-binding JWT where one is required.
    #[error("the key binding is missing")]
    KeyBindingMissing,
    /// `cnf` does not hold a P-256 key.
    #[error("the confirmation key is missing or unusable")]
    Confirmation,
    /// The key-binding JWT was refused.
    #[error("the key-binding JWT was refused")]
    KeyBinding(#[source] JwsError),
    /// A claim of the key-binding JWT was refused.
    #[error("a claim of the key binding was refused")]
    KeyBindingClaim(#[source] JwtError),
    /// The key-binding JWT was made for other disclosures.
    #[error("the key binding is over another presentation")]
    HashMismatch,
}

/// A name that no disclosure may have (RFC 9901 section 4.2.1), plus the one that names the hash.
fn is_reserved(name: &str) -> bool {
    matches!(name, DIGESTS | HASH_ALGORITHM | ELEMENT_DIGEST)
}

/// For the fuzz entries: the first line is a payload, each further one the JSON of a disclosure.
pub(crate) fn process_unsigned(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let payload = lines.next().unwrap_or_default();
    let texts: Vec<String> = lines
        .map(|line| crate::base64::BASE64URL_NOPAD.encode(line))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let claims = crate::json::parse_object(payload, payload.len());
    if let (Ok(claims), Ok(disclosures)) = (claims, presentation::by_digest(&texts)) {
        let _ = processing::process(claims, disclosures);
    }
}

#[cfg(test)]
mod tests;
