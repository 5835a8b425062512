//! Issue "Must hold", bad input: whatever arrives, the answer is a problem of the 4xx kind with a stable code, nothing of it comes
//! back in the answer, and nothing is written.

mod bodies;
mod places;
mod values;

use idp_server::problem::Code;
use idp_store::durable::{HolderFilter, Page};
use serde_json::{Value, json};
use tests::{Answer, TestServer};

/// Stands in every bad value; must stand in no answer.
const MARK: &str = "zq9MARKq9z";

/// What is wrong with a refusal; `None` when it is a proper one.
fn fault(what: &str, answer: &Answer) -> Option<String> {
    let known = Code::ALL.iter().any(|code| code.as_str() == answer.code());
    let problem = answer.header("content-type") == "application/problem+json";
    let echo = answer.text().contains(MARK);
    let proper = answer.status.is_client_error() && known && problem && !echo;
    (!proper).then(|| {
        let text: String = answer.text().chars().take(200).collect();
        format!(
            "{what}: {} {} {text}",
            answer.status,
            answer.header("content-type")
        )
    })
}

/// How much stands in the durable tables.
async fn written(server: &TestServer) -> (u64, usize, u64) {
    let page = Page { number: 1, limit: 1 };
    let holders = server
        .app
        .durable
        .holders(&HolderFilter::default(), page)
        .await
        .unwrap()
        .total;
    let services = server.app.durable.services().await.unwrap().len();
    (holders, services, server.audit_count().await)
}

/// The routes that take JSON from strangers, each with a good body.
fn routes(service_id: &str) -> Vec<(&'static str, Value)> {
    let signature = idp_types::encoding::base64url(&[1; 64]);
    vec![
        (
            "/enroll",
            json!({"vdsData": "A", "publicKeyPem": "B", "deviceId": "c"}),
        ),
        (
            "/auth/initiate",
            json!({"tokenId": "anybody", "serviceId": service_id}),
        ),
        (
            "/auth/verify",
            json!({"sessionId": "sess_a", "tokenId": "t", "otp": "000000", "timestamp": 1, "grantedScopes": [],
            "signature": signature}),
        ),
        (
            "/auth/reject",
            json!({"sessionId": "sess_a", "tokenId": "t", "timestamp": 1, "reason": "declined", "signature": signature}),
        ),
        ("/identity/initiate", json!({"serviceId": service_id})),
    ]
}
