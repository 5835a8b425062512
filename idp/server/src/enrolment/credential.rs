//! The enrolment credential (profile 1.1): the seal's attributes as an SD-JWT that only this server verifies, so that the
//! server can forget them and still release what the person shows.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use idp_core::claims::PresentedClaims;
use idp_core::enrolment::{Device, Holder};
use idp_core::keys::KeyPurpose;
use idp_jose::json::Map;
use idp_jose::jws::{self, Header};
use idp_jose::sd_jwt::{self, Disclosure, PresentationExpectation, SdJwtIssuance, VerifiedSdJwt};
use idp_jose::{Algorithm, EcPublicKey, Jwk};
use idp_types::{CivilDate, SessionId, SourceClaim, Timestamp};
use idp_vds::PersonPayload;
use serde_json::{Value, json};

use super::seal::PersonSeal;
use crate::app::App;
use crate::crypto::random;
use crate::problem::{Code, Problem};

/// The `typ` of an enrolment credential: never taken for another token (RFC 8725 section 3.11).
const TYPE: &str = "idt-enrolment+sd-jwt";

/// Its `vct`.
const CREDENTIAL_TYPE: &str = "urn:idtokenseal:enrolment:1";

/// The largest presentation: every disclosure with the largest portrait of a seal, base64 inside base64url.
const PRESENTATION_LIMIT: usize = 24 * 1024;

/// Seconds for which a key-binding JWT is good. It names its session, which is shorter; this bounds a clock that is wrong.
const BINDING_SECONDS: i64 = 300;

/// Seconds that a phone's clock may be off (profile 4.3).
const LEEWAY_SECONDS: i64 = 30;

/// The ages that the credential asserts, with their claims.
const AGES: [(u16, SourceClaim); 3] = [
    (18, SourceClaim::AgeOver18),
    (21, SourceClaim::AgeOver21),
    (25, SourceClaim::AgeOver25),
];

/// Signs the credential of a device.
pub(super) async fn issue(
    app: &App,
    seal: &PersonSeal,
    device: &EcPublicKey,
    now: Timestamp,
) -> Result<String, Problem> {
    let person = seal.person().ok_or(Code::InvalidSeal)?;
    let disclosures = claims_of(person, now.civil_date())
        .into_iter()
        .map(|(claim, value)| Ok(Disclosure::new(random::<16>()?, claim.as_str(), value)))
        .collect::<Result<Vec<_>, Problem>>()?;
    let key = app.keys.active(KeyPurpose::EnrolmentCredential, now)?;
    let header = Header::new(Algorithm::Es256).with_kid(key.kid()).with_typ(TYPE);
    let claims = plain_claims(app, seal, device, now).ok_or(Code::InvalidSeal)?;
    let prepared =
        SdJwtIssuance::new(&header, claims, disclosures).map_err(|_| Problem::new(Code::Internal))?;
    let signature = key.signer.sign(prepared.signing_input()).await?;
    Ok(prepared.complete(&signature))
}

/// What stands in clear: nothing that the server does not keep anyway.
fn plain_claims(app: &App, seal: &PersonSeal, device: &EcPublicKey, now: Timestamp) -> Option<Map> {
    let facts = seal.facts();
    let claims = json!({
        "iss": app.config.issuer,
        "iat": now.unix_seconds(),
        "exp": facts.expires_at.unix_seconds(),
        "vct": CREDENTIAL_TYPE,
        "cnf": {"jwk": Jwk::new(device.clone()).to_value()},
        "token_id": seal.person()?.token_id,
        "trust_level": facts.trust_level,
        "seal": {
            "fingerprint": facts.fingerprint,
            "manifest": facts.manifest,
            "scheme_operator": facts.scheme_operator,
        },
    });
    match claims {
        Value::Object(claims) => Some(claims),
        _ => None,
    }
}

