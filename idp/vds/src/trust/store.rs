//! The verified trust directory, and the checks of one seal against it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use idp_jose::{PublicKey, Verifier};
use idp_types::{CivilDate, Fingerprint, Timestamp, TokenId, TrustLevel};

use super::certificate::{AuthorityCertificate, SigningCertificate};
use super::error::TrustError;
use super::revocation::CertificateRevocationList;
use super::sequences::Sequences;
use super::verified::{SchemeOperator, VerifiedSeal};
use crate::content::Content;
use crate::header::CertificateReference;
use crate::manifest::ManifestId;
use crate::seal::Seal;

/// How far in the future a seal or a list may have been signed (profile 3).
pub const CLOCK_SKEW_SECONDS: i64 = 300;

/// Trusted lists, certificates and revocations. Made by [`TrustStore::load`]; a refresh makes another one.
pub struct TrustStore {
    pub(super) verifier: Arc<dyn Verifier>,
    pub(super) authorities: BTreeMap<String, Authority>,
    pub(super) regions: Vec<Arc<Region>>,
    pub(super) operators: Vec<SchemeOperator>,
    pub(super) lists: Vec<ListStatus>,
    pub(super) sequences: Sequences,
}

/// A file of the directory with its dates, for people who look after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListStatus {
    /// The file's name.
    pub file: String,
    /// Its sequence, or the number of a certificate revocation list.
    pub sequence: u64,
    /// When it was issued.
    pub issued: Timestamp,
    /// When the next is due.
    pub next_update: Timestamp,
}

/// What a store knows of a signing certificate now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateStatus {
    /// In the directory and not revoked.
    Good,
    /// On its CA's revocation list.
    Revoked,
    /// Not in the directory, which is not a revocation: a file may be missing, a region may be gone.
    Unknown,
}

/// What holds for every seal of a region.
pub(super) struct Region {
    pub(super) operator: SchemeOperator,
    pub(super) manifests: BTreeSet<ManifestId>,
    pub(super) fingerprints: BTreeSet<Fingerprint>,
    pub(super) token_ids: BTreeSet<TokenId>,
}

/// A CA with what it issued and what it revoked.
pub(super) struct Authority {
    pub(super) certificate: AuthorityCertificate,
    pub(super) maximum_trust_level: TrustLevel,
    pub(super) region: Arc<Region>,
    pub(super) revocations: CertificateRevocationList,
    pub(super) certificates: BTreeMap<String, SigningCertificate>,
    /// The earliest next update on the way here, with grace: after it nothing of this CA is accepted.
    pub(super) usable_until: Timestamp,
}

impl TrustStore {
    /// Checks a seal against the whole chain (profile 3).
    ///
    /// # Errors
    /// [`TrustError`] names the first check that failed; its `reason` is the word on the wire.
    pub fn verify(
        &self,
        seal: &Seal,
        manifest: ManifestId,
        now: Timestamp,
    ) -> Result<VerifiedSeal, TrustError> {
        check_manifest(seal, manifest)?;
        check_signing_time(seal, now)?;
        let (authority, certificate) = self.issuer(seal)?;
        check_lists_current(authority, now)?;
        check_issuer_validity(seal, authority, certificate)?;
        check_certificate_not_revoked(authority, certificate)?;
        check_manifest_allowed(seal, authority, certificate)?;
        let key = PublicKey::P256(certificate.key().clone());
        seal.verify_signature(&*self.verifier, &key)
            .map_err(|_| TrustError::BadSignature)?;
        let content = Content::read(manifest, seal.payload())?.ok_or(TrustError::WrongManifest(manifest))?;
        check_not_expired(content.expires(), now)?;
        check_seal_not_revoked(seal, &content, &authority.region)?;
        Ok(VerifiedSeal {
            header: *seal.header(),
            fingerprint: seal.digest(),
            content,
            trust_level: certificate.trust_level().min(authority.maximum_trust_level),
            operator: authority.region.operator.clone(),
        })
    }

    /// Whether a seal was revoked since it was accepted; asked for every enrolled fingerprint after a refresh.
    pub fn revoked(&self, fingerprint: Fingerprint) -> bool {
        self.regions
            .iter()
            .any(|region| region.fingerprints.contains(&fingerprint))
    }

    /// Whether every seal of a holder was revoked; asked for every enrolled holder after a refresh.
    pub fn token_revoked(&self, token_id: &TokenId) -> bool {
        self.regions
            .iter()
            .any(|region| region.token_ids.contains(token_id))
    }

    /// What became of the certificate that signed an accepted seal; asked for after a refresh.
    pub fn certificate_status(&self, reference: &CertificateReference) -> CertificateStatus {
        match self.find(reference) {
            None => CertificateStatus::Unknown,
            Some((authority, certificate)) if authority.revocations.revokes(certificate.serial()) => {
                CertificateStatus::Revoked
            }
            Some(_) => CertificateStatus::Good,
        }
    }

