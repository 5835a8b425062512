//! Whatever the client's notification endpoint answers to the ping (CIBA 10.2), the login stands.

use serde_json::json;
use tests::Reply;

use super::flow::{Flow, Party};
use crate::suite::Module;

/// A whole flow in which the endpoint answers so; the next one is told once, of itself alone.
async fn answered(module: &Module, reply: impl FnOnce(&Party) -> Reply) {
    let flow = Flow::open(module).await;
    let mut party = flow.party().await;
    let reply = reply(&party);
    if let Some(pings) = &party.pings {
        pings.answer([reply]);
    }
    for _ in 0..2 {
        flow.complete(&mut party, json!({})).await;
    }
    let pings = party.pings.as_mut().expect("a client that is told");
    assert!(pings.is_quiet(), "one call a request");
}

/// CIBA 10.2: a body "MUST be ignored".
pub(super) async fn fapi_ciba_id1_ping_backchannel_notification_endpoint_response_has_body(module: Module) {
    let reply = |_: &Party| Reply {
        body: "{\"error\": \"access_denied\"}",
        ..Reply::from(200)
    };
    answered(&module, reply).await;
}

pub(super) async fn fapi_ciba_id1_ping_backchannel_notification_endpoint_response_401(module: Module) {
    answered(&module, |_| 401.into()).await;
}

pub(super) async fn fapi_ciba_id1_ping_backchannel_notification_endpoint_response_403(module: Module) {
    answered(&module, |_| 403.into()).await;
}

/// CIBA 10.2: who refuses the token will refuse it again.
pub(super) async fn fapi_ciba_id1_ping_with_mtls_ciba_notification_endpoint_response_401_and_require_server_does_not_retry(
    module: Module,
) {
    answered(&module, |_| 401.into()).await;
}

/// CIBA 10.2: a redirect "MUST NOT" be followed.
pub(super) async fn fapi_ciba_id1_ping_backchannel_notification_endpoint_return_redirect_request(
    module: Module,
) {
    let reply = |party: &Party| {
        let address = party
            .pings
            .as_ref()
            .map(|pings| pings.uri.replace("/called", "/elsewhere"));
        Reply {
            location: address,
            ..Reply::from(301)
        }
    };
    answered(&module, reply).await;
}
