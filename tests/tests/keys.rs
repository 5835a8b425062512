//! Profile 5 and 8: the published keys of every algorithm, their views for relying parties that take less, and caching.

use std::collections::BTreeSet;

use http::Method;
use idp_jose::{Algorithm, JwkSet};
use serde_json::Value;
use tests::{Answer, Call, TestServer};

const ROOT: &str = "/.well-known/jwks.json";
const ENTRA: &str = "/t/entra/.well-known/jwks.json";
const GOOGLE: &str = "/t/google/.well-known/jwks.json";
const PLAIN: &str = "/t/plain/.well-known/jwks.json";
const TWO_DAYS: i64 = 2 * 86_400;

async fn keys(server: &TestServer, path: &str) -> Vec<Value> {
    let set = server.send(Call::get(path)).await.expect(200);
    set["keys"].as_array().unwrap().clone()
}

fn members(key: &Value) -> BTreeSet<&str> {
    key.as_object().unwrap().keys().map(String::as_str).collect()
}

fn texts<'a>(keys: &'a [Value], member: &str) -> Vec<&'a str> {
    keys.iter().map(|key| key[member].as_str().unwrap()).collect()
}

async fn rotate(server: &TestServer, purpose: &str) -> Value {
    let path = format!("/admin/keys/{purpose}/rotate");
    server.administer(Call::new(Method::POST, path)).await.expect(200)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_algorithm_has_its_own_key_and_each_member_its_meaning() {
    let server = TestServer::start().await;
    let keys = keys(&server, ROOT).await;
    assert_eq!(texts(&keys, "alg"), ["ES256", "ES256", "RS256", "PS256", "EdDSA"]);
    assert_eq!(texts(&keys, "use"), ["sig"; 5]);
    assert_eq!(texts(&keys, "kid").into_iter().collect::<BTreeSet<_>>().len(), 5);
    let expected = [
        ["alg", "crv", "kid", "kty", "use", "x", "y"].as_slice(),
        &["alg", "crv", "kid", "kty", "use", "x", "y"],
        &["alg", "e", "kid", "kty", "n", "use", "x5c"],
        &["alg", "e", "kid", "kty", "n", "use"],
        &["alg", "crv", "kid", "kty", "use", "x"],
    ];
    for (key, expected) in keys.iter().zip(expected) {
        assert_eq!(members(key), expected.iter().copied().collect(), "{key}");
    }
    let read = JwkSet::parse(&server.send(Call::get(ROOT)).await.body, JwkSet::LIMIT).unwrap();
    for algorithm in [Algorithm::Rs256, Algorithm::Ps256, Algorithm::EdDsa] {
        assert!(read.find(None, algorithm).is_some(), "{algorithm}");
    }
}

/// `federation-oidc.md` 0.2: what breaks a relying party is not shown to it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_profile_sees_what_it_can_take() {
    let server = TestServer::start().await;
    let all = keys(&server, ROOT).await;
    let entra = keys(&server, ENTRA).await;
    assert_eq!(entra, [all[2].clone()]);
    assert_eq!(entra[0]["x5c"].as_array().map(Vec::len), Some(1));

    let google = keys(&server, GOOGLE).await;
    assert_eq!(texts(&google, "kid"), texts(&entra, "kid"));
    assert!(google[0].get("x5c").is_none());

    let plain = keys(&server, PLAIN).await;
    assert_eq!(texts(&plain, "kid"), texts(&all, "kid"));
    assert!(plain.iter().all(|key| key.get("x5c").is_none()));

    for path in ["/t/okta/.well-known/jwks.json", "/t/Entra/.well-known/jwks.json"] {
        server
            .send(Call::get(path))
            .await
            .expect_problem(404, "not_found");
    }
}

fn check_headers(answer: &Answer) {
    assert_eq!(answer.header("content-type"), "application/jwk-set+json");
    assert_eq!(answer.header("cache-control"), "public, max-age=3600");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
}

