//! Hostile tokens and requests: each its exact status, and the VM is alive afterwards (RFC 8725, RFC 6750 2, RFC 3986 6).

use data_encoding::BASE64URL_NOPAD;
use idp_jose::jws::Header;
use idp_jose::{Algorithm, Jwk};
use serde_json::{Value, json};
use tests::{Call, ClientKey, Gateway, Setup};

use super::{ISSUER, Issuer, assert_refused, everything, now};

const NOWHERE: &str = "http://127.0.0.1:9";
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

fn encode(text: &str) -> String {
    BASE64URL_NOPAD.encode(text.as_bytes())
}

/// A token of these texts with a signature that was made over them.
fn signed(issuer: &Issuer, header: &str, payload: &str) -> String {
    let input = format!("{}.{}", encode(header), encode(payload));
    let signature = issuer.key.signature(Algorithm::Es256, input.as_bytes());
    format!("{input}.{}", BASE64URL_NOPAD.encode(&signature))
}

/// A good token with another signature.
fn resigned(token: &str, signature: &[u8]) -> String {
    let (input, _) = token.rsplit_once('.').unwrap();
    format!("{input}.{}", BASE64URL_NOPAD.encode(signature))
}

fn bad_signatures(issuer: &Issuer) -> Vec<(String, &'static str)> {
    let good = issuer.token(json!({}));
    let order = data_encoding::HEXLOWER.decode(ORDER.as_bytes()).unwrap();
    let (zero, one) = (vec![0; 32], vec![1; 32]);
    let mut cases: Vec<_> = [
        [&zero, &one],
        [&one, &zero],
        [&order, &one],
        [&one, &order],
        [&zero, &zero],
    ]
    .map(|parts| {
        (
            resigned(&good, &parts.map(Vec::as_slice).concat()),
            "token_signature",
        )
    })
    .into();
    cases.push((resigned(&good, &[1; 63]), "token_signature"));
    cases.push((resigned(&good, &[1; 65]), "token_signature"));
    let other = ClientKey::generate();
    cases.push((
        other.sign(&issuer.header(), &Issuer::claims(json!({}))),
        "token_signature",
    ));
    let unknown = Header::new(Algorithm::Es256)
        .with_typ("at+jwt")
        .with_kid("unknown");
    cases.push((
        issuer.key.sign(&unknown, &Issuer::claims(json!({}))),
        "token_key_unknown",
    ));
    let shown = issuer
        .header()
        .with("jwk", Jwk::new(other.public_key()).to_value());
    cases.push((other.sign(&shown, &Issuer::claims(json!({}))), "token_signature"));
    cases
}

