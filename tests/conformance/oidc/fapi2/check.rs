//! What every answer has to be: pushed requests, callbacks, tokens, refusals.

use std::collections::BTreeMap;

use idp_jose::Algorithm;
use serde_json::Value;
use tests::Answer;
use tests::token::verify_as;
use tests::web::location;

use super::client::{Party, Scene, text};
use crate::client::{Expected, IdToken, media_type};

/// The parameters of an authorization response.
pub(super) type Parameters = BTreeMap<String, String>;

/// What an authorization response may carry (RFC 6749 4.1.2, RFC 9207 2).
const EXPECTED: [&str; 6] = ["code", "state", "iss", "error", "error_description", "error_uri"];

/// RFC 9126 2.2: where a pushed request is found, and for how many seconds.
#[track_caller]
pub(super) fn pushed(answer: &Answer) -> (String, i64) {
    let body = answer.expect(201);
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(
        answer.header("cache-control").contains("no-store"),
        "RFC 9126 2.2 and 2.3"
    );
    let seconds = body["expires_in"].as_i64().expect("expires_in is a number");
    assert!(
        (5..600).contains(&seconds),
        "FAPI 2.0 5.3.2.2, item 12: less than 600 seconds"
    );
    let uri = text(&body, "request_uri");
    assert!(
        uri.len() >= "urn:ietf:params:oauth:request_uri:".len() + 22,
        "RFC 9126 7.1: 128 bits"
    );
    (uri, seconds)
}

/// An authorization response: to the redirect URI, in the query, with the right issuer and nothing unexpected; a JARM response is opened.
pub(super) async fn callback(scene: &Scene, party: &Party, answer: &Answer) -> Parameters {
    let target = location(answer);
    assert!(
        [302, 303].contains(&answer.status.as_u16()),
        "{} {}",
        answer.status,
        answer.text()
    );
    let redirect_uri = party.registered.redirect_uri.as_str();
    assert!(target.starts_with(&format!("{redirect_uri}?")), "{target}");
    assert!(!target.contains('#'), "nothing is in the fragment");
    let mut answered = tests::web::parameters(&target);
    if scene.is_signed {
        answered = opened(scene, party, &answered).await;
    }
    assert_eq!(answered["iss"], scene.server.issuer, "RFC 9207 2");
    for name in answered.keys() {
        assert!(EXPECTED.contains(&name.as_str()), "{name} is unexpected");
    }
    answered
}

