//! Loading a trust directory, from the anchor downwards: a file is read only when a list that is already verified names it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use idp_jose::{EcPublicKey, Jwk, Verifier};
use idp_types::Timestamp;

use super::bundle::{
    ANCHOR, GOVERNANCE_LIST, TrustBundle, certificate_revocation_list_name, scheme_list_name,
    seal_revocation_list_name, signing_certificate_name, trust_service_list_name,
};
use super::certificate::{AuthorityCertificate, CertificateError, SigningCertificate, from_pem};
use super::error::{ListProblem, LoadError};
use super::lists::{
    AuthorityEntry, GovernanceList, ListFrame, OperatorEntry, RegionEntry, SchemeList, SealRevocationList,
    SignedList, TrustServiceList,
};
use super::revocation::CertificateRevocationList;
use super::sequences::Sequences;
use super::store::{Authority, CLOCK_SKEW_SECONDS, ListStatus, Region, TrustStore};
use super::verified::SchemeOperator;
use super::wire;

/// How strict a load is.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoadPolicy<'a> {
    /// How long after its next update a list may still be used.
    pub grace_seconds: i64,
    /// The sequences of the store before, for rollback protection.
    pub previous: Option<&'a Sequences>,
}

impl TrustStore {
    /// Verifies a trust directory.
    ///
    /// What a list names but the directory lacks is skipped as long as that only makes issuers unknown: a scheme list, a trust
    /// service list, a signing certificate. A missing revocation list is an error. A list that is due makes its part of the
    /// chain unusable, at the moment of each check, and the governance list makes the whole load fail.
    ///
    /// # Errors
    /// [`LoadError`] names the file. The caller keeps the store that it has, until that one's lists are stale.
    pub fn load(
        bundle: &TrustBundle,
        verifier: Arc<dyn Verifier>,
        policy: LoadPolicy<'_>,
        now: Timestamp,
    ) -> Result<Self, LoadError> {
        let mut loader = Loader {
            bundle,
            policy,
            now,
            store: Self {
                verifier,
                authorities: BTreeMap::new(),
                regions: Vec::new(),
                operators: Vec::new(),
                lists: Vec::new(),
                sequences: policy.previous.cloned().unwrap_or_default(),
            },
        };
        loader.governance()?;
        Ok(loader.store)
    }
}

struct Loader<'a> {
    bundle: &'a TrustBundle,
    policy: LoadPolicy<'a>,
    now: Timestamp,
    store: TrustStore,
}

