//! Services through their routes: the seal, the registration, the person's list.

use axum::body::Body;
use http::{Request, StatusCode};
use idp_core::audit::Actor;
use idp_types::ServiceId;
use serde_json::{Value, json};

use super::*;
use crate::enrolment::fixture::{ISSUER, Phone, Server};

fn input() -> ServiceInput {
    let input = json!({
        "serviceId": "bar", "name": "Bar", "url": "https://bar.example", "allowedScopes": ["identity:full"],
    });
    serde_json::from_value(input).unwrap()
}

async fn with_service() -> (Server, IssuedService) {
    let server = Server::start().await;
    let issued = create_service(&server.app, &input(), Actor::System)
        .await
        .unwrap();
    (server, issued)
}

async fn fetch(server: &Server, path: &str) -> (StatusCode, Value) {
    server.send(Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_service_vds_names_the_service_and_expires() {
    let (server, _) = with_service().await;
    let (status, text) = fetch(&server, "/services/bar/vds").await;
    let text = text.as_str().unwrap();
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        verify_service_vds(&server.app, text),
        ServiceId::parse("bar").ok()
    );
    assert_eq!(
        fetch(&server, "/services/bar/vds").await.1.as_str(),
        Some(text),
        "kept for an hour"
    );
    assert_eq!(fetch(&server, "/services/bar/vds.svg").await.0, StatusCode::OK);
    assert_eq!(fetch(&server, "/services/bar/vds.png").await.0, StatusCode::OK);
    assert_eq!(
        fetch(&server, "/services/none/vds").await.0,
        StatusCode::NOT_FOUND
    );
    server.clock.advance(9 * 86_400);
    assert_eq!(verify_service_vds(&server.app, text), None);
    assert_ne!(fetch(&server, "/services/bar/vds").await.1.as_str(), Some(text));
    let person = Phone::new(&server, "jean", "phone");
    assert_eq!(
        verify_service_vds(&server.app, &person.vds_data()),
        None,
        "a person's seal is no service's"
    );
}

#[tokio::test]
async fn a_registration_leads_to_trust_once() {
    let (server, issued) = with_service().await;
    let phone = Phone::new(&server, "jean", "phone");
    assert_eq!(server.enrol(&phone, &json!({})).await.0, StatusCode::OK);
    let secret = issued.secret.unwrap();
    let begin = |secret: &str| {
        let request = Request::post("/services/bar/registrations");
        request
            .header("authorization", format!("Bearer {secret}"))
            .body(Body::empty())
            .unwrap()
    };
    assert_eq!(server.send(begin("wrong")).await.0, StatusCode::UNAUTHORIZED);
    let (status, registration) = server.send(begin(&secret)).await;
    assert_eq!(status, StatusCode::OK, "{registration}");
    let id = registration["registrationId"].as_str().unwrap();
    assert!(
        registration["qr"]
            .as_str()
            .unwrap()
            .starts_with(&format!("{ISSUER}/r/{id}#"))
    );
    let body = json!({"registrationId": id});
    assert_eq!(
        phone.call(&server, "PUT", "/services/bar/trust", &body).await.0,
        StatusCode::OK
    );
    assert_eq!(
        phone.call(&server, "PUT", "/services/bar/trust", &body).await.0,
        StatusCode::CONFLICT
    );
    let (_, list) = phone
        .call(&server, "GET", "/services/trusted", &Value::Null)
        .await;
    assert_eq!(list["services"][0]["serviceId"], "bar");
    assert_eq!(
        phone
            .call(&server, "DELETE", "/services/bar/trust", &Value::Null)
            .await
            .0,
        StatusCode::NO_CONTENT
    );
    let (_, list) = phone
        .call(&server, "GET", "/services/trusted", &Value::Null)
        .await;
    assert_eq!(list, json!({"services": []}));
}

#[tokio::test]
async fn two_secrets_are_valid_while_one_is_replaced() {
    let (server, issued) = with_service().await;
    let app = &server.app;
    let bar = issued.service.value.service_id.clone();
    for _ in 0..2 {
        let rotated = rotate_secret(app, &bar, ServiceSecret::Caller, Actor::System)
            .await
            .unwrap();
        assert!(rotated.secret.is_some() && rotated.response_secret.is_none());
        assert_eq!(rotated.service.value.secrets.len(), 2);
    }
    let rotated = rotate_secret(app, &bar, ServiceSecret::Response, Actor::System)
        .await
        .unwrap();
    assert_eq!(rotated.service.value.response_secrets.len(), 2);
    let updated = update_service(app, &input(), Actor::System).await.unwrap();
    assert_eq!(
        updated.service.value.secrets, rotated.service.value.secrets,
        "an update keeps secrets"
    );
    assert_eq!(
        create_service(app, &input(), Actor::System)
            .await
            .err()
            .unwrap()
            .code(),
        Code::Conflict
    );
    set_enabled(app, &bar, false, Actor::System).await.unwrap();
    assert_eq!(fetch(&server, "/services/bar").await.0, StatusCode::NOT_FOUND);
}
