//! The rules of RFC 8628, each by its clause.

use idp_types::{Aal, ClientId, DeviceId, ScopeSet, ServiceId, SessionId, Timestamp, TokenId, TrustLevel};
use proptest::prelude::*;

use super::*;
use crate::authentication::Authentication;
use crate::client::{Client, GrantType};
use crate::error::{ErrorCode, OAuthError};
use crate::parameters::Parameters;
use crate::polled::PolledRequest;
use crate::polling::Pace;

fn client() -> Client {
    let id = ClientId::parse("tv").unwrap();
    let mut client = Client::new(id, ServiceId::parse("tv").unwrap(), Timestamp::default());
    client.grant_types = vec![GrantType::DeviceCode];
    client.allowed_scopes = vec!["openid".to_owned(), "identity:name".to_owned()];
    client.resources = vec!["https://api.tv.example/".to_owned()];
    client
}

fn read(body: &str) -> Result<DeviceRequest, OAuthError> {
    DeviceRequest::read(&Parameters::parse(body.as_bytes()).unwrap(), &client())
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_800_000_000 + seconds)
}

fn transaction(body: &str) -> DeviceTransaction {
    let asked = read(body).unwrap();
    DeviceTransaction::new(PolledRequest {
        client_id: client().client_id,
        service_id: client().service_id,
        scope: asked.scope,
        requirements: asked.requirements,
        resources: asked.resources,
        expires_at: at(600),
        pace: Pace::default(),
    })
}

fn session(id: &str) -> SessionId {
    SessionId::parse(id).unwrap()
}

fn authentication() -> Authentication {
    Authentication {
        token_id: TokenId::parse("jean").unwrap(),
        first_token_id: TokenId::parse("jean").unwrap(),
        device_id: DeviceId::parse("phone").unwrap(),
        auth_time: at(10),
        trust_level: TrustLevel::Substantial,
        face_vouched: false,
        aal: Aal::One,
        amr: Vec::new(),
        granted: ScopeSet::EMPTY,
        evidence: None,
    }
}

#[test]
fn rfc8628_3_1_a_request_is_read_within_the_clients_ceiling() {
    let request = read("scope=openid+identity%3Aname&resource=https%3A%2F%2Fapi.tv.example%2F").unwrap();
    assert!(request.scope.has("identity:name"));
    assert_eq!(request.resources, ["https://api.tv.example/"]);
    for (body, code) in [
        ("", ErrorCode::InvalidScope),
        ("scope=identity%3Aphoto", ErrorCode::InvalidScope),
        (
            "scope=openid&resource=https%3A%2F%2Felsewhere.example",
            ErrorCode::InvalidTarget,
        ),
        (
            "scope=openid&acr_values=phr",
            ErrorCode::UnmetAuthenticationRequirements,
        ),
        (
            "scope=openid&authorization_details=[]",
            ErrorCode::InvalidAuthorizationDetails,
        ),
    ] {
        assert_eq!(read(body).unwrap_err().code, code, "{body}");
    }
}

#[test]
fn rfc8628_6_1_a_code_is_typed_as_the_person_likes() {
    let code = UserCode::parse("WDJB-MJHT").unwrap();
    for typed in [
        "wdjbmjht",
        " WDJB MJHT ",
        "wdjb–mjht",
        "W.D.J.B.M.J.H.T",
        "Wdjb-Mjht\n",
    ] {
        assert_eq!(UserCode::parse(typed), Some(code.clone()), "{typed}");
    }
    assert_eq!(
        (code.to_string().as_str(), code.as_str()),
        ("WDJB-MJHT", "WDJBMJHT")
    );
    assert_eq!(format!("{code:?}"), "UserCode(..)");
    for typed in [
        "",
        "WDJB",
        "WDJB-MJHTB",
        "AEIO-UAEI",
        "0000-0000",
        &"-".repeat(100),
    ] {
        assert_eq!(UserCode::parse(typed), None, "{typed}");
    }
}

#[test]
fn rfc8628_3_3_what_the_person_decides_first_counts() {
    let (one, other) = (session("sess_one"), session("sess_other"));
    let mut approved = transaction("scope=openid");
    assert_eq!(approved.standing(at(0)), Standing::Open);
    approved.ask(&one);
    assert_eq!(approved.asking(), Some(&one));
    approved.approve(&one, &authentication(), at(10));
    approved.approve(&other, &authentication(), at(11));
    approved.deny(at(12));
    approved.ask(&other);
    assert_eq!(approved.standing(at(13)), Standing::Approved(one.clone()));
    assert_eq!(approved.asking(), None);

    let mut denied = transaction("scope=openid");
    denied.deny(at(10));
    denied.approve(&one, &authentication(), at(11));
    assert_eq!(denied.standing(at(700)), Standing::Denied);
}

#[test]
fn rfc8628_3_2_both_codes_end_together() {
    let one = session("sess_one");
    let mut late = transaction("scope=openid");
    late.approve(&one, &authentication(), at(600));
    late.deny(at(600));
    assert_eq!(late.standing(at(600)), Standing::Expired);
    assert_eq!(late.request.waiting(at(600)).code, ErrorCode::ExpiredToken);
    let mut in_time = transaction("scope=openid");
    in_time.approve(&one, &authentication(), at(599));
    assert_eq!(in_time.standing(at(600)), Standing::Expired);
}

#[test]
fn who_does_not_meet_the_demanded_acr_has_not_approved() {
    let mut demanding = transaction("scope=openid&acr_values=urn%3Aidtokenseal%3Aaal%3A2");
    demanding.approve(&session("sess_one"), &authentication(), at(10));
    assert_eq!(demanding.standing(at(11)), Standing::Denied);
}

#[test]
fn rfc8628_3_4_a_request_is_its_clients_alone() {
    let own = transaction("scope=openid");
    assert_eq!(own.request.check_client(&client(), UNKNOWN), Ok(()));
    let mut other = client();
    other.client_id = ClientId::parse("radio").unwrap();
    assert_eq!(own.request.check_client(&other, UNKNOWN), Err(UNKNOWN));
    assert_ne!(grant_of("a"), grant_of("b"));
}

proptest! {
    #[test]
    fn codes_survive_being_shown_and_typed(random: [u8; 16]) {
        let code = UserCode::from_random(random);
        prop_assert_eq!(UserCode::parse(&code.to_string()), Some(code.clone()));
        prop_assert_eq!(UserCode::parse(&code.as_str().to_lowercase()), Some(code));
    }

    #[test]
    fn reading_never_panics(data in proptest::collection::vec(any::<u8>(), 0..256), text in "\\PC{0,80}") {
        crate::fuzzing::device_request(&data);
        crate::fuzzing::device_request(text.as_bytes());
    }
}
