//! Libraries of other people read and verify what is issued here, and its status: `jose`, `@sd-jwt/*`, `did-jwt-vc`, `@auth0/mdl` and
//! `@digitalbazaar/vc-bitstring-status-list` (Node.js), `sd-jwt` and `pymdoccbor` (Python).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use idp_jose::{EcPublicKey, Jwk};
use idp_types::{CivilDate, ClaimSet, Fingerprint, Timestamp};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey as Secret};
use p256::pkcs8::DecodePrivateKey as _;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256,
};
use serde_json::json;
use vc_issuer::Issuer;
use vc_issuer::credential::{CopyRandomness, CredentialType, Granted, SealEvidence, Subject, Validity};
use vc_issuer::format::{CredentialCopy, Format, Holder, Issuance, SigningKey, StatusEntry, prepare};
use vc_issuer::metadata::did;
use vc_issuer::status::{Cycle, StatusTable, bitstring, token};

const INDEX: u64 = 77;

/// The document signer of an mdoc under an anchor of its own, as ISO/IEC 18013-5 annex B has them.
struct Signer {
    secret: Secret,
    key: SigningKey,
    anchor: String,
}

impl Signer {
    fn new() -> Self {
        let named = |name: &str| {
            let mut params = CertificateParams::new(Vec::new()).unwrap();
            params.distinguished_name.push(DnType::CountryName, "FR");
            params.distinguished_name.push(DnType::CommonName, name);
            params
        };
        let mut authority = named("IACA");
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let anchor = authority.self_signed(&authority_key).unwrap().pem();
        let authority = rcgen::Issuer::new(authority, authority_key);
        let mut signer = named("Document Signer");
        let mdoc_signer = vec![1, 0, 18013, 5, 1, 2];
        signer.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(mdoc_signer)];
        signer.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let certificate = signer.signed_by(&key, &authority).unwrap();
        let secret = Secret::from_pkcs8_der(&key.serialize_der()).unwrap();
        Self {
            key: SigningKey {
                key: public(&secret),
                fragment: "key-1".into(),
                x5c: vec![certificate.der().to_vec()],
            },
            secret,
            anchor,
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.secret.sign(message);
        signature.to_bytes().to_vec()
    }
}

fn public(secret: &Secret) -> EcPublicKey {
    let point = secret.verifying_key().to_sec1_point(false);
    EcPublicKey::from_sec1(point.as_bytes()).unwrap()
}

fn claims() -> ClaimSet {
    let mut claims = ClaimSet::default();
    claims.given_name = Some("Jean".into());
    claims.family_name = Some("Dupont".into());
    claims.birthdate = CivilDate::parse("1985-06-15");
    claims.nationality = Some("FRA".into());
    claims.document_number = Some("12AB34567".into());
    claims.trust_level = Some(3);
    claims.age_over_18 = Some(true);
    claims
}

#[expect(
    clippy::disallowed_methods,
    reason = "other people's libraries read the system's clock as well"
)]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp::from_unix_seconds(since.as_secs().try_into().unwrap())
}

fn issue(signer: &Signer, issuer: &Issuer, kind: CredentialType, format: Format) -> String {
    let evidence = SealEvidence {
        fingerprint: Fingerprint([7; 32]),
        manifest: Some("0A0001".into()),
        scheme_operator: "Otentik".into(),
        signer_thumbprint: Some([8; 32]),
        verified_at: now(),
    };
    let granted = Granted {
        claims: &claims(),
        shown_birthdate: None,
    };
    let subject = Subject::new(kind, &granted, now()).unwrap();
    let copy = CredentialCopy {
        randomness: CopyRandomness::new([9; 32]),
        holder: Holder::Key(Jwk::new(public(&Secret::from_slice(&[2; 32]).unwrap()))),
        status: Some(StatusEntry {
            list: 1,
            index: INDEX,
        }),
    };
    let issuance = Issuance {
        issuer,
        key: &signer.key,
        subject: &subject,
        validity: Validity::new(now(), 86_400, []).unwrap(),
        evidence: &evidence,
        receipt: None,
        copy: &copy,
    };
    let prepared = prepare(format, &issuance).unwrap();
    let signature = signer.sign(prepared.signing_input());
    prepared.complete(&signature)
}

/// Everything that the readers look at.
fn write(folder: &Path) {
    let (signer, issuer) = (Signer::new(), Issuer::new("https://seal.example").unwrap());
    let put = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    for (name, format) in [
        ("vc_jwt", Format::VcJwt),
        ("vc_sd_jwt", Format::VcSdJwt),
        ("jwt_vc_json", Format::JwtVcJson),
        ("dc_sd_jwt", Format::DcSdJwt),
        ("mdoc", Format::MsoMdoc),
    ] {
        put(name, &issue(&signer, &issuer, CredentialType::Identity, format));
    }
    let proof_of_age = issue(&signer, &issuer, CredentialType::ProofOfAge, Format::MsoMdoc);
    put("proof_of_age", &proof_of_age);
    let table = StatusTable::with_revoked([INDEX]).unwrap();
    let publication = Cycle::new(900).publication(now());
    for (name, prepared) in [
        (
            "token_list",
            token::prepare(&issuer, &signer.key, 1, &table, publication),
        ),
        (
            "bitstring_list",
            bitstring::prepare(&issuer, &signer.key, 1, &table, publication),
        ),
    ] {
        let signature = signer.sign(prepared.signing_input());
        put(name, &prepared.complete(&signature));
    }
    put(
        "key.json",
        &Jwk::new(signer.key.key.clone()).to_value().to_string(),
    );
    put(
        "did.json",
        &did::document(&issuer, std::slice::from_ref(&signer.key)).to_string(),
    );
    put(
        "type.json",
        issuer.type_metadata(CredentialType::Identity).unwrap().text(),
    );
    put("anchor.pem", &signer.anchor);
    let mdocs = json!({
        "mdoc": issuer.doc_type(CredentialType::Identity),
        "proof_of_age": issuer.doc_type(CredentialType::ProofOfAge),
    });
    put("facts.json", &json!({"index": INDEX, "mdocs": mdocs}).to_string());
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn prove(program: &Path, script: &str) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let script = root().join("tests/peers/credential-readers").join(script);
    let done = Command::new(program).arg(script).arg(folder.path()).output();
    let done = done.expect("the library's language is there; tests/run installs it");
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
}

#[test]
fn libraries_of_node_verify_every_format_and_its_status() {
    let is_there = root()
        .join("tests/peers/credential-readers/node_modules")
        .is_dir();
    assert!(
        is_there,
        "install it, as tests/run does: npm ci --prefix tests/peers/credential-readers"
    );
    prove(Path::new("node"), "read.mjs");
}

#[test]
fn libraries_of_python_verify_selective_credentials_and_mdocs() {
    let python = root().join(".tools/credential-readers/bin/python");
    assert!(
        python.is_file(),
        "install it, as tests/run does: tests/peers/credential-readers/requirements.txt"
    );
    prove(&python, "read.py");
}
