//! RFC 9449 7: tokens that are bound to a key are of use with a proof by it, once.

use serde_json::{Value, json};
use tests::client_key::{ath, merged};
use tests::{Answer, Call, ClientKey, Gateway, Setup, fresh};

use super::{Issuer, assert_refused, everything, now};

const NOWHERE: &str = "http://127.0.0.1:9";
const ORIGIN: &str = "https://api.example";

fn proof(key: &ClientKey, token: &str, more: Value) -> String {
    let usual = json!({"jti": fresh("jti"), "htm": "GET", "htu": format!("{ORIGIN}/orders"), "iat": now(), "ath": ath(token)});
    key.sign(&key.proof_header(), &merged(usual, more))
}

async fn ask(gateway: &Gateway, token: &str, proof: &str) -> Answer {
    let call = Call::get("/orders?page=1").header("authorization", &format!("DPoP {token}"));
    gateway.send(call.header("dpop", proof)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateway_takes_a_bound_token_only_with_a_fresh_proof_by_its_key() {
    let (issuer, key) = (Issuer::new(), ClientKey::generate());
    let policy = issuer.policy(everything(), json!({"origin": ORIGIN}));
    let gateway = Gateway::start(&policy, &Setup::new(NOWHERE)).await;
    let token = issuer.token(json!({"cnf": {"jkt": key.jwk().thumbprint_base64url()}}));
    let good = proof(&key, &token, json!({}));
    ask(&gateway, &token, &good).await.expect(200);
    let replayed = ask(&gateway, &token, &good).await;
    assert_refused(&replayed, 401, "invalid_proof");
    let challenge = replayed.header("www-authenticate");
    assert!(
        challenge.starts_with("DPoP ") && challenge.contains("error=\"invalid_dpop_proof\""),
        "{challenge}"
    );
    ask(
        &gateway,
        &token,
        &proof(&key, &token, json!({"htu": "HTTPS://API.example:443/orders"})),
    )
    .await
    .expect(200);

    let other = ClientKey::generate();
    for bad in [
        proof(&other, &token, json!({})),
        proof(&key, &token, json!({"htm": "POST"})),
        proof(&key, &token, json!({"htu": format!("{ORIGIN}/other")})),
        proof(&key, &token, json!({"htu": "http://api.example/orders"})),
        proof(&key, &token, json!({"ath": ath("other")})),
        proof(&key, &token, json!({"ath": null})),
        proof(&key, &token, json!({"iat": now() - 120})),
        proof(&key, &token, json!({"iat": now() + 120})),
        proof(&key, &token, json!({"jti": null})),
        key.sign(&key.proof_header().with_typ("JWT"), &json!({})),
        "no proof".to_owned(),
    ] {
        assert_refused(&ask(&gateway, &token, &bad).await, 401, "invalid_proof");
    }
    let without = gateway.ask("/orders", &token).await;
    assert_refused(&without, 401, "invalid_proof");
    let unbound = issuer.token(json!({}));
    assert_refused(
        &ask(&gateway, &unbound, &proof(&key, &unbound, json!({}))).await,
        401,
        "token_unbound",
    );
    gateway.assert_alive().await;
}
