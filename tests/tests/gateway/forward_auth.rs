//! `/gateway/forward-auth`: what a proxy that asks learns, as Traefik asks. The decision is that of the filter.

use std::time::Duration;

use serde_json::{Value, json};
use tests::certificate::{self, Certificate};
use tests::client_key::{ath, merged};
use tests::command::{run_with, said};
use tests::{Answer, Call, ClientKey, Installation, Invented, Phone, Registration, TestServer, fresh};

use super::phone::{approved_token, refusal, revoke};
use super::{ISSUER, Issuer, assert_refused, everything, now};

/// A server with a policy, in front of which this machine's proxies stand.
async fn start(policy: &Value) -> TestServer {
    start_at("127.0.0.1/32", |_| policy.clone()).await
}

/// A server in front of which these proxies stand, with a policy for its issuer.
pub(super) async fn start_at(proxies: &str, policy: impl FnOnce(&str) -> Value) -> TestServer {
    TestServer::start_with(|config| {
        let file = config.data_dir.with_file_name("policy.json");
        std::fs::write(&file, policy(&config.issuer).to_string()).unwrap();
        config.gateway.policy_file = Some(file);
        config.proxies.trusted = vec![proxies.parse().unwrap()];
        config.oidc.client_certificate_header = Some(certificate::HEADER.parse().unwrap());
        config.oidc.client_certificate_proxies = vec!["127.0.0.1".parse().unwrap()];
        config.tokens.status_ttl_seconds = 2;
    })
    .await
}

/// A question as Traefik writes it.
fn question(method: &str, uri: &str) -> Call {
    Call::get("/gateway/forward-auth")
        .header("x-forwarded-method", method)
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-host", "api.example")
        .header("x-forwarded-uri", uri)
        .header("x-forwarded-for", "192.0.2.7")
}

