//! What Microsoft gets.

use idp_authenticator::DeclineReason;
use idp_jose::jws::{self, Expectation};
use idp_jose::{Algorithm, JwkSet};
use idp_server::crypto::AwsVerifier;
use serde_json::json;
use tests::{Call, Invented, Phone, Posted, Web};

use super::{BACK, Scene};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documented_request_yields_one_acr_one_amr_and_the_hints_subject() {
    let scene = Scene::open().await;
    let mut web = Web::new(&scene.server);
    let page = scene.begin(&mut web).await;
    let posted = scene.approve(&mut web, &page, &scene.phone).await;
    assert_eq!(posted.action, BACK);
    assert_eq!(posted.fields.len(), 2, "{posted:?}");
    assert_eq!(posted.field("state"), Some("rQIIAW1RO0zbUBTl5WHSpEhkiEgdmBgqJ"));

    let published = scene
        .server
        .send(Call::get("/t/entra-mfa/.well-known/jwks.json"))
        .await;
    let value = published.expect(200);
    assert!(
        value["keys"]
            .as_array()
            .unwrap()
            .iter()
            .all(|key| key["kty"] == "RSA" && key["x5c"].is_array())
    );
    let keys = JwkSet::parse(&published.body, JwkSet::LIMIT).unwrap();
    let parsed = jws::parse(posted.field("id_token").unwrap(), 64 * 1024).unwrap();
    let key = keys
        .find(parsed.header().kid.as_deref(), Algorithm::Rs256)
        .unwrap();
    let expectation = Expectation {
        algorithms: &[Algorithm::Rs256],
        typ: "JWT",
    };
    let claims = parsed
        .verify(&AwsVerifier, &key.key, &expectation)
        .unwrap()
        .claims()
        .unwrap();
    let mut names: Vec<&str> = claims.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["acr", "amr", "aud", "exp", "iat", "iss", "nonce", "sub"]);
    assert_eq!(claims["iss"], format!("{}/t/entra-mfa", scene.server.issuer));
    assert_eq!(claims["aud"], scene.client);
    assert_eq!(claims["sub"], "mBfcvuhSHkDWVgV72x2ruIYdSsPSvcj2R0qfc6mGEAA");
    assert_eq!(claims["nonce"], "AwABEgEAAAACAOz_BQD0_8vcXcj2");
    assert_eq!(claims["acr"], "possessionorinherence");
    assert_eq!(claims["amr"].as_array().map(Vec::len), Some(1));

    let again = Posted::of(&web.submit(&format!("{page}/continue")).await);
    assert_eq!(again, posted, "pressed twice, answered once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_approval_links_the_account_and_nobody_else_answers_for_it() {
    let scene = Scene::open().await;
    let mut web = Web::new(&scene.server);
    let page = scene.begin(&mut web).await;
    assert!(
        scene
            .approve(&mut web, &page, &scene.phone)
            .await
            .field("id_token")
            .is_some()
    );

    // Another browser: the page suggests whom the link names.
    let mut elsewhere = Web::new(&scene.server);
    let page = scene.begin(&mut elsewhere).await;
    let token_id = scene.phone.wallet.identity().token_id.to_string();
    assert!(elsewhere.open(&page).await.text().contains(&token_id));
    let amelie = Phone::enrol(&scene.server, &scene.server.issue(Invented::amelie())).await;
    let refused = scene.approve(&mut elsewhere, &page, &amelie).await;
    assert_eq!(
        (refused.field("error"), refused.field("id_token")),
        (Some("access_denied"), None)
    );
    let page = scene.begin(&mut elsewhere).await;
    assert!(
        scene
            .approve(&mut elsewhere, &page, &scene.phone)
            .await
            .field("id_token")
            .is_some()
    );

    // An operator sees the link, and can delete it.
    let path = format!("/admin/links?clientId={}", scene.client);
    let listed = scene.server.administer(Call::get(&path)).await.expect(200);
    assert_eq!(
        (&listed["total"], &listed["links"][0]["kind"]),
        (&json!(1), &json!("foreign"))
    );
    assert_eq!(listed["links"][0]["account"][2], scene.account);
    let path = format!("{path}&tokenId={token_id}&kind=foreign");
    scene
        .server
        .administer(Call::new(http::Method::DELETE, path))
        .await
        .expect(204);
    let page = scene.begin(&mut elsewhere).await;
    assert!(
        scene
            .approve(&mut elsewhere, &page, &amelie)
            .await
            .field("id_token")
            .is_some()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn declining_and_cancelling_are_access_denied() {
    let scene = Scene::open().await;
    let mut web = Web::new(&scene.server);
    let page = scene.begin(&mut web).await;
    web.start(&page, scene.phone.wallet.identity().token_id.as_str())
        .await;
    let asked = scene.phone.only().await.session_id.to_string();
    scene
        .phone
        .reject(&asked, DeclineReason::Declined)
        .await
        .expect(200);
    let cancelled = Posted::of(&web.submit(&format!("{page}/cancel")).await);
    assert_eq!(cancelled.action, BACK);
    assert_eq!(cancelled.field("error"), Some("access_denied"));
    assert!(cancelled.field("state").is_some());
}
