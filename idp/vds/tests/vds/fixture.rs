//! A scheme of one operator, one region, one CA and one signing certificate, whose every part a test can change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use idp_jose::{EcPublicKey, Jwk, P256Verifier, PublicKey};
use idp_types::{Timestamp, TrustLevel};
use idp_vds::trust::{
    AuthorityCertificate, AuthorityEntry, CertificateTemplate, GovernanceList, ListFrame, LoadError,
    LoadPolicy, OperatorEntry, PreparedDer, RegionEntry, RevocationTemplate, RevokedCertificate, SchemeList,
    SealRevocationList, Sequences, SignedList, SigningCertificate, SigningRights, TrustBundle,
    TrustServiceList, ValidityPeriod, prepare_authority_certificate, prepare_revocation_list,
    prepare_signing_certificate, to_pem,
};
use idp_vds::{
    BirthDate, CertificateReference, Content, ManifestId, Person, PersonPayload, PreparedSeal, Seal,
    TrustStore,
};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};

/// A key of the fixture by number.
pub(crate) struct Key(SigningKey);

pub(crate) const ANCHOR: u8 = 1;
pub(crate) const OPERATOR: u8 = 2;
pub(crate) const REGION: u8 = 3;
pub(crate) const REVOKER: u8 = 4;
pub(crate) const AUTHORITY: u8 = 5;
pub(crate) const SIGNER: u8 = 6;
pub(crate) const STRANGER: u8 = 99;

impl Key {
    pub(crate) fn new(number: u8) -> Self {
        Self(SigningKey::from_slice(&[number; 32]).unwrap())
    }

    pub(crate) fn public(&self) -> EcPublicKey {
        EcPublicKey::from_sec1(self.0.verifying_key().to_sec1_point(false).as_bytes()).unwrap()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        let signature: Signature = self.0.sign(message);
        signature.to_bytes().into()
    }

    pub(crate) fn complete(&self, prepared: PreparedDer) -> Vec<u8> {
        let signature = self.sign(prepared.signing_message());
        prepared.complete(&signature).unwrap()
    }

    pub(crate) fn list(&self, list: &impl SignedList) -> Vec<u8> {
        let prepared = list.prepare(None).unwrap();
        let signature = self.sign(prepared.signing_input());
        prepared.complete(&signature).into_bytes()
    }
}

