//! A seal that the trust chain vouches for.

use idp_types::{Fingerprint, Timestamp, TrustLevel};

use super::code::AgencyCode;
use crate::content::Content;
use crate::header::{CertificateReference, Header};
use crate::manifest::{ManifestId, PersonPayload};

/// Who answers for a scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemeOperator {
    /// Issuing agency code.
    pub iac: AgencyCode,
    /// Name, for people.
    pub name: String,
}

/// A seal whose signature, issuer, times and revocation were all checked. Only [`super::TrustStore::verify`] makes one.
#[derive(Debug, Clone)]
pub struct VerifiedSeal {
    pub(super) header: Header,
    pub(super) fingerprint: Fingerprint,
    pub(super) content: Content,
    pub(super) trust_level: TrustLevel,
    pub(super) operator: SchemeOperator,
}

impl VerifiedSeal {
    /// What identifies the seal; see [`crate::Seal::digest`].
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The kind of seal.
    pub const fn manifest(&self) -> ManifestId {
        self.header.manifest
    }

    /// When it was signed.
    pub const fn signed_at(&self) -> Timestamp {
        self.header.signed_at
    }

    /// Who signed.
    pub const fn certificate(&self) -> CertificateReference {
        self.header.certificate
    }

    /// How sure the issuer was, by its certificate and its CA's ceiling; never by what a client says.
    pub const fn trust_level(&self) -> TrustLevel {
        self.trust_level
    }

    /// Whose scheme issued it.
    pub const fn scheme_operator(&self) -> &SchemeOperator {
        &self.operator
    }

    /// What it says.
    pub const fn content(&self) -> &Content {
        &self.content
    }

    /// What it says of a person, when it is a person's.
    pub const fn person(&self) -> Option<&PersonPayload> {
        match &self.content {
            Content::Person(person) => Some(person),
            Content::Service(_) => None,
        }
    }

    /// What it says, without the seal around it.
    pub fn into_content(self) -> Content {
        self.content
    }
}
