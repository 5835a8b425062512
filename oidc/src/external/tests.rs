//! `federation-oidc.md` 5a, clause by clause, with the documented request.

use idp_types::{Aal, Amr, ClientId, DeviceId, ScopeSet, ServiceId, Timestamp, TokenId, TrustLevel};
use serde_json::{Value, json};

use super::*;
use crate::authentication::Authentication;
use crate::client::{Client, ClientProfile, ENTRA_REDIRECT_URIS};
use crate::error::{ErrorCode, OAuthError};
use crate::fuzzing::trusted_claims;
use crate::parameters::Parameters;

const TENANT: &str = "a4b1c2d3-0000-4000-8000-1234567890ab";
const NOW: i64 = 1_800_000_000;
const CLAIMS: &str = r#"{"id_token":{"amr":{"essential":true,"values":["face","fido","fpt","hwk","iris","otp","pop","retina","sc","sms","swk","tel","vbm"]},"acr":{"essential":true,"values":["possessionorinherence"]}}}"#;

fn client() -> Client {
    let mut client = Client::new(
        ClientId::parse("entra").unwrap(),
        ServiceId::parse("entra").unwrap(),
        Timestamp::from_unix_seconds(0),
    );
    client.profile = ClientProfile::EntraExternal;
    client.redirect_uris = vec![ENTRA_REDIRECT_URIS[0].to_owned()];
    client.entra_tenants = vec![TENANT.to_uppercase()];
    client
}

fn parameters(changes: &[(&str, &str)]) -> Parameters {
    let usual = [
        ("scope", "openid"),
        ("response_type", "id_token"),
        ("response_mode", "form_post"),
        ("client_id", "entra"),
        ("redirect_uri", ENTRA_REDIRECT_URIS[0]),
        ("claims", CLAIMS),
        ("nonce", "AwABEgEAAAACAOz_BQD0_8vcXcj2"),
        ("id_token_hint", "a.b.c"),
        ("client-request-id", "1234"),
        ("state", "opaque"),
    ];
    let kept = usual
        .into_iter()
        .filter(|(name, _)| changes.iter().all(|(other, _)| other != name));
    let pairs = kept.chain(changes.iter().copied());
    let pairs = pairs.filter(|(_, value)| !value.is_empty());
    Parameters::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap()
}

fn demand(changes: &[(&str, &str)]) -> Result<ExternalDemand, OAuthError> {
    ExternalDemand::read(&parameters(changes)).map(|(demand, _)| demand)
}

fn hint(changes: &[(&str, Value)]) -> Result<ForeignHint, OAuthError> {
    let mut claims = json!({
        "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"), "aud": "entra", "sub": "mBfcvuhSHkDWVgV72x2ruIYdSsPSvcj2R0qfc6mGEAA",
        "tid": TENANT, "oid": "51b2bc06", "iat": NOW - 3600, "nbf": NOW - 3600, "exp": NOW + 60,
        "preferred_username": "ann@contoso.example",
    });
    for (name, value) in changes {
        claims[*name] = value.clone();
    }
    let claims = trusted_claims(&claims.to_string()).unwrap();
    ForeignHint::check(
        &claims,
        Cloud::Global,
        &client(),
        Timestamp::from_unix_seconds(NOW),
    )
}

fn authentication(face: bool, amr: &[Amr]) -> Authentication {
    let token_id = TokenId::parse("7f9c24e8").unwrap();
    Authentication {
        first_token_id: token_id.clone(),
        token_id,
        device_id: DeviceId::parse("phone").unwrap(),
        auth_time: Timestamp::from_unix_seconds(NOW),
        trust_level: TrustLevel::High,
        face_vouched: face,
        aal: Aal::Two,
        amr: amr.to_vec(),
        granted: ScopeSet::EMPTY,
        evidence: None,
    }
}

#[test]
fn the_documented_request_is_read() {
    let demand = demand(&[]).unwrap();
    assert_eq!(demand.acr, ["possessionorinherence"]);
    assert_eq!(demand.amr.len(), 13);
    let without = super::ExternalDemand::read(&parameters(&[("claims", "")]))
        .unwrap()
        .0;
    assert_eq!((without.acr.len(), without.amr.len()), (1, 0));
}

#[test]
fn each_fixed_parameter_has_its_error() {
    for (name, value, code) in [
        ("response_type", "code", ErrorCode::UnsupportedResponseType),
        (
            "response_type",
            "id_token token",
            ErrorCode::UnsupportedResponseType,
        ),
        ("response_type", "", ErrorCode::InvalidRequest),
        ("response_mode", "query", ErrorCode::InvalidRequest),
        ("response_mode", "", ErrorCode::InvalidRequest),
        ("scope", "profile", ErrorCode::InvalidScope),
        ("nonce", "", ErrorCode::InvalidRequest),
        ("id_token_hint", "", ErrorCode::InvalidRequest),
        ("claims", "{", ErrorCode::InvalidRequest),
        ("state", "a\u{1}b", ErrorCode::InvalidRequest),
    ] {
        assert_eq!(demand(&[(name, value)]).unwrap_err().code, code, "{name}={value}");
    }
}

#[test]
fn the_answer_goes_to_documented_and_registered_addresses_alone() {
    let of = |uri: &str| destination(&parameters(&[("redirect_uri", uri)]), &client());
    assert_eq!(of(ENTRA_REDIRECT_URIS[0]).unwrap().cloud, Cloud::Global);
    assert!(
        of(ENTRA_REDIRECT_URIS[1]).is_err(),
        "another cloud, not registered"
    );
    assert!(of("https://evil.example/").is_err());
    assert!(of("").is_err());
    let mut foreign = client();
    foreign.redirect_uris = vec!["https://evil.example/".to_owned()];
    assert!(
        destination(
            &parameters(&[("redirect_uri", "https://evil.example/")]),
            &foreign
        )
        .is_err()
    );
}

