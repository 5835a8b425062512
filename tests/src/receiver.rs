//! An address of a relying party that the server calls, for logouts and pings: a real server on this machine.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::web::parameters;

/// The longest that a call may be on its way: outboxes look every few seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was sent.
#[derive(Debug, Clone)]
pub struct Received {
    /// The method.
    pub method: Method,
    /// The version of HTTP.
    pub version: Version,
    /// The path, with its query.
    pub path: String,
    /// The header.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Received {
    /// The whole request.
    pub async fn read(request: Request<Incoming>) -> Self {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map(ToString::to_string);
        Self {
            method: parts.method,
            version: parts.version,
            path: path.unwrap_or_default(),
            headers: parts.headers,
            body: body.collect().await.expect("a whole body").to_bytes(),
        }
    }

    /// A field of the header; empty where it is absent.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body of a form.
    pub fn form(&self) -> BTreeMap<String, String> {
        assert_eq!(self.header("content-type"), "application/x-www-form-urlencoded");
        parameters(&format!("?{}", String::from_utf8_lossy(&self.body)))
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/json");
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Where a redirect leads.
    pub location: Option<String>,
    /// The body.
    pub body: &'static str,
}

impl From<u16> for Reply {
    fn from(status: u16) -> Self {
        Self {
            status,
            location: None,
            body: "",
        }
    }
}

/// What is answered next, and what after that.
struct Replies {
    next: VecDeque<Reply>,
    usual: Reply,
}

type Prepared = Arc<Mutex<Replies>>;

/// The server.
pub struct Receiver {
    /// The address that is called. Every path of its origin answers.
    pub uri: String,
    received: mpsc::UnboundedReceiver<Received>,
    replies: Prepared,
}

impl Receiver {
    /// One that takes everything.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let uri = format!("http://{}/called", listener.local_addr().expect("an address"));
        let (sender, received) = mpsc::unbounded_channel();
        let replies = Prepared::new(Mutex::new(Replies {
            next: VecDeque::new(),
            usual: Reply::from(200),
        }));
        let prepared = replies.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (sender, replies) = (sender.clone(), prepared.clone());
                let service = service_fn(move |request| take(request, sender.clone(), replies.clone()));
                let builder = hyper::server::conn::http1::Builder::new();
                tokio::spawn(builder.serve_connection(TokioIo::new(stream), service));
            }
        });
        Self {
            uri,
            received,
            replies,
        }
    }

    /// Answers the next calls so, later ones as usual: with an empty 200, unless something else is.
    pub fn answer(&self, replies: impl IntoIterator<Item = impl Into<Reply>>) {
        let mut prepared = self.replies.lock().unwrap_or_else(PoisonError::into_inner);
        prepared.next.extend(replies.into_iter().map(Into::into));
    }

    /// Answers so from now on.
    pub fn answer_usually(&self, reply: impl Into<Reply>) {
        let mut prepared = self.replies.lock().unwrap_or_else(PoisonError::into_inner);
        prepared.usual = reply.into();
    }

    /// The next call.
    pub async fn next(&mut self) -> Received {
        let received = timeout(PATIENCE, self.received.recv()).await;
        received.expect("a call in time").expect("a running receiver")
    }

    /// The logout token of the next call (Back-Channel Logout 2.5).
    pub async fn logout_token(&mut self) -> String {
        let received = self.next().await;
        assert_eq!(received.method, Method::POST);
        let mut form = received.form();
        let token = form.remove("logout_token").expect("a logout token");
        assert!(form.is_empty(), "Back-Channel 2.5: nothing else, {form:?}");
        token
    }

    /// Whether nothing came.
    pub fn is_quiet(&mut self) -> bool {
        self.received.try_recv().is_err()
    }
}

async fn take(
    request: Request<Incoming>,
    sender: mpsc::UnboundedSender<Received>,
    replies: Prepared,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let received = Received::read(request).await;
    let reply = {
        let mut prepared = replies.lock().unwrap_or_else(PoisonError::into_inner);
        let next = prepared.next.pop_front();
        next.unwrap_or_else(|| prepared.usual.clone())
    };
    // Nobody listens any more where a test is over.
    let _ = sender.send(received);
    let mut response = Response::new(Full::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).expect("a status");
    if let Some(location) = reply.location {
        let location = HeaderValue::from_str(&location).expect("an address");
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}
