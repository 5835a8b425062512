//! Enrolment and what follows it, through the routes.

use http::StatusCode;
use idp_core::audit::{Actor, AuditEvent};
use idp_core::enrolment::RevocationReason;
use idp_jose::sd_jwt::SdJwt;
use idp_store::durable::{AuditFilter, EnrolmentCode, Page};
use idp_store::{Change, Commit};
use idp_types::{OperatorName, SessionId};
use serde_json::{Value, json};

use super::fixture::{ISSUER, Phone, Server};
use super::*;
use crate::crypto::sha256_hex;

fn operator(name: &str) -> OperatorName {
    OperatorName::parse(name).unwrap()
}

async fn events(server: &Server, event: AuditEvent) -> Vec<serde_json::Value> {
    let filter = AuditFilter {
        event: Some(event),
        ..AuditFilter::default()
    };
    let found = server
        .app
        .durable
        .audit_search(
            &filter,
            Page {
                number: 1,
                limit: 100,
            },
        )
        .await
        .unwrap();
    found.rows.into_iter().map(|row| row.record.details).collect()
}

#[tokio::test]
async fn a_phone_enrols_and_shows_only_what_it_chooses() {
    let server = Server::start().await;
    let phone = Phone::new(&server, "jean", "phone");
    let (status, body) = server.enrol(&phone, &json!({"signedMessage": 2})).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["tokenId"], "jean");
    let credential = SdJwt::parse(body["enrolmentCredential"].as_str().unwrap(), 1 << 16).unwrap();
    assert_eq!(credential.disclosures().count(), 8);

    let session = SessionId::parse("sess_one").unwrap();
    let prepared = credential.present(|name| name == "age_over_18").key_binding(
        ISSUER,
        session.as_str(),
        server.now().unix_seconds(),
    );
    let signature = phone.signer.sign_now(prepared.signing_input()).unwrap();
    let presentation = prepared.complete(&signature);
    let holder = server.app.durable.holder(&phone.token_id).await.unwrap().unwrap();
    let device = holder.value.device(&phone.device_id).unwrap();
    let own = (&holder.value, device);
    let shown = verify_presentation(&server.app, &presentation, own, &session, server.now()).unwrap();
    assert!(shown.ages_reached == [18] && shown.family_name.is_none() && shown.birthdate.is_none());
    let other = SessionId::parse("sess_two").unwrap();
    assert!(verify_presentation(&server.app, &presentation, own, &other, server.now()).is_none());
    let mut stranger = device.clone();
    stranger.seal.fingerprint.0[0] ^= 1;
    let strange = (&holder.value, &stranger);
    assert!(verify_presentation(&server.app, &presentation, strange, &session, server.now()).is_none());
    let whole = presented_from_seal(&server.app, &phone.vds_data(), own, server.now()).unwrap();
    assert_eq!(whole.given_name.as_deref(), Some("Jean"));
    assert!(presented_from_seal(&server.app, &phone.vds_data(), strange, server.now()).is_none());
}

#[tokio::test]
async fn a_challenge_is_good_once_and_a_proof_is_required() {
    let server = Server::start().await;
    let phone = Phone::new(&server, "jean", "phone");
    let (_, challenge) = server.post("/enroll/challenge", &json!({})).await;
    let body = phone.enrolment(challenge["challenge"].as_str().unwrap(), &json!({}));
    assert_eq!(server.post("/enroll", &body).await.0, StatusCode::OK);
    let (status, again) = server.post("/enroll", &body).await;
    assert_eq!(
        (status, again["code"].as_str()),
        (StatusCode::BAD_REQUEST, Some("invalid_proof"))
    );
    let mut unproven = phone.enrolment("x", &json!({"deviceId": "other"}));
    unproven.as_object_mut().unwrap().remove("proof");
    let (_, refused) = server.post("/enroll", &unproven).await;
    assert_eq!(refused["code"], "invalid_proof");
}

#[tokio::test]
async fn a_bad_seal_is_refused_with_its_reason_and_recorded() {
    let server = Server::start().await;
    let phone = Phone::new(&server, "jean", "phone");
    let (status, body) = server.enrol(&phone, &json!({"vdsData": "nothing"})).await;
    assert_eq!(
        (status, body["reason"].as_str()),
        (StatusCode::BAD_REQUEST, Some("malformed"))
    );
    let mut bytes = phone.seal.as_bytes().to_vec();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let forged = idp_types::encoding::base64url(&bytes);
    let (_, body) = server.enrol(&phone, &json!({"vdsData": forged})).await;
    assert_eq!(
        (body["code"].as_str(), body["reason"].as_str()),
        (Some("invalid_seal"), Some("bad_signature"))
    );
    assert_eq!(events(&server, AuditEvent::VdsVerifyFail).await.len(), 2);
}

