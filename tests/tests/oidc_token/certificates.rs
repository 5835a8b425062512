//! Client certificates (RFC 8705), handed over by a trusted proxy (RFC 9440).

use serde_json::{Value, json};
use tests::{Answer, Call, TestServer, token};

use super::party::{post, refused, text};
use super::{Party, Scene};

const HEADER: &str = "client-cert";

/// A server behind a proxy on this machine, and a certificate: that of its own RS256 key, which is as good as any.
async fn scene() -> (TestServer, Value, String) {
    let server = TestServer::start_with(|config| {
        config.oidc.client_certificate_header = Some(HEADER.parse().unwrap());
        config.oidc.client_certificate_proxies = vec!["127.0.0.1".parse().unwrap()];
    })
    .await;
    let (key, certificate) = certificate(&server).await;
    (server, key, certificate)
}

async fn certificate(server: &TestServer) -> (Value, String) {
    let keys = server.send(Call::get("/.well-known/jwks.json")).await.expect(200);
    let mut keys = keys["keys"].as_array().unwrap().clone();
    keys.retain(|key| key.get("x5c").is_some());
    let key = keys.remove(0);
    let certificate = key["x5c"][0].as_str().unwrap().to_owned();
    (key, certificate)
}

async fn ask(server: &TestServer, party: &Party, certificate: Option<&str>) -> Answer {
    let pairs = [
        ("grant_type", "client_credentials"),
        ("client_id", party.client_id.as_str()),
    ];
    let call = post("/oidc/token", &pairs);
    server
        .send(match certificate {
            Some(certificate) => call.header(HEADER, &format!(":{certificate}:")),
            None => call,
        })
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8705_2_2_a_self_signed_certificate_of_a_registered_key() {
    let (server, key, certificate) = scene().await;
    let members = json!({
        "token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": {"keys": [key]},
        "tls_client_certificate_bound_access_tokens": true,
    });
    let party = Party::with(&server, members).await;
    let tokens = ask(&server, &party, Some(&certificate)).await.expect(200);
    assert_eq!(tokens["token_type"], "Bearer");
    let access = token::verify(&server, &text(&tokens, "access_token"), "at+jwt").await;
    assert!(access.claim("cnf")["x5t#S256"].is_string(), "RFC 8705 3.1");
    assert_eq!(refused(&ask(&server, &party, None).await), "invalid_client");
    assert_eq!(
        refused(&ask(&server, &party, Some("AAAA")).await),
        "invalid_client"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8705_2_1_a_certificate_of_a_registered_subject() {
    let (server, _, certificate) = scene().await;
    let with = |subject: &'static str| {
        let members = json!({
            "token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": subject,
        });
        Party::with(&server, members)
    };
    let party = with("CN=127.0.0.1").await;
    ask(&server, &party, Some(&certificate)).await.expect(200);
    let other = with("CN=somebody else").await;
    assert_eq!(
        refused(&ask(&server, &other, Some(&certificate)).await),
        "invalid_client"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8705_3_userinfo_wants_the_certificate() {
    let (server, _, certificate) = scene().await;
    let scene = Scene::on(server).await;
    let server = &scene.server;
    let party = Party::with(
        server,
        json!({"tls_client_certificate_bound_access_tokens": true}),
    )
    .await;
    let code = party.code(&scene, "openid", &[]).await;
    assert_eq!(
        refused(&party.redeem(server, &code).await),
        "invalid_request",
        "no certificate"
    );
    let shown = format!(":{certificate}:");
    let call = party.call("/oidc/token", &party.redemption(&code));
    let tokens = server.send(call.header(HEADER, &shown)).await.expect(200);
    let userinfo = || Call::get("/oidc/userinfo").bearer(&text(&tokens, "access_token"));
    server.send(userinfo().header(HEADER, &shown)).await.expect(200);
    assert_eq!(refused(&server.send(userinfo()).await), "invalid_token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9440_nobody_but_the_proxy_is_believed() {
    let server = TestServer::start_with(|config| {
        config.oidc.client_certificate_header = Some(HEADER.parse().unwrap());
        config.oidc.client_certificate_proxies = vec!["192.0.2.1".parse().unwrap()];
    })
    .await;
    let (key, certificate) = certificate(&server).await;
    let members =
        json!({"token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": {"keys": [key]}});
    let party = Party::with(&server, members).await;
    assert_eq!(
        refused(&ask(&server, &party, Some(&certificate)).await),
        "invalid_client"
    );
}
