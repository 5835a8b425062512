//! A phone, a server that issues credentials, and a person.

use idp_authenticator::{
    Admission, DeviceIdentity, DeviceKey, DeviceSigner, Enrolment, EnrolmentCredential, EnrolmentSeal,
    Issuer, PendingRequest,
};
use idp_jose::jws::Header;
use idp_jose::sd_jwt::{Disclosure, PresentationExpectation, SdJwtIssuance, VerifiedSdJwt};
use idp_jose::{Algorithm, EcPublicKey, Jwk, P256Verifier, PublicKey, Verifier as _};
use idp_types::encoding::from_base64url;
use idp_types::{CivilDate, DeviceId, Fingerprint, SourceClaim, Timestamp};
use idp_vds::{
    BirthDate, Carrier, CertificateReference, Content, Person, PersonPayload, PreparedSeal, Seal, encode_text,
};
use serde_json::{Map, Value, json};

pub(crate) const TOKEN_ID: &str = "7f9c24e8-3b12-4e0a-9a55-1f0d5a0e2c11";
pub(crate) const CREDENTIAL_HEADER: &str = "idt-enrolment+sd-jwt";
/// Numbers of keys.
pub(crate) const DEVICE: u8 = 7;
pub(crate) const SERVER: u8 = 1;
pub(crate) const SIGNER: u8 = 6;

pub(crate) fn key(number: u8) -> DeviceKey {
    DeviceKey::from_random(&[number; 32]).unwrap()
}

pub(crate) fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-20T12:00:00Z").unwrap()
}

pub(crate) fn issuer() -> Issuer {
    Issuer::parse("https://id.example").unwrap()
}

pub(crate) fn device_id() -> DeviceId {
    DeviceId::parse("phone-1").unwrap()
}

pub(crate) fn identity() -> DeviceIdentity {
    DeviceIdentity {
        issuer: issuer(),
        token_id: TOKEN_ID.parse().unwrap(),
        device_id: device_id(),
    }
}

pub(crate) fn person() -> Person {
    Person {
        given_name: "Jean".into(),
        family_name: "Dupont".into(),
        birth_date: BirthDate::parse("1985-06-15").unwrap(),
        nationality: "FRA".into(),
        document_number: "12AB34567".into(),
        token_id: TOKEN_ID.parse().unwrap(),
        expires: CivilDate::parse("2027-03-15").unwrap(),
        photo: None,
        face: None,
    }
}

pub(crate) fn seal_of(content: &Content, signed_at: Timestamp, signer: u8) -> Seal {
    let reference = CertificateReference::new("XX01", "0001").unwrap();
    let prepared = PreparedSeal::new(reference, signed_at, content).unwrap();
    let signature = key(signer).sign(prepared.signing_message());
    prepared.complete(&signature).unwrap()
}

pub(crate) fn seal_text() -> String {
    encode_text(
        Carrier::Base32,
        &seal_of(&PersonPayload::new(person()).unwrap().into(), now(), SIGNER),
    )
}

pub(crate) fn seal() -> EnrolmentSeal {
    EnrolmentSeal::trusting_issuer(&seal_text(), now()).unwrap()
}

