//! Who is told what went wrong: RFC 6749 4.1.2.1.

use tests::web::{location, parameters};
use tests::{RelyingParty, TestServer, Web};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc6749_4_1_2_1_a_bad_client_or_redirect_uri_is_a_page_and_never_a_redirect() {
    let server = TestServer::start().await;
    let party = RelyingParty::register(&server).await;
    let mut web = Web::new(&server);
    let other = format!("{}/", party.redirect_uri);
    for (changes, code) in [
        (&[("client_id", "nobody")][..], "unknown_client"),
        (&[("client_id", "")], "unknown_client"),
        (&[("client_id", "a b")], "unknown_client"),
        (&[("redirect_uri", "")], "invalid_redirect_uri"),
        (
            &[("redirect_uri", "https://evil.example/callback")],
            "invalid_redirect_uri",
        ),
        (&[("redirect_uri", other.as_str())], "invalid_redirect_uri"),
        (
            &[("redirect_uri", "javascript:alert(1)"), ("prompt", "none")],
            "invalid_redirect_uri",
        ),
    ] {
        let answer = web.open(&party.authorize(changes)).await;
        assert_eq!(answer.status.as_u16(), 400, "{changes:?}");
        assert_eq!(location(&answer), "", "{changes:?}");
        assert!(answer.text().contains(code), "{changes:?} {}", answer.text());
        assert!(
            answer
                .header("content-security-policy")
                .contains("frame-ancestors 'none'")
        );
    }
    let twice = format!("{}&client_id={}", party.authorize(&[]), party.id);
    assert_eq!(
        web.open(&twice).await.status.as_u16(),
        400,
        "RFC 6749 3.1: a parameter stands once"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc6749_4_1_2_1_everything_else_goes_back_to_the_client() {
    let server = TestServer::start().await;
    let party = RelyingParty::register(&server).await;
    let mut web = Web::new(&server);
    for (changes, error) in [
        (&[("response_type", "token")][..], "unsupported_response_type"),
        (&[("response_type", "code id_token")], "unsupported_response_type"),
        (&[("response_type", "")], "invalid_request"),
        (&[("response_mode", "web_message")], "invalid_request"),
        (&[("scope", "openid identity:photo")], "invalid_scope"),
        (&[("scope", "")], "invalid_scope"),
        (&[("prompt", "none login")], "invalid_request"),
        (&[("prompt", "none")], "login_required"),
        (&[("max_age", "soon")], "invalid_request"),
        (&[("claims", "[]")], "invalid_request"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("resource", "https://api.example/")], "invalid_target"),
        (
            &[("authorization_details", "[{}]")],
            "invalid_authorization_details",
        ),
        (
            &[("request", "eyJhbGciOiJub25lIn0.e30.")],
            "request_not_supported",
        ),
        (&[("request", "x.y.z")], "invalid_request_object"),
        (
            &[("request_uri", "https://bar.example/request")],
            "request_uri_not_supported",
        ),
        (&[("registration", "{}")], "registration_not_supported"),
        (&[("id_token_hint", "x.y.z")], "invalid_request"),
        (&[("acr_values", "phr")], "unmet_authentication_requirements"),
    ] {
        let answer = web.open(&party.authorize(changes)).await;
        assert_eq!(answer.status.as_u16(), 303, "{changes:?}");
        let answered = parameters(&location(&answer));
        assert_eq!(answered["error"], error, "{changes:?}");
        assert_eq!(answered["state"], "af0ifjsldkj", "{changes:?}");
        assert_eq!(answered["iss"], server.issuer, "RFC 9207 2");
        assert!(!answered.contains_key("code"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_or_client_that_is_switched_off_answers_nobody() {
    let server = TestServer::start().await;
    let party = RelyingParty::register(&server).await;
    let mut web = Web::new(&server);
    let off = serde_json::json!({"enabled": false});
    let switch_off = async |kind: &str| {
        let path = format!("/admin/{kind}/{}", party.id);
        let call = tests::Call::new(http::Method::PATCH, path).json(&off);
        server.administer(call).await.expect(200);
    };
    switch_off("services").await;
    let answered = parameters(&location(&web.open(&party.authorize(&[])).await));
    assert_eq!(answered["error"], "unauthorized_client");
    switch_off("clients").await;
    assert_eq!(web.open(&party.authorize(&[])).await.status.as_u16(), 400);
}
