//! What may be called, tried on a server of this machine.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::response::Redirect;
use axum::routing::{get, post};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;
use tokio::net::TcpListener;

use super::{ANSWER_LIMIT, Fetched, Outbound, OutboundError};

/// A stranger's server.
async fn stranger() -> SocketAddr {
    let router = Router::new()
        .route("/keys", get(|| async { axum::Json(json!({"keys": []})) }))
        .route("/elsewhere", get(|| async { Redirect::temporary("/keys") }))
        .route("/long", get(|| async { "a".repeat(ANSWER_LIMIT + 1) }))
        .route("/text", get(|| async { "not JSON" }))
        .route(
            "/document",
            get(|headers: HeaderMap| async move {
                let is_known = headers
                    .get(header::IF_NONE_MATCH)
                    .is_some_and(|tag| tag == "\"1\"");
                let status = if is_known {
                    StatusCode::NOT_MODIFIED
                } else {
                    StatusCode::OK
                };
                (
                    status,
                    [(header::ETAG, "\"1\"")],
                    if is_known { "" } else { "one" },
                )
            }),
        )
        .route("/moved", get(|| async { Redirect::permanent("/document") }))
        .route("/round", get(|| async { Redirect::temporary("/round") }))
        .route(
            "/inward",
            get(|| async { Redirect::temporary("http://169.254.169.254/") }),
        )
        .route("/slow", get(|| async { std::future::pending::<()>().await }))
        .route(
            "/echo",
            post(|headers: HeaderMap, body: String| async move {
                let is_form = headers
                    .get(header::CONTENT_TYPE)
                    .is_some_and(|value| value == "text/plain");
                if is_form && body == "hello" {
                    StatusCode::NO_CONTENT
                } else {
                    StatusCode::BAD_REQUEST
                }
            }),
        );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

#[tokio::test]
async fn answers_are_small_json_from_where_they_were_asked() {
    let address = stranger().await;
    let outbound = Outbound::new(true);
    let fetch = |path: &str| {
        let url = format!("http://{address}{path}");
        let outbound = &outbound;
        async move { outbound.fetch_json(&url, ANSWER_LIMIT).await }
    };
    assert_eq!(fetch("/keys").await, Ok(json!({"keys": []})));
    assert_eq!(fetch("/elsewhere").await, Err(OutboundError::Status(307)));
    assert_eq!(fetch("/missing").await, Err(OutboundError::Status(404)));
    assert_eq!(fetch("/long").await, Err(OutboundError::TooLarge));
    assert_eq!(fetch("/text").await, Err(OutboundError::NotJson));
}

/// IIP-MD02.
#[tokio::test]
async fn documents_are_followed_where_they_moved_and_asked_for_by_their_tag() {
    let address = stranger().await;
    let outbound = Outbound::new(true);
    let fetch = |path: &str, etag: Option<&'static str>| {
        let url = format!("http://{address}{path}");
        let outbound = &outbound;
        async move {
            outbound
                .fetch_document(&url, "text/xml", etag, ANSWER_LIMIT)
                .await
        }
    };
    let document = Ok(Fetched::Document {
        text: b"one".to_vec(),
        etag: Some("\"1\"".to_owned()),
    });
    assert_eq!(fetch("/document", None).await, document);
    assert_eq!(fetch("/moved", Some("\"0\"")).await, document);
    assert_eq!(fetch("/moved", Some("\"1\"")).await, Ok(Fetched::Unchanged));
    assert_eq!(fetch("/round", None).await, Err(OutboundError::Status(508)));
    assert_eq!(fetch("/inward", None).await, Err(OutboundError::Address));
    assert_eq!(fetch("/long", None).await, Err(OutboundError::TooLarge));
}

#[tokio::test]
async fn nobody_keeps_us_waiting() {
    let address = stranger().await;
    let hurried = Outbound::new(true).with_timeout(Duration::from_millis(50));
    let slow = hurried
        .fetch_json(&format!("http://{address}/slow"), ANSWER_LIMIT)
        .await;
    assert_eq!(slow, Err(OutboundError::TimedOut));
}

#[tokio::test]
async fn posts_carry_their_headers_and_answer_the_status() {
    let address = stranger().await;
    let outbound = Outbound::new(true);
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    let url = format!("http://{address}/echo");
    let answered = outbound.post(&url, "hello".into(), headers).await;
    assert_eq!(answered, Ok(StatusCode::NO_CONTENT));
    let refused = outbound.post(&url, "hello".into(), HeaderMap::new()).await;
    assert_eq!(refused, Ok(StatusCode::BAD_REQUEST));
}

/// Profile, Conventions: a name that leads to this machine is refused like its address.
#[tokio::test]
async fn this_machine_is_not_called_without_the_switch() {
    let address = stranger().await;
    let outbound = Outbound::new(false);
    for url in [
        format!("http://{address}/keys"),
        format!("https://{address}/keys"),
        format!("https://localhost:{}/keys", address.port()),
        "https://169.254.169.254/latest/meta-data".to_owned(),
    ] {
        let refused = outbound.fetch_json(&url, ANSWER_LIMIT).await;
        assert_eq!(refused, Err(OutboundError::Address), "{url}");
    }
}

#[tokio::test]
async fn a_closed_port_does_not_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let outbound = Outbound::new(true);
    let gone = outbound
        .fetch_json(&format!("http://{address}/"), ANSWER_LIMIT)
        .await;
    assert_eq!(gone, Err(OutboundError::Unreachable));
}
