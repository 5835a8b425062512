//! The logout address of a relying party: a real server on this machine.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tests::web::parameters;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// The longest that a logout may be on its way: the outbox looks every second.
const PATIENCE: Duration = Duration::from_secs(30);

/// What it was sent, and what it answers.
pub(super) struct Receiver {
    /// Its address.
    pub(super) uri: String,
    received: mpsc::UnboundedReceiver<String>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

impl Receiver {
    /// One that takes everything.
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let uri = format!("http://{}/logout", listener.local_addr().expect("an address"));
        let (sender, received) = mpsc::unbounded_channel();
        let answers: Arc<Mutex<VecDeque<u16>>> = Arc::default();
        let statuses = answers.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (sender, statuses) = (sender.clone(), statuses.clone());
                let service = service_fn(move |request| take(request, sender.clone(), statuses.clone()));
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Self {
            uri,
            received,
            answers,
        }
    }

    /// Answers the next requests with these statuses, later ones with 200.
    pub(super) fn answer(&self, statuses: &[u16]) {
        self.answers.lock().expect("not poisoned").extend(statuses);
    }

    /// The next logout token.
    pub(super) async fn next(&mut self) -> String {
        let body = timeout(PATIENCE, self.received.recv()).await;
        let body = body.expect("a logout in time").expect("a running receiver");
        let mut form = parameters(&format!("?{body}"));
        let token = form.remove("logout_token").expect("a logout token");
        assert!(form.is_empty(), "Back-Channel 2.5: nothing else, {form:?}");
        token
    }

    /// Whether nothing came.
    pub(super) fn is_quiet(&mut self) -> bool {
        self.received.try_recv().is_err()
    }
}

async fn take(
    request: Request<Incoming>,
    sender: mpsc::UnboundedSender<String>,
    answers: Arc<Mutex<VecDeque<u16>>>,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    assert_eq!(request.method(), http::Method::POST);
    let media_type = request.headers().get("content-type").expect("a content type");
    assert_eq!(media_type, "application/x-www-form-urlencoded");
    let body = request
        .into_body()
        .collect()
        .await
        .expect("a whole body")
        .to_bytes();
    let status = answers.lock().expect("not poisoned").pop_front().unwrap_or(200);
    let _ = sender.send(String::from_utf8_lossy(&body).into_owned());
    let mut response = Response::new(Empty::new());
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    Ok(response)
}
