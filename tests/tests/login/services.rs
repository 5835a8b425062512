//! Profile 4, 4.2 and 5: what a service's record decides.

use http::Method;
use serde_json::{Value, json};
use tests::{Browser, Call, Invented, Login, Phone, Registration, TestServer, token};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pairwise_service_sees_a_subject_of_its_own_and_no_token_id() {
    let server = TestServer::start().await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let mut subjects = Vec::new();
    for _ in 0..2 {
        let service = Registration::public()
            .with("subjectType", json!("pairwise"))
            .register(&server)
            .await;
        let login = service.initiate(&server, jean.token_id.as_str()).await;
        phone.approve(&phone.only().await).await.expect(200);
        let approved = Browser::open(&server, &login).await.expect("approved").await;
        let token = token::check_result(&server, &service, &login, &approved).await;
        assert_eq!(token.claim("sub"), token.nested("tokenId"));
        assert!(
            !Value::Object(token.claims.clone())
                .to_string()
                .contains(jean.token_id.as_str())
        );
        subjects.push(token.claim("sub").clone());
    }
    assert_ne!(subjects[0], subjects[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn audience_and_type_are_the_services_own() {
    let server = TestServer::start().await;
    let registration = Registration::public()
        .with("audience", json!("https://api.example"))
        .with("tokenType", json!("JWT"));
    let service = registration.register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let login = service.initiate(&server, jean.token_id.as_str()).await;
    phone.approve(&phone.only().await).await.expect(200);
    let approved = Browser::open(&server, &login).await.expect("approved").await;
    let token = token::verify(&server, approved["jwt"].as_str().unwrap(), "JWT").await;
    assert_eq!(token.claim("aud"), "https://api.example");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_vds_names_the_service_and_authenticates_nobody() {
    let server = TestServer::start().await;
    let service = Registration::confidential().register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let vds = server
        .send(Call::get(format!("/services/{}/vds", service.id)))
        .await;
    vds.expect(200);
    let body = json!({"tokenId": jean.token_id, "serviceVds": vds.text()});
    server
        .send(Call::post("/auth/initiate", &body))
        .await
        .expect_problem(401, "invalid_client");
    let login = Login::of(&service.send(&server, Call::post("/auth/initiate", &body)).await);
    let request = phone.only().await;
    assert_eq!(request.service.service_id.as_str(), service.id);
    phone.approve(&request).await.expect(200);
    let mut browser = Browser::open(&server, &login).await;
    token::check_result(&server, &service, &login, &browser.expect("approved").await).await;

    let both = json!({"tokenId": jean.token_id, "serviceVds": vds.text(), "serviceId": service.id});
    service
        .send(&server, Call::post("/auth/initiate", &both))
        .await
        .expect_problem(400, "invalid_request");
    let foreign = json!({"tokenId": jean.token_id, "serviceVds": jean.seal});
    service
        .send(&server, Call::post("/auth/initiate", &foreign))
        .await
        .expect_problem(400, "invalid_seal");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_trust_is_required_the_phone_is_silent_until_it_is_given() {
    let server = TestServer::start().await;
    let service = Registration::public()
        .with("trustRequired", json!(true))
        .register(&server)
        .await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let unheard = service.initiate(&server, jean.token_id.as_str()).await;
    Browser::open(&server, &unheard).await.expect("otp_ready").await;
    assert!(phone.pending().await.is_empty());
    let path = format!("/services/{}/trust", service.id);
    phone.send(Method::PUT, &path, "{}").await.expect(200);
    let login = service.initiate(&server, jean.token_id.as_str()).await;
    phone.approve(&phone.only().await).await.expect(200);
    Browser::open(&server, &login).await.expect("approved").await;
    phone.send(Method::DELETE, &path, "").await.expect(204);
    service.initiate(&server, jean.token_id.as_str()).await;
    assert!(phone.pending().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scopes_stay_within_the_allow_list() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    for scopes in [json!(["identity:photo"]), json!(["identity:full_with_photo"])] {
        let refused = service
            .try_initiate(&server, "anybody", json!({"scopes": scopes}))
            .await;
        refused.expect_problem(400, "invalid_scope");
    }
    let photo = Registration::public().with(
        "allowedScopes",
        json!(["identity:full", "identity:photo", "identity:age_over_18"]),
    );
    let named = photo.register(&server).await;
    named
        .try_initiate(&server, "anybody", json!({"scopes": ["identity:photo"]}))
        .await
        .expect(200);
    let composite = named
        .try_initiate(
            &server,
            "anybody",
            json!({"scopes": ["identity:full_with_photo"]}),
        )
        .await;
    composite.expect_problem(400, "invalid_scope");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portrait_is_released_where_it_is_allowed_and_granted() {
    let server = TestServer::start().await;
    let allowed = json!([
        "identity:full_with_photo",
        "identity:name",
        "identity:age_over_18"
    ]);
    let service = Registration::public()
        .with("allowedScopes", allowed)
        .register(&server)
        .await;
    let portrait: Vec<u8> = b"RIFF\x1a\0\0\0WEBPVP8L"
        .iter()
        .copied()
        .chain([7; 600])
        .collect();
    let jean = server.issue(Invented {
        photo: Some(portrait.clone()),
        ..Invented::jean()
    });
    let phone = Phone::enrol(&server, &jean).await;
    let login = service
        .initiate_for(&server, jean.token_id.as_str(), &["identity:full_with_photo"])
        .await;
    phone.approve(&phone.only().await).await.expect(200);
    let approved = Browser::open(&server, &login).await.expect("approved").await;
    let token = token::check_result(&server, &service, &login, &approved).await;
    assert_eq!(
        token.claim("picture"),
        data_encoding::BASE64.encode(&portrait).as_str()
    );
    assert_eq!(token.nested("photoBase64"), token.claim("picture"));
}
