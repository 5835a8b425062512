//! The whole way: a login on a phone, the token through the gateway, and refused within the list's life after the device is revoked.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{
    Answer, Browser, Call, Gateway, Invented, Phone, Registered, Registration, Setup, TestServer, token,
};

use super::assert_refused;

/// A policy for the direct JWT of a server's service.
fn policy(server: &TestServer, audience: &str) -> Value {
    let described = json!({
        "issuer": server.issuer, "audiences": [audience], "types": ["idtoken+jwt"],
        "jwks": {"cluster": "idp", "uri": format!("{}/.well-known/jwks.json", server.issuer)},
        "status": {"cluster": "idp", "uri": format!("{}/status/tokens/", server.issuer), "required": true},
    });
    json!({
        "issuers": {"idp": described},
        "rules": [
            {"match": {"path": "/bar"}, "scopes": {"all": ["identity:age_over_18"]}, "claims": [{"claim": "age_over_18", "equals": true}]},
            {"match": {"path": "/name"}, "scopes": {"all": ["identity:name"]}},
        ],
        "identity": {"headers": [{"header": "x-idp-sub", "claim": "sub"}, {"header": "x-idp-adult", "claim": "idtoken.age_over_18"}]},
    })
}

/// The token of a login that the phone approves, but for some scopes.
pub(super) async fn approved_token(
    server: &TestServer,
    service: &Registered,
    phone: &Phone,
    denied: &[&str],
) -> String {
    let login = service
        .initiate(server, phone.wallet.identity().token_id.as_str())
        .await;
    phone
        .approve_except(&phone.only().await, denied)
        .await
        .expect(200);
    let approved = Browser::open(server, &login).await.expect("approved").await;
    token::check_result(server, service, &login, &approved).await;
    approved["jwt"].as_str().unwrap().to_owned()
}

/// Asks until there is a refusal.
pub(super) async fn refusal_of<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(refused) = ask().await {
                return refused;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let asked = tokio::time::timeout(Duration::from_secs(20), asking).await;
    asked.expect("refused")
}

/// Asks until the answer is no longer 200.
pub(super) async fn refusal(mut ask: impl AsyncFnMut() -> Answer) -> Answer {
    refusal_of(async || {
        let answer = ask().await;
        (answer.status.as_u16() != 200).then_some(answer)
    })
    .await
}

/// An operator revokes the phone.
pub(super) async fn revoke(server: &TestServer, phone: &Phone) {
    let identity = phone.wallet.identity();
    let body = json!({"tokenId": identity.token_id, "deviceId": identity.device_id, "reason": "lost_device"});
    server.administer(Call::post("/revoke", &body)).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateway_admits_what_a_phone_approved_until_its_device_is_revoked() {
    const TTL: u64 = 2;
    let server =
        TestServer::start_with(|config| config.tokens.status_ttl_seconds = TTL.try_into().unwrap()).await;
    let service = Registration::public().register(&server).await;
    let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
    let jwt = approved_token(&server, &service, &phone, &["identity:name"]).await;
    let jwt = jwt.as_str();

    let mut gateway = Gateway::start(&policy(&server, &service.id), &Setup::new(&server.issuer)).await;
    gateway.ask("/bar", jwt).await.expect(200);
    let received = gateway.forwarded().await;
    assert_eq!(
        received.header("x-idp-sub"),
        phone.wallet.identity().token_id.as_str()
    );
    assert_eq!(received.header("x-idp-adult"), "true");
    assert_refused(&gateway.ask("/name", jwt).await, 403, "insufficient_scope");
    let (input, signature) = jwt.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { "B" } else { "A" };
    let tampered = format!("{input}.{first}{}", &signature[1..]);
    assert_refused(&gateway.ask("/bar", &tampered).await, 401, "token_signature");

    revoke(&server, &phone).await;
    let last = refusal(async || gateway.ask("/bar", jwt).await).await;
    assert_refused(&last, 401, "token_revoked");
    gateway.assert_alive().await;
}