async fn ask(server: &TestServer, uri: &str, token: &str) -> Answer {
    server.send(question("GET", uri).bearer(token)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forward_auth_decides_and_says_why_as_the_filter_does() {
    let issuer = Issuer::new();
    let rules = json!([
        {"name": "public", "match": {"path": "/public"}, "access": "public"},
        {"name": "read", "match": {"hosts": ["api.example"], "methods": ["GET"], "path": "/orders/**"}, "scopes": {"all": ["orders:read"]}},
        {"name": "write", "match": {"methods": ["POST"], "path": "/orders/**"}, "scopes": {"all": ["orders:write"]}},
        {"name": "recent", "match": {"path": "/transfer"}, "claims": [{"claim": "auth_time", "younger_than_seconds": 60}]},
    ]);
    let told = json!({"headers": [{"header": "x-idp-sub", "claim": "sub"}, {"header": "x-idp-city", "claim": "address.city"}]});
    let metadata = "https://api.example/.well-known/oauth-protected-resource";
    let more = json!({"identity": told, "answers": {"resource_metadata": metadata}, "cors_preflight": true});
    let server = start(&issuer.policy(rules, more)).await;
    let token = issuer.token(json!({"address": {"city": "K\u{f6}ln"}}));

    let spoofed = question("GET", "/orders/7?page=2")
        .header("x-idp-sub", "admin")
        .header("x-idp-role", "admin");
    let passed = server.send(spoofed.bearer(&token)).await;
    passed.expect(200);
    assert_eq!(passed.header("x-idp-sub"), "somebody");
    assert_eq!(passed.header("x-idp-city"), "=?UTF-8?B?S8O2bG4=?=");
    assert_eq!(passed.header("x-idp-role"), "");
    assert_eq!(passed.header("cache-control"), "no-store");
    let public = server
        .send(question("GET", "/public").header("x-idp-sub", "admin"))
        .await;
    public.expect(200);
    assert_eq!(
        public.header("x-idp-sub"),
        "",
        "nothing that a client made up comes back"
    );

    let denied = server.send(question("POST", "/orders").bearer(&token)).await;
    assert_refused(&denied, 403, "insufficient_scope");
    assert_eq!(denied.header("x-gateway-code"), "insufficient_scope");
    let challenge = format!(
        "Bearer error=\"insufficient_scope\", scope=\"orders:write\", resource_metadata=\"{metadata}\""
    );
    assert_eq!(denied.header("www-authenticate"), challenge);
    let old = ask(
        &server,
        "/transfer",
        &issuer.token(json!({"auth_time": now() - 90})),
    )
    .await;
    assert_refused(&old, 401, "insufficient_login");
    assert!(old.header("www-authenticate").contains("max_age=\"60\""));
    let tampered = Issuer::new().token(json!({}));
    assert_refused(
        &ask(&server, "/orders/7", &tampered).await,
        401,
        "token_key_unknown",
    );
    assert_refused(
        &server.send(question("GET", "/orders/7")).await,
        401,
        "token_missing",
    );
    for path in ["//orders", "/orders/%2e%2e/x", "/public;/../orders"] {
        assert_refused(&ask(&server, path, &token).await, 400, "ambiguous_path");
    }
    assert_refused(&ask(&server, "/other", &token).await, 403, "no_rule");
    let twice = question("GET", "/orders/7").bearer(&token).bearer(&token);
    assert_refused(&server.send(twice).await, 400, "token_unclear");
    // A gateway takes every 200 for a yes.
    let grpc = question("POST", "/orders")
        .header("content-type", "application/grpc")
        .bearer(&token);
    assert_eq!(server.send(grpc).await.status.as_u16(), 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forward_auth_answers_the_proxies_in_front_alone_and_only_what_they_describe() {
    let issuer = Issuer::new();
    let token = issuer.token(json!({}));
    let policy = issuer.policy(everything(), json!({}));
    let server = start_at("192.0.2.0/24", |_| policy.clone()).await;
    ask(&server, "/", &token)
        .await
        .expect_problem(403, "untrusted_proxy");
    let server = TestServer::start().await;
    ask(&server, "/", &token).await.expect_problem(404, "not_found");

    let server = start(&policy).await;
    ask(&server, "/", &token).await.expect(200);
    let names = ["x-forwarded-method", "x-forwarded-host", "x-forwarded-uri"];
    let with = |left_out: &str, twice: &str| {
        let mut call = Call::get("/gateway/forward-auth").bearer(&token);
        for name in names.into_iter().filter(|name| *name != left_out) {
            call = call.header(name, "/");
            if name == twice {
                call = call.header(name, "/");
            }
        }
        call
    };
    for name in names {
        for call in [with(name, ""), with("", name)] {
            server.send(call).await.expect_problem(400, "invalid_request");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forward_auth_wants_the_key_or_certificate_that_a_token_is_bound_to() {
    let (issuer, key) = (Issuer::new(), ClientKey::generate());
    let server = start(&issuer.policy(everything(), json!({"certificates": true}))).await;
    let token = issuer.token(json!({"cnf": {"jkt": key.jwk().thumbprint_base64url()}}));
    let proof = |more: Value| {
        let htu = "https://api.example/orders";
        let usual = json!({"jti": fresh("jti"), "htm": "PUT", "htu": htu, "iat": now(), "ath": ath(&token)});
        key.sign(&key.proof_header(), &merged(usual, more))
    };
    let bound = |proof: &str| {
        let call = question("PUT", "/orders?page=1").header("authorization", &format!("DPoP {token}"));
        server.send(call.header("dpop", proof))
    };
    let good = proof(json!({}));
    bound(&good).await.expect(200);
    let replayed = bound(&good).await;
    assert_refused(&replayed, 401, "invalid_proof");
    assert!(replayed.header("www-authenticate").starts_with("DPoP "));
    assert_refused(&bound(&proof(json!({"htm": "GET"}))).await, 401, "invalid_proof");
    assert_refused(&ask(&server, "/orders", &token).await, 401, "invalid_proof");

    let (own, other) = (Certificate::of("own"), Certificate::of("other"));
    let token = issuer.token(json!({"cnf": {"x5t#S256": own.thumbprint()}}));
    let bearer = || question("GET", "/").bearer(&token);
    server.send(own.shown(bearer())).await.expect(200);
    for call in [other.shown(bearer()), bearer()] {
        assert_refused(&server.send(call).await, 401, "certificate_mismatch");
    }
}

/// A policy for the direct JWT of a server that decides for itself.
pub(super) fn own(issuer: &str) -> Value {
    let described = json!({
        "issuer": issuer,
        "jwks": {"cluster": "idp", "uri": format!("{issuer}/.well-known/jwks.json")},
        "status": {"cluster": "idp", "uri": format!("{issuer}/status/tokens/"), "required": true},
    });
    json!({
        "issuers": {"idp": described},
        "identity": {"headers": [{"header": "x-idp-sub", "claim": "sub"}, {"header": "x-idp-scope", "claim": "scope"}]},
        "rules": [
            {"match": {"path": "/health/**"}, "access": "public"},
            {"match": {"path": "/bar"}, "scopes": {"all": ["identity:age_over_18"]}},
            {"match": {"path": "/name"}, "scopes": {"all": ["identity:name"]}},
        ],
    })
}

/// Its keys and status lists are at hand.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forward_auth_takes_tokens_of_its_own_server_until_the_device_is_revoked() {
    let server = start_at("127.0.0.1/32", own).await;
    let service = Registration::public().register(&server).await;
    let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
    let jwt = approved_token(&server, &service, &phone, &["identity:name"]).await;
    let passed = ask(&server, "/bar", &jwt).await;
    passed.expect(200);
    assert_eq!(
        passed.header("x-idp-sub"),
        phone.wallet.identity().token_id.as_str()
    );
    assert_refused(&ask(&server, "/name", &jwt).await, 403, "insufficient_scope");
    revoke(&server, &phone).await;
    let last = refusal(async || ask(&server, "/bar", &jwt).await).await;
    assert_refused(&last, 401, "token_revoked");
}

/// A token that is refused until the policy that says otherwise was read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forward_auth_reads_its_policy_again_and_keeps_the_old_one_where_the_new_one_is_wrong() {
    let issuer = Issuer::new();
    let mut installation = Installation::embedded();
    let file = installation.directory.path().join("policy.json");
    let write = |scope: &str| {
        let rules = json!([{"match": {"path": "/**"}, "scopes": {"all": [scope]}}]);
        std::fs::write(&file, issuer.policy(rules, json!({})).to_string()).unwrap();
    };
    write("orders:write");
    installation.set(
        "gateway",
        "policy_file",
        &format!("{:?}", file.display().to_string()),
    );
    installation.set("proxies", "trusted", "[\"127.0.0.1\"]");
    let instance = installation.start().await;
    let token = issuer.token(json!({}));
    let status = async || {
        let answer = instance.site.send(question("GET", "/").bearer(&token)).await;
        answer.status.as_u16()
    };
    assert_eq!(status().await, 403);
    std::fs::write(&file, "{\"rules\": [{\"entry\": \"public\"}]}").unwrap();
    let until = async |what: u16, log: &str| {
        instance.signal("HUP");
        let looking = async {
            while status().await != what || !instance.log().contains(log) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), looking)
            .await
            .expect(log);
    };
    until(403, "rules[0].entry: is not a known member").await;
    write("orders:read");
    until(200, "").await;
}

#[test]
fn what_forward_auth_could_not_decide_is_refused_with_the_configuration() {
    let issuer = Issuer::new();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.json");
    let remote = json!({"issuer": ISSUER, "jwks": {"cluster": "idp", "uri": "https://idp.example/jwks"}});
    for (policy, said_of_it) in [
        (json!({}), "rules: at least one is required"),
        (
            json!({"issuers": {"idp": remote}, "rules": everything()}),
            "issuers.idp: is not this server",
        ),
        (
            issuer.policy(json!([{"match": {"routes": ["a"]}}]), json!({})),
            "rules: `routes` and `metadata`",
        ),
    ] {
        std::fs::write(&file, policy.to_string()).unwrap();
        let file = file.display().to_string();
        let variables = [
            ("IDP_ISSUER", "https://auth.example.com"),
            ("IDP_GATEWAY__POLICY_FILE", file.as_str()),
        ];
        let checked = run_with(&["config", "check"], &variables);
        assert!(!checked.status.success());
        assert!(said(&checked).contains(said_of_it), "{}", said(&checked));
    }
}
