//! The checks of CIBA 7, each by its clause.

use idp_jose::jwe::EcdhSecretKey;
use idp_jose::{Algorithm, Jwk, JwkSet, PublicKey, SignatureError, Verifier};
use idp_types::encoding::base64url;
use idp_types::{AtomicScope, ClientId, ServiceId, Timestamp, TokenId};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::signed_request::{self, Circumstances};
use super::{BackchannelRequest, Hint, Opened};
use crate::client::{CibaDelivery, Client, ClientProfile, GrantType, SigningAlgorithm};
use crate::error::{ErrorCode, OAuthError};
use crate::parameters::Parameters;

const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://seal.example";

fn client() -> Client {
    let id = ClientId::parse("till").unwrap();
    let mut client = Client::new(
        id,
        ServiceId::parse("till").unwrap(),
        Timestamp::from_unix_seconds(0),
    );
    client.grant_types = vec![GrantType::Ciba];
    client.allowed_scopes = vec!["openid".to_owned(), "identity:name".to_owned()];
    client.ciba_delivery = Some(CibaDelivery::Poll);
    client
}

fn parameters(more: &[(&str, &str)]) -> Parameters {
    let mut parameters = Parameters::default();
    parameters.set("scope", vec!["openid identity:name".to_owned()]);
    parameters.set("login_hint", vec!["jean".to_owned()]);
    for (name, value) in more {
        parameters.set(name, vec![(*value).to_owned()]);
    }
    parameters
}

fn read(more: &[(&str, &str)]) -> Result<BackchannelRequest, OAuthError> {
    BackchannelRequest::read(&parameters(more), &client())
}

fn refused(more: &[(&str, &str)]) -> ErrorCode {
    read(more).unwrap_err().code
}

#[test]
fn ciba_7_1_a_request_is_read() {
    let request = read(&[
        ("binding_message", "Table 7, 12.50"),
        ("requested_expiry", "30"),
        ("client_notification_token", "ignored by who polls"),
    ])
    .unwrap();
    assert_eq!(request.hint, Hint::TokenId(TokenId::parse("jean").unwrap()));
    assert_eq!(request.binding_message.as_deref(), Some("Table 7, 12.50"));
    assert!(request.asked().contains(AtomicScope::Name));
    assert_eq!((request.expires_in(60), request.expires_in(20)), (30, 20));
    assert_eq!(request.notification_token, None);
    assert_eq!(format!("{request:?}"), "BackchannelRequest(..)");
}

#[test]
fn ciba_7_1_scope_has_openid_and_stays_within_the_clients() {
    assert_eq!(refused(&[("scope", "identity:name")]), ErrorCode::InvalidScope);
    assert_eq!(refused(&[("scope", "")]), ErrorCode::InvalidScope);
    assert_eq!(
        refused(&[("scope", "openid identity:photo")]),
        ErrorCode::InvalidScope
    );
    assert!(read(&[("scope", "identity:name openid")]).is_ok());
}

#[test]
fn ciba_7_2_exactly_one_hint() {
    assert_eq!(refused(&[("login_hint", "")]), ErrorCode::InvalidRequest);
    assert_eq!(refused(&[("id_token_hint", "a.b.c")]), ErrorCode::InvalidRequest);
    let token = [("login_hint", ""), ("login_hint_token", "a.b.c")];
    assert_eq!(refused(&token), ErrorCode::InvalidRequest);
    let id_token = read(&[("login_hint", ""), ("id_token_hint", "a.b.c")]).unwrap();
    assert_eq!(id_token.hint, Hint::IdToken("a.b.c".to_owned()));
    assert_eq!(
        refused(&[("login_hint", "not a token id!")]),
        ErrorCode::UnknownUserId
    );
}

#[test]
fn ciba_13_binding_messages_are_short_and_plain() {
    for good in ["1", "W4SCT", "Überweisung 12,50", "机场 7", &"a".repeat(64)] {
        assert!(read(&[("binding_message", good)]).is_ok(), "{good}");
    }
    for bad in [
        "a\nb",
        " a",
        "a\u{202e}b",
        "<b>",
        "👍🏿",
        "a\u{200b}b",
        &"a".repeat(65),
    ] {
        let refused = refused(&[("binding_message", bad)]);
        assert_eq!(refused, ErrorCode::InvalidBindingMessage, "{bad}");
    }
}

#[test]
fn ciba_7_1_requested_expiry_is_a_positive_number() {
    for bad in ["0", "-1", "+1", "1.5", "soon", "99999999999"] {
        assert_eq!(
            refused(&[("requested_expiry", bad)]),
            ErrorCode::InvalidRequest,
            "{bad}"
        );
    }
}

#[test]
fn ciba_7_1_who_is_told_gives_a_token_for_it() {
    let mut client = client();
    client.ciba_delivery = Some(CibaDelivery::Ping);
    let read =
        |token: &str| BackchannelRequest::read(&parameters(&[("client_notification_token", token)]), &client);
    assert!(read("8d67dc78-7faa-4d41-aabd-67707b374255").is_ok());
    for bad in ["", "a b", "a\"b", &"a".repeat(1025)] {
        assert_eq!(read(bad).unwrap_err().code, ErrorCode::InvalidRequest, "{bad}");
    }
}

