//! What browsers show and keep: 2.6 (CORS), 4.2.4, 4.3, 4.7.1, 4.16, 4.17.

use http::Method;
use serde_json::json;
use tests::web::location;
use tests::{Answer, Call, Posted, RelyingParty, Web};

use super::{Scene, text};

/// Every kind of page of the sign-in and of the sign-out, by what it is.
async fn pages(scene: &mut Scene) -> Vec<(&'static str, Answer)> {
    let begun = scene.web.begin(&scene.party.authorize(&[])).await;
    let mut pages = vec![("login", scene.web.open(&begun).await)];
    let elsewhere = Web::new(&scene.server).open(&begun).await;
    pages.push(("another browser", elsewhere));
    let unknown = scene.party.authorize(&[("client_id", "nobody")]);
    pages.push(("error", scene.web.open(&unknown).await));
    let posted = [("response_mode", "form_post"), ("prompt", "none")];
    pages.push(("form", scene.web.open(&scene.party.authorize(&posted)).await));
    pages.push(("signed out", scene.web.open("/oidc/end-session").await));
    scene.code(&[]).await;
    pages.push(("question", scene.web.open("/oidc/end-session").await));
    pages.push(("device", scene.web.open("/oidc/device").await));
    pages
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_16_no_page_can_be_framed() {
    let mut scene = Scene::confidential().await;
    for (name, page) in pages(&mut scene).await {
        assert!(
            page.header("content-type").starts_with("text/html"),
            "{name} {}",
            page.text()
        );
        assert_eq!(page.header("x-frame-options"), "DENY", "{name}");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'"), "{name}: {policy}");
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("unsafe-eval"),
            "{name}: {policy}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_2_4_no_page_tells_others_where_it_was_or_loads_anything_of_theirs() {
    let mut scene = Scene::confidential().await;
    let sent_back = location(
        &scene
            .web
            .open(&scene.party.authorize(&[("prompt", "none")]))
            .await,
    );
    assert!(sent_back.contains("login_required"));
    for (name, page) in pages(&mut scene).await {
        assert_eq!(page.header("referrer-policy"), "no-referrer", "{name}");
        assert_eq!(page.header("cache-control"), "no-store", "{name}");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{name}: {policy}");
        let sources = policy
            .split(';')
            .filter(|part| !part.trim().starts_with("form-action"));
        assert!(
            sources.clone().all(|part| !part.contains("http")),
            "{name}: {policy}"
        );
        let text = page.text();
        for attribute in ["src=\"", "href=\"", "srcset=\""] {
            for value in text.split(attribute).skip(1) {
                let value = value.split('"').next().unwrap();
                let is_ours =
                    value.starts_with('/') && !value.starts_with("//") || value.starts_with(['#', 'd']);
                assert!(is_ours, "{name}: {attribute}{value}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_3_1_a_code_can_travel_outside_of_addresses() {
    let mut scene = Scene::confidential().await;
    let path = scene.party.authorize(&[("response_mode", "form_post")]);
    let answer = scene.web.login(&path, &scene.phone).await;
    let posted = Posted::of(&answer);
    assert_eq!(posted.action, scene.party.redirect_uri);
    assert!(posted.field("code").is_some() && location(&answer).is_empty());
    assert_eq!(answer.header("cache-control"), "no-store");
    let metadata = scene.metadata().await;
    let modes = metadata["response_modes_supported"].as_array().unwrap();
    assert!(modes.contains(&json!("form_post")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_3_2_no_access_token_is_taken_from_an_address() {
    let mut scene = Scene::confidential().await;
    let tokens = scene.tokens("openid").await;
    let access_token = text(&tokens, "access_token");
    let path = format!("/oidc/userinfo?access_token={access_token}");
    for method in [Method::GET, Method::POST] {
        let refused = scene.server.send(Call::new(method, &path)).await;
        assert_eq!(refused.status.as_u16(), 401);
        assert!(refused.header("www-authenticate").starts_with("Bearer"));
    }
    scene.userinfo(&access_token).await.expect(200);
    let secret = scene.party.secret.as_deref().unwrap();
    let path = format!(
        "/oidc/token?grant_type=client_credentials&client_id={}&client_secret={secret}",
        scene.party.id
    );
    let refused = scene.server.send(Call::new(Method::POST, path)).await;
    assert!(refused.status.is_client_error() && !refused.text().contains("access_token"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_7_1_state_comes_back_and_no_other_site_speaks_for_the_person() {
    let mut scene = Scene::confidential().await;
    let state = "x&code=injected #\u{fc}";
    let answered = scene.authorize(&[("state", state)]).await;
    assert_eq!(answered["state"], state);
    assert_ne!(answered["code"], "injected");
    let refused = scene.authorize(&[("state", state), ("scope", "nothing")]).await;
    assert_eq!(refused["state"], state);

    let page = scene
        .web
        .begin(&scene.party.authorize(&[("prompt", "login")]))
        .await;
    for button in ["continue", "cancel"] {
        let path = format!("{page}/{button}");
        let forged = scene.web.send_form(&path, &[], "cross-site").await;
        assert_eq!(forged.status.as_u16(), 403, "{button}");
        let elsewhere = Web::new(&scene.server).submit(&path).await;
        assert_eq!(elsewhere.status.as_u16(), 403, "{button}");
    }
    let forged = scene
        .web
        .send_form(
            "/oidc/end-session/confirm",
            &[("decision", "logout")],
            "cross-site",
        )
        .await;
    assert_eq!(forged.status.as_u16(), 403);
    assert!(
        scene.authorize(&[("prompt", "none")]).await.contains_key("code"),
        "still signed in"
    );
    for cookie in scene.web.cookies().split("; ") {
        assert!(cookie.starts_with("__Host-"), "{cookie}");
    }
}

/// What a browser may read of an answer that a page of this origin asked for.
async fn allowed(scene: &Scene, method: &Method, path: &str, origin: &str) -> String {
    let call = Call::new(method.clone(), path)
        .header("origin", origin)
        .header("access-control-request-method", "POST");
    let answer = scene.server.send(call).await;
    assert!(
        answer.header("access-control-allow-credentials").is_empty(),
        "{path}"
    );
    answer.header("access-control-allow-origin")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_2_6_cors_is_for_what_scripts_call_and_not_for_the_authorization_endpoint() {
    let mut scene = Scene::public().await;
    let origin = format!("https://{}.example", scene.party.id);
    let members = json!({"token_endpoint_auth_method": "none", "origins": [origin]});
    scene.party = RelyingParty::register_with(&scene.server, members).await;
    let page = scene.web.begin(&scene.party.authorize(&[])).await;
    for path in [
        scene.party.authorize(&[]).as_str(),
        "/t/plain/oidc/authorize",
        "/oidc/authorize/resume/x",
        &page,
        &format!("{page}/start"),
        &format!("{page}/status"),
        "/oidc/end-session",
        "/oidc/device",
        "/oidc/par",
    ] {
        for method in [Method::OPTIONS, Method::GET, Method::POST] {
            assert_eq!(
                allowed(&scene, &method, path, &origin).await,
                "",
                "{method} {path}"
            );
        }
    }
    for path in ["/oidc/token", "/oidc/userinfo", "/oidc/revoke"] {
        assert_eq!(allowed(&scene, &Method::OPTIONS, path, &origin).await, origin);
        assert_eq!(
            allowed(&scene, &Method::OPTIONS, path, "https://evil.example").await,
            ""
        );
    }
    for path in ["/.well-known/openid-configuration", "/.well-known/jwks.json"] {
        assert_eq!(
            allowed(&scene, &Method::GET, path, "https://any.example").await,
            "*"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_17_no_answer_is_handed_to_another_window() {
    let mut scene = Scene::confidential().await;
    let metadata = scene.metadata().await;
    let modes = metadata["response_modes_supported"].as_array().unwrap();
    assert!(
        modes
            .iter()
            .all(|mode| !mode.as_str().unwrap().contains("message"))
    );
    for mode in ["web_message", "post_message", "web_message.jwt"] {
        let refused = scene.authorize(&[("response_mode", mode)]).await;
        assert_eq!(refused["error"], "invalid_request", "{mode}");
    }
    let login = scene.web.begin(&scene.party.authorize(&[])).await;
    let login = scene.web.open(&login).await.text();
    let scripts = login
        .split("<script ")
        .skip(1)
        .filter_map(|script| script.split("src=\"").nth(1));
    let scripts: Vec<&str> = scripts.filter_map(|script| script.split('"').next()).collect();
    assert!(!scripts.is_empty());
    for path in scripts {
        let script = scene.server.send(Call::get(path)).await;
        assert_eq!(script.status.as_u16(), 200, "{path}");
        assert!(
            !script.text().contains("postMessage") && !script.text().contains("opener"),
            "{path}"
        );
    }
}
