//! The ping (CIBA 10.2): sent to a real server on this machine.

use idp_authenticator::DeclineReason;
use serde_json::json;
use tests::Receiver;

use super::{Scene, refused};

const TOKEN: &str = "8d67dc78-7faa-4d41-aabd-67707b374255";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ciba_10_2_the_client_is_told_that_there_is_an_answer() {
    let mut pings = Receiver::start().await;
    let members = json!({
        "backchannel_token_delivery_mode": "ping", "backchannel_client_notification_endpoint": pings.uri,
    });
    let scene = Scene::with(members).await;
    assert_eq!(
        refused(&scene.ask(&[]).await),
        "invalid_request",
        "no token for the ping"
    );

    for is_approved in [true, false] {
        let id = scene.begin(&[("client_notification_token", TOKEN)]).await;
        let request = scene.phone.only().await;
        assert!(pings.is_quiet(), "nothing before the person answered");
        if is_approved {
            scene.phone.approve(&request).await.expect(200);
        } else {
            let session = request.session_id.as_str();
            scene
                .phone
                .reject(session, DeclineReason::Declined)
                .await
                .expect(200);
        }
        let ping = pings.next().await;
        assert_eq!(ping.header("authorization"), format!("Bearer {TOKEN}"));
        assert_eq!(ping.json(), json!({"auth_req_id": id}), "never the answer itself");
        let answer = scene.fetch(&id).await;
        if is_approved {
            answer.expect(200);
        } else {
            assert_eq!(refused(&answer), "access_denied");
        }
    }
}
