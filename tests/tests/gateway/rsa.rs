//! RS256 through Envoy's own library; what nobody there checks is refused with the policy.

use idp_jose::Algorithm;
use idp_jose::jws::Header;
use serde_json::{Value, json};
use tests::{Call, ClientKey, Gateway, RelyingParty, Setup};

use super::forward_auth::start_at;
use super::{AUDIENCE, ISSUER, Issuer, assert_refused, everything};

const NOWHERE: &str = "http://127.0.0.1:9";

fn policy(keys: &Value, algorithms: &[&str]) -> Value {
    let described =
        json!({"issuer": ISSUER, "audiences": [AUDIENCE], "keys": keys, "algorithms": algorithms});
    json!({"issuers": {"idp": described}, "rules": everything()})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateway_checks_rs256_and_refuses_policies_with_what_it_cannot_check() {
    let (key, other) = (ClientKey::generate_rsa(), ClientKey::generate_rsa());
    let gateway = Gateway::start(&policy(&key.jwks(), &["RS256"]), &Setup::new(NOWHERE)).await;
    let sign = |by: &ClientKey, algorithm: Algorithm| {
        let header = Header::new(algorithm)
            .with_typ("at+jwt")
            .with_kid(key.jwk().kid.expect("a kid"));
        by.sign(&header, &Issuer::claims(json!({})))
    };
    let good = sign(&key, Algorithm::Rs256);
    for _ in 0..2 {
        gateway.ask("/", &good).await.expect(200);
    }
    let (input, signature) = good.rsplit_once('.').unwrap();
    for (token, code) in [
        (sign(&other, Algorithm::Rs256), "token_signature"),
        (sign(&key, Algorithm::Ps256), "token_algorithm"),
        (format!("{input}.{}", &signature[4..]), "token_signature"),
        (format!("{input}.AAAA"), "token_signature"),
        (format!("{input}."), "token_malformed"),
    ] {
        assert_refused(&gateway.ask("/", &token).await, 401, code);
    }
    gateway.ask("/", &good).await.expect(200);
    gateway.assert_alive().await;

    for algorithm in ["PS256", "EdDSA"] {
        let refused =
            Gateway::try_start(&policy(&key.jwks(), &["RS256", algorithm]), &Setup::new(NOWHERE)).await;
        assert!(refused.is_none(), "{algorithm}");
    }
}

/// A client that was registered for a view of the issuer has access tokens of RS256; lists of their status are signed with ES256.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateway_and_forward_auth_take_the_rs256_tokens_of_a_view() {
    let policy = |issuer: &str| {
        let described = json!({
            "issuer": format!("{issuer}/t/google"), "algorithms": ["RS256", "ES256"],
            "jwks": {"cluster": "idp", "uri": format!("{issuer}/.well-known/jwks.json")},
            "status": {"cluster": "idp", "uri": format!("{issuer}/status/tokens/"), "required": true},
        });
        json!({"issuers": {"idp": described}, "rules": [{"match": {"path": "/**"}, "scopes": {"all": ["read"]}}]})
    };
    let server = start_at("127.0.0.1/32", policy).await;
    let members = json!({
        "issuer_profile": "google", "id_token_signed_response_alg": "RS256", "authorization_signed_response_alg": "RS256",
        "introspection_signed_response_alg": "RS256", "grant_types": ["authorization_code", "client_credentials"],
        "scope": "openid read", "resource_scopes": ["read"],
    });
    let party = RelyingParty::register_with(&server, members).await;
    let pairs = [("grant_type", "client_credentials"), ("scope", "read")];
    let tokens = server.send(party.call("/oidc/token", &pairs)).await.expect(200);
    let token = tokens["access_token"].as_str().unwrap();
    let header = idp_jose::jws::parse(token, 8192).unwrap().header().alg;
    assert_eq!(header, Algorithm::Rs256);

    let gateway = Gateway::start(&policy(&server.issuer), &Setup::new(&server.issuer)).await;
    let question = |token: &str| {
        let call = Call::get("/gateway/forward-auth").header("x-forwarded-method", "GET");
        let call = call.header("x-forwarded-host", "api.example");
        server.send(call.header("x-forwarded-uri", "/orders").bearer(token))
    };
    gateway.ask("/orders", token).await.expect(200);
    question(token).await.expect(200);
    let tampered = format!("{}AAAA", &token[..token.len() - 4]);
    assert_refused(&gateway.ask("/orders", &tampered).await, 401, "token_signature");
    assert_refused(&question(&tampered).await, 401, "token_signature");
    server
        .send(party.call("/oidc/revoke", &[("token", token)]))
        .await
        .expect(200);
    let last = super::phone::refusal(async || gateway.ask("/orders", token).await).await;
    assert_refused(&last, 401, "token_revoked");
    let last = super::phone::refusal(async || question(token).await).await;
    assert_refused(&last, 401, "token_revoked");
}
