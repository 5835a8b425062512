//! A trust store that vouches for the fixture's signer: one operator, one region, one CA, one certificate.

use std::collections::BTreeSet;
use std::sync::Arc;

use idp_authenticator::DeviceSigner as _;
use idp_jose::{Jwk, P256Verifier};
use idp_types::TrustLevel;
use idp_vds::trust::{
    AuthorityCertificate, AuthorityEntry, CertificateTemplate, GovernanceList, ListFrame, LoadPolicy,
    OperatorEntry, PreparedDer, RegionEntry, RevocationTemplate, SchemeList, SealRevocationList, SignedList,
    SigningRights, TrustBundle, TrustServiceList, ValidityPeriod, prepare_authority_certificate,
    prepare_revocation_list, prepare_signing_certificate, to_pem,
};
use idp_vds::{ManifestId, TrustStore};

use crate::fixture::{SIGNER, key, now};

/// One key signs every list; the certificate's key is the fixture's signer.
const OPERATOR: u8 = 2;

fn list(list: &impl SignedList) -> Vec<u8> {
    let prepared = list.prepare(None).unwrap();
    let signature = key(OPERATOR).sign(prepared.signing_input());
    prepared.complete(&signature).into_bytes()
}

fn certify(prepared: PreparedDer) -> Vec<u8> {
    let signature = key(OPERATOR).sign(prepared.signing_message());
    prepared.complete(&signature).unwrap()
}

pub(crate) fn store() -> TrustStore {
    let validity = ValidityPeriod {
        not_before: now().minus_seconds(86_400),
        not_after: now().plus_seconds(86_400),
    };
    let certificates = certificates(validity);
    let anchor = Jwk::new(key(OPERATOR).public_key()).to_value();
    let signer = to_pem(&certificates.signer).unwrap();
    let files = [
        ("anchor.jwk", anchor.to_string().into_bytes()),
        ("governance.jwt", list(&governance())),
        ("schemes/XDT.jwt", list(&scheme())),
        ("tsl/XDT-EU.jwt", list(&services(certificates.authority))),
        ("vrl/XDT-EU.jwt", list(&revocations())),
        ("crl/XX01.crl", certificates.revocations),
        ("certs/XX010001.pem", signer.into_bytes()),
    ];
    let files = files.into_iter().map(|(name, bytes)| (name.to_owned(), bytes));
    let bundle = TrustBundle::new(files.collect()).unwrap();
    TrustStore::load(&bundle, Arc::new(P256Verifier), LoadPolicy::default(), now()).unwrap()
}

fn frame() -> ListFrame {
    ListFrame {
        sequence: 1,
        issued: now().minus_seconds(3600),
        next_update: now().plus_seconds(86_400),
    }
}

fn governance() -> GovernanceList {
    GovernanceList {
        frame: frame(),
        operators: vec![OperatorEntry {
            iac: "XDT".parse().unwrap(),
            name: "Demo".into(),
            key: key(OPERATOR).public_key(),
        }],
    }
}

fn scheme() -> SchemeList {
    SchemeList {
        frame: frame(),
        iac: "XDT".parse().unwrap(),
        manifests: [ManifestId::PERSON].into(),
        regions: vec![RegionEntry {
            region: "EU".parse().unwrap(),
            key: key(OPERATOR).public_key(),
        }],
    }
}

fn services(authority: Vec<u8>) -> TrustServiceList {
    TrustServiceList {
        frame: frame(),
        iac: "XDT".parse().unwrap(),
        region: "EU".parse().unwrap(),
        authorities: vec![AuthorityEntry {
            id: "XX01".parse().unwrap(),
            certificate: authority,
            maximum_trust_level: TrustLevel::High,
        }],
        seal_revocation_key: key(OPERATOR).public_key(),
    }
}

fn revocations() -> SealRevocationList {
    SealRevocationList {
        frame: frame(),
        iac: "XDT".parse().unwrap(),
        region: "EU".parse().unwrap(),
        fingerprints: BTreeSet::new(),
        token_ids: BTreeSet::new(),
    }
}

struct Certificates {
    authority: Vec<u8>,
    signer: Vec<u8>,
    revocations: Vec<u8>,
}

fn certificates(validity: ValidityPeriod) -> Certificates {
    let id = "XX01".parse().unwrap();
    let template = |organization, key, serial| CertificateTemplate {
        organization,
        key,
        validity,
        serial,
    };
    let operator_key = key(OPERATOR).public_key();
    let authority = certify(
        prepare_authority_certificate(&id, &template("Demo authority", &operator_key, [1; 16])).unwrap(),
    );
    let read = AuthorityCertificate::read(&authority, &id).unwrap();
    let rights = SigningRights {
        manifests: &[ManifestId::PERSON].into(),
        trust_level: TrustLevel::Substantial,
    };
    let signer_key = key(SIGNER).public_key();
    let template = template("Demo issuer", &signer_key, [9; 16]);
    let signer =
        certify(prepare_signing_certificate(&read, &"0001".parse().unwrap(), &template, rights).unwrap());
    let revocation = RevocationTemplate {
        number: 1,
        this_update: now().minus_seconds(3600),
        next_update: now().plus_seconds(86_400),
        revoked: &[],
    };
    let revocations = certify(prepare_revocation_list(&read, &revocation).unwrap());
    Certificates {
        authority,
        signer,
        revocations,
    }
}
