//! Profile 4.2: who a service is, and whom a person trusts; profile 4, its browser origins.

use http::Method;
use idp_authenticator::{ScannedLink, service};
use idp_jose::JwkSet;
use serde_json::json;
use tests::{Browser, Call, Invented, Phone, Registered, Registration, TestServer};

async fn keys(server: &TestServer) -> JwkSet {
    let published = server.send(Call::get("/.well-known/jwks.json")).await;
    JwkSet::parse(&published.body, JwkSet::LIMIT).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_seal_needs_nothing_but_the_key_set() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let path = format!("/services/{}/vds", service.id);
    let text = server.send(Call::get(&path)).await;
    assert!(text.header("content-type").starts_with("text/plain"));
    let verified = service::verify(&text.text(), &keys(&server).await, server.now()).unwrap();
    assert_eq!(verified.payload().service_id.as_str(), service.id);
    assert_eq!(
        (verified.payload().name.as_str(), verified.payload().url.as_str()),
        ("Bar Le Central", service.origin.as_str())
    );
    let stranger = TestServer::start().await;
    assert!(service::verify(&text.text(), &keys(&stranger).await, server.now()).is_err());

    let svg = server.send(Call::get(format!("{path}.svg"))).await;
    assert_eq!(svg.header("content-type"), "image/svg+xml");
    assert!(svg.text().contains("<svg"));
    let png = server.send(Call::get(format!("{path}.png"))).await;
    assert_eq!(png.header("content-type"), "image/png");
    assert!(png.body.starts_with(b"\x89PNG\r\n"));
    for missing in [
        "/services/nobody/vds",
        "/services/nobody/vds.svg",
        "/services/nobody/vds.png",
        "/services/nobody",
    ] {
        server
            .send(Call::get(missing))
            .await
            .expect_problem(404, "service_not_found");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_are_public_and_secrets_are_not() {
    let server = TestServer::start().await;
    let service = Registration::confidential().register(&server).await;
    let facts = server.send(Call::get(format!("/services/{}", service.id))).await;
    assert_eq!(facts.expect(200)["serviceId"], service.id.as_str());
    assert!(
        !facts.text().contains(service.secret.as_ref().unwrap().as_str())
            && !facts.text().to_lowercase().contains("secret")
    );
}

async fn registration(server: &TestServer, service: &Registered) -> (String, String, String) {
    let call = Call::new(Method::POST, format!("/services/{}/registrations", service.id));
    let made = service.send(server, call).await.expect(200);
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    assert!(text("qrSvg").contains("<svg"));
    (text("registrationId"), text("qr"), text("wsToken"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_learns_that_its_visitor_trusts_it() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
    let (id, qr, ws_token) = registration(&server, &service).await;
    let mut browser = Browser::connect(&server, &id, &ws_token).await;
    let Ok(ScannedLink::Registration(link)) = ScannedLink::parse(&qr, &phone.wallet.identity().issuer) else {
        panic!("{qr}")
    };
    let seal = service::verify(&link.seal, &keys(&server).await, server.now()).unwrap();
    assert_eq!(seal.payload().service_id.as_str(), service.id);
    let path = format!("/services/{}/trust", service.id);
    let trusted = phone
        .send(Method::PUT, &path, &link.trust_body())
        .await
        .expect(200);
    assert_eq!(trusted, json!({"trusted": true}));
    browser.expect("service_trusted").await;
    browser.expect_close(1000).await;
    phone
        .send(Method::PUT, &path, &link.trust_body())
        .await
        .expect_problem(409, "conflict");

    let list = phone.send(Method::GET, "/services/trusted", "").await.expect(200);
    assert_eq!(list["services"][0]["serviceId"], service.id.as_str());
    phone.send(Method::DELETE, &path, "").await.expect(204);
    phone.send(Method::DELETE, &path, "").await.expect(204);
    assert_eq!(
        phone.send(Method::GET, "/services/trusted", "").await.expect(200),
        json!({"services": []})
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_is_of_one_service_and_ends() {
    let server = TestServer::start().await;
    let (service, other) = (
        Registration::public().register(&server).await,
        Registration::public().register(&server).await,
    );
    let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
    let (id, _, ws_token) = registration(&server, &service).await;
    let body = json!({"registrationId": id}).to_string();
    phone
        .send(Method::PUT, &format!("/services/{}/trust", other.id), &body)
        .await
        .expect_problem(404, "not_found");
    let stranger = server
        .send(Call::new(Method::PUT, format!("/services/{}/trust", service.id)).text(body.clone()))
        .await;
    stranger.expect_problem(401, "invalid_signature");
    server.clock.advance(181);
    phone
        .send(Method::PUT, &format!("/services/{}/trust", service.id), &body)
        .await
        .expect_problem(404, "not_found");
    let mut browser = Browser::connect(&server, &id, &ws_token).await;
    browser.expect("expired").await;
    browser.expect_close(4008).await;
    phone
        .send(Method::PUT, "/services/nobody/trust", "{}")
        .await
        .expect_problem(404, "service_not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn browsers_call_from_registered_origins_alone() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let other = Registration::public().register(&server).await;
    let preflight = |origin: &str| {
        let call = Call::new(Method::OPTIONS, "/auth/initiate").header("origin", origin);
        server.send(call.header("access-control-request-method", "POST"))
    };
    let allowed = preflight(&service.origin).await;
    assert_eq!(allowed.status.as_u16(), 204);
    assert_eq!(allowed.header("access-control-allow-origin"), service.origin);
    assert!(
        allowed
            .header("access-control-allow-headers")
            .contains("content-type")
    );
    assert_eq!(allowed.header("access-control-allow-credentials"), "");
    let refused = preflight("https://evil.example").await;
    assert_eq!(refused.header("access-control-allow-origin"), "");

    let body = json!({"tokenId": "anybody", "serviceId": service.id});
    let from = |origin: &str| server.send(Call::post("/auth/initiate", &body).header("origin", origin));
    let good = from(&service.origin).await;
    good.expect(200);
    assert_eq!(good.header("access-control-allow-origin"), service.origin);
    assert!(good.header("vary").to_ascii_lowercase().contains("origin"));
    for origin in ["https://evil.example", "null", other.origin.as_str()] {
        let refused = from(origin).await;
        refused.expect_problem(403, "origin_not_allowed");
        assert_ne!(refused.header("access-control-allow-origin"), "*");
    }
    // What holds secrets or belongs to phones is no page's business.
    let phones = server
        .send(Call::get("/auth/pending").header("origin", &service.origin))
        .await;
    assert_eq!(phones.header("access-control-allow-origin"), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disabled_service_is_unknown() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let path = format!("/admin/services/{}", service.id);
    server
        .administer(Call::new(Method::DELETE, &path))
        .await
        .expect(200);
    service
        .try_initiate(&server, "anybody", json!({}))
        .await
        .expect_problem(404, "service_not_found");
    server
        .send(Call::get(format!("/services/{}/vds", service.id)))
        .await
        .expect_problem(404, "service_not_found");
    server
        .administer(Call::new(Method::PATCH, &path).json(&json!({"enabled": true})))
        .await
        .expect(200);
    service.initiate(&server, "anybody").await;
}
