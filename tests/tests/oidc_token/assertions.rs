//! `private_key_jwt` (RFC 7523 3; FAPI 2.0).

use serde_json::{Value, json};
use tests::{Answer, ClientKey, TestServer};

use super::Party;
use super::party::{post, refused};

const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

async fn send(server: &TestServer, assertion: &str) -> Answer {
    let pairs = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", KIND),
        ("client_assertion", assertion),
    ];
    server.send(post("/oidc/token", &pairs)).await
}

async fn scene() -> (TestServer, Party) {
    let server = TestServer::start().await;
    let party = Party::with(&server, json!({"token_endpoint_auth_method": "private_key_jwt"})).await;
    (server, party)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc7523_3_an_assertion_is_used_once() {
    let (server, party) = scene().await;
    let assertion = party.assertion(&server, json!({}));
    send(&server, &assertion).await.expect(200);
    assert_eq!(refused(&send(&server, &assertion).await), "invalid_client");
    server.clock.advance(30);
    assert_eq!(refused(&send(&server, &assertion).await), "invalid_client");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc7523_3_every_claim_counts() {
    let (server, party) = scene().await;
    let now = server.now().unix_seconds();
    for more in [
        json!({"iss": "other"}),
        json!({"sub": "other"}),
        json!({"sub": null}),
        json!({"aud": null}),
        json!({"aud": [server.issuer]}),
        json!({"aud": format!("{}/oidc/token", server.issuer)}),
        json!({"exp": null}),
        json!({"exp": now - 300}),
        json!({"exp": now + 86_400}),
        json!({"nbf": now + 300}),
        json!({"jti": null}),
    ] {
        let answer = send(&server, &party.assertion(&server, more.clone())).await;
        assert_eq!(refused(&answer), "invalid_client", "{more}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_signature_is_the_clients_own() {
    let (server, mut party) = scene().await;
    let unsigned = format!("{}.e30.", "eyJhbGciOiJub25lIn0");
    assert_eq!(refused(&send(&server, &unsigned).await), "invalid_client");
    let good = party.assertion(&server, Value::Null);
    party.key = ClientKey::generate();
    let foreign = party.assertion(&server, json!({}));
    assert_eq!(refused(&send(&server, &foreign).await), "invalid_client");
    let wrong_kind = [
        ("grant_type", "client_credentials"),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        ),
        ("client_assertion", good.as_str()),
    ];
    assert_eq!(
        refused(&server.send(post("/oidc/token", &wrong_kind)).await),
        "invalid_request"
    );
    send(&server, &good).await.expect(200);
}