#[test]
fn clouds_have_their_own_issuers() {
    for (cloud, uri) in Cloud::ALL.into_iter().zip(ENTRA_REDIRECT_URIS) {
        assert_eq!(Cloud::of_redirect_uri(uri), Some(cloud));
        assert!(uri.contains(cloud.host()), "{uri}");
        let issuer = format!("https://{}/{TENANT}/v2.0", cloud.host());
        assert_eq!(cloud.tenant_of(&issuer), Some(TENANT));
    }
    for issuer in [
        "https://login.microsoftonline.com/v2.0",
        "https://login.microsoftonline.com//v2.0",
        "https://login.microsoftonline.com/a/b/v2.0",
        "https://login.microsoftonline.com.evil.example/a/v2.0",
        "https://login.microsoftonline.us/a/v2.0",
        "http://login.microsoftonline.com/a/v2.0",
    ] {
        assert_eq!(Cloud::Global.tenant_of(issuer), None, "{issuer}");
    }
}

#[test]
fn a_hint_is_of_a_registered_tenant_for_this_client_and_not_old() {
    let good = hint(&[]).unwrap();
    assert_eq!((good.tenant.as_str(), good.object.as_str()), (TENANT, "51b2bc06"));
    assert!(
        hint(&[("exp", json!(NOW - AGE_SECONDS + 1))]).is_ok(),
        "nearly expired, or just"
    );
    let other = "00000000-0000-4000-8000-000000000000";
    for (name, value) in [
        ("exp", json!(NOW - AGE_SECONDS)),
        ("exp", Value::Null),
        ("nbf", json!(NOW + 3600)),
        ("aud", json!("other")),
        ("aud", json!(["entra", "other"])),
        ("tid", json!(other)),
        (
            "iss",
            json!(format!("https://login.microsoftonline.com/{other}/v2.0")),
        ),
        (
            "iss",
            json!(format!("https://login.microsoftonline.us/{TENANT}/v2.0")),
        ),
        ("oid", Value::Null),
        ("oid", json!("")),
        ("sub", json!("x".repeat(300))),
    ] {
        assert!(hint(&[(name, value.clone())]).is_err(), "{name} {value}");
    }
}

#[test]
fn one_acr_and_one_amr_of_those_that_were_asked_for() {
    let asked = |acr: &str, amr: &[&str]| ExternalDemand {
        acr: vec![acr.to_owned()],
        amr: amr.iter().map(|text| (*text).to_owned()).collect(),
        nonce: "n".to_owned(),
    };
    let method = |acr: &str, amr: &[&str], face| {
        let authentication = authentication(face, &[Amr::Mca, Amr::Swk, Amr::User, Amr::Otp]);
        asked(acr, amr).met_by(&authentication).map(|method| method.amr)
    };
    let all = ["face", "hwk", "swk", "otp", "pop"];
    assert_eq!(method("possessionorinherence", &all, false), Some("swk"));
    assert_eq!(method("possessionorinherence", &all, true), Some("face"));
    assert_eq!(method("possession", &all, true), Some("swk"));
    assert_eq!(method("knowledgeorinherence", &all, false), None);
    assert_eq!(method("inherence", &[], true), Some("face"));
    assert_eq!(method("knowledge", &[], true), None);
    assert_eq!(method("possession", &["hwk", "pop"], false), Some("pop"));
    assert_eq!(method("possession", &["sms"], false), None);
    assert_eq!(method("urn:possession", &[], false), None);
    assert!(asked("inherence", &[]).is_possible() && !asked("knowledge", &[]).is_possible());
}

#[test]
fn the_answer_repeats_the_hints_subject_and_the_nonce() {
    let (demand, hint) = (demand(&[]).unwrap(), hint(&[]).unwrap());
    let destination = destination(&parameters(&[]), &client()).unwrap();
    let request = ExternalRequest::new(&client(), destination, demand, hint);
    let method = request
        .demand
        .met_by(&authentication(false, &[Amr::Hwk]))
        .unwrap();
    let now = Timestamp::from_unix_seconds(NOW);
    let claims = Value::Object(id_token(
        &request,
        &method,
        "https://seal.example/t/entra-mfa",
        now,
    ));
    let expected = json!({
        "iss": "https://seal.example/t/entra-mfa", "aud": "entra", "sub": "mBfcvuhSHkDWVgV72x2ruIYdSsPSvcj2R0qfc6mGEAA",
        "iat": NOW, "exp": NOW + 300, "nonce": "AwABEgEAAAACAOz_BQD0_8vcXcj2", "acr": "possessionorinherence",
        "amr": ["hwk"],
    });
    assert_eq!(claims, expected);
    let fields = token_fields("a.b.c".to_owned(), request.destination.state.as_deref());
    assert_eq!(
        fields,
        [("id_token", "a.b.c".to_owned()), ("state", "opaque".to_owned())]
    );
    let denied = error_fields(OAuthError::new(ErrorCode::AccessDenied, "declined"), None);
    assert_eq!(denied.first().unwrap(), &("error", "access_denied".to_owned()));
}

proptest::proptest! {
    #[test]
    fn never_panics(data: Vec<u8>, text in "\\PC{0,80}") {
        crate::fuzzing::external_hint(&data);
        crate::fuzzing::external_hint(text.as_bytes());
        let _ = Cloud::Global.tenant_of(&text);
    }
}
