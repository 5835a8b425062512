//! Redemption of codes.

use idp_types::{ClientId, Timestamp};

use super::super::*;
use super::{REDIRECT, VERIFIER, at, client, code_grant, form};
use crate::authorize::CodeGrant;

fn good_code() -> String {
    format!("code=c&redirect_uri={REDIRECT}&code_verifier={VERIFIER}")
}

fn redeem(body: &str, grant: &CodeGrant, presenter: Presenter<'_>, now: Timestamp) -> Result<(), OAuthError> {
    let parameters = form(body);
    check_code(&CodeRequest::read(&parameters)?, grant, &client(), presenter, now)
}

#[test]
fn rfc6749_4_1_3_a_code_is_bound_to_client_time_and_redirect_uri() {
    let check = |body: &str, grant: &CodeGrant, now| redeem(body, grant, Presenter::default(), now);
    assert_eq!(check(&good_code(), &code_grant(), at(59)), Ok(()));
    assert_eq!(check(&good_code(), &code_grant(), at(60)), Err(UNKNOWN_CODE));
    let foreign = CodeGrant {
        client_id: ClientId::parse("other").unwrap(),
        ..code_grant()
    };
    assert_eq!(check(&good_code(), &foreign, at(0)), Err(UNKNOWN_CODE));
    for redirect in [
        "",
        "&redirect_uri=https://rp.example/cb/",
        "&redirect_uri=https://rp.example/CB",
    ] {
        let body = format!("code=c&code_verifier={VERIFIER}{redirect}");
        let error = check(&body, &code_grant(), at(0)).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidGrant, "{redirect}");
    }
    let missing = check("redirect_uri=x", &code_grant(), at(0)).unwrap_err();
    assert_eq!(missing.code, ErrorCode::InvalidRequest);
    assert_eq!(
        check(&format!("code={}", "x".repeat(257)), &code_grant(), at(0)),
        Err(UNKNOWN_CODE)
    );
}

#[test]
fn rfc7636_4_6_the_verifier_answers_the_challenge() {
    let check = |verifier: &str, grant: &CodeGrant| {
        let body = format!("code=c&redirect_uri={REDIRECT}{verifier}");
        redeem(&body, grant, Presenter::default(), at(0))
    };
    let wrong = format!("&code_verifier={}", VERIFIER.replace('d', "e"));
    for verifier in ["", "&code_verifier=short", wrong.as_str()] {
        let error = check(verifier, &code_grant()).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidGrant, "{verifier}");
    }
    let plain = CodeGrant {
        code_challenge: None,
        ..code_grant()
    };
    assert!(check("", &plain).is_ok());
    let stripped = check(&format!("&code_verifier={VERIFIER}"), &plain);
    assert_eq!(
        stripped.unwrap_err().code,
        ErrorCode::InvalidGrant,
        "RFC 9700 4.8.2"
    );
}

#[test]
fn rfc9449_10_the_code_is_bound_to_the_key_of_the_request() {
    let bound = CodeGrant {
        dpop_jkt: Some("key".to_owned()),
        ..code_grant()
    };
    let check = |jkt| {
        redeem(
            &good_code(),
            &bound,
            Presenter {
                jkt,
                certificate: None,
            },
            at(0),
        )
    };
    assert_eq!(check(Some("key")), Ok(()));
    assert!(check(Some("other")).is_err());
    assert!(check(None).is_err());
}

#[test]
fn a_code_names_what_it_gave() {
    assert_eq!(grant_of_code("a"), grant_of_code("a"));
    assert_ne!(grant_of_code("a"), grant_of_code("b"));
    assert_eq!(grant_of_code("a").as_str().len(), "grant_".len() + 22);
}
