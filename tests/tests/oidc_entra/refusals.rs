//! Who gets nothing.

use serde_json::{Value, json};
use tests::web::location;
use tests::{Call, Posted, Web};

use super::{Scene, Signer, TENANT};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hints_of_others_are_refused_before_any_phone_is_asked() {
    let scene = Scene::open().await;
    let mut web = Web::new(&scene.server);
    let mut hints = Vec::new();
    let now = scene.server.now().unix_seconds();
    for (name, value) in [
        ("aud", json!("other")),
        ("tid", json!("00000000-0000-4000-8000-000000000000")),
        (
            "iss",
            json!("https://login.microsoftonline.com/00000000-0000-4000-8000-000000000000/v2.0"),
        ),
        (
            "iss",
            json!(format!("https://login.microsoftonline.us/{TENANT}/v2.0")),
        ),
        ("exp", json!(now - 700)),
        ("oid", Value::Null),
    ] {
        let mut claims = scene.hint_claims();
        claims[name] = value;
        hints.push(scene.microsoft.sign(&claims));
    }
    hints.push(Signer::new("ms-1").sign(&scene.hint_claims()));
    hints.push(Signer::new("unknown").sign(&scene.hint_claims()));
    hints.push("no.token.".to_owned());
    for hint in hints {
        let refused = Posted::of(
            &scene
                .post(&mut web, scene.form(&[("id_token_hint", &hint)]))
                .await,
        );
        assert_eq!(refused.field("error"), Some("invalid_request"));
        assert_eq!(refused.field("id_token"), None);
    }
    let knowledge = r#"{"id_token":{"acr":{"essential":true,"values":["knowledge"]}}}"#;
    for (changes, error) in [
        ([("claims", knowledge)], "access_denied"),
        ([("response_type", "id_token token")], "unsupported_response_type"),
        ([("response_mode", "fragment")], "invalid_request"),
        ([("nonce", "")], "invalid_request"),
        ([("scope", "profile")], "invalid_scope"),
    ] {
        let refused = Posted::of(&scene.post(&mut web, scene.form(&changes)).await);
        assert_eq!(refused.field("error"), Some(error), "{changes:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_endpoint_is_for_these_clients_alone_and_they_have_no_other() {
    let scene = Scene::open().await;
    let mut web = Web::new(&scene.server);
    for changes in [
        [("client_id", "nobody")],
        [("redirect_uri", "https://evil.example/")],
        [(
            "redirect_uri",
            "https://login.microsoftonline.us/common/federation/externalauthprovider",
        )],
    ] {
        let answer = scene.post(&mut web, scene.form(&changes)).await;
        assert_eq!(
            (answer.status.as_u16(), location(&answer)),
            (400, String::new()),
            "{changes:?}"
        );
        assert!(!answer.text().contains("id_token"));
    }
    let usual = tests::RelyingParty::register(&scene.server).await;
    let answer = scene
        .post(&mut web, scene.form(&[("client_id", &usual.id)]))
        .await;
    assert_eq!(answer.status.as_u16(), 400);
    let read = scene.server.send(Call::get("/oidc/entra/authorize")).await;
    assert_eq!(read.status.as_u16(), 405);

    // OAuth's endpoint gives such a client nothing: implicit exists nowhere else.
    let path = format!("/oidc/authorize?{}", scene.form(&[]));
    let answer = web.open(&path).await;
    assert!(!answer.text().contains("name=\"id_token\""), "{}", answer.text());
    assert!(!location(&answer).starts_with("/oidc/login/"));
    let usual = usual.authorize(&[("response_type", "id_token"), ("response_mode", "form_post")]);
    assert!(
        web.open(&usual)
            .await
            .text()
            .contains("unsupported_response_type")
    );
}
