//! An address that is gone is taken off its device, durably, with a record, and only if it is still the device's.

use std::sync::Arc;

use http::Method;
use serde_json::{Value, json};
use tests::{Call, Said};
use tokio::sync::Notify;

use super::{Google, Scene};

fn unregistered() -> Said {
    Said::fcm(404, "NOT_FOUND", "UNREGISTERED")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_is_gone_is_forgotten_and_recorded() {
    let mut google = Google::start().await;
    google.provider.say([unregistered()]);
    let scene = Scene::of_google(&google, |_| ()).await;
    let login = scene.initiate().await;
    google.message().await;
    scene.forgotten().await;
    scene.approve(&login).await;
    scene.initiate().await;
    scene.phone.only().await;
    assert!(google.provider.rest().is_empty(), "nothing is sent to nobody");
    let token_id = scene.holder.token_id.as_str();
    let query = format!("/admin/audit?event=DEVICE_PUSH&token_id={token_id}");
    let records = scene.server.administer(Call::get(query)).await.expect(200);
    let text = records.to_string();
    assert!(
        text.contains("\"reason\":\"gone\"") && text.contains("\"provider\":\"fcm\""),
        "{text}"
    );
    assert!(!text.contains("device-token"), "an address is a bearer value");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_the_phone_registered_meanwhile_stays() {
    let mut google = Google::start().await;
    let word = Arc::new(Notify::new());
    google.provider.say([unregistered().after(&word)]);
    let scene = Scene::of_google(&google, |_| ()).await;
    scene.initiate().await;
    google.message().await;
    let body = json!({"push": {"type": "fcm", "token": "new-token"}}).to_string();
    scene
        .phone
        .send(Method::PUT, "/enroll/push", &body)
        .await
        .expect(204);
    word.notify_one();
    scene.initiate().await;
    let (message, _) = google.message().await;
    assert_eq!(message["token"], "new-token");
    // The answer about the old one is over by the time that a further message was sent.
    scene.initiate().await;
    let (message, _) = google.message().await;
    assert_eq!(message["token"], "new-token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_of_ours_loses_no_address() {
    let mut google = Google::start().await;
    let errors = [
        Said::fcm(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"),
        Said::fcm(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"),
        Said::fcm(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"),
        Said::json(404, &Value::Null),
    ];
    let count = errors.len();
    google.provider.say(errors);
    let scene = Scene::of_google(&google, |_| ()).await;
    for _ in 0..=count {
        scene.initiate().await;
        assert_eq!(google.message().await.0["token"], "device-token");
    }
}
