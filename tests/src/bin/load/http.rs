//! One HTTP/1.1 connection that is kept, used by one virtual user: no pool, no lock.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::net::{TcpSocket, TcpStream};

use crate::error::{Failure, Stage};

/// The largest answer that is read: a QR code as SVG.
const ANSWER_LIMIT: usize = 512 * 1024;

/// The longest wait for one answer, so that a run ends whatever the server does.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// From which address to which.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    source: Ipv4Addr,
    server: SocketAddr,
}

impl Route {
    /// The route of one virtual user. Each has a source address of its own, so that no run is short of ports: a closed
    /// connection keeps its port for a minute (RFC 9293 section 3.6.1).
    pub(crate) fn of_user(user: usize, server: SocketAddr) -> Self {
        let [third, fourth] = u16::try_from(user % 0xFFFF + 1).unwrap_or(1).to_be_bytes();
        Self {
            source: Ipv4Addr::new(127, 1, third, fourth),
            server,
        }
    }

    /// The server's address.
    pub(crate) const fn server(&self) -> SocketAddr {
        self.server
    }

    /// A TCP connection that sends at once.
    pub(crate) async fn connect(&self) -> std::io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(SocketAddr::from((self.source, 0)))?;
        let stream = socket.connect(self.server).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// A request of a virtual user.
pub(crate) struct Call<'a> {
    /// The step that it is part of.
    pub(crate) stage: Stage,
    /// The request target.
    path: &'a str,
    /// The value of `Authorization`.
    authorization: Option<&'a str>,
    /// The value of `Cookie`.
    cookie: Option<&'a str>,
    /// A media type and a body, which make it a POST.
    body: Option<(&'static str, Bytes)>,
}

impl<'a> Call<'a> {
    /// `GET`.
    pub(crate) const fn read(stage: Stage, path: &'a str) -> Self {
        Self {
            stage,
            path,
            authorization: None,
            cookie: None,
            body: None,
        }
    }

    /// `POST` of JSON.
    pub(crate) fn post(stage: Stage, path: &'a str, body: impl Into<Bytes>) -> Self {
        Self {
            body: Some(("application/json", body.into())),
            ..Self::read(stage, path)
        }
    }

    /// `POST` of a form.
    pub(crate) fn form(stage: Stage, path: &'a str, body: impl Into<Bytes>) -> Self {
        Self {
            body: Some(("application/x-www-form-urlencoded", body.into())),
            ..Self::read(stage, path)
        }
    }

    /// With a value of `Authorization`.
    pub(crate) const fn authorized(mut self, value: &'a str) -> Self {
        self.authorization = Some(value);
        self
    }

    /// With a value of `Cookie`.
    pub(crate) const fn with_cookie(mut self, value: &'a str) -> Self {
        self.cookie = Some(value);
        self
    }

    fn request(self, host: &str) -> Result<Request<Full<Bytes>>, http::Error> {
        let method = if self.body.is_some() {
            Method::POST
        } else {
            Method::GET
        };
        let mut request = Request::builder()
            .method(method)
            .uri(self.path)
            .header(header::HOST, host);
        for (name, value) in [
            (header::AUTHORIZATION, self.authorization),
            (header::COOKIE, self.cookie),
        ] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let Some((media_type, body)) = self.body else {
            return request.body(Full::default());
        };
        request
            .header(header::CONTENT_TYPE, media_type)
            .body(Full::new(body))
    }
}

/// A kept connection; opened at the first call, and again when the server closed it.
pub(crate) struct Connection {
    route: Route,
    host: String,
    sender: Option<SendRequest<Full<Bytes>>>,
}

/// An answer that says no: RFC 9457, or RFC 6749 5.2.
#[derive(Deserialize)]
struct Problem {
    #[serde(alias = "error")]
    code: String,
}

/// An answer, read to its end.
struct Answer {
    status: StatusCode,
    location: Option<String>,
    body: Bytes,
}

impl Answer {
    /// That it is not what was wanted.
    fn refusal(&self, stage: Stage) -> Failure {
        let problem: Option<Problem> = serde_json::from_slice(&self.body).ok();
        let code = problem.map_or_else(String::new, |problem| format!(" {}", problem.code));
        Failure::new(stage, format!("status {}{code}", self.status.as_u16()))
    }
}

impl Connection {
    /// Not open yet.
    pub(crate) fn new(route: Route) -> Self {
        Self {
            route,
            host: route.server().to_string(),
            sender: None,
        }
    }