pub(crate) fn time(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

pub(crate) fn now() -> Timestamp {
    time("2026-11-20T12:00:00Z")
}

pub(crate) fn period(from: &str, to: &str) -> ValidityPeriod {
    ValidityPeriod {
        not_before: time(from),
        not_after: time(to),
    }
}

fn frame() -> ListFrame {
    ListFrame {
        sequence: 7,
        issued: time("2026-11-20T00:00:00Z"),
        next_update: time("2026-11-21T00:00:00Z"),
    }
}

pub(crate) struct Scheme {
    pub(crate) governance: GovernanceList,
    pub(crate) operator_list: SchemeList,
    pub(crate) services: TrustServiceList,
    pub(crate) seal_revocations: SealRevocationList,
    pub(crate) revoked: Vec<RevokedCertificate>,
    pub(crate) crl: ListFrame,
    pub(crate) certificate_validity: ValidityPeriod,
    pub(crate) manifests: BTreeSet<ManifestId>,
    pub(crate) trust_level: TrustLevel,
    /// Which key signs each file, where it is not the right one.
    pub(crate) forged: BTreeMap<&'static str, u8>,
}

impl Scheme {
    pub(crate) fn new() -> Self {
        let iac: idp_vds::trust::AgencyCode = "XDT".parse().unwrap();
        let region: idp_vds::trust::RegionCode = "EU".parse().unwrap();
        Self {
            governance: GovernanceList {
                frame: frame(),
                operators: vec![OperatorEntry {
                    iac: iac.clone(),
                    name: "Demo scheme".into(),
                    key: Key::new(OPERATOR).public(),
                }],
            },
            operator_list: SchemeList {
                frame: frame(),
                iac: iac.clone(),
                manifests: [ManifestId::PERSON, ManifestId::SERVICE].into(),
                regions: vec![RegionEntry {
                    region: region.clone(),
                    key: Key::new(REGION).public(),
                }],
            },
            services: TrustServiceList {
                frame: frame(),
                iac: iac.clone(),
                region: region.clone(),
                authorities: vec![AuthorityEntry {
                    id: "XX01".parse().unwrap(),
                    certificate: authority_certificate(),
                    maximum_trust_level: TrustLevel::High,
                }],
                seal_revocation_key: Key::new(REVOKER).public(),
            },
            seal_revocations: SealRevocationList {
                frame: frame(),
                iac,
                region,
                fingerprints: BTreeSet::new(),
                token_ids: BTreeSet::new(),
            },
            revoked: Vec::new(),
            crl: frame(),
            certificate_validity: period("2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z"),
            manifests: [ManifestId::PERSON].into(),
            trust_level: TrustLevel::Substantial,
            forged: BTreeMap::new(),
        }
    }

    pub(crate) fn but(change: impl FnOnce(&mut Self)) -> Self {
        let mut scheme = Self::new();
        change(&mut scheme);
        scheme
    }

    fn key(&self, file: &'static str, rightful: u8) -> Key {
        Key::new(self.forged.get(file).copied().unwrap_or(rightful))
    }

    pub(crate) fn authority() -> AuthorityCertificate {
        AuthorityCertificate::read(&authority_certificate(), &"XX01".parse().unwrap()).unwrap()
    }

    pub(crate) fn signing_certificate(&self) -> Vec<u8> {
        let rights = SigningRights {
            manifests: &self.manifests,
            trust_level: self.trust_level,
        };
        let template = CertificateTemplate {
            organization: "Demo issuer",
            key: &Key::new(SIGNER).public(),
            validity: self.certificate_validity,
            serial: [9; 16],
        };
        let prepared =
            prepare_signing_certificate(&Self::authority(), &"0001".parse().unwrap(), &template, rights)
                .unwrap();
        self.key("certs/XX010001.pem", AUTHORITY).complete(prepared)
    }

    pub(crate) fn revoke_signer(&mut self) {
        let bytes = self.signing_certificate();
        let certificate = SigningCertificate::read(&bytes, &Self::authority(), &P256Verifier).unwrap();
        self.revoked.push(RevokedCertificate {
            serial: certificate.serial().to_vec(),
            revoked_at: now(),
        });
    }

    pub(crate) fn revocation_list(&self) -> Vec<u8> {
        let template = RevocationTemplate {
            number: self.crl.sequence,
            this_update: self.crl.issued,
            next_update: self.crl.next_update,
            revoked: &self.revoked,
        };
        let prepared = prepare_revocation_list(&Self::authority(), &template).unwrap();
        self.key("crl/XX01.crl", AUTHORITY).complete(prepared)
    }

    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let anchor = Jwk::new(PublicKey::P256(Key::new(ANCHOR).public())).to_value();
        let pem = to_pem(&self.signing_certificate()).unwrap();
        BTreeMap::from([
            ("anchor.jwk", serde_json::to_vec(&anchor).unwrap()),
            (
                "governance.jwt",
                self.key("governance.jwt", ANCHOR).list(&self.governance),
            ),
            (
                "schemes/XDT.jwt",
                self.key("schemes/XDT.jwt", OPERATOR).list(&self.operator_list),
            ),
            (
                "tsl/XDT-EU.jwt",
                self.key("tsl/XDT-EU.jwt", REGION).list(&self.services),
            ),
            (
                "vrl/XDT-EU.jwt",
                self.key("vrl/XDT-EU.jwt", REVOKER).list(&self.seal_revocations),
            ),
            ("crl/XX01.crl", self.revocation_list()),
            ("certs/XX010001.pem", pem.into_bytes()),
        ])
        .into_iter()
        .map(|(name, bytes)| (name.to_owned(), bytes))
        .collect()
    }

    pub(crate) fn load(&self) -> Result<TrustStore, LoadError> {
        self.load_after(None)
    }

    pub(crate) fn load_after(&self, previous: Option<&Sequences>) -> Result<TrustStore, LoadError> {
        load(
            self.files(),
            LoadPolicy {
                grace_seconds: 3600,
                previous,
            },
        )
    }
}

pub(crate) fn load(
    files: BTreeMap<String, Vec<u8>>,
    policy: LoadPolicy<'_>,
) -> Result<TrustStore, LoadError> {
    TrustStore::load(&TrustBundle::new(files)?, Arc::new(P256Verifier), policy, now())
}

pub(crate) fn authority_certificate() -> Vec<u8> {
    let key = Key::new(AUTHORITY);
    let template = CertificateTemplate {
        organization: "Demo authority",
        key: &key.public(),
        validity: period("2026-01-01T00:00:00Z", "2036-01-01T00:00:00Z"),
        serial: [1; 16],
    };
    key.complete(prepare_authority_certificate(&"XX01".parse().unwrap(), &template).unwrap())
}

pub(crate) fn person() -> Person {
    Person {
        given_name: "Jean".into(),
        family_name: "Dupont".into(),
        birth_date: BirthDate::parse("1985-06-15").unwrap(),
        nationality: "FRA".into(),
        document_number: "12AB34567".into(),
        token_id: "7f9c24e8-3b12-4e0a-9a55-1f0d5a0e2c11".parse().unwrap(),
        expires: idp_types::CivilDate::parse("2027-03-15").unwrap(),
        photo: None,
        face: None,
    }
}

/// A seal of the fixture's signing certificate.
pub(crate) fn seal(content: impl Into<Content>, signed_at: Timestamp, key: u8) -> Seal {
    let reference = CertificateReference::new("XX01", "0001").unwrap();
    let prepared = PreparedSeal::new(reference, signed_at, &content.into()).unwrap();
    let signature = Key::new(key).sign(prepared.signing_message());
    prepared.complete(&signature).unwrap()
}

pub(crate) fn person_seal() -> Seal {
    seal(PersonPayload::new(person()).unwrap(), now(), SIGNER)
}