#[tokio::test]
async fn a_second_device_waits_for_the_first_ones_approval() {
    let server = Server::start().await;
    let first = Phone::new(&server, "jean", "first");
    assert_eq!(server.enrol(&first, &json!({})).await.0, StatusCode::OK);
    let second = Phone::new(&server, "jean", "second");
    let (status, body) = server.enrol(&second, &json!({})).await;
    assert_eq!(
        (status, body["code"].as_str()),
        (StatusCode::FORBIDDEN, Some("admission_required"))
    );
    let approval = json!({"approval": body["approval"]["sessionId"]});
    let code = body["approval"]["autoPassword"].as_str().unwrap().to_owned();
    assert_eq!(
        server.enrol(&second, &approval).await.0,
        StatusCode::FORBIDDEN,
        "not approved yet"
    );
    assert_eq!(first.carry(&server, &code).await, StatusCode::OK);
    let other = Phone::new(&server, "jean", "other");
    assert_eq!(
        server.enrol(&other, &approval).await.0,
        StatusCode::FORBIDDEN,
        "approved for another device"
    );
    let (status, body) = server.enrol(&second, &approval).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let (status, _) = server.enrol(&second, &approval).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "an approval is good once");
    let (_, devices) = second.call(&server, "GET", "/enroll/devices", &Value::Null).await;
    let current: Vec<bool> = devices["devices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|device| device["current"].as_bool().unwrap())
        .collect();
    assert_eq!(current, [false, true]);
}