/// One claim a disclosure. A birth date of which a part is unknown is no claim, and neither is an age that is not reached
/// (profile 1.1 and 6).
fn claims_of(person: &PersonPayload, today: CivilDate) -> BTreeMap<SourceClaim, Value> {
    let born = person.birth_date.complete();
    let mut claims = BTreeMap::from([
        (SourceClaim::GivenName, person.given_name.as_str().into()),
        (SourceClaim::FamilyName, person.family_name.as_str().into()),
        (SourceClaim::Nationality, person.nationality.as_str().into()),
        (
            SourceClaim::DocumentNumber,
            person.document_number.as_str().into(),
        ),
    ]);
    claims.extend(born.map(|born| (SourceClaim::Birthdate, born.to_string().into())));
    claims.extend(
        person
            .photo
            .as_deref()
            .map(|photo| (SourceClaim::Picture, BASE64.encode(photo).into())),
    );
    let reached = ages_reached(born, today);
    claims.extend(
        AGES.iter()
            .filter(|(age, _)| reached.contains(age))
            .map(|(_, claim)| (*claim, true.into())),
    );
    claims
}

fn ages_reached(born: Option<CivilDate>, today: CivilDate) -> Vec<u16> {
    let age = born.and_then(|born| born.age_on(today)).unwrap_or(0);
    AGES.iter()
        .map(|(years, _)| *years)
        .filter(|years| *years <= age)
        .collect()
}

/// The claims of a presentation, if it is one of this holder, this device and this session (profile 1.2): signed by a key of
/// ours that still counts, bound to the device's key, made for this issuer and session, over the seal that the device has.
pub(crate) fn verify_presentation(
    app: &App,
    presentation: &str,
    (holder, device): (&Holder, &Device),
    session_id: &SessionId,
    now: Timestamp,
) -> Option<PresentedClaims> {
    let kid = issuer_key_id(presentation)?;
    let key = app
        .keys
        .verification(KeyPurpose::EnrolmentCredential, &kid, now)?;
    let expectation = PresentationExpectation {
        typ: TYPE,
        audience: &app.config.issuer,
        nonce: session_id.as_str(),
        now: now.unix_seconds(),
        max_age: BINDING_SECONDS,
        leeway: LEEWAY_SECONDS,
        limit: PRESENTATION_LIMIT,
    };
    let remembering = app.known_credentials.of(&key);
    let verified = sd_jwt::verify(presentation, &remembering, &key, &expectation).ok()?;
    belongs(&verified, &app.config.issuer, holder, device).then(|| disclosed(&verified.disclosed))?
}

/// The `kid` of the issuer-signed part.
fn issuer_key_id(presentation: &str) -> Option<String> {
    if presentation.len() > PRESENTATION_LIMIT {
        return None;
    }
    let (jwt, _) = presentation.split_once('~')?;
    jws::parse(jwt, PRESENTATION_LIMIT).ok()?.header().kid.clone()
}

/// A credential of ours, of this holder, this device's key and this device's seal.
fn belongs(verified: &VerifiedSdJwt, issuer: &str, holder: &Holder, device: &Device) -> bool {
    let text = |name: &str| verified.claims.get(name).and_then(Value::as_str);
    let fingerprint = verified
        .claims
        .get("seal")
        .and_then(|seal| seal.get("fingerprint"))
        .and_then(Value::as_str);
    text("iss") == Some(issuer)
        && text("vct") == Some(CREDENTIAL_TYPE)
        && text("token_id") == Some(holder.token_id.as_str())
        && fingerprint == Some(device.seal.fingerprint.to_lowerhex().as_str())
        && *verified.cnf.to_sec1() == device.key.0
}