/// Takes every signature for good but one.
struct Credulous;

impl Verifier for Credulous {
    fn verify(&self, _: Algorithm, _: &PublicKey, _: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        if signature.first() == Some(&0xff) {
            return Err(SignatureError::Invalid);
        }
        Ok(())
    }
}

fn keys() -> JwkSet {
    let key = EcdhSecretKey::from_scalar(&[7; 32]).unwrap();
    JwkSet::new(vec![Jwk::new(key.public_key().clone())])
}

fn object(alg: &str, more: &Value, signature: &[u8]) -> String {
    let mut claims = json!({
        "iss": "till", "aud": ISSUER, "exp": NOW + 300, "iat": NOW, "nbf": NOW, "jti": "1",
        "scope": "openid", "login_hint": "jean", "requested_expiry": 30,
    });
    let members = claims.as_object_mut().unwrap();
    members.extend(more.as_object().cloned().unwrap());
    members.retain(|_, value| !value.is_null());
    let header = json!({"alg": alg}).to_string();
    let parts = [header.as_bytes(), claims.to_string().as_bytes(), signature].map(base64url);
    parts.join(".")
}

fn open_as(client: &Client, object: &str, beside: &[(&str, &str)]) -> Result<Opened, OAuthError> {
    let mut parameters = Parameters::default();
    for (name, value) in beside {
        parameters.set(name, vec![(*value).to_owned()]);
    }
    let circumstances = Circumstances {
        verifier: &Credulous,
        keys: &keys(),
        issuer: ISSUER,
        now: Timestamp::from_unix_seconds(NOW),
    };
    signed_request::open(&parameters, object, client, circumstances)
}

fn open(more: &Value) -> Result<Opened, OAuthError> {
    open_as(
        &client(),
        &object("ES256", more, &[1; 64]),
        &[("client_assertion", "x")],
    )
}

#[test]
fn ciba_7_1_1_a_signed_request_is_opened() {
    let opened = open(&json!({})).unwrap();
    assert_eq!(
        (opened.id.as_str(), opened.expires_at.unix_seconds()),
        ("1", NOW + 300)
    );
    let request = BackchannelRequest::read(&opened.parameters, &client()).unwrap();
    assert_eq!(request.requested_expiry, Some(30));
    let text = open(&json!({"requested_expiry": "20", "aud": ["https://a.example", ISSUER]})).unwrap();
    let request = BackchannelRequest::read(&text.parameters, &client()).unwrap();
    assert_eq!(request.requested_expiry, Some(20));
}

#[test]
fn fapi_ciba_5_2_2_every_claim_of_a_signed_request_counts() {
    for bad in [
        json!({"iss": null}),
        json!({"iss": "other"}),
        json!({"aud": null}),
        json!({"aud": "https://other.example"}),
        json!({"exp": null}),
        json!({"exp": NOW - 1}),
        json!({"exp": NOW + 70 * 60}),
        json!({"iat": null}),
        json!({"iat": NOW + 600}),
        json!({"nbf": null}),
        json!({"nbf": NOW + 600, "exp": NOW + 900}),
        json!({"nbf": NOW - 70 * 60}),
        json!({"jti": null}),
        json!({"jti": ""}),
        json!({"scope": true}),
    ] {
        assert_eq!(open(&bad).unwrap_err().code, ErrorCode::InvalidRequest, "{bad}");
    }
}

#[test]
fn ciba_7_1_1_signed_by_the_client_and_nothing_beside_it() {
    let good = object("ES256", &json!({}), &[1; 64]);
    let open_beside = |beside| open_as(&client(), &good, &[(beside, "x")]).is_ok();
    assert!(open_beside("client_id") && !open_beside("scope") && !open_beside("binding_message"));
    for bad in [
        object("none", &json!({}), &[]),
        object("HS256", &json!({}), &[1; 32]),
        object("ES256", &json!({}), &[0xff; 64]),
        object("RS256", &json!({}), &[1; 256]),
    ] {
        assert_eq!(
            open_as(&client(), &bad, &[]).unwrap_err().code,
            ErrorCode::InvalidRequest
        );
    }
    let mut other = client();
    other.backchannel_authentication_request_signing_alg = Some(SigningAlgorithm::Ps256);
    assert!(
        open_as(&other, &good, &[]).is_err(),
        "another algorithm than the registered one"
    );
}

#[test]
fn fapi_ciba_5_2_2_who_must_sign() {
    let mut own = client();
    assert!(!signed_request::must_sign(&own));
    for profile in [ClientProfile::Fapi2, ClientProfile::FapiCiba] {
        own.profile = profile;
        assert!(signed_request::must_sign(&own));
    }
    own = client();
    own.backchannel_authentication_request_signing_alg = Some(SigningAlgorithm::Es256);
    assert!(signed_request::must_sign(&own));
}

proptest! {
    #[test]
    fn a_message_that_is_accepted_is_one_plain_line(message in "\\PC{0,80}|.{0,80}") {
        let read = BackchannelRequest::read(&parameters(&[("binding_message", &message)]), &client());
        if let Ok(request) = read {
            let shown = request.binding_message.unwrap_or_default();
            prop_assert!(shown.chars().count() <= 64 && !shown.chars().any(char::is_control));
        }
    }
}