impl Loader<'_> {
    fn governance(&mut self) -> Result<(), LoadError> {
        let anchor = self.anchor()?;
        let list: GovernanceList = self.list(GOVERNANCE_LIST, &anchor)?;
        let usable_until = self.usable_until(&list.frame);
        if self.now > usable_until {
            return Err(ListProblem::Stale(list.frame.next_update).of(GOVERNANCE_LIST));
        }
        check_unique(
            GOVERNANCE_LIST,
            list.operators.iter().map(|operator| operator.iac.as_str()),
        )?;
        for operator in &list.operators {
            self.scheme(operator, usable_until)?;
        }
        Ok(())
    }

    fn scheme(&mut self, entry: &OperatorEntry, usable_until: Timestamp) -> Result<(), LoadError> {
        let operator = SchemeOperator {
            iac: entry.iac.clone(),
            name: entry.name.clone(),
        };
        self.store.operators.push(operator.clone());
        let file = scheme_list_name(&entry.iac);
        if self.bundle.file(&file).is_none() {
            return Ok(());
        }
        let list: SchemeList = self.list(&file, &entry.key)?;
        if list.iac != entry.iac {
            return Err(ListProblem::Misplaced.of(&file));
        }
        check_unique(&file, list.regions.iter().map(|region| region.region.as_str()))?;
        let usable_until = usable_until.min(self.usable_until(&list.frame));
        for region in &list.regions {
            self.trust_services(&operator, &list.manifests, region, usable_until)?;
        }
        Ok(())
    }

    fn trust_services(
        &mut self,
        operator: &SchemeOperator,
        manifests: &BTreeSet<crate::manifest::ManifestId>,
        entry: &RegionEntry,
        usable_until: Timestamp,
    ) -> Result<(), LoadError> {
        let file = trust_service_list_name(&operator.iac, &entry.region);
        if self.bundle.file(&file).is_none() {
            return Ok(());
        }
        let list: TrustServiceList = self.list(&file, &entry.key)?;
        if list.iac != operator.iac || list.region != entry.region {
            return Err(ListProblem::Misplaced.of(&file));
        }
        let revocations = self.seal_revocations(&list)?;
        let usable_until = usable_until
            .min(self.usable_until(&list.frame))
            .min(self.usable_until(&revocations.frame));
        let region = Arc::new(Region {
            operator: operator.clone(),
            manifests: manifests.clone(),
            fingerprints: revocations.fingerprints,
            token_ids: revocations.token_ids,
        });
        self.store.regions.push(Arc::clone(&region));
        for authority in &list.authorities {
            self.authority(&file, authority, &region, usable_until)?;
        }
        Ok(())
    }

    fn seal_revocations(&mut self, parent: &TrustServiceList) -> Result<SealRevocationList, LoadError> {
        let file = seal_revocation_list_name(&parent.iac, &parent.region);
        let list: SealRevocationList = self.list(&file, &parent.seal_revocation_key)?;
        if list.iac != parent.iac || list.region != parent.region {
            return Err(ListProblem::Misplaced.of(&file));
        }
        Ok(list)
    }

    /// A seal names its CA by four characters alone, so no two trust service lists may have the same ones.
    fn authority(
        &mut self,
        file: &str,
        entry: &AuthorityEntry,
        region: &Arc<Region>,
        usable_until: Timestamp,
    ) -> Result<(), LoadError> {
        if self.store.authorities.contains_key(entry.id.as_str()) {
            return Err(ListProblem::Duplicate(entry.id.to_string()).of(file));
        }
        let certificate = AuthorityCertificate::read(&entry.certificate, &entry.id)
            .map_err(|error| ListProblem::from(error).of(file))?;
        let revocations = self.certificate_revocations(entry, &certificate)?;
        let usable_until =
            usable_until.min(revocations.next_update().plus_seconds(self.policy.grace_seconds));
        let certificates = self.signing_certificates(entry, &certificate)?;
        let authority = Authority {
            certificate,
            maximum_trust_level: entry.maximum_trust_level,
            region: Arc::clone(region),
            revocations,
            certificates,
            usable_until,
        };
        self.store.authorities.insert(entry.id.to_string(), authority);
        Ok(())
    }

    fn certificate_revocations(
        &mut self,
        entry: &AuthorityEntry,
        authority: &AuthorityCertificate,
    ) -> Result<CertificateRevocationList, LoadError> {
        let file = certificate_revocation_list_name(&entry.id);
        let bytes = self
            .bundle
            .file(&file)
            .ok_or_else(|| ListProblem::Missing.of(&file))?;
        let list = CertificateRevocationList::read(bytes, authority, &*self.store.verifier)
            .map_err(|error| ListProblem::from(error).of(&file))?;
        let frame = ListFrame {
            sequence: list.number(),
            issued: list.this_update(),
            next_update: list.next_update(),
        };
        self.record(&file, &frame)?;
        Ok(list)
    }

    fn signing_certificates(
        &self,
        entry: &AuthorityEntry,
        authority: &AuthorityCertificate,
    ) -> Result<BTreeMap<String, SigningCertificate>, LoadError> {
        let verifier = &*self.store.verifier;
        self.bundle
            .signing_certificates(&entry.id)
            .map(|file| {
                let certificate = from_pem(self.bundle.text(file)?)
                    .and_then(|bytes| SigningCertificate::read(&bytes, authority, verifier))
                    .map_err(|error| ListProblem::from(error).of(file))?;
                if signing_certificate_name(certificate.certificate_key()) != file {
                    return Err(ListProblem::from(CertificateError::Name).of(file));
                }
                Ok((certificate.certificate_key().to_owned(), certificate))
            })
            .collect()
    }

    fn anchor(&self) -> Result<EcPublicKey, LoadError> {
        let jwk =
            Jwk::parse(self.bundle.text(ANCHOR)?.as_bytes()).map_err(|_| ListProblem::Key.of(ANCHOR))?;
        wire::jwk::signing_key(jwk).ok_or_else(|| ListProblem::Key.of(ANCHOR))
    }

    /// Signature, shape, times and sequence of one list.
    fn list<L: SignedList>(&mut self, file: &str, key: &EcPublicKey) -> Result<L, LoadError> {
        let list = L::read(self.bundle.text(file)?, &*self.store.verifier, key)
            .map_err(|problem| problem.of(file))?;
        self.record(file, list.frame())?;
        Ok(list)
    }

    fn record(&mut self, file: &str, frame: &ListFrame) -> Result<(), LoadError> {
        let latest = self.now.plus_seconds(CLOCK_SKEW_SECONDS);
        if frame.issued > latest || frame.next_update <= frame.issued {
            return Err(ListProblem::Times.of(file));
        }
        self.store.sequences.advance(file, frame.sequence)?;
        self.store.lists.push(ListStatus {
            file: file.to_owned(),
            sequence: frame.sequence,
            issued: frame.issued,
            next_update: frame.next_update,
        });
        Ok(())
    }

    fn usable_until(&self, frame: &ListFrame) -> Timestamp {
        frame.next_update.plus_seconds(self.policy.grace_seconds)
    }
}

fn check_unique<'a>(file: &str, codes: impl Iterator<Item = &'a str>) -> Result<(), LoadError> {
    let mut seen = BTreeSet::new();
    for code in codes {
        if !seen.insert(code) {
            return Err(ListProblem::Duplicate(code.to_owned()).of(file));
        }
    }
    Ok(())
}