/// The disclosures as claims; one that is not of the catalogue, or not of its type, refuses the whole.
fn disclosed(claims: &Map) -> Option<PresentedClaims> {
    if claims.keys().any(|name| name.parse::<SourceClaim>().is_err()) {
        return None;
    }
    let text = |claim: SourceClaim| match claims.get(claim.as_str()) {
        None => Some(None),
        Some(value) => value.as_str().map(|text| Some(text.to_owned())),
    };
    let birthdate = match text(SourceClaim::Birthdate)? {
        None => None,
        Some(text) => Some(CivilDate::parse(&text)?),
    };
    let picture = match text(SourceClaim::Picture)? {
        None => None,
        Some(text) => Some(BASE64.decode(text.as_bytes()).ok()?),
    };
    Some(PresentedClaims {
        given_name: text(SourceClaim::GivenName)?,
        family_name: text(SourceClaim::FamilyName)?,
        birthdate,
        nationality: text(SourceClaim::Nationality)?,
        document_number: text(SourceClaim::DocumentNumber)?,
        picture,
        ages_reached: AGES
            .iter()
            .filter(|(_, claim)| claims.get(claim.as_str()) == Some(&Value::Bool(true)))
            .map(|(age, _)| *age)
            .collect(),
    })
}

/// The claims of the seal itself, from apps that hold nothing else (profile 1.4): verified again, of this holder, and the one
/// that the device enrolled with.
pub(crate) fn presented_from_seal(
    app: &App,
    vds_data: &str,
    (holder, device): (&Holder, &Device),
    now: Timestamp,
) -> Option<PresentedClaims> {
    let seal = PersonSeal::verify(app, vds_data, now).ok()?;
    let person = seal.person()?;
    let same = person.token_id == holder.token_id && seal.facts().fingerprint == device.seal.fingerprint;
    same.then(|| PresentedClaims {
        given_name: Some(person.given_name.clone()),
        family_name: Some(person.family_name.clone()),
        birthdate: person.birth_date.complete(),
        nationality: Some(person.nationality.clone()),
        document_number: Some(person.document_number.clone()),
        picture: person.photo.clone(),
        ages_reached: ages_reached(person.birth_date.complete(), now.civil_date()),
    })
}

pub(super) fn fuzz(data: &[u8]) {
    let _ = issuer_key_id(&String::from_utf8_lossy(data));
    if let Ok(claims) = serde_json::from_slice::<Map>(data) {
        let _ = disclosed(&claims);
    }
}

#[cfg(test)]
mod tests {
    use idp_jose::sd_jwt::SdJwt;
    use idp_types::TokenId;
    use idp_types::encoding::{base64url, from_base64url};
    use idp_vds::{BirthDate, Person};
    use proptest::prelude::*;

    use super::super::fixture::{ISSUER, Phone, Server};
    use super::*;

    fn jean(birth_date: &str, photo: Option<Vec<u8>>) -> PersonPayload {
        PersonPayload::new(Person {
            given_name: "Jean".into(),
            family_name: "Dupont".into(),
            birth_date: BirthDate::parse(birth_date).unwrap(),
            nationality: "FRA".into(),
            document_number: "12AB34567".into(),
            token_id: TokenId::parse("jean").unwrap(),
            expires: CivilDate::parse("2027-03-15").unwrap(),
            photo,
            face: Some(vec![1; 140]),
        })
        .unwrap()
    }

