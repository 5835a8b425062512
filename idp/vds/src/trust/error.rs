//! What can go wrong: with one seal ([`TrustError`]), and with the lists themselves ([`LoadError`]).

use idp_jose::jws::JwsError;
use idp_types::Timestamp;

use super::certificate::CertificateError;
use crate::carrier::CarrierError;
use crate::manifest::ManifestId;
use crate::payload::PayloadError;
use crate::seal::SealError;

/// Why a seal is not accepted. [`Self::reason`] is the word on the wire (profile 2).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The text is not a seal.
    #[error(transparent)]
    Carrier(#[from] CarrierError),
    /// The bytes are not a seal.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The payload is not what its manifest describes.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// The signing certificate's key did not sign this seal.
    #[error("the signature is not the signing certificate's")]
    BadSignature,
    /// No trusted list leads to the signing certificate.
    #[error("no trusted list leads to the signing certificate")]
    UnknownIssuer,
    /// A list on the way to the signing certificate was not renewed in time; what it might revoke is unknown.
    #[error("a trust list or revocation list was to be renewed by {}", .0.to_rfc3339())]
    StaleLists(Timestamp),
    /// The seal was signed outside the validity of its signing certificate or CA.
    #[error("the issuer's certificate was not valid when the seal was signed")]
    IssuerNotValidAtSigning,
    /// The signing certificate is on its CA's revocation list.
    #[error("the signing certificate is revoked")]
    RevokedCertificate,
    /// The seal or its holder is on the seal revocation list.
    #[error("the seal is revoked")]
    RevokedSeal,
    /// The last day of the seal is over.
    #[error("the seal has expired")]
    Expired,
    /// The seal was signed in the future.
    #[error("the seal was signed in the future")]
    NotYetValid,
    /// The seal is of another kind than the one that was asked for.
    #[error("the seal has manifest {0}, which was not asked for")]
    WrongManifest(ManifestId),
    /// The scheme or the signing certificate may not issue seals of this manifest.
    #[error("the issuer may not use manifest {0}")]
    ManifestNotAllowed(ManifestId),
}

impl TrustError {
    /// One of the eight words of `invalid_seal`.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Carrier(_) | Self::Seal(_) | Self::Payload(_) => "malformed",
            Self::BadSignature => "bad_signature",
            Self::UnknownIssuer | Self::StaleLists(_) | Self::IssuerNotValidAtSigning => "unknown_issuer",
            Self::RevokedCertificate => "revoked_certificate",
            Self::RevokedSeal => "revoked_seal",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::WrongManifest(_) | Self::ManifestNotAllowed(_) => "wrong_manifest",
        }
    }
}

/// Why a trust directory is not accepted: which file, and what is wrong with it. The caller keeps the store that it has.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct LoadError {
    /// The file's name in the trust directory.
    pub file: String,
    /// What is wrong with it.
    #[source]
    pub problem: ListProblem,
}

/// What is wrong with one file of a trust directory.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListProblem {
    /// The file is not there, and what depends on it would be unchecked.
    #[error("is missing")]
    Missing,
    /// The file is larger than [`super::FILE_LIMIT`], or the directory has more than [`super::FILES_LIMIT`] files.
    #[error("is too large")]
    TooLarge,
    /// The file is not text.
    #[error("is not text")]
    Text,
    /// The key is not a P-256 JWK.
    #[error("is not a P-256 JWK")]
    Key,
    /// The list is not signed by the key that the list above names.
    #[error("is not signed as its parent list wants: {0}")]
    Signature(#[source] JwsError),
    /// The list lacks a member or has one of another shape.
    #[error("is not a list of its kind: {0}")]
    Shape(#[source] serde_json::Error),
    /// The list says that it belongs elsewhere.
    #[error("belongs to another place in the chain")]
    Misplaced,
    /// A code stands twice.
    #[error("names {0} twice")]
    Duplicate(String),
    /// The list was issued in the future, or its next update lies before its issue.
    #[error("has impossible times")]
    Times,
    /// The governance list was not renewed in time.
    #[error("was to be renewed by {}", .0.to_rfc3339())]
    Stale(Timestamp),
    /// An older list than one that was accepted before.
    #[error("has sequence {found}, but {known} was seen before")]
    Rollback {
        /// The sequence that was accepted before.
        known: u64,
        /// The sequence of this file.
        found: u64,
    },
    /// A certificate or certificate revocation list is not acceptable.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

impl ListProblem {
    pub(super) fn of(self, file: &str) -> LoadError {
        LoadError {
            file: file.to_owned(),
            problem: self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_the_words_of_the_profile() {
        let manifest = ManifestId::SERVICE;
        for (error, reason) in [
            (TrustError::Carrier(CarrierError::Unknown), "malformed"),
            (TrustError::Seal(SealError::Truncated), "malformed"),
            (TrustError::Payload(PayloadError::Depth), "malformed"),
            (TrustError::BadSignature, "bad_signature"),
            (TrustError::UnknownIssuer, "unknown_issuer"),
            (TrustError::StaleLists(Timestamp::default()), "unknown_issuer"),
            (TrustError::IssuerNotValidAtSigning, "unknown_issuer"),
            (TrustError::RevokedCertificate, "revoked_certificate"),
            (TrustError::RevokedSeal, "revoked_seal"),
            (TrustError::Expired, "expired"),
            (TrustError::NotYetValid, "not_yet_valid"),
            (TrustError::WrongManifest(manifest), "wrong_manifest"),
            (TrustError::ManifestNotAllowed(manifest), "wrong_manifest"),
        ] {
            assert_eq!(error.reason(), reason);
        }
    }
}