#[tokio::test]
async fn a_code_admits_once() {
    let server = Server::start().await;
    let first = Phone::new(&server, "jean", "first");
    assert_eq!(server.enrol(&first, &json!({})).await.0, StatusCode::OK);
    let code = EnrolmentCode {
        digest: sha256_hex(b"AAAA-BBBB"),
        token_id: Some(first.token_id.clone()),
        issued_by: "ann".into(),
        expires_at: server.now().plus_seconds(600),
    };
    let changes = vec![Change::PutEnrolmentCode(code)];
    server
        .app
        .durable
        .commit(Commit {
            changes,
            audit: Vec::new(),
        })
        .await
        .unwrap();
    let wrong = json!({"enrolmentCode": "AAAA-CCCC"});
    let right = json!({"enrolmentCode": "AAAA-BBBB"});
    let second = Phone::new(&server, "jean", "second");
    assert_eq!(server.enrol(&second, &wrong).await.0, StatusCode::FORBIDDEN);
    assert_eq!(server.enrol(&second, &right).await.0, StatusCode::OK);
    let third = Phone::new(&server, "jean", "third");
    assert_eq!(server.enrol(&third, &right).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_key_is_replaced_under_the_old_one() {
    let server = Server::start().await;
    let old = Phone::new(&server, "jean", "phone");
    assert_eq!(server.enrol(&old, &json!({})).await.0, StatusCode::OK);
    let new = Phone {
        seal: old.seal.clone(),
        ..Phone::new(&server, "jean", "phone")
    };
    let (status, body) = server.enrol(&new, &json!({})).await;
    assert_eq!(
        (status, body["code"].as_str()),
        (StatusCode::FORBIDDEN, Some("admission_required"))
    );
    let (_, challenge) = server.post("/enroll/challenge", &json!({})).await;
    let challenge = challenge["challenge"].as_str().unwrap();
    let message = idp_core::enrolment::enrolment_proof_message(challenge, new.seal.digest(), &new.device_id);
    let body = new.enrolment(
        challenge,
        &json!({"previousProof": {"signature": old.sign(&message)}}),
    );
    assert_eq!(server.post("/enroll", &body).await.0, StatusCode::OK);
    assert_eq!(
        new.call(&server, "GET", "/enroll/devices", &Value::Null).await.0,
        StatusCode::OK
    );
    assert_eq!(
        old.call(&server, "GET", "/enroll/devices", &Value::Null).await.0,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn an_enrolled_device_looks_after_itself_until_it_is_revoked() {
    let server = Server::start().await;
    let phone = Phone::new(&server, "jean", "phone");
    assert_eq!(server.enrol(&phone, &json!({})).await.0, StatusCode::OK);
    let push = json!({"push": {"type": "fcm", "token": "abc"}});
    assert_eq!(
        phone.call(&server, "PUT", "/enroll/push", &push).await.0,
        StatusCode::NO_CONTENT
    );
    let bad = json!({"push": {"type": "fcm", "token": "a b"}});
    assert_eq!(
        phone.call(&server, "PUT", "/enroll/push", &bad).await.1["code"],
        "invalid_push"
    );
    let (status, body) = phone
        .call(
            &server,
            "POST",
            "/enroll/credential",
            &json!({"vdsData": phone.vds_data()}),
        )
        .await;
    assert!(status == StatusCode::OK && body["enrolmentCredential"].is_string());
    let (status, _) = phone
        .call(&server, "DELETE", "/enroll/nobody", &Value::Null)
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(
        phone
            .call(&server, "DELETE", "/enroll/phone", &Value::Null)
            .await
            .0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        phone
            .call(&server, "GET", "/enroll/devices", &Value::Null)
            .await
            .0,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_revoked_token_id_never_enrols_again() {
    let server = Server::start().await;
    let phone = Phone::new(&server, "jean", "phone");
    assert_eq!(server.enrol(&phone, &json!({})).await.0, StatusCode::OK);
    let by = Actor::Operator(operator("ann"));
    revoke_enrolment(
        &server.app,
        &phone.token_id,
        None,
        RevocationReason::LostDevice,
        by,
    )
    .await
    .unwrap();
    let (status, body) = server.enrol(&phone, &json!({})).await;
    assert_eq!(
        (status, body["code"].as_str()),
        (StatusCode::CONFLICT, Some("revoked"))
    );
}

async fn two_holders(server: &Server) -> (Phone, Phone, Succession) {
    let old = Phone::new(server, "old", "phone");
    let new = Phone::new(server, "new", "phone");
    for phone in [&old, &new] {
        assert_eq!(server.enrol(phone, &json!({})).await.0, StatusCode::OK);
    }
    let succession = Succession {
        token_id: old.token_id.clone(),
        by: new.token_id.clone(),
    };
    (old, new, succession)
}

#[tokio::test]
async fn two_operators_and_a_day_make_a_succession() {
    let server = Server::start().await;
    let (_old, new, succession) = two_holders(&server).await;
    let app = &server.app;
    request_supersession(app, &succession, &operator("ann"))
        .await
        .unwrap();
    let alone = confirm_supersession(app, &succession, &operator("ann"))
        .await
        .unwrap_err();
    assert_eq!(alone.code(), crate::problem::Code::SecondOperatorRequired);
    let confirmed = confirm_supersession(app, &succession, &operator("bob"))
        .await
        .unwrap();
    assert!(confirmed.completed_at.is_none());
    complete_due(app).await.unwrap();
    assert!(
        app.durable
            .holder(&succession.token_id)
            .await
            .unwrap()
            .unwrap()
            .value
            .superseded_by
            .is_none()
    );
    server.clock.advance(24 * 3600 + 1);
    complete_due(app).await.unwrap();
    let old = app.durable.holder(&succession.token_id).await.unwrap().unwrap();
    let heir = app.durable.holder(&new.token_id).await.unwrap().unwrap();
    assert_eq!(old.value.superseded_by.as_ref(), Some(&new.token_id));
    assert_eq!(heir.value.first_token_id, succession.token_id);
    assert_eq!(events(&server, AuditEvent::Supersede).await.len(), 1);
}

#[tokio::test]
async fn both_seals_and_the_old_device_make_a_succession_at_once() {
    let server = Server::start().await;
    let (old, new, succession) = two_holders(&server).await;
    let (old_text, new_text) = (old.vds_data(), new.vds_data());
    let seals = SealPair {
        old: &old_text,
        new: &new_text,
    };
    let swapped = SealPair {
        old: &new_text,
        new: &old_text,
    };
    assert!(
        supersede_by_seals(&server.app, &succession, swapped, &operator("ann"))
            .await
            .is_err()
    );
    supersede_by_seals(&server.app, &succession, seals, &operator("ann"))
        .await
        .unwrap();
    assert_eq!(old.answer(&server, true).await, StatusCode::OK);
    complete_due(&server.app).await.unwrap();
    let chained = server
        .app
        .durable
        .holder(&succession.token_id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(chained.value.superseded_by.as_ref(), Some(&new.token_id));
}

#[tokio::test]
async fn the_old_device_may_object() {
    let server = Server::start().await;
    let (old, _new, succession) = two_holders(&server).await;
    request_supersession(&server.app, &succession, &operator("ann"))
        .await
        .unwrap();
    confirm_supersession(&server.app, &succession, &operator("bob"))
        .await
        .unwrap();
    assert_eq!(old.answer(&server, false).await, StatusCode::OK);
    complete_due(&server.app).await.unwrap();
    let stored = server
        .app
        .durable
        .supersession(&succession.token_id)
        .await
        .unwrap()
        .unwrap();
    assert!(stored.value.cancelled);
    server.clock.advance(48 * 3600);
    complete_due(&server.app).await.unwrap();
    assert!(
        server
            .app
            .durable
            .holder(&succession.token_id)
            .await
            .unwrap()
            .unwrap()
            .value
            .superseded_by
            .is_none()
    );
}

#[tokio::test]
async fn who_did_not_see_the_question_is_asked_again() {
    let server = Server::start().await;
    let (old, _new, succession) = two_holders(&server).await;
    request_supersession(&server.app, &succession, &operator("ann"))
        .await
        .unwrap();
    confirm_supersession(&server.app, &succession, &operator("bob"))
        .await
        .unwrap();
    for hours in [1, 5] {
        server.clock.advance(hours * 3600);
        complete_due(&server.app).await.unwrap();
        complete_due(&server.app).await.unwrap();
        let (_, pending) = old.call(&server, "GET", "/auth/pending", &Value::Null).await;
        assert_eq!(pending["sessions"].as_array().map(Vec::len), Some(1), "{pending}");
    }
    assert_eq!(old.answer(&server, false).await, StatusCode::OK);
    complete_due(&server.app).await.unwrap();
    let stored = server
        .app
        .durable
        .supersession(&succession.token_id)
        .await
        .unwrap();
    assert!(stored.unwrap().value.cancelled);
}