    fn names(birth_date: &str, today: &str) -> Vec<&'static str> {
        let claims = claims_of(&jean(birth_date, None), CivilDate::parse(today).unwrap());
        claims.keys().map(|claim| claim.as_str()).collect()
    }

    #[test]
    fn an_age_is_disclosable_only_once_it_is_reached() {
        let base = [
            "given_name",
            "family_name",
            "birthdate",
            "nationality",
            "document_number",
        ];
        assert_eq!(names("2008-11-21", "2026-11-20"), base);
        assert_eq!(
            names("2008-11-20", "2026-11-20"),
            [&base[..], &["age_over_18"]].concat()
        );
        assert_eq!(names("1990-01-01", "2026-11-20").len(), 8);
    }

    #[test]
    fn a_partial_birth_date_yields_neither_date_nor_age() {
        let names = names("1950", "2026-11-20");
        assert_eq!(
            names,
            ["given_name", "family_name", "nationality", "document_number"]
        );
    }

    #[test]
    fn what_is_disclosed_reads_back_and_the_face_is_never_a_claim() {
        let today = CivilDate::parse("2026-11-20").unwrap();
        let claims: Map = claims_of(&jean("1985-06-15", Some(vec![7; 30])), today)
            .into_iter()
            .map(|(claim, value)| (claim.as_str().to_owned(), value))
            .collect();
        assert!(!claims.keys().any(|name| name.contains("face")));
        let read = disclosed(&claims).unwrap();
        assert_eq!(read.given_name.as_deref(), Some("Jean"));
        assert_eq!(read.birthdate, CivilDate::parse("1985-06-15"));
        assert_eq!(read.picture.as_deref(), Some(&[7; 30][..]));
        assert_eq!(read.ages_reached, [18, 21, 25]);
    }

    #[test]
    fn what_is_not_of_the_catalogue_or_of_its_type_refuses_the_whole() {
        for claims in [
            json!({"shoe_size": 42}),
            json!({"given_name": 1}),
            json!({"birthdate": "x"}),
            json!({"picture": "*"}),
        ] {
            assert!(disclosed(claims.as_object().unwrap()).is_none(), "{claims}");
        }
        assert!(
            disclosed(json!({"age_over_18": false}).as_object().unwrap())
                .unwrap()
                .ages_reached
                .is_empty()
        );
    }

    /// A presentation that the phone bound to the session.
    fn bound(phone: &Phone, credential: &SdJwt, session: &SessionId, now: Timestamp) -> String {
        let shown = credential.present(|name| name == "age_over_18");
        let prepared = shown.key_binding(ISSUER, session.as_str(), now.unix_seconds());
        let signature = phone.signer.sign_now(prepared.signing_input()).unwrap();
        prepared.complete(&signature)
    }

    /// The credential with another payload or signature, which is what its issuer never signed.
    fn tampered(credential: &str) -> [SdJwt; 2] {
        let (jwt, disclosures) = credential.split_once('~').unwrap();
        let parts: Vec<&str> = jwt.split('.').collect();
        let payload = String::from_utf8(from_base64url(parts[1]).unwrap()).unwrap();
        let payload = base64url(
            payload
                .replace("\"trust_level\":", "\"trust_level\": ")
                .as_bytes(),
        );
        let mut signature = from_base64url(parts[2]).unwrap();
        signature[40] ^= 1;
        [(payload.as_str(), parts[2]), (parts[1], &base64url(&signature))].map(|(payload, signature)| {
            let text = format!("{}.{payload}.{signature}~{disclosures}", parts[0]);
            SdJwt::parse(&text, 1 << 16).unwrap()
        })
    }

    #[tokio::test]
    async fn a_credential_that_was_seen_before_is_refused_for_every_reason_it_was() {
        let server = Server::start().await;
        let phone = Phone::new(&server, "jean", "phone");
        let (_, body) = server.enrol(&phone, &json!({"signedMessage": 2})).await;
        let text = body["enrolmentCredential"].as_str().unwrap();
        let credential = SdJwt::parse(text, 1 << 16).unwrap();
        let holder = server.app.durable.holder(&phone.token_id).await.unwrap().unwrap();
        let own = (&holder.value, holder.value.device(&phone.device_id).unwrap());
        let session = SessionId::parse("sess_one").unwrap();
        let now = server.now();
        let shown =
            |presentation: &str, now| verify_presentation(&server.app, presentation, own, &session, now);
        let good = bound(&phone, &credential, &session, now);
        for _ in 0..2 {
            assert!(shown(&good, now).is_some());
            for tampered in tampered(text) {
                assert!(shown(&bound(&phone, &tampered, &session, now), now).is_none());
            }
            let thief = Phone::new(&server, "jean", "phone");
            assert!(shown(&bound(&thief, &credential, &session, now), now).is_none());
            let expired = now.plus_seconds(70 * 366 * 86_400);
            assert!(shown(&bound(&phone, &credential, &session, expired), expired).is_none());
            let other = SessionId::parse("sess_two").unwrap();
            assert!(shown(&bound(&phone, &credential, &other, now), now).is_none());
        }
    }

    proptest! {
        #[test]
        fn never_panics(data: Vec<u8>, text in "[A-Za-z0-9_.~-]{0,200}") {
            fuzz(&data);
            fuzz(text.as_bytes());
        }
    }
}
