//! Where browsers are sent: 2.1, 2.6, 4.1.3, 4.11.2, 4.12.

use serde_json::json;
use tests::web::{encode, location, parameters};
use tests::{Call, RelyingParty, Web};

use super::{Scene, assert_page, default_server, error};

/// Addresses that an attacker makes of a registered one.
fn near(registered: &str) -> Vec<String> {
    let (before, after) = registered.split_once(".example").unwrap();
    vec![
        format!("{registered}/"),
        format!("{registered}?x=1"),
        format!("{registered}/../callback"),
        format!("{registered}%2f"),
        format!("{before}.example.evil.example{after}"),
        format!("{before}.example:8443{after}"),
        format!("{before}.example@evil.example{after}"),
        registered.replace("https://", "https://evil."),
        registered.replace("https://", "http://"),
        registered.replace("https://", "HTTPS://"),
        registered.replace("callback", "Callback"),
        "https://evil.example/callback".to_owned(),
        "javascript:alert(1)".to_owned(),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_2_1_redirect_uris_are_compared_character_by_character() {
    let mut scene = Scene::confidential().await;
    for address in near(&scene.party.redirect_uri) {
        let changes = [("redirect_uri", address.as_str())];
        for more in ["", "none"] {
            let changes = [changes[0], ("prompt", more)];
            let path = scene.party.authorize(&changes);
            assert_page(&scene.web.open(&path).await);
        }
        let form = scene.party.request(&changes);
        let pushed = Call::new(http::Method::POST, "/oidc/par")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", &scene.party.basic());
        let pushed = scene.server.send(pushed.raw(form)).await;
        assert_eq!(
            (pushed.status.as_u16(), error(&pushed).as_str()),
            (400, "invalid_request")
        );
    }
    let code = scene.code(&[]).await;
    for address in near(&scene.party.redirect_uri) {
        let refused = scene
            .redeem(&scene.party, &code, &[("redirect_uri", &address)])
            .await;
        assert_eq!(error(&refused), "invalid_grant", "{address}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_2_1_of_a_native_clients_loopback_address_the_port_alone_may_differ() {
    let server = default_server().await;
    let members = json!({
        "application_type": "native", "token_endpoint_auth_method": "none",
        "redirect_uris": ["http://127.0.0.1/callback", "com.example.app:/callback"],
    });
    let party = RelyingParty::register_with(&server, members).await;
    let mut web = Web::new(&server);
    for address in [
        "http://127.0.0.1/callback",
        "http://127.0.0.1:51004/callback",
        "com.example.app:/callback",
    ] {
        web.begin(&party.authorize(&[("redirect_uri", address)])).await;
    }
    for address in [
        "http://127.0.0.1:51004/other",
        "http://localhost:51004/callback",
        "http://127.0.0.2/callback",
        "http://127.0.0.1:51004@evil.example/callback",
        "http://127.0.0.1.evil.example/callback",
        "https://127.0.0.1/callback",
        "com.example.app:/other",
        "com.example.app://callback",
    ] {
        assert_page(&web.open(&party.authorize(&[("redirect_uri", address)])).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_2_6_no_authorization_response_travels_over_http() {
    let server = default_server().await;
    let register = |kind: &'static str, address: &'static str| {
        let id = tests::fresh("rp");
        let body = json!({
            "client_id": id, "application_type": kind, "redirect_uris": [address],
            "service": {"url": format!("https://{id}.example")},
        });
        let server = &server;
        async move {
            server
                .administer(Call::post("/admin/clients", &body))
                .await
                .status
                .as_u16()
        }
    };
    for (kind, address, status) in [
        ("web", "https://rp.example/cb", 201),
        ("web", "http://rp.example/cb", 400),
        ("web", "http://127.0.0.1/cb", 400),
        ("web", "https://rp.example/cb#", 400),
        ("native", "http://127.0.0.1/cb", 201),
        ("native", "http://192.0.2.1/cb", 400),
        ("native", "http://rp.example/cb", 400),
        ("native", "javascript:alert(1)", 400),
    ] {
        assert_eq!(register(kind, address).await, status, "{kind} {address}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_2_1_nobody_is_forwarded_to_an_address_of_the_query() {
    let mut scene = Scene::confidential().await;
    let evil = "https://evil.example/";
    let unregistered = encode(&[("client_id", &scene.party.id), ("post_logout_redirect_uri", evil)]);
    assert_page(&scene.web.open(&format!("/oidc/end-session?{unregistered}")).await);
    let anonymous = encode(&[("post_logout_redirect_uri", evil), ("state", "x")]);
    let signed_out = scene.web.open(&format!("/oidc/end-session?{anonymous}")).await;
    assert_eq!(
        (signed_out.status.as_u16(), location(&signed_out)),
        (200, String::new())
    );
    assert!(!signed_out.text().contains("evil.example"));
    for name in [
        "return_to",
        "next",
        "url",
        "redirect",
        "post_logout_redirect_uri",
        "target_link_uri",
    ] {
        let page = scene.web.begin(&scene.party.authorize(&[(name, evil)])).await;
        assert!(
            !scene.web.open(&page).await.text().contains("evil.example"),
            "{name}"
        );
    }
    // Neither is the server itself: RFC 9101 10.4.
    let fetched = scene.authorize(&[("request_uri", evil)]).await;
    assert_eq!(fetched["error"], "request_uri_not_supported");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_11_2_nobody_is_redirected_for_a_client_or_address_that_is_not_known() {
    let mut scene = Scene::confidential().await;
    let address = scene.party.redirect_uri.clone();
    let other = scene.other().await;
    for changes in [
        &[("client_id", "nobody")][..],
        &[("client_id", "")],
        &[("client_id", other.id.as_str())],
        &[("redirect_uri", "")],
        &[
            ("redirect_uri", "https://evil.example/"),
            ("response_type", "token"),
        ],
        &[("client_id", "nobody"), ("scope", "nothing"), ("prompt", "none")],
        &[("request_uri", "urn:ietf:params:oauth:request_uri:made-up")],
    ] {
        let page = scene.web.open(&scene.party.authorize(changes)).await;
        assert_page(&page);
        assert!(!page.text().contains("evil.example"), "{changes:?}");
        assert!(!page.text().contains(&format!("href=\"{address}")), "{changes:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_11_2_nobody_is_sent_on_with_a_code_before_they_were_asked() {
    let mut scene = Scene::confidential().await;
    let page = scene.web.begin(&scene.party.authorize(&[])).await;
    let unasked = scene.web.submit(&format!("{page}/continue")).await;
    assert_eq!(location(&unasked), page, "nobody approved");
    let silent = scene.authorize(&[("prompt", "none")]).await;
    assert_eq!(
        silent["error"], "login_required",
        "the exception that the clause makes"
    );
    scene.code(&[]).await;
    // Somebody is signed in; another client's request is another question.
    let other = scene.other().await;
    let page = scene.web.begin(&other.authorize(&[])).await;
    assert!(page.starts_with("/oidc/login/"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_12_every_redirect_is_a_303() {
    let mut scene = Scene::confidential().await;
    let begun = scene.web.open(&scene.party.authorize(&[])).await;
    let posted = Call::new(http::Method::POST, "/oidc/authorize")
        .header("content-type", "application/x-www-form-urlencoded")
        .raw(scene.party.request(&[("prompt", "login")]));
    let parked = scene.web.send(posted).await;
    let resumed = scene.web.open(&location(&parked)).await;
    let page = location(&resumed);
    let waiting = scene.web.submit(&format!("{page}/continue")).await;
    scene
        .web
        .start(&page, scene.phone.wallet.identity().token_id.as_str())
        .await;
    scene.phone.approve(&scene.phone.only().await).await.expect(200);
    let approved = scene.web.submit(&format!("{page}/continue")).await;
    assert!(parameters(&location(&approved)).contains_key("code"));
    let cancelled = scene
        .web
        .begin(&scene.party.authorize(&[("prompt", "login")]))
        .await;
    let cancelled = scene.web.submit(&format!("{cancelled}/cancel")).await;
    let refused = scene
        .web
        .open(&scene.party.authorize(&[("scope", "nothing")]))
        .await;
    let leaving = Call::new(http::Method::POST, "/oidc/end-session")
        .header("content-type", "application/x-www-form-urlencoded")
        .raw("state=x");
    let leaving = scene.web.send(leaving).await;
    for redirect in [
        begun, parked, resumed, waiting, approved, cancelled, refused, leaving,
    ] {
        assert_eq!(redirect.status.as_u16(), 303, "{}", location(&redirect));
        assert!(!location(&redirect).is_empty() && redirect.body.is_empty());
    }
}
