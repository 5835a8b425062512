//! What the person's browser does (RFC 8628 3.3), and what keeps strangers out of it (5.1, 5.4, 6.1).

use serde_json::json;
use tests::web::{encode, location};
use tests::{Call, TestServer, Web};

use super::{Scene, TYPES, text};

/// The form, sent from nowhere in particular.
fn form(user_code: &str) -> Call {
    let call = Call::new(http::Method::POST, TYPES);
    let call = call.header("content-type", "application/x-www-form-urlencoded");
    call.raw(encode(&[("user_code", user_code)]))
}

fn is_login(answer: &tests::Answer) -> bool {
    location(answer).starts_with("/oidc/login/int_")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8628_6_1_case_spaces_and_punctuation_make_no_difference() {
    let mut scene = Scene::open().await;
    let codes = scene.ask("openid", &[]).await;
    let lower = codes.user.to_lowercase();
    let bare = codes.user.replace('-', "");
    let spaced = codes.user.replace('-', " ");
    for typed in [lower, bare, spaced, format!("  {} ", codes.user)] {
        assert!(is_login(&scene.type_in(&typed).await), "{typed}");
    }
    for typed in ["", "BBBB-BBBB", "no code at all", "<script>alert(1)</script>"] {
        let answer = scene.type_in(typed).await;
        assert_eq!(answer.status, 400, "{typed}");
        let page = answer.text();
        assert!(
            page.contains("This code is not known") && !page.contains("<script>alert"),
            "{page}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8628_3_3_1_a_code_in_the_address_is_shown_and_does_nothing_by_itself() {
    let mut scene = Scene::open().await;
    let codes = scene.ask("openid", &[]).await;
    let address = format!("{TYPES}?user_code={}&ui_locales=fr", codes.user);
    let page = scene.web.open(&address).await;
    assert_eq!((page.status.as_u16(), location(&page)), (200, String::new()));
    assert_eq!(page.header("content-language"), "fr");
    assert!(page.text().contains(&format!("value=\"{}\"", codes.user)));
    assert!(
        page.header("content-security-policy")
            .contains("frame-ancestors 'none'")
    );
    for strange in ["Call-0800-1234", "%ff", "a=b&user_code=%22%3E%3Cb%3E"] {
        let page = scene.web.open(&format!("{TYPES}?user_code={strange}")).await;
        assert!(page.text().contains("name=\"user_code\" value=\"\""), "{strange}");
    }
    assert_eq!(scene.fetch(&codes).await.refused(), "authorization_pending");
    let pairs = [("user_code", codes.user.as_str()), ("ui_locales", "fr")];
    let begun = scene.web.fill(TYPES, &pairs).await;
    let login = scene.web.open(&location(&begun)).await;
    assert_eq!(login.header("content-language"), "fr");
    assert!(
        !login.header("content-security-policy").contains("https:"),
        "it leads nowhere else"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8628_5_1_guesses_of_a_network_are_limited() {
    let few = TestServer::start_with(|config| config.limits.verify_failures_per_minute = 3).await;
    let mut scene = Scene::on(few, json!({"token_endpoint_auth_method": "none"})).await;
    let codes = scene.ask("openid", &[]).await;
    for _ in 0..3 {
        assert_eq!(scene.type_in("BBBB-BBBB").await.status, 400);
    }
    let right = scene.type_in(&codes.user).await;
    assert_eq!(
        right.status, 429,
        "the right code, too, or the limit would be none"
    );
    assert!(right.text().contains("Too many attempts"));
    assert!(!right.header("retry-after").is_empty());
    scene.server.clock.advance(61);
    assert!(is_login(&scene.type_in(&codes.user).await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8628_5_1_many_networks_together_are_limited() {
    let proxied = TestServer::start_with(|config| {
        config.limits.verify_failures_per_minute = 3;
        config.proxies.trusted = vec!["127.0.0.1/32".parse().expect("a network")];
    });
    let mut scene = Scene::on(proxied.await, json!({"token_endpoint_auth_method": "none"})).await;
    let codes = scene.ask("openid", &[]).await;
    scene.web.open(TYPES).await;
    let mut refused = Vec::new();
    for network in 0..22_usize {
        for user_code in ["BBBB-BBBB", "CCCC-CCCC", codes.user.as_str()] {
            let call = form(user_code).header("sec-fetch-site", "same-origin");
            let from = format!("192.0.2.{network}");
            let answer = scene.web.send(call.header("x-forwarded-for", &from)).await;
            if answer.status == 429 {
                refused.push(network);
            }
        }
    }
    assert_eq!(
        refused,
        [20, 20, 20, 21, 21, 21],
        "three for each network, sixty for all"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8628_5_4_a_session_of_the_browser_allows_nothing() {
    let mut scene = Scene::open().await;
    let shop = tests::RelyingParty::register(&scene.server).await;
    scene.web.login(&shop.authorize(&[]), &scene.phone).await;
    let codes = scene.ask("openid identity:name", &[]).await;
    let page = scene.enter(&codes).await;
    let login = scene.web.open(&page).await.text();
    assert!(
        login.contains(&scene.token_id()),
        "the session says whom to suggest"
    );
    assert_eq!(scene.fetch(&codes).await.refused(), "authorization_pending");
    let early = scene.web.submit(&format!("{page}/continue")).await;
    assert_eq!(location(&early), page, "nobody approved");
    assert_eq!(scene.fetch(&codes).await.refused(), "slow_down");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8628_5_4_the_form_counts_from_our_page_in_a_browser_alone() {
    let mut scene = Scene::open().await;
    let codes = scene.ask("openid", &[]).await;
    let page = scene.web.open(TYPES).await.text();
    assert!(
        page.contains("Continue only if you started this yourself"),
        "{page}"
    );
    for foreign in [
        form(&codes.user).header("sec-fetch-site", "cross-site"),
        form(&codes.user).header("origin", "https://evil.example"),
        form(&codes.user),
    ] {
        assert_eq!(scene.web.send(foreign).await.status, 403);
    }
    let bare = Web::new(&scene.server)
        .fill(TYPES, &[("user_code", &codes.user)])
        .await;
    assert_eq!(bare.status, 403, "without its cookie");
    let json = Call::post(TYPES, &json!({"user_code": codes.user}));
    let json = scene.web.send(json.header("sec-fetch-site", "same-origin")).await;
    assert_eq!(json.status, 400);

    let login = scene.enter(&codes).await;
    let mut stranger = Web::new(&scene.server);
    stranger.open(TYPES).await;
    assert_eq!(stranger.open(&login).await.status, 403, "another browser");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8628_3_3_of_two_browsers_with_one_code_the_first_approval_counts() {
    let mut scene = Scene::open().await;
    let codes = scene.ask("openid", &[]).await;
    let first = scene.enter(&codes).await;
    let mut other = Web::new(&scene.server);
    other.open(TYPES).await;
    let second = location(&other.fill(TYPES, &[("user_code", &codes.user)]).await);
    scene.start(&first).await;
    scene.phone.approve(&scene.phone.only().await).await.expect(200);
    let done = scene.web.submit(&format!("{first}/continue")).await;
    assert_eq!(done.status, 200);
    let body = json!({"tokenId": scene.token_id(), "remember": false});
    let late = other.post_json(&format!("{second}/start"), &body).await;
    late.expect_problem(404, "session_not_found");
    assert!(text(&scene.fetch(&codes).await.expect(200), "id_token").len() > 100);
}