/// Calls `ask` with an enrolment of the fixture's phone.
pub(crate) fn with_enrolment<T>(ask: impl FnOnce(&Enrolment<'_>) -> T) -> T {
    let (issuer, seal, device_id, signer) = (issuer(), seal(), device_id(), key(DEVICE));
    ask(&Enrolment {
        issuer: &issuer,
        seal: &seal,
        device_id: &device_id,
        signer: &signer,
        push: None,
        admission: &Admission::Open,
    })
}

pub(crate) fn value_of(claim: SourceClaim) -> Value {
    match claim {
        SourceClaim::GivenName => "Jean".into(),
        SourceClaim::FamilyName => "Dupont".into(),
        SourceClaim::Birthdate => "1985-06-15".into(),
        SourceClaim::Nationality => "FRA".into(),
        SourceClaim::DocumentNumber => "12AB34567".into(),
        SourceClaim::Picture => "UklGRg==".into(),
        SourceClaim::AgeOver18 | SourceClaim::AgeOver21 | SourceClaim::AgeOver25 => true.into(),
    }
}

/// What the server puts in clear.
pub(crate) fn plain_claims(fingerprint: Fingerprint) -> Map<String, Value> {
    let claims = json!({
        "vct": "urn:idtokenseal:enrolment:1",
        "iss": "https://id.example",
        "token_id": TOKEN_ID,
        "trust_level": 2,
        "seal": {"fingerprint": fingerprint.to_lowerhex(), "manifest": "0A0001", "scheme_operator": "XDT"},
        "exp": now().plus_seconds(100 * 86_400).unix_seconds(),
        "cnf": {"jwk": Jwk::new(key(DEVICE).public_key()).to_value()},
    });
    claims.as_object().unwrap().clone()
}

pub(crate) fn issue(plain: Map<String, Value>, hidden: &[(&str, Value)]) -> String {
    let disclosures = hidden
        .iter()
        .zip(1_u8..)
        .map(|((name, value), salt)| Disclosure::new([salt; 16], *name, value.clone()))
        .collect();
    let header = Header::new(Algorithm::Es256).with_typ(CREDENTIAL_HEADER);
    let issuance = SdJwtIssuance::new(&header, plain, disclosures).unwrap();
    let signature = key(SERVER).sign(issuance.signing_input());
    issuance.complete(&signature)
}

pub(crate) fn credential_text(held: &[SourceClaim]) -> String {
    let hidden: Vec<(&str, Value)> = held
        .iter()
        .map(|claim| (claim.as_str(), value_of(*claim)))
        .collect();
    issue(plain_claims(seal().fingerprint()), &hidden)
}

pub(crate) fn credential(held: &[SourceClaim]) -> EnrolmentCredential {
    EnrolmentCredential::parse(&credential_text(held)).unwrap()
}

/// What the server makes of a presentation, with an independent verifier.
pub(crate) fn verify_presentation(presentation: &str, session_id: &str) -> VerifiedSdJwt {
    let expectation = PresentationExpectation {
        typ: CREDENTIAL_HEADER,
        audience: "https://id.example",
        nonce: session_id,
        now: now().unix_seconds(),
        max_age: 60,
        leeway: 5,
        limit: 64 * 1024,
    };
    let issuer_key = PublicKey::P256(key(SERVER).public_key());
    idp_jose::sd_jwt::verify(presentation, &P256Verifier, &issuer_key, &expectation).unwrap()
}

/// A pending request for `scopes` in `mode`, with the code 590012.
pub(crate) fn request(scopes: &[&str], mode: &str) -> PendingRequest {
    let session = json!({
        "sessionId": "sess_abc123", "serviceId": "bar-le-central", "serviceName": "Bar Le Central",
        "serviceUrl": "https://bar.example", "serviceLogo": null, "serviceVerified": true, "privacyUrl": null, "scopes": scopes,
        "mode": mode, "otp": "590012", "choices": ["000001", "590012", "000002"], "createdAt": "2026-11-20T12:00:00Z",
        "expiresAt": "2026-11-20T12:01:00Z", "pushesSinceLastSuccess": 1,
    });
    PendingRequest::parse(session.to_string().as_bytes()).unwrap()
}

pub(crate) fn is_signed(public: &EcPublicKey, message: &[u8], signature: &Value) -> bool {
    let signature = from_base64url(signature.as_str().unwrap()).unwrap();
    let key = PublicKey::P256(public.clone());
    P256Verifier
        .verify(Algorithm::Es256, &key, message, &signature)
        .is_ok()
}

pub(crate) fn json_of(body: &str) -> Value {
    serde_json::from_str(body).unwrap()
}
