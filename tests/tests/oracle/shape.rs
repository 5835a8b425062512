//! Profile 4: the same status, members, header and socket for every kind of tokenId, on every way in.

use std::collections::BTreeSet;

use http::Method;
use idp_authenticator::{CodeAnswer, DeclineReason};
use serde_json::{Value, json};
use tests::{Answer, Browser, Call, Invented, Login, Phone, Registration};

use super::Cast;

/// What an answer looks like to somebody who does not know its values: members with their types and lengths, the header's names
/// and the values that do not differ between any two answers.
fn shape(answer: &Answer) -> String {
    let body = answer.json();
    let members = body.as_object().cloned().unwrap_or_default();
    let members: Vec<String> = members
        .iter()
        .map(|(name, value)| format!("{name}:{}", form(name, value)))
        .collect();
    let headers: Vec<String> = answer
        .header_names()
        .into_iter()
        .map(|name| {
            if name == "date" || name == "x-request-id" {
                name
            } else {
                format!("{name}={}", answer.header(&name))
            }
        })
        .collect();
    format!("{} {members:?} {headers:?}", answer.status)
}

fn form(name: &str, value: &Value) -> String {
    match (name, value) {
        // Problems say the same in words.
        ("code" | "title" | "type" | "detail" | "attemptsLeft" | "status", value) => value.to_string(),
        (_, Value::String(text)) => format!("text of {}", text.len()),
        (_, other) => other.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn initiate_answers_everybody_alike_and_so_does_the_socket() {
    let cast = Cast::assemble().await;
    let mut seen = BTreeSet::new();
    let mut heard = BTreeSet::new();
    for (kind, token_id) in &cast.kinds {
        let answer = cast.service.try_initiate(&cast.server, token_id, json!({})).await;
        seen.insert(shape(&answer));
        assert_eq!(seen.len(), 1, "{kind}: {seen:?}");
        let mut shown = Browser::open(&cast.server, &Login::of(&answer))
            .await
            .expect("otp_ready")
            .await;
        assert_eq!(shown["autoPassword"], Login::of(&answer).code.as_str());
        assert_eq!(shown["expiresAt"], answer.json()["expiresAt"]);
        shown["autoPassword"] = Value::Null;
        shown["expiresAt"] = Value::Null;
        heard.insert(shown.to_string());
        assert_eq!(heard.len(), 1, "{kind}: {heard:?}");
    }
    assert_eq!(
        cast.phone.pending().await.len(),
        1,
        "and the enrolled one was told"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_needs_trust_answers_everybody_alike() {
    let cast = Cast::assemble().await;
    let service = Registration::public()
        .with("trustRequired", json!(true))
        .register(&cast.server)
        .await;
    let trusting = cast.server.issue(Invented::jean());
    let phone = Phone::enrol(&cast.server, &trusting).await;
    phone
        .send(Method::PUT, &format!("/services/{}/trust", service.id), "{}")
        .await
        .expect(200);
    let mut seen = BTreeSet::new();
    for token_id in [
        trusting.token_id.as_str(),
        cast.enrolled.token_id.as_str(),
        "nobody-at-all",
    ] {
        seen.insert(shape(
            &service.try_initiate(&cast.server, token_id, json!({})).await,
        ));
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
}

/// A stranger knows sessionId and code, for he began the session himself; he has no key.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verify_and_reject_refuse_a_wrong_signature_alike() {
    let cast = Cast::assemble().await;
    let (mut verified, mut rejected) = (BTreeSet::new(), BTreeSet::new());
    for (kind, token_id) in &cast.kinds {
        for device_id in [None, Some("phone"), Some("unheard-of")] {
            let login = cast.service.initiate(&cast.server, token_id).await;
            let mut body = json!({
                "sessionId": login.session_id, "tokenId": token_id, "otp": login.code,
                "timestamp": cast.server.now().unix_seconds(), "grantedScopes": ["identity:name"], "reason": "not_me",
                "signature": idp_types::encoding::base64url(&[1; 64]),
            });
            if let Some(device_id) = device_id {
                body["deviceId"] = json!(device_id);
            }
            verified.insert(shape(&cast.server.send(Call::post("/auth/verify", &body)).await));
            rejected.insert(shape(&cast.server.send(Call::post("/auth/reject", &body)).await));
            assert_eq!(
                (verified.len(), rejected.len()),
                (1, 1),
                "{kind}: {verified:?} {rejected:?}"
            );
        }
    }
    assert!(
        verified.iter().all(|shape| shape.contains("invalid_signature")),
        "{verified:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gone_and_unknown_sessions_are_one_answer() {
    let cast = Cast::assemble().await;
    let token_id = cast.enrolled.token_id.as_str();
    cast.service.initiate(&cast.server, token_id).await;
    let request = cast.phone.only().await;
    let body = cast.phone.approval(&request, CodeAnswer::Compared, &[]).unwrap();
    let refusal = cast
        .phone
        .rejection(request.session_id.as_str(), DeclineReason::Declined);
    let unknown = |body: &str| body.replace(request.session_id.as_str(), "sess_AAAAAAAAAAAAAAAAAAAAAA");
    let mut seen = BTreeSet::new();
    for (path, body) in [("/auth/verify", &body), ("/auth/reject", &refusal)] {
        seen.insert(shape(
            &cast
                .server
                .send(Call::new(Method::POST, path).text(unknown(body)))
                .await,
        ));
    }
    cast.server.clock.advance(61);
    for (path, body) in [("/auth/verify", &body), ("/auth/reject", &refusal)] {
        seen.insert(shape(
            &cast
                .server
                .send(Call::new(Method::POST, path).text(body.clone()))
                .await,
        ));
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
}

/// Profile 2: `Authorization: Device` of nobody, of an unknown device and with a wrong signature.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signed_requests_refuse_a_stranger_alike() {
    let cast = Cast::assemble().await;
    let mut seen = BTreeSet::new();
    for (method, path, body) in [
        (Method::GET, "/auth/pending", ""),
        (Method::GET, "/enroll/devices", ""),
        (Method::GET, "/services/trusted", ""),
        (Method::PUT, "/enroll/push", r#"{"push":{"type":"none"}}"#),
        (Method::POST, "/enroll/credential", r#"{"vdsData":"AAAA"}"#),
        (Method::DELETE, "/enroll/phone", ""),
    ] {
        for (kind, token_id) in &cast.kinds {
            for device_id in ["phone", "unheard-of"] {
                let value = format!(
                    r#"Device tokenId="{token_id}", deviceId="{device_id}", ts="{}", nonce="abcdefgh", sig="{}""#,
                    cast.server.now().unix_seconds(),
                    idp_types::encoding::base64url(&[1; 64])
                );
                let call = Call::new(method.clone(), path)
                    .text(body.to_owned())
                    .header("authorization", &value);
                seen.insert(shape(&cast.server.send(call).await));
                assert_eq!(seen.len(), 1, "{kind} at {path}: {seen:?}");
            }
        }
    }
}

/// A claimed QR tells nothing of the holder either: the phone must be its own (profile 7).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn service_facts_and_keys_say_nothing_of_people() {
    let cast = Cast::assemble().await;
    for path in [
        "/.well-known/jwks.json",
        "/health",
        "/health/ready",
        &format!("/services/{}", cast.service.id),
        "/status/tokens/1",
    ] {
        let text = cast.server.send(Call::get(path)).await.text();
        for (_, token_id) in &cast.kinds {
            assert!(!text.contains(token_id.as_str()), "{path}");
        }
    }
}