/// JARM 2.4: a JWT alone, for this client, not expired, of an algorithm of the profile.
async fn opened(scene: &Scene, party: &Party, answered: &Parameters) -> Parameters {
    assert_eq!(
        answered.keys().collect::<Vec<_>>(),
        ["response"],
        "everything is inside"
    );
    let token = verify_as(&scene.server, &answered["response"], "JWT", Algorithm::Ps256).await;
    assert_eq!(token.claim("aud"), party.id());
    let now = scene.server.now().unix_seconds();
    let ends = token.claim("exp").as_i64().expect("exp");
    assert!(
        ends > now && ends <= now + 600,
        "JARM 2.1: ten minutes at the most"
    );
    let texts = token.claims.iter().filter_map(|(name, value)| {
        let is_inside = !["aud", "exp", "iat"].contains(&name.as_str());
        is_inside.then(|| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
    });
    texts.collect()
}

/// The code of a response that succeeded, with the state as it was sent.
#[track_caller]
pub(super) fn code(answered: &Parameters, state: Option<&str>) -> String {
    assert_eq!(answered.get("error"), None, "{answered:?}");
    assert_eq!(answered.get("state").map(String::as_str), state, "RFC 6749 4.1.2");
    let code = answered.get("code").expect("a code");
    assert!(code.len() >= 22, "128 bits");
    code.clone()
}

/// A refusal at the authorization endpoint: a page, or a redirect with one of these errors and the state.
pub(super) async fn refused_in_browser(scene: &Scene, party: &Party, answer: &Answer, errors: &[&str]) {
    if location(answer).is_empty() {
        assert!(
            answer.status.is_client_error(),
            "{} {}",
            answer.status,
            answer.text()
        );
        assert!(
            answer.header("content-type").starts_with("text/html"),
            "a person reads it"
        );
        return;
    }
    let answered = callback(scene, party, answer).await;
    assert_eq!(answered.get("code"), None);
    assert!(errors.contains(&answered["error"].as_str()), "{answered:?}");
}

/// A refusal of an endpoint that answers clients (RFC 6749 5.2): one of these errors, with its status.
#[track_caller]
pub(super) fn refused(answer: &Answer, errors: &[&str]) {
    let body = answer.json();
    let error = body["error"].as_str().unwrap_or_default();
    assert!(
        errors.contains(&error),
        "{error} is none of {errors:?}: {} {}",
        answer.status,
        answer.text()
    );
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(answer.header("cache-control").contains("no-store"));
    let statuses: &[u16] = if error == "invalid_client" {
        &[400, 401]
    } else {
        &[400]
    };
    assert!(
        statuses.contains(&answer.status.as_u16()),
        "{} {error}",
        answer.status
    );
    let is_plain = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
    for name in ["error", "error_description"] {
        let text = body[name].as_str().unwrap_or_default();
        assert!(text.chars().all(is_plain), "{name} has other characters: {text}");
    }
}

/// What an ID token has to say beside what all say.
#[derive(Debug, Default)]
pub(super) struct Said<'a> {
    /// The request's nonce.
    pub(super) nonce: Option<&'a str>,
    /// The ID token of the same login, which a refresh repeats.
    pub(super) before: Option<&'a IdToken>,
}

/// The usual nonce of a request.
pub(super) const NONCE: Said<'static> = Said {
    nonce: Some("n-0S6_WzA2Mj"),
    before: None,
};

/// A token response (RFC 6749 5.1, RFC 9449 5) with an ID token of an algorithm of the profile; it is handed back checked.
#[track_caller]
pub(super) fn tokens(scene: &Scene, party: &Party, answer: &Answer, said: &Said<'_>) -> IdToken {
    let body = answer.expect(200);
    assert_eq!(media_type(answer), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(text(&body, "token_type").eq_ignore_ascii_case("dpop"), "{body}");
    assert!(
        body["expires_in"].as_i64().is_some_and(|seconds| seconds > 0),
        "{body}"
    );
    let access_token = text(&body, "access_token");
    assert!(access_token.len() >= 22, "128 bits");
    let is_b64token = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
    assert!(access_token.chars().all(is_b64token), "RFC 6750 2.1");
    let expected = Expected {
        client_id: party.id(),
        algorithm: Algorithm::Ps256,
        nonce: said.nonce,
        access_token: Some(&access_token),
        now: scene.server.now().unix_seconds(),
    };
    let token = scene.provider.id_token(&text(&body, "id_token"), &expected);
    if let Some(before) = said.before {
        for same in ["iss", "sub", "aud", "auth_time", "acr"] {
            assert_eq!(token.claims[same], before.claims[same], "OIDC Core 12.2: {same}");
        }
    }
    token
}

/// The resource answers, for the person of the ID token.
#[track_caller]
pub(super) fn userinfo(answer: &Answer, id_token: &IdToken) -> Value {
    let claims = answer.expect(200);
    assert_eq!(media_type(answer), "application/json");
    assert_eq!(claims["sub"], id_token.claims["sub"], "OIDC Core 5.3.2");
    claims
}

/// The resource refuses.
#[track_caller]
pub(super) fn resource_refused(answer: &Answer, what: &str) {
    assert!(
        [400, 401].contains(&answer.status.as_u16()),
        "{what}: {} {}",
        answer.status,
        answer.text()
    );
    assert!(!answer.header("www-authenticate").is_empty(), "{what}");
}
