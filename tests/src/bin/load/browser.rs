//! A browser that waits: the WebSocket of profile 4.5.

use futures_util::StreamExt as _;
use http::header::{HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::error::{Failure, Stage};
use crate::http::{PATIENCE, Route};

/// The largest event: a QR code as SVG.
const EVENT_LIMIT: usize = 256 * 1024;

/// What the server tells a browser.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Event {
    /// The code to show.
    #[serde(rename_all = "camelCase")]
    OtpReady {
        /// Six digits.
        auto_password: String,
    },
    /// The QR code to show from now on.
    QrRefresh {
        /// Its content.
        qr: String,
    },
    /// The result.
    Approved(Approved),
    /// Declined, or too many attempts.
    Rejected {},
    /// Nobody answered.
    Expired {},
    /// Approved, and the result is lost.
    Interrupted {},
}

/// The result of a login.
#[derive(Debug, Deserialize)]
pub(crate) struct Approved {
    /// The token.
    pub(crate) jwt: String,
    /// What initiate answered.
    pub(crate) random: String,
}

impl Event {
    const fn name(&self) -> &'static str {
        match self {
            Self::OtpReady { .. } => "otp_ready",
            Self::QrRefresh { .. } => "qr_refresh",
            Self::Approved(_) => "approved",
            Self::Rejected {} => "rejected",
            Self::Expired {} => "expired",
            Self::Interrupted {} => "interrupted",
        }
    }
}

/// Which session, and the right to wait for it.
pub(crate) struct Ticket<'a> {
    /// The session.
    pub(crate) session_id: &'a str,
    /// Its token.
    pub(crate) ws_token: &'a str,
}

/// An open WebSocket.
pub(crate) struct Browser(WebSocketStream<TcpStream>);

impl Browser {
    /// Connects with the token in `Sec-WebSocket-Protocol`, so that it is in no log.
    ///
    /// # Errors
    /// A [`Failure`] of the stage `socket`.
    pub(crate) async fn open(route: &Route, ticket: &Ticket<'_>) -> Result<Self, Failure> {
        let opened = tokio::time::timeout(PATIENCE, Self::connect(route, ticket)).await;
        opened.map_err(|_| Failure::new(Stage::Socket, "no upgrade in time"))?
    }

    async fn connect(route: &Route, ticket: &Ticket<'_>) -> Result<Self, Failure> {
        let address = format!("ws://{}/ws/session/{}", route.server(), ticket.session_id);
        let mut request = address
            .into_client_request()
            .map_err(|error| broken(Stage::Socket, &error))?;
        let protocols = HeaderValue::try_from(format!("idtoken, {}", ticket.ws_token));
        let protocols = protocols.map_err(Failure::at(Stage::Socket))?;
        request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, protocols);
        let stream = route.connect().await.map_err(Failure::at(Stage::Connect))?;
        // Small buffers: this process holds as many sockets as the server does.
        let config = WebSocketConfig::default()
            .read_buffer_size(1024)
            .write_buffer_size(0)
            .max_message_size(Some(EVENT_LIMIT))
            .max_frame_size(Some(EVENT_LIMIT));
        let (socket, _) = client_async_with_config(request, stream, Some(config))
            .await
            .map_err(|error| broken(Stage::Socket, &error))?;
        Ok(Self(socket))
    }

    /// The next event. Pings are answered on the way.
    ///
    /// # Errors
    /// A [`Failure`] of this stage when the socket ends or says something else.
    pub(crate) async fn event(&mut self, stage: Stage) -> Result<Event, Failure> {
        while let Some(message) = self.0.next().await {
            match message.map_err(|error| broken(stage, &error))? {
                Message::Text(text) => {
                    let event = serde_json::from_str(text.as_str());
                    return event.map_err(|_| Failure::new(stage, "an event of another shape"));
                }
                Message::Close(frame) => {
                    let code = frame.map_or(1005, |frame| u16::from(frame.code));
                    return Err(Failure::new(stage, format!("closed with {code}")));
                }
                _ => {}
            }
        }
        Err(Failure::new(stage, "closed"))
    }

    /// As [`Self::event`], within [`PATIENCE`].
    ///
    /// # Errors
    /// As [`Self::event`], and when nothing comes.
    pub(crate) async fn event_soon(&mut self, stage: Stage) -> Result<Event, Failure> {
        let came = tokio::time::timeout(PATIENCE, self.event(stage)).await;
        came.map_err(|_| Failure::new(stage, "no event in time"))?
    }

    /// The code that the browser shows.
    ///
    /// # Errors
    /// As [`Self::event_soon`], and for another event.
    pub(crate) async fn code(&mut self) -> Result<String, Failure> {
        loop {
            match self.event_soon(Stage::Socket).await? {
                Event::OtpReady { auto_password } => return Ok(auto_password),
                Event::QrRefresh { .. } => {}
                other => {
                    return Err(Failure::new(
                        Stage::Socket,
                        format!("{} in place of otp_ready", other.name()),
                    ));
                }
            }
        }
    }

    /// The result.
    ///
    /// # Errors
    /// As [`Self::event_soon`], and for another event.
    pub(crate) async fn approved(&mut self) -> Result<Approved, Failure> {
        match self.event_soon(Stage::Approved).await? {
            Event::Approved(approved) => Ok(approved),
            other => Err(Failure::new(
                Stage::Approved,
                format!("{} in place of approved", other.name()),
            )),
        }
    }

    /// Answers the server's close and leaves.
    pub(crate) async fn leave(mut self) {
        let drain = async { while self.0.next().await.is_some_and(|message| message.is_ok()) {} };
        // A server that does not close is left all the same; the session's end is its own to time.
        let _ = tokio::time::timeout(PATIENCE, drain).await;
    }
}

fn broken(stage: Stage, error: &SocketError) -> Failure {
    let kind = match error {
        SocketError::Http(response) => {
            format!("status {} in place of an upgrade", response.status().as_u16())
        }
        other => other.to_string(),
    };
    Failure::new(stage, kind)
}
