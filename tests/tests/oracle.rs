//! Profile 4, "no oracle on who is enrolled", and the issue's "nobody without the device key can lock, block or fill up a tokenId":
//! one test for each way in, then the ways to do harm.

mod harm;
mod shape;
mod timing;

use http::Method;
use idp_authenticator::DeclineReason;
use serde_json::json;
use tests::{Call, Holder, Invented, Phone, Registered, Registration, TestServer};

/// Every kind of tokenId that a stranger could ask for.
struct Cast {
    server: TestServer,
    service: Registered,
    /// Enrolled and well, with the phone.
    enrolled: Holder,
    phone: Phone,
    /// By what it is, each with a tokenId.
    kinds: Vec<(&'static str, String)>,
}

impl Cast {
    async fn assemble() -> Self {
        let server = TestServer::start().await;
        let service = Registration::public().register(&server).await;
        let enrolled = server.issue(Invented::jean());
        let phone = Phone::enrol(&server, &enrolled).await;
        let mut kinds = vec![
            ("enrolled", enrolled.token_id.to_string()),
            ("unknown", tests::fresh("jean")),
        ];
        kinds.push(("revoked", revoked(&server).await));
        kinds.push((
            "superseded by a revoked one",
            superseded_by_revoked(&server).await,
        ));
        kinds.push(("locked", locked(&server).await));
        kinds.push(("blocked", blocked(&server, &service).await));
        kinds.push(("without a device", without_device(&server).await));
        Self {
            server,
            service,
            enrolled,
            phone,
            kinds,
        }
    }
}

async fn revoke(server: &TestServer, token_id: &str) {
    let body = json!({"tokenId": token_id, "reason": "user_request"});
    server.administer(Call::post("/revoke", &body)).await.expect(200);
}

async fn revoked(server: &TestServer) -> String {
    let holder = server.issue(Invented::jean());
    Phone::enrol(server, &holder).await;
    revoke(server, holder.token_id.as_str()).await;
    holder.token_id.into()
}

async fn without_device(server: &TestServer) -> String {
    let holder = server.issue(Invented::jean());
    let phone = Phone::enrol(server, &holder).await;
    phone.send(Method::DELETE, "/enroll/phone", "").await.expect(204);
    holder.token_id.into()
}

async fn superseded_by_revoked(server: &TestServer) -> String {
    let (old, new) = (server.issue(Invented::jean()), server.issue(Invented::jean()));
    let phone = Phone::enrol(server, &old).await;
    Phone::enrol(server, &new).await;
    phone.send(Method::DELETE, "/enroll/phone", "").await.expect(204);
    let body = json!({"by": new.token_id, "old_seal": old.seal, "new_seal": new.seal});
    let path = format!("/admin/enrollments/{}/supersede", old.token_id);
    server.administer(Call::post(path, &body)).await.expect(200);
    revoke(server, new.token_id.as_str()).await;
    old.token_id.into()
}

/// A hundred wrong codes under its own key lock a device (profile 4.3); three of them fit a session.
async fn locked(server: &TestServer) -> String {
    let transfer = Registration::public()
        .with("matchingMode", json!("transfer"))
        .register(server)
        .await;
    let holder = server.issue(Invented::jean());
    let phone = Phone::enrol(server, &holder).await;
    let mut refusals = 0;
    while refusals < 100 {
        let login = transfer.initiate(server, holder.token_id.as_str()).await;
        let request = phone.only().await;
        let wrong = if login.code == "000000" {
            "000001"
        } else {
            "000000"
        };
        for _ in 0..3 {
            if refusals < 100 {
                phone
                    .approve_with(&request, wrong)
                    .await
                    .expect_problem(401, "invalid_otp");
                refusals += 1;
            }
        }
    }
    phone
        .send(Method::GET, "/auth/pending", "")
        .await
        .expect_problem(401, "device_not_active");
    holder.token_id.into()
}

async fn blocked(server: &TestServer, service: &Registered) -> String {
    let holder = server.issue(Invented::jean());
    let phone = Phone::enrol(server, &holder).await;
    let login = service.initiate(server, holder.token_id.as_str()).await;
    phone.only().await;
    phone
        .reject(&login.session_id, DeclineReason::NotMe)
        .await
        .expect(200);
    holder.token_id.into()
}
