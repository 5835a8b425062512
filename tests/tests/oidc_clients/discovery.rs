//! OIDC Discovery 3 and 4, RFC 8414 2 and 3, `federation-oidc.md` 0.2 and 3b: what is advertised is there.

use http::Method;
use serde_json::{Value, json};
use tests::{Call, TestServer};

use super::text;

const DOCUMENT: &str = "/.well-known/openid-configuration";

async fn with_registration() -> TestServer {
    TestServer::start_with(|config| config.oidc.dynamic_registration = true).await
}

/// The seed's document, and what the suite's `oidcc-discovery-endpoint-verification` demands beside it.
#[expect(clippy::too_many_lines, reason = "one story, read from top to bottom")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_document_says_what_the_seed_says() {
    let server = TestServer::start().await;
    let answer = server.send(Call::get(DOCUMENT)).await;
    let document = answer.expect(200);
    let issuer = &server.issuer;
    for (member, path) in [
        ("authorization_endpoint", "/oidc/authorize"),
        ("token_endpoint", "/oidc/token"),
        ("userinfo_endpoint", "/oidc/userinfo"),
        ("jwks_uri", "/.well-known/jwks.json"),
        ("end_session_endpoint", "/oidc/end-session"),
    ] {
        assert_eq!(text(&document, member), format!("{issuer}{path}"));
    }
    assert_eq!(document["issuer"], json!(issuer));
    assert_eq!(document["response_types_supported"], json!(["code"]));
    assert_eq!(document["subject_types_supported"], json!(["public", "pairwise"]));
    assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(document["request_uri_parameter_supported"], json!(false));
    assert_eq!(
        document["authorization_response_iss_parameter_supported"],
        json!(true)
    );
    let lists = |member: &str| document[member].as_array().unwrap().clone();
    for algorithm in ["ES256", "RS256", "PS256"] {
        assert!(lists("id_token_signing_alg_values_supported").contains(&json!(algorithm)));
    }
    for scope in [
        "openid",
        "profile",
        "email",
        "identity:name",
        "identity:age_over_18",
        "identity:trust_level",
    ] {
        assert!(lists("scopes_supported").contains(&json!(scope)), "{scope}");
    }
    for claim in [
        "sub",
        "name",
        "given_name",
        "family_name",
        "birthdate",
        "nationality",
        "age_over_18",
        "trust_level",
    ] {
        assert!(lists("claims_supported").contains(&json!(claim)), "{claim}");
    }
    for method in [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
        "none",
    ] {
        assert!(lists("token_endpoint_auth_methods_supported").contains(&json!(method)));
    }
    // Client certificates and self-registration are off here.
    assert!(!lists("token_endpoint_auth_methods_supported").contains(&json!("tls_client_auth")));
    assert!(document.get("registration_endpoint").is_none());
}

/// Entra refuses a chunked document; relying parties may keep it, and pages of any origin may read it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_document_is_whole_cacheable_and_public() {
    let server = TestServer::start().await;
    for path in [DOCUMENT, "/t/entra/.well-known/openid-configuration"] {
        let answer = server.send(Call::get(path)).await;
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("content-length"), answer.body.len().to_string());
        assert!(answer.header("transfer-encoding").is_empty());
        assert!(answer.header("cache-control").starts_with("public, max-age="));
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        let tag = answer.header("etag");
        let again = server.send(Call::get(path).header("if-none-match", &tag)).await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    }
    let key_set = server.send(Call::get("/.well-known/jwks.json")).await;
    assert_eq!(key_set.header("content-length"), key_set.body.len().to_string());
}