    async fn sender(&mut self) -> Result<&mut SendRequest<Full<Bytes>>, Failure> {
        let usable = self.sender.take().filter(|sender| !sender.is_closed());
        let sender = match usable {
            Some(sender) => sender,
            None => self.open().await?,
        };
        Ok(self.sender.insert(sender))
    }

    async fn open(&self) -> Result<SendRequest<Full<Bytes>>, Failure> {
        let stream = self.route.connect().await.map_err(Failure::at(Stage::Connect))?;
        let (sender, connection) = handshake(TokioIo::new(stream))
            .await
            .map_err(Failure::at(Stage::Connect))?;
        // Its end shows in the sender.
        tokio::spawn(connection);
        Ok(sender)
    }

    /// The body of a 200.
    ///
    /// # Errors
    /// A [`Failure`] of the call's stage: the problem's code, the status, or what broke.
    pub(crate) async fn send(&mut self, call: Call<'_>) -> Result<Bytes, Failure> {
        let stage = call.stage;
        let answer = self.answer(call).await?;
        if answer.status == StatusCode::OK {
            return Ok(answer.body);
        }
        Err(answer.refusal(stage))
    }

    /// Where a 303 leads.
    ///
    /// # Errors
    /// As [`Self::send`], and for any other answer.
    pub(crate) async fn redirect(&mut self, call: Call<'_>) -> Result<String, Failure> {
        let stage = call.stage;
        let answer = self.answer(call).await?;
        if answer.status != StatusCode::SEE_OTHER {
            return Err(answer.refusal(stage));
        }
        let location = answer.location;
        location.ok_or_else(|| Failure::new(stage, "a redirect to nowhere"))
    }

    async fn answer(&mut self, call: Call<'_>) -> Result<Answer, Failure> {
        let stage = call.stage;
        let answered = tokio::time::timeout(PATIENCE, self.exchange(call)).await;
        answered.map_err(|_| Failure::new(stage, "no answer in time"))?
    }

    /// The value of a 200.
    ///
    /// # Errors
    /// As [`Self::send`], and for JSON of another shape.
    pub(crate) async fn value<T: DeserializeOwned>(&mut self, call: Call<'_>) -> Result<T, Failure> {
        let stage = call.stage;
        let body = self.send(call).await?;
        serde_json::from_slice(&body).map_err(|_| Failure::new(stage, "an answer of another shape"))
    }

    async fn exchange(&mut self, call: Call<'_>) -> Result<Answer, Failure> {
        let stage = call.stage;
        let request = call.request(&self.host).map_err(Failure::at(stage))?;
        let sender = self.sender().await?;
        sender.ready().await.map_err(Failure::at(stage))?;
        let response = sender.send_request(request).await.map_err(Failure::at(stage))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, ANSWER_LIMIT).collect().await;
        let body = body.map_err(|error| Failure::new(stage, error.to_string()))?;
        let location = parts.headers.get(header::LOCATION);
        Ok(Answer {
            status: parts.status,
            location: location.and_then(|value| value.to_str().ok()).map(str::to_owned),
            body: body.to_bytes(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_user_has_an_address_of_this_machine() {
        let server = SocketAddr::from(([127, 0, 0, 1], 1));
        let sources: std::collections::HashSet<Ipv4Addr> = (0..10_000)
            .map(|user| Route::of_user(user, server).source)
            .collect();
        assert_eq!(sources.len(), 10_000);
        assert!(sources.iter().all(Ipv4Addr::is_loopback));
    }
}
