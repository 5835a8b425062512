//! A login from the client's request to its code.

use tests::web::{location, parameters, payload};
use tests::{Call, Invented, Phone, RelyingParty, TestServer, Web};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_comes_back_with_state_and_issuer_and_redeems_what_was_granted() {
    let server = TestServer::start().await;
    let party = RelyingParty::register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let mut web = Web::new(&server);

    let page = web
        .begin(&party.authorize(&[("scope", "openid profile identity:date_of_birth")]))
        .await;
    let shown = web.start(&page, jean.token_id.as_str()).await;
    assert_eq!(shown["code"].as_str().unwrap().len(), 6);
    assert_eq!(shown["mode"], "compare");
    let request = phone.only().await;
    assert_eq!(request.service.name.as_str(), "Bar Le Central");
    phone
        .approve_except(&request, &["identity:date_of_birth"])
        .await
        .expect(200);
    let answer = web.submit(&format!("{page}/continue")).await;

    assert_eq!(answer.status.as_u16(), 303);
    let back = location(&answer);
    assert!(back.starts_with(&format!("{}?", party.redirect_uri)), "{back}");
    let answered = parameters(&back);
    assert_eq!(answered["state"], "af0ifjsldkj");
    assert_eq!(answered["iss"], server.issuer);
    assert_eq!(answered.len(), 3, "{answered:?}");
    assert_eq!(answer.header("cache-control"), "no-store");

    let tokens = party.redeem(&server, &answered["code"]).await;
    let id_token = payload(tokens["id_token"].as_str().unwrap());
    assert_eq!(id_token["sub"], jean.token_id.as_str());
    assert_eq!(id_token["nonce"], "n-0S6_WzA2Mj");
    assert_eq!(id_token["acr"], "urn:idtokenseal:acr:face-oob-high");
    assert!(!id_token.to_string().contains("1985"), "a denied claim is absent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oidc_core_3_1_2_1_a_posted_request_is_parked_and_resumed_with_the_cookies() {
    let server = TestServer::start().await;
    let party = RelyingParty::register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let mut web = Web::new(&server);
    web.login(&party.authorize(&[]), &phone).await;

    let posted = Call::new(http::Method::POST, "/oidc/authorize")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site")
        .raw(party.request(&[("prompt", "none")]));
    // Another site's POST carries no Lax cookie.
    let parked = server.send(posted.clone()).await;
    assert_eq!(parked.status.as_u16(), 303);
    let resume = location(&parked);
    assert!(resume.starts_with("/oidc/authorize/resume/"), "{resume}");
    let answered = parameters(&location(&web.open(&resume).await));
    assert!(answered.contains_key("code"), "{answered:?}");
    let again = parameters(&location(&web.open(&resume).await));
    assert!(again.contains_key("code"), "a reload is no mistake");

    server.clock.advance(200);
    assert_eq!(web.open(&resume).await.status.as_u16(), 410);
    let json = Call::post("/oidc/authorize", &serde_json::json!({}));
    assert_eq!(server.send(json).await.status.as_u16(), 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profile_4_1_a_demanded_assurance_raises_the_mode_and_is_asserted() {
    let server = TestServer::start().await;
    let party = RelyingParty::register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let mut web = Web::new(&server);
    let page = web
        .begin(&party.authorize(&[("acr_values", "urn:idtokenseal:aal:2")]))
        .await;
    let shown = web.start(&page, jean.token_id.as_str()).await;
    assert_eq!(shown["mode"], "transfer");
    let code = shown["code"].as_str().unwrap();
    phone.approve_with(&phone.only().await, code).await.expect(200);
    let answered = parameters(&location(&web.submit(&format!("{page}/continue")).await));
    assert!(answered.contains_key("code"), "{answered:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oidc_unmet_authentication_requirements_are_told_to_the_client() {
    let server = TestServer::start_with(|config| config.enrolment.policy.face_vouched = false).await;
    let party = RelyingParty::register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let mut web = Web::new(&server);
    let face = [("acr_values", "urn:idtokenseal:acr:face-oob-high")];
    let answered = parameters(&location(&web.login(&party.authorize(&face), &phone).await));
    assert_eq!(answered["error"], "unmet_authentication_requirements");
    assert_eq!(answered["state"], "af0ifjsldkj");
    assert_eq!(answered["iss"], server.issuer);
    assert_eq!(web.cookie("idt_session"), None, "no session begins");
}
