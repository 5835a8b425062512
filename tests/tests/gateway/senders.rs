//! RFC 9449 7, RFC 8705 3: tokens that are bound to a key are of use with a proof by it, once; those of a certificate with that certificate.

use std::path::Path;
use std::process::Command;

use aws_lc_rs::digest::{SHA256, digest};
use idp_types::encoding::base64url;
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
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

/// Each worker has a VM of its own, and all of them together take a proof once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn gateway_takes_a_proof_once_however_many_workers_see_it() {
    let (issuer, key) = (Issuer::new(), ClientKey::generate());
    let mut setup = Setup::new(NOWHERE);
    setup.concurrency = 4;
    let gateway = Gateway::start(&issuer.policy(everything(), json!({"origin": ORIGIN})), &setup).await;
    let token = issuer.token(json!({"cnf": {"jkt": key.jwk().thumbprint_base64url()}}));
    for _ in 0..5 {
        let good = proof(&key, &token, json!({}));
        let asked: Vec<_> = (0..16).map(|_| ask(&gateway, &token, &good)).collect();
        let statuses: Vec<u16> = futures_util::future::join_all(asked)
            .await
            .iter()
            .map(|answer| answer.status.as_u16())
            .collect();
        assert_eq!(
            statuses.iter().filter(|status| **status == 200).count(),
            1,
            "{statuses:?}"
        );
        assert_eq!(
            statuses.iter().filter(|status| **status == 401).count(),
            15,
            "{statuses:?}"
        );
    }
    gateway.assert_alive().await;
}

/// The status that a caller with this certificate gets.
fn ask_with(gateway: &Gateway, shown: Option<&Path>, token: &str) -> String {
    let mut command = Command::new("curl");
    command.args([
        "--silent",
        "--insecure",
        "--output",
        "/dev/null",
        "--write-out",
        "%{http_code}",
    ]);
    if let Some(pem) = shown {
        command.arg("--cert").arg(pem);
    }
    let done = command
        .args(["--header", &format!("authorization: Bearer {token}")])
        .arg(format!("https://{}/orders", gateway.address()))
        .output()
        .expect("curl runs");
    String::from_utf8(done.stdout).expect("a status")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateway_takes_a_token_of_a_certificate_only_over_a_connection_with_it() {
    let issuer = Issuer::new();
    let made = |name: &str| generate_simple_self_signed([name.to_owned()]).expect("a certificate");
    let pem = |pair: &CertifiedKey<KeyPair>| pair.cert.pem() + &pair.signing_key.serialize_pem();
    let (listener, own, other) = (made("localhost"), made("own"), made("other"));
    let folder = tempfile::tempdir().unwrap();
    let [own_file, other_file] = [("own", &own), ("other", &other)].map(|(name, pair)| {
        let file = folder.path().join(name);
        std::fs::write(&file, pem(pair)).unwrap();
        file
    });
    let mut setup = Setup::new(NOWHERE);
    setup.tls = Some((listener.cert.pem(), listener.signing_key.serialize_pem()));
    let policy = issuer.policy(everything(), json!({"certificates": true}));
    let gateway = Gateway::start(&policy, &setup).await;
    let thumbprint = base64url(digest(&SHA256, own.cert.der()).as_ref());
    let bound = issuer.token(json!({"cnf": {"x5t#S256": thumbprint}}));
    for _ in 0..2 {
        assert_eq!(ask_with(&gateway, Some(&own_file), &bound), "200");
        assert_eq!(ask_with(&gateway, Some(&other_file), &bound), "401");
        assert_eq!(ask_with(&gateway, None, &bound), "401");
    }
    assert_eq!(ask_with(&gateway, None, &issuer.token(json!({}))), "200");
    gateway.until_counted("decision.certificate_mismatch").await;
    gateway.assert_alive().await;
}