fn bad_headers(issuer: &Issuer) -> Vec<(String, &'static str)> {
    let kid = issuer.key.jwk().kid.unwrap();
    let claims = Issuer::claims(json!({})).to_string();
    let with = |header: Value| signed(issuer, &header.to_string(), &claims);
    vec![
        (
            with(json!({"alg": "none", "typ": "at+jwt", "kid": kid})),
            "token_algorithm",
        ),
        (
            with(json!({"alg": "HS256", "typ": "at+jwt", "kid": kid})),
            "token_algorithm",
        ),
        (
            with(json!({"alg": "ES384", "typ": "at+jwt", "kid": kid})),
            "token_algorithm",
        ),
        (
            with(json!({"alg": "RS256", "typ": "at+jwt", "kid": kid})),
            "token_algorithm",
        ),
        (
            with(json!({"alg": "ES256", "typ": "JWT", "kid": kid})),
            "token_type",
        ),
        (with(json!({"alg": "ES256", "kid": kid})), "token_type"),
        (
            with(json!({"alg": "ES256", "typ": "at+jwt", "kid": kid, "crit": ["exp"]})),
            "token_malformed",
        ),
        (
            with(json!({"alg": "ES256", "typ": "at+jwt", "kid": kid, "b64": false})),
            "token_malformed",
        ),
        (
            with(json!({"alg": "ES256", "typ": "at+jwt", "kid": 7})),
            "token_malformed",
        ),
        (
            signed(issuer, r#"{"alg":"ES256","alg":"none"}"#, &claims),
            "token_malformed",
        ),
        (format!("{}..", encode(r#"{"alg":"none"}"#)), "token_malformed"),
    ]
}

fn bad_claims(issuer: &Issuer) -> Vec<(String, &'static str)> {
    let header = json!({"alg": "ES256", "typ": "at+jwt", "kid": issuer.key.jwk().kid}).to_string();
    let with = |payload: &str| signed(issuer, &header, payload);
    let nested = format!(
        "{{\"iss\":\"{ISSUER}\",\"a\":{}{}}}",
        "[".repeat(2000),
        "]".repeat(2000)
    );
    vec![
        (issuer.token(json!({"exp": now() - 1})), "token_expired"),
        (issuer.token(json!({"exp": null})), "token_claim_missing"),
        (issuer.token(json!({"exp": "2100"})), "token_claim_invalid"),
        (issuer.token(json!({"exp": 1e300})), "token_claim_invalid"),
        (issuer.token(json!({"nbf": now() + 100})), "token_not_yet_valid"),
        (issuer.token(json!({"iat": now() + 100})), "token_not_yet_valid"),
        (issuer.token(json!({"aud": null})), "token_claim_missing"),
        (
            issuer.token(json!({"aud": "https://api.example.evil"})),
            "token_audience",
        ),
        (issuer.token(json!({"aud": ["x", 7]})), "token_claim_invalid"),
        (
            issuer.token(json!({"iss": "https://idp.example/"})),
            "token_issuer",
        ),
        (issuer.token(json!({"iss": null})), "token_claim_missing"),
        (
            issuer.token(json!({"cnf": {"unknown": 1}})),
            "token_claim_invalid",
        ),
        (with("[]"), "token_malformed"),
        (with("{\"iss\":1e999}"), "token_malformed"),
        (
            with(&format!("{{\"iss\":\"{ISSUER}\",\"exp\":1,\"exp\":9999999999}}")),
            "token_malformed",
        ),
        (with(&nested), "token_malformed"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateway_refuses_hostile_tokens_each_for_its_reason() {
    let issuer = Issuer::new();
    let gateway = Gateway::start(&issuer.policy(everything(), json!({})), &Setup::new(NOWHERE)).await;
    let good = issuer.token(json!({}));
    let mut cases = bad_signatures(&issuer);
    cases.extend(bad_headers(&issuer));
    cases.extend(bad_claims(&issuer));
    for text in ["", "a", "a.b", "a.b.c", "a.b.c.d", "....", "e30.e30.e30"] {
        cases.push((text.to_owned(), "token_malformed"));
    }
    cases.push((format!("{good}="), "token_malformed"));
    cases.push((format!("{good}A"), "token_signature"));
    cases.push((format!("{good} {good}"), "token_malformed"));
    cases.push((format!("{good}{}", "A".repeat(20_000)), "token_too_long"));
    for (token, code) in &cases {
        let answer = gateway.ask("/", token).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (401, *code),
            "{token}"
        );
    }
    gateway.ask("/", &good).await.expect(200);
    gateway.ask("/", &good).await.expect(200);
    for (token, _) in &cases {
        assert_eq!(gateway.ask("/", token).await.status.as_u16(), 401, "{token}");
    }
    gateway.assert_alive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateway_refuses_requests_that_two_servers_read_differently() {
    let issuer = Issuer::new();
    let rules = json!([{"match": {"path": "/public/**"}, "access": "public"}, {"match": {"path": "/admin"}}]);
    let gateway = Gateway::start(&issuer.policy(rules, json!({})), &Setup::new(NOWHERE)).await;
    for path in [
        "//admin",
        "/public//x",
        "/public/../admin",
        "/public/..%2fadmin",
        "/public/%2e%2e/admin",
        "/public/%2E./admin",
        "/public;/../admin",
        "/public/..;/admin",
        "/public/\\..\\admin",
        "/public/%5c..%5cadmin",
        "/public/%00",
        "/%61dmin",
        "/public/x%252e",
        "/public/%zz",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n");
        assert_eq!(gateway.raw(request.as_bytes()).await, 400, "{path}");
    }
    let good = issuer.token(json!({}));
    let ask = |headers: String| format!("GET /admin HTTP/1.1\r\nhost: a\r\n{headers}\r\n");
    // Envoy joins the values of two headers, and what comes out is no token.
    for (headers, status) in [
        (format!("authorization: Bearer {good}\r\n"), 200),
        (format!("AUTHORIZATION: bEARER {good}\r\n"), 200),
        (
            format!("authorization: Bearer {good}\r\nauthorization: Bearer {good}\r\n"),
            401,
        ),
        (
            format!("authorization: Bearer {good}\r\nAuthorization: Basic YTpi\r\n"),
            401,
        ),
        ("authorization: Bearer \u{fffd}\r\n".to_owned(), 401),
        (format!("authorization: Bearer {}\r\n", "A".repeat(50_000)), 401),
        (format!("authorization: Bearer {}\r\n", "A".repeat(65_536)), 431),
    ] {
        assert_eq!(
            gateway.raw(ask(headers.clone()).as_bytes()).await,
            status,
            "{}",
            &headers[..headers.len().min(80)]
        );
    }
    gateway.send(Call::get("/public/a%20b/c.d")).await.expect(200);
    assert_refused(&gateway.send(Call::get("/admin/")).await, 401, "token_missing");
    gateway.assert_alive().await;
}