/// A verifier that follows Cache-Control has a new key before it signs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_set_is_kept_no_longer_than_a_new_key_waits() {
    let server = TestServer::start_with(|config| config.keys.rotation.publish_ahead = 300).await;
    for path in [ROOT, ENTRA] {
        let answer = server.send(Call::get(path)).await;
        assert_eq!(answer.header("cache-control"), "public, max-age=300");
    }
}

/// `federation-oidc.md` 5: Microsoft refuses an answer without `Content-Length`. RFC 9110 section 13.1.2.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_set_has_a_length_and_is_not_sent_twice() {
    let server = TestServer::start().await;
    let mut tags = BTreeSet::new();
    for path in [ROOT, ENTRA, GOOGLE, PLAIN] {
        let answer = server.send(Call::get(path)).await;
        check_headers(&answer);
        assert_eq!(answer.header("content-length"), answer.body.len().to_string());
        let tag = answer.header("etag");
        for named in [
            tag.clone(),
            format!("W/{tag}"),
            format!("\"a\", {tag}"),
            "*".to_owned(),
        ] {
            let known = server.send(Call::get(path).header("if-none-match", &named)).await;
            assert_eq!((known.status.as_u16(), known.body.len()), (304, 0), "{named}");
            check_headers(&known);
            assert_eq!(known.header("etag"), tag);
        }
        let other = server
            .send(Call::get(path).header("if-none-match", "\"a\""))
            .await;
        assert_eq!(other.expect(200), answer.expect(200));
        tags.insert(tag);
    }
    assert_eq!(tags.len(), 4, "each view has a tag of its own");
}

/// `federation-oidc.md` 2.6: a new key is known for two days before it signs; the old one stays while its tokens are valid.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_shows_the_old_key_and_the_new_one_in_every_view() {
    let server = TestServer::start().await;
    let old = keys(&server, ENTRA).await[0].clone();
    let tag = server.send(Call::get(ENTRA)).await.header("etag");
    let made = rotate(&server, "oidc_rs256").await;
    assert_eq!(
        (&made["algorithm"], &made["phase"]),
        (&"RS256".into(), &"upcoming".into())
    );
    let changed = server.send(Call::get(ENTRA).header("if-none-match", &tag)).await;
    let entra = changed.expect(200)["keys"].as_array().unwrap().clone();
    assert_eq!(entra.len(), 2);
    assert_eq!(entra[0], old, "bytes of a published key never change");
    assert_eq!(entra[1]["kid"], made["kid"]);
    assert_ne!(entra[1]["x5c"], old["x5c"]);
    for (path, count) in [(ROOT, 6), (GOOGLE, 2), (PLAIN, 6)] {
        let keys = keys(&server, path).await;
        assert_eq!(keys.len(), count, "{path}");
        for key in &entra {
            assert!(
                texts(&keys, "kid").contains(&key["kid"].as_str().unwrap()),
                "{path}"
            );
        }
    }

    let phase_of = async |kid: &Value| {
        let listed = server.administer(Call::get("/admin/keys")).await.expect(200);
        let listed = listed["keys"].as_array().unwrap().clone();
        let found = listed.iter().find(|key| key["kid"] == *kid);
        found.map(|key| key["phase"].as_str().unwrap().to_owned())
    };
    server.clock.advance(TWO_DAYS - 60);
    assert_eq!(phase_of(&made["kid"]).await.as_deref(), Some("upcoming"));
    server.clock.advance(61);
    assert_eq!(phase_of(&made["kid"]).await.as_deref(), Some("active"));
    assert_eq!(phase_of(&old["kid"]).await.as_deref(), Some("retiring"));
    assert_eq!(keys(&server, ENTRA).await.len(), 2);
    server.clock.advance(server.app.config.keys.rotation.keep_after);
    assert_eq!(keys(&server, ENTRA).await, [entra[1].clone()]);
}
