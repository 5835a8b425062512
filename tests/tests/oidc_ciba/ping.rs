//! The ping (CIBA 10.2): sent to a real server on this machine.

use std::convert::Infallible;
use std::time::Duration;

use http::{Request, Response};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use idp_authenticator::DeclineReason;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::{Scene, refused};

/// The longest that a ping may be on its way.
const PATIENCE: Duration = Duration::from_secs(30);

const TOKEN: &str = "8d67dc78-7faa-4d41-aabd-67707b374255";

/// What was sent: `Authorization` and body.
type Sent = (String, Value);

/// A client's notification endpoint.
async fn endpoint() -> (String, mpsc::UnboundedReceiver<Sent>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let uri = format!("http://{}/ping", listener.local_addr().expect("an address"));
    let (sender, received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let sender = sender.clone();
            let service = service_fn(move |request| take(request, sender.clone()));
            let builder = hyper::server::conn::http1::Builder::new();
            tokio::spawn(builder.serve_connection(TokioIo::new(stream), service));
        }
    });
    (uri, received)
}

async fn take(
    request: Request<Incoming>,
    sender: mpsc::UnboundedSender<Sent>,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    let bearer = request.headers().get("authorization").cloned();
    let bearer = bearer.and_then(|value| value.to_str().ok().map(str::to_owned));
    let body = request.into_body().collect().await.expect("a body").to_bytes();
    let body = serde_json::from_slice(&body).expect("JSON");
    sender
        .send((bearer.unwrap_or_default(), body))
        .expect("a test that listens");
    let mut response = Response::new(Empty::new());
    *response.status_mut() = http::StatusCode::NO_CONTENT;
    Ok(response)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ciba_10_2_the_client_is_told_that_there_is_an_answer() {
    let (uri, mut pings) = endpoint().await;
    let members = json!({
        "backchannel_token_delivery_mode": "ping", "backchannel_client_notification_endpoint": uri,
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
        assert!(pings.try_recv().is_err(), "nothing before the person answered");
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
        let ping = tokio::time::timeout(PATIENCE, pings.recv()).await;
        let (bearer, body) = ping.expect("a ping in time").expect("a running endpoint");
        assert_eq!(bearer, format!("Bearer {TOKEN}"));
        assert_eq!(body, json!({"auth_req_id": id}), "never the answer itself");
        let answer = scene.fetch(&id).await;
        if is_approved {
            answer.expect(200);
        } else {
            assert_eq!(refused(&answer), "access_denied");
        }
    }
}