    /// The scheme operators of the governance list.
    pub fn scheme_operators(&self) -> &[SchemeOperator] {
        &self.operators
    }

    /// The operator who answers for seals with this reference.
    pub fn scheme_operator(&self, reference: &CertificateReference) -> Option<&SchemeOperator> {
        self.authorities
            .get(reference.authority())
            .map(|authority| &authority.region.operator)
    }

    /// The signing certificates of the directory.
    pub fn signing_certificates(&self) -> impl Iterator<Item = &SigningCertificate> {
        self.authorities
            .values()
            .flat_map(|authority| authority.certificates.values())
    }

    /// Every list with its dates.
    pub fn lists(&self) -> &[ListStatus] {
        &self.lists
    }

    /// What the caller keeps, so that the next load refuses older lists.
    pub const fn sequences(&self) -> &Sequences {
        &self.sequences
    }

    fn find(&self, reference: &CertificateReference) -> Option<(&Authority, &SigningCertificate)> {
        let authority = self.authorities.get(reference.authority())?;
        let certificate = authority.certificates.get(reference.certificate_key())?;
        Some((authority, certificate))
    }

    fn issuer(&self, seal: &Seal) -> Result<(&Authority, &SigningCertificate), TrustError> {
        self.find(&seal.header().certificate)
            .ok_or(TrustError::UnknownIssuer)
    }
}

impl fmt::Debug for TrustStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustStore")
            .field("operators", &self.operators)
            .field("lists", &self.lists)
            .finish_non_exhaustive()
    }
}

/// The caller knows what it asks for: a service's seal is no person's.
pub(crate) fn check_manifest(seal: &Seal, wanted: ManifestId) -> Result<(), TrustError> {
    let found = seal.header().manifest;
    if found == wanted {
        Ok(())
    } else {
        Err(TrustError::WrongManifest(found))
    }
}

/// Profile 3: signing time at most five minutes ahead.
pub(crate) fn check_signing_time(seal: &Seal, now: Timestamp) -> Result<(), TrustError> {
    let latest = now.plus_seconds(CLOCK_SKEW_SECONDS);
    if seal.header().signed_at <= latest {
        Ok(())
    } else {
        Err(TrustError::NotYetValid)
    }
}

/// Profile 3: `exp`, at enrolment and at every approval.
pub(crate) fn check_not_expired(last_day: CivilDate, now: Timestamp) -> Result<(), TrustError> {
    if now < last_day.end() {
        Ok(())
    } else {
        Err(TrustError::Expired)
    }
}

/// Profile 3: stale lists fail closed.
fn check_lists_current(authority: &Authority, now: Timestamp) -> Result<(), TrustError> {
    if now <= authority.usable_until {
        Ok(())
    } else {
        Err(TrustError::StaleLists(authority.usable_until))
    }
}

/// RFC 5280 section 6.1.3 (a)(2), at the seal's signing time: a seal outlives the certificate that signed it.
fn check_issuer_validity(
    seal: &Seal,
    authority: &Authority,
    certificate: &SigningCertificate,
) -> Result<(), TrustError> {
    let signed_at = seal.header().signed_at;
    let valid =
        authority.certificate.validity().contains(signed_at) && certificate.validity().contains(signed_at);
    if valid {
        Ok(())
    } else {
        Err(TrustError::IssuerNotValidAtSigning)
    }
}

/// RFC 5280 section 6.1.3 (a)(3).
fn check_certificate_not_revoked(
    authority: &Authority,
    certificate: &SigningCertificate,
) -> Result<(), TrustError> {
    let revoked = authority.revocations.revokes(certificate.serial());
    if revoked {
        Err(TrustError::RevokedCertificate)
    } else {
        Ok(())
    }
}

/// Profile 3: the scheme's scope and the certificate's usage list both contain the manifest.
fn check_manifest_allowed(
    seal: &Seal,
    authority: &Authority,
    certificate: &SigningCertificate,
) -> Result<(), TrustError> {
    let manifest = seal.header().manifest;
    let allowed =
        authority.region.manifests.contains(&manifest) && certificate.manifests().contains(&manifest);
    if allowed {
        Ok(())
    } else {
        Err(TrustError::ManifestNotAllowed(manifest))
    }
}

/// Profile 3: the seal revocation list of the region, by fingerprint and by holder. Another region's list does not count
/// here, so that no region can revoke a holder of another.
fn check_seal_not_revoked(seal: &Seal, content: &Content, region: &Region) -> Result<(), TrustError> {
    let holder_revoked = match content {
        Content::Person(person) => region.token_ids.contains(&person.token_id),
        Content::Service(_) => false,
    };
    let revoked = holder_revoked || region.fingerprints.contains(&seal.digest());
    if revoked {
        Err(TrustError::RevokedSeal)
    } else {
        Ok(())
    }
}
