//! `product.md` 15 and profile 11: who may do what, and how a new seal takes over from an old one.

use std::time::Duration;

use http::Method;
use idp_authenticator::DeclineReason;
use idp_authenticator::approval::{Matching, Purpose};
use idp_server::admin::{OperatorScope, Role};
use serde_json::json;
use tests::{Answer, Call, Holder, Invented, Phone, Registration, TestServer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scope_and_role_bound_every_operator() {
    use OperatorScope::{Admin, Audit};
    let server = TestServer::start().await;
    let jean = server.issue(Invented::jean());
    Phone::enrol(&server, &jean).await;
    let revoke = Call::post("/revoke", &json!({"tokenId": "nobody", "reason": "user_request"}));
    let register = Call::post("/admin/services", Registration::public().body());
    let read = Call::get("/admin/enrollments");
    let about = Call::get(format!("/admin/audit?token_id={}", jean.token_id));
    for (scopes, role, [reads, opens, acts, configures]) in [
        (&[Admin, Audit][..], Role::SuperAdmin, [200, 200, 404, 201]),
        (&[Admin], Role::SuperAdmin, [200, 403, 404, 409]),
        (&[Admin], Role::Operator, [200, 403, 404, 403]),
        (&[Admin, Audit], Role::Auditor, [200, 200, 403, 403]),
        (&[Audit], Role::SuperAdmin, [200, 200, 403, 403]),
        (&[], Role::SuperAdmin, [403, 403, 403, 403]),
    ] {
        let token = server.operator_with("bob", scopes, role).await;
        for (call, status) in [
            (&read, reads),
            (&about, opens),
            (&revoke, acts),
            (&register, configures),
        ] {
            let answer = server.send(call.clone().bearer(&token)).await;
            assert_eq!(
                answer.status.as_u16(),
                status,
                "{scopes:?} {role:?} {call:?}: {}",
                answer.text()
            );
        }
    }
    let denied = server
        .administer(Call::get("/admin/audit?event=ADMIN_DENIED"))
        .await
        .expect(200);
    assert_eq!(denied["total"], 11, "every refusal is recorded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_ends_and_only_an_operators_token_is_one() {
    let server = TestServer::start().await;
    let token = server.operator("ann").await;
    server
        .send(Call::get("/admin/keys").bearer(&token))
        .await
        .expect(200);
    server.clock.advance(3601);
    server
        .send(Call::get("/admin/keys").bearer(&token))
        .await
        .expect_problem(401, "invalid_token");
    let list = server.send(Call::get("/status/tokens/1")).await.text();
    let refused = server.send(Call::get("/admin/keys").bearer(&list)).await;
    refused.expect_problem(401, "invalid_token");
    assert!(refused.header("www-authenticate").starts_with("Bearer"));
}

/// Two enrolled tokenIds of one person, and the old one's phone.
async fn recovery(server: &TestServer) -> (Holder, Holder, Phone) {
    let (old, new) = (server.issue(Invented::jean()), server.issue(Invented::jean()));
    let phone = Phone::enrol(server, &old).await;
    Phone::enrol(server, &new).await;
    (old, new, phone)
}

async fn supersede(server: &TestServer, operator: &str, (old, new): (&Holder, &Holder)) -> Answer {
    let token = server.operator(operator).await;
    let path = format!("/admin/enrollments/{}/supersede", old.token_id);
    server
        .send(Call::post(path, &json!({"by": new.token_id})).bearer(&token))
        .await
}

/// Waits until a supersession is over, as the phone's answer is carried out beside the requests.
async fn settled(server: &TestServer, old: &Holder) -> (bool, bool) {
    let looking = async {
        loop {
            let found = server
                .app
                .durable
                .supersession(&old.token_id)
                .await
                .unwrap()
                .unwrap()
                .value;
            if found.cancelled || found.completed_at.is_some() {
                return (found.completed_at.is_some(), found.cancelled);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), looking)
        .await
        .expect("it is carried out")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_operators_and_the_old_device_let_a_new_seal_take_over() {
    let server = TestServer::start().await;
    let (old, new, phone) = recovery(&server).await;
    assert_eq!(
        supersede(&server, "ann", (&old, &new)).await.expect(202)["status"],
        "requested"
    );
    assert_eq!(
        supersede(&server, "ann", (&old, &new)).await.expect(202)["status"],
        "requested",
        "one is not two"
    );
    assert!(phone.pending().await.is_empty());
    assert_eq!(
        supersede(&server, "bob", (&old, &new)).await.expect(202)["status"],
        "confirmed"
    );
    let request = phone.only().await;
    assert_eq!(request.purpose, Purpose::Supersede);
    assert!(
        matches!(request.matching, Matching::Compare { .. }),
        "{request:?}"
    );
    phone.approve(&request).await.expect(200);
    assert_eq!(settled(&server, &old).await, (true, false));
    phone
        .send(Method::GET, "/auth/pending", "")
        .await
        .expect_problem(401, "device_not_active");
    assert_eq!(
        supersede(&server, "bob", (&old, &new)).await.expect(200)["status"],
        "completed",
        "asked again, it stands"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_device_can_stop_it() {
    let server = TestServer::start().await;
    let (old, new, phone) = recovery(&server).await;
    supersede(&server, "ann", (&old, &new)).await.expect(202);
    supersede(&server, "bob", (&old, &new)).await.expect(202);
    let request = phone.only().await;
    phone
        .reject(request.session_id.as_str(), DeclineReason::NotMe)
        .await
        .expect(200);
    assert_eq!(settled(&server, &old).await, (false, true));
    phone.send(Method::GET, "/auth/pending", "").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_seals_are_as_good_as_a_second_operator_if_they_are_of_one_person() {
    let server = TestServer::start().await;
    let (old, new, phone) = recovery(&server).await;
    let stranger = server.issue(Invented::amelie());
    Phone::enrol(&server, &stranger).await;
    let path = format!("/admin/enrollments/{}/supersede", old.token_id);
    let with = |by: &Holder, seal: &str| {
        Call::post(
            &path,
            &json!({"by": by.token_id, "old_seal": old.seal, "new_seal": seal}),
        )
    };
    server
        .administer(with(&stranger, &stranger.seal))
        .await
        .expect_problem(409, "conflict");
    server
        .administer(with(&new, &stranger.seal))
        .await
        .expect_problem(409, "conflict");
    server
        .administer(with(&new, "nonsense"))
        .await
        .expect_problem(400, "invalid_seal");
    assert_eq!(
        server.administer(with(&new, &new.seal)).await.expect(202)["status"],
        "confirmed"
    );
    let withdrawn = server
        .administer(Call::new(Method::DELETE, &path))
        .await
        .expect(200);
    assert_eq!(withdrawn["status"], "cancelled");
    phone.send(Method::GET, "/auth/pending", "").await.expect(200);
}