/// Every endpoint of a document answers something else than "there is no such thing".
async fn every_endpoint_answers(server: &TestServer, document: &Value) {
    let members = document.as_object().unwrap();
    let endpoints = members
        .iter()
        .filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri");
    let mut tried = 0;
    for (name, address) in endpoints {
        let path = address.as_str().unwrap().strip_prefix(&server.issuer).unwrap();
        let got = server.send(Call::get(path)).await.status.as_u16();
        let posted = server.send(Call::new(Method::POST, path)).await.status.as_u16();
        let exists = |status: u16| !matches!(status, 404 | 405) && status < 500;
        assert!(exists(got) || exists(posted), "{name}: GET {got}, POST {posted}");
        tried += 1;
    }
    assert!(tried > 1, "{document}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_advertised_endpoint_is_there() {
    let server = with_registration().await;
    let document = server.send(Call::get(DOCUMENT)).await.expect(200);
    assert_eq!(
        text(&document, "registration_endpoint"),
        format!("{}/oidc/register", server.issuer)
    );
    every_endpoint_answers(&server, &document).await;
    for view in ["entra", "google", "plain", "entra-mfa"] {
        let path = format!("/t/{view}{DOCUMENT}");
        every_endpoint_answers(&server, &server.send(Call::get(path)).await.expect(200)).await;
    }
}

/// RFC 8414 3.1 puts an issuer's path behind the well-known name, OIDC Discovery 4 before it: one document.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oauth_metadata_is_the_same_document() {
    let server = TestServer::start().await;
    let root = server.send(Call::get(DOCUMENT)).await.expect(200);
    let other = server
        .send(Call::get("/.well-known/oauth-authorization-server"))
        .await;
    assert_eq!(other.expect(200), root);
    let view = server
        .send(Call::get(format!("/t/google{DOCUMENT}")))
        .await
        .expect(200);
    for path in [
        "/.well-known/oauth-authorization-server/t/google",
        "/t/google/.well-known/oauth-authorization-server",
    ] {
        assert_eq!(server.send(Call::get(path)).await.expect(200), view);
    }
    for path in [
        "/t/nobody/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/t/x",
    ] {
        server
            .send(Call::get(path))
            .await
            .expect_problem(404, "not_found");
    }
}

/// `federation-oidc.md` 0.2: a view is an issuer of its own, with the keys of the algorithms that it names and no others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn views_publish_the_keys_of_their_algorithms() {
    let server = TestServer::start().await;
    for (view, certificates) in [
        ("entra", true),
        ("entra-mfa", true),
        ("google", false),
        ("plain", false),
    ] {
        let document = server
            .send(Call::get(format!("/t/{view}{DOCUMENT}")))
            .await
            .expect(200);
        let issuer = format!("{}/t/{view}", server.issuer);
        assert_eq!(text(&document, "issuer"), issuer);
        let path = text(&document, "jwks_uri").strip_prefix(&server.issuer).unwrap();
        let set = server.send(Call::get(path)).await.expect(200);
        let algorithms = document["id_token_signing_alg_values_supported"]
            .as_array()
            .unwrap();
        for key in set["keys"].as_array().unwrap() {
            assert!(algorithms.contains(&key["alg"]), "{view}: {key}");
            assert!(
                key["kid"].is_string() && (key["x5c"].is_array() == certificates),
                "{view}: {key}"
            );
        }
        let published: Vec<&Value> = set["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| &key["alg"])
            .collect();
        assert!(
            algorithms.iter().all(|algorithm| published.contains(&algorithm)),
            "{view}"
        );
    }
}

/// `federation-oidc.md` 5a: Entra's external method has a flow of its own, at its own endpoint, and it exists nowhere else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn implicit_is_in_one_view_alone() {
    let server = TestServer::start().await;
    let document = server
        .send(Call::get(format!("/t/entra-mfa{DOCUMENT}")))
        .await
        .expect(200);
    let endpoint = format!("{}/t/entra-mfa/oidc/entra/authorize", server.issuer);
    assert_eq!(text(&document, "authorization_endpoint"), endpoint);
    assert_eq!(document["response_types_supported"], json!(["id_token"]));
    assert_eq!(
        document["id_token_signing_alg_values_supported"],
        json!(["RS256"])
    );
    assert!(document.get("token_endpoint").is_none());
    for view in ["", "/t/entra", "/t/google", "/t/plain"] {
        let document = server
            .send(Call::get(format!("{view}{DOCUMENT}")))
            .await
            .expect(200);
        assert_eq!(document["response_types_supported"], json!(["code"]), "{view}");
        assert!(
            !document["grant_types_supported"]
                .as_array()
                .unwrap()
                .contains(&json!("implicit"))
        );
    }
}
