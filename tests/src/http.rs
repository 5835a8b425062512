//! Requests and answers as they travel.

use ::http::{HeaderMap, Method, Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// A request, without the server that it goes to.
#[derive(Debug, Clone)]
pub struct Call {
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Call {
    /// Any method.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    /// `GET`.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// `POST` with JSON.
    pub fn post(path: impl Into<String>, body: &Value) -> Self {
        Self::new(Method::POST, path).json(body)
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With `Authorization: Bearer`.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.text(body.to_string())
    }

    /// With a body that says it is JSON.
    #[must_use]
    pub fn text(self, body: impl Into<Bytes>) -> Self {
        self.header("content-type", "application/json").raw(body)
    }

    /// With a body that says nothing.
    #[must_use]
    pub fn raw(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    fn into_request(self, issuer: &str) -> Request<Full<Bytes>> {
        let builder = Request::builder()
            .method(self.method)
            .uri(format!("{issuer}{}", self.path));
        let builder = self
            .headers
            .iter()
            .fold(builder, |builder, (name, value)| builder.header(name, value));
        builder
            .body(Full::new(self.body))
            .expect("a request of parts that were checked")
    }
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The header.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The stable code of a problem; empty where it is none.
    pub fn code(&self) -> String {
        self.json()
            .get("code")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    }

    /// The code of an OAuth error (RFC 6749 5.2), which nobody keeps.
    ///
    /// # Panics
    /// With the whole answer, where it is something else.
    #[track_caller]
    pub fn refused(&self) -> String {
        let code = self
            .expect(400)
            .get("error")
            .and_then(Value::as_str)
            .map(str::to_owned);
        assert_eq!(self.header("cache-control"), "no-store", "{}", self.text());
        code.unwrap_or_else(|| panic!("an OAuth error, not {}", self.text()))
    }

    /// A header as text; empty where it is absent.
    pub fn header(&self, name: &str) -> String {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    }

    /// The body, where the answer has this status.
    ///
    /// # Panics
    /// With the whole answer, where it has another.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self.json()
    }

    /// Asserts a problem of this status and code, complete in its form (RFC 9457).
    ///
    /// # Panics
    /// With the whole answer, where it is another.
    #[track_caller]
    pub fn expect_problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(
            (self.status.as_u16(), self.code().as_str()),
            (status, code),
            "{}",
            self.text()
        );
        assert_eq!(
            self.header(header::CONTENT_TYPE.as_str()),
            "application/problem+json"
        );
        let body = self.json();
        assert_eq!(
            body.get("status").and_then(Value::as_u64),
            Some(u64::from(status))
        );
        body
    }

    /// The names of the header's fields, sorted.
    pub fn header_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.headers.keys().map(ToString::to_string).collect();
        names.sort();
        names
    }
}

/// A client that keeps its connections.
#[derive(Debug, Clone)]
pub struct Http {
    client: Client<HttpConnector, Full<Bytes>>,
    issuer: String,
}

impl Http {
    /// For one server.
    pub fn new(issuer: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            issuer: issuer.to_owned(),
        }
    }

    /// Sends and reads to the end.
    pub async fn send(&self, call: Call) -> Answer {
        let answer = self
            .client
            .request(call.into_request(&self.issuer))
            .await
            .expect("the server answers");
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.expect("the answer is whole").to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// Sends; `None` where no whole answer came back.
    pub async fn try_send(&self, call: Call) -> Option<Answer> {
        let answer = self.client.request(call.into_request(&self.issuer)).await.ok()?;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.ok()?.to_bytes();
        Some(Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        })
    }
}
