use idp_jose::{EcPublicKey, Jwk, P256Verifier, PublicKey};
use idp_types::{CivilDate, ClaimSet, Fingerprint, Timestamp};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey as Secret};
use proptest::prelude::*;

use super::*;
use crate::credential::{CredentialType, Granted};
use crate::reading::{Mismatch, ReadError, read, self_check, verify};

pub(crate) const NOW: i64 = 1_768_473_727;

pub(crate) fn secret(seed: u8) -> Secret {
    Secret::from_slice(&[seed; 32]).unwrap()
}

pub(crate) fn public(seed: u8) -> EcPublicKey {
    let point = secret(seed).verifying_key().to_sec1_point(false);
    EcPublicKey::from_sec1(point.as_bytes()).unwrap()
}

pub(crate) fn sign(seed: u8, message: &[u8]) -> Vec<u8> {
    let signature: Signature = secret(seed).sign(message);
    signature.to_bytes().to_vec()
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

struct Case {
    issuer: Issuer,
    key: SigningKey,
    subject: Subject,
    evidence: SealEvidence,
    receipt: ConsentReceipt,
}

impl Case {
    fn new(kind: CredentialType) -> Self {
        let now = Timestamp::from_unix_seconds(NOW);
        let granted = Granted {
            claims: &claims(),
            shown_birthdate: None,
        };
        Self {
            issuer: Issuer::new("https://seal.example").unwrap(),
            key: SigningKey {
                key: public(1),
                fragment: "key-1".into(),
                x5c: vec![vec![0x30, 1], vec![0x30, 2]],
            },
            subject: Subject::new(kind, &granted, now).unwrap(),
            evidence: SealEvidence {
                fingerprint: Fingerprint([7; 32]),
                manifest: Some("0A0001".into()),
                scheme_operator: "Otentik".into(),
                signer_thumbprint: Some([8; 32]),
                verified_at: now,
            },
            receipt: ConsentReceipt::new("a.b.c".into()),
        }
    }

    fn issuance<'a>(&'a self, copy: &'a CredentialCopy) -> Issuance<'a> {
        Issuance {
            issuer: &self.issuer,
            key: &self.key,
            subject: &self.subject,
            validity: Validity::new(Timestamp::from_unix_seconds(NOW), 86_400, []).unwrap(),
            evidence: &self.evidence,
            receipt: Some(&self.receipt),
            copy,
        }
    }
}

fn copy(format: Format, seed: u8) -> CredentialCopy {
    let holder = match format {
        Format::Seed => Holder::TokenId("7f9c24e8-3b12-4e0a-9a55-1f0d5a0e2c11".parse().unwrap()),
        _ => Holder::Key(Jwk::new(public(seed))),
    };
    CredentialCopy {
        randomness: CopyRandomness::new([seed; 32]),
        holder,
        status: Some(StatusEntry {
            list: 1,
            index: 1000 + u64::from(seed),
        }),
    }
}

fn issue(format: Format, issuance: &Issuance<'_>) -> String {
    let prepared = prepare(format, issuance).unwrap();
    let signature = sign(1, prepared.signing_input());
    prepared.complete(&signature)
}

const ALL: [Format; 6] = [
    Format::VcJwt,
    Format::VcSdJwt,
    Format::JwtVcJson,
    Format::Seed,
    Format::DcSdJwt,
    Format::MsoMdoc,
];

#[test]
fn every_format_of_every_type_reads_back_as_granted() {
    for kind in CredentialType::ALL {
        for format in ALL {
            if kind == CredentialType::ProofOfAge && format != Format::MsoMdoc {
                continue;
            }
            let (case, copy) = (Case::new(kind), copy(format, 2));
            let issuance = case.issuance(&copy);
            let credential = issue(format, &issuance);
            assert_eq!(
                self_check(&credential, format, &issuance),
                Ok(()),
                "{kind:?} {format:?}"
            );
            let key = PublicKey::P256(public(1));
            assert!(
                verify(&credential, &P256Verifier, &key, NOW).is_ok(),
                "{kind:?} {format:?}"
            );
            let other = PublicKey::P256(public(9));
            let refused = verify(&credential, &P256Verifier, &other, NOW);
            assert_eq!(refused, Err(ReadError::Signature), "{kind:?} {format:?}");
            let late = verify(&credential, &P256Verifier, &key, NOW + 90_000);
            assert_eq!(late, Err(ReadError::NotNow), "{kind:?} {format:?}");
        }
    }
}

#[test]
fn the_seed_s_document_is_the_page_s() {
    let (case, mut copy) = (Case::new(CredentialType::Identity), copy(Format::Seed, 2));
    copy.status = Some(StatusEntry { list: 1, index: 1234 });
    let credential = issue(Format::Seed, &case.issuance(&copy));
    let parsed = jws::parse(&credential, 10_000).unwrap();
    assert_eq!(parsed.header().typ.as_deref(), Some("vc+jwt"));
    let mut claims = Value::Object(parsed.peek_unverified_claims().unwrap());
    claims["jti"] = "urn:uuid:…".into();
    let token_id = "7f9c24e8-3b12-4e0a-9a55-1f0d5a0e2c11";
    assert_eq!(
        claims,
        serde_json::json!({
            "iss": "did:web:seal.example", "sub": token_id, "jti": "urn:uuid:…", "nbf": 1_768_471_200, "exp": 1_768_557_600,
            "vc": {
                "@context": ["https://www.w3.org/ns/credentials/v2", "https://idtokenseal.id3.eu/ns/credentials/v1"],
                "type": ["VerifiableCredential", "IDTokenSealIdentityCredential"],
                "credentialSubject": {
                    "id": token_id, "givenName": "Jean", "familyName": "Dupont", "dateOfBirth": "1985-06-15",
                    "nationality": "FRA", "documentNumber": "12AB34567", "trustLevel": 3
                },
                "evidence": [{
                    "type": "VisibleDigitalSeal", "standard": "ISO 22376", "verificationMethod": "ECDSA-P256",
                    "schemeOperator": "Otentik", "manifestId": "0A0001"
                }],
                "credentialStatus": {
                    "id": "https://seal.example/credentials/status#1234", "type": "BitstringStatusListEntry",
                    "statusPurpose": "revocation", "statusListIndex": "1234",
                    "statusListCredential": "https://seal.example/credentials/status"
                }
            }
        })
    );
}

#[test]
fn only_chosen_claims_of_a_selective_credential_are_in_clear() {
    let case = Case::new(CredentialType::Identity);
    for format in [Format::VcSdJwt, Format::DcSdJwt] {
        let copy = copy(format, 2);
        let credential = issue(format, &case.issuance(&copy));
        let issuer_jwt = credential.split('~').next().unwrap();
        let parsed = jws::parse(issuer_jwt, 10_000).unwrap();
        let clear = Value::Object(parsed.peek_unverified_claims().unwrap()).to_string();
        for hidden in [
            "Jean",
            "Dupont",
            "1985",
            "12AB34567",
            "Otentik",
            "a.b.c",
            "0A0001",
        ] {
            assert!(!clear.contains(hidden), "{format:?} {hidden}");
        }
    }
}

#[test]
fn a_changed_copy_does_not_pass_the_self_check() {
    let case = Case::new(CredentialType::Identity);
    for format in ALL {
        let own = copy(format, 2);
        let credential = issue(format, &case.issuance(&own));
        let mut other = own.clone();
        other.status = None;
        let status = self_check(&credential, format, &case.issuance(&other));
        assert_eq!(status, Err(Mismatch::Status), "{format:?}");
        let less = Case::new(CredentialType::BasicIdentity);
        assert!(
            self_check(&credential, format, &less.issuance(&own)).is_err(),
            "{format:?}"
        );
        let mut fewer = Case::new(CredentialType::Identity);
        let mut claims = claims();
        claims.nationality = None;
        let granted = Granted {
            claims: &claims,
            shown_birthdate: None,
        };
        fewer.subject = Subject::new(
            CredentialType::Identity,
            &granted,
            Timestamp::from_unix_seconds(NOW),
        )
        .unwrap();
        let added = self_check(&credential, format, &fewer.issuance(&own));
        assert_eq!(added, Err(Mismatch::Claims), "{format:?}");
    }
}

#[test]
fn holders_that_do_not_fit_are_refused() {
    let case = Case::new(CredentialType::Identity);
    for format in ALL {
        let mut wrong = copy(format, 2);
        wrong.holder = match format {
            Format::Seed | Format::MsoMdoc => Holder::Bearer,
            _ => copy(Format::Seed, 2).holder,
        };
        let refused = prepare(format, &case.issuance(&wrong)).map(|_| ());
        assert_eq!(refused, Err(FormatError::Holder), "{format:?}");
    }
    let age = Case::new(CredentialType::ProofOfAge);
    for format in ALL.into_iter().filter(|format| *format != Format::MsoMdoc) {
        let refused = prepare(format, &age.issuance(&copy(format, 2))).map(|_| ());
        assert_eq!(refused, Err(FormatError::Type), "{format:?}");
    }
}

#[test]
fn a_credential_with_two_bodies_is_refused() {
    let payload = serde_json::json!({"vc": {}, "credentialSubject": {}}).to_string();
    let header = jws::Header::new(idp_jose::Algorithm::Es256).with_typ("vc+jwt");
    let token = jws::Prepared::new(&header, payload.as_bytes()).complete(&[1; 64]);
    assert_eq!(read(&token), Err(ReadError::Hybrid));
}

/// What stands in an mdoc besides names: every octet string, also those inside octet strings, and every number that is no label.
fn octets_and_numbers(value: &ciborium::Value) -> Vec<String> {
    use ciborium::Value as Cbor;
    match value {
        Cbor::Bytes(bytes) => match ciborium::from_reader::<Cbor, _>(bytes.as_slice()) {
            Ok(inner @ (Cbor::Map(_) | Cbor::Tag(24, _))) => octets_and_numbers(&inner),
            _ => vec![idp_types::encoding::lowerhex(bytes)],
        },
        Cbor::Integer(number) if i128::from(*number) > 255 => vec![format!("{number:?}")],
        Cbor::Tag(_, inner) => octets_and_numbers(inner),
        Cbor::Array(values) => values.iter().flat_map(octets_and_numbers).collect(),
        Cbor::Map(pairs) => pairs
            .iter()
            .flat_map(|(name, value)| [octets_and_numbers(name), octets_and_numbers(value)].concat())
            .collect(),
        _ => Vec::new(),
    }
}

/// Every random-looking text of a credential: salts, digests, identifiers, keys, signatures, indexes.
fn unique_texts(format: Format, credential: &str) -> Vec<String> {
    if format == Format::MsoMdoc {
        let bytes = idp_types::encoding::from_base64url(credential).unwrap();
        return octets_and_numbers(&ciborium::from_reader(bytes.as_slice()).unwrap());
    }
    let decoded = credential
        .split(['~', '.'])
        .filter_map(idp_types::encoding::from_base64url);
    let texts: Vec<String> = decoded
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect();
    texts
        .iter()
        .flat_map(|text| text.split(['"', ':', ',', '#']))
        .filter(|word| word.len() >= 16)
        .map(str::to_owned)
        .collect()
}

/// The octets that every credential of a type has, whoever holds it: those that the credential of another person has as well.
fn common(kind: CredentialType, format: Format) -> std::collections::BTreeSet<String> {
    let (case, copy) = (Case::new(kind), copy(format, 200));
    unique_texts(format, &issue(format, &case.issuance(&copy)))
        .into_iter()
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// The OIDF linkability checks over all formats: two copies share nothing but what every credential of the type says.
    #[test]
    fn copies_of_a_batch_share_nothing_of_their_own(one in 2..90_u8, two in 91..180_u8, format in 0..6_usize) {
        let format = ALL[format];
        let case = Case::new(CredentialType::Identity);
        let common = common(CredentialType::Identity, format);
        let [mine, yours] = [one, two].map(|seed| {
            let copy = copy(format, seed);
            unique_texts(format, &issue(format, &case.issuance(&copy)))
        });
        for text in mine {
            prop_assert!(common.contains(&text) || !yours.contains(&text), "{format:?} shares {text}");
        }
    }

    #[test]
    fn reading_never_panics(text in "[A-Za-z0-9_~.-]{0,200}") {
        let _ = read(&text);
    }
}
