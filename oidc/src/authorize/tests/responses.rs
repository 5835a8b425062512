//! What goes back.

use idp_types::{ClientId, Timestamp};

use crate::error::{ErrorCode, OAuthError};
use crate::response::{Answer, Delivery, Destination, ResponseMode, deliver, fields, signed_claims};

const ISSUER: &str = "https://seal.example";

fn destination(uri: &str, mode: &str) -> Destination {
    Destination {
        client_id: ClientId::parse("bar").unwrap(),
        redirect_uri: uri.to_owned(),
        response_mode: ResponseMode::parse(mode).unwrap(),
        state: Some("a b&c=d".to_owned()),
    }
}

fn address(uri: &str, mode: &str) -> String {
    let destination = destination(uri, mode);
    match deliver(&destination, fields(&destination, ISSUER, Answer::Code("xyz"))) {
        Delivery::Redirect(address) => address,
        Delivery::Form { .. } => panic!("a form"),
    }
}

#[test]
fn rfc9207_2_iss_stands_in_every_answer_and_state_comes_back_unchanged() {
    assert_eq!(
        address("https://bar.example/cb", "query"),
        "https://bar.example/cb?code=xyz&state=a+b%26c%3Dd&iss=https%3A%2F%2Fseal.example"
    );
    let denied = OAuthError::new(ErrorCode::AccessDenied, "the person declined");
    let fields = fields(
        &destination("https://bar.example/cb", "query"),
        ISSUER,
        Answer::Error(denied),
    );
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["error", "error_description", "state", "iss"]);
}

#[test]
fn rfc6749_3_1_2_a_query_of_the_redirect_uri_is_kept() {
    assert!(
        address("https://bar.example/cb?a=b", "query").starts_with("https://bar.example/cb?a=b&code=xyz&")
    );
    assert!(address("https://bar.example/cb?", "query").starts_with("https://bar.example/cb?code=xyz&"));
    assert!(
        address("https://bar.example/cb?a=b", "fragment").starts_with("https://bar.example/cb?a=b#code=xyz&")
    );
    assert!(address("com.example.app:/cb", "query").starts_with("com.example.app:/cb?code=xyz&"));
}

#[test]
fn form_post_1_0_nothing_stands_in_the_address() {
    let destination = destination("https://bar.example/cb?a=b", "form_post");
    let delivery = deliver(&destination, fields(&destination, ISSUER, Answer::Code("xyz")));
    let Delivery::Form { action, fields } = delivery else {
        panic!("a redirect")
    };
    assert_eq!(action, "https://bar.example/cb?a=b");
    assert_eq!(fields.first(), Some(&("code", "xyz".to_owned())));
}

#[test]
fn jarm_2_1_a_signed_answer_names_issuer_audience_and_end() {
    let destination = destination("https://bar.example/cb", "jwt");
    assert!(destination.response_mode.is_signed());
    let claims = signed_claims(
        &destination,
        ISSUER,
        Answer::Code("xyz"),
        Timestamp::from_unix_seconds(1000),
    );
    let expected =
        serde_json::json!({"iss": ISSUER, "aud": "bar", "exp": 1300, "code": "xyz", "state": "a b&c=d"});
    assert_eq!(serde_json::Value::Object(claims), expected);
}

#[test]
fn every_published_mode_exists() {
    for name in ResponseMode::NAMES {
        let mode = ResponseMode::parse(name).unwrap();
        let written = serde_json::to_string(&mode).unwrap();
        assert_eq!(serde_json::from_str::<ResponseMode>(&written).unwrap(), mode);
    }
}
