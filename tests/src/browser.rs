//! The browser that waits for the phone (profile 4.5).

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async, connect_async};

use crate::service::Login;
use crate::site::Site;

/// The longest that a frame may be on its way in this process.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a socket says.
#[derive(Debug, Clone, PartialEq)]
pub enum Frame {
    /// A message.
    Message(Value),
    /// The end, with its code; zero where none was given.
    Closed(u16),
}

/// A waiting browser.
#[derive(Debug)]
pub struct Browser(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Browser {
    /// Opens the WebSocket of a login, the token out of the address.
    pub async fn open(server: &Site, login: &Login) -> Self {
        Self::connect(server, &login.session_id, &login.ws_token).await
    }

    /// Opens the WebSocket of any identifier.
    pub async fn connect(server: &Site, id: &str, token: &str) -> Self {
        Self::try_connect(&server.issuer, id, token)
            .await
            .expect("the server upgrades")
    }

    /// Opens the WebSocket, or not.
    ///
    /// # Errors
    /// The handshake's.
    pub async fn try_connect(issuer: &str, id: &str, token: &str) -> Result<Self, Error> {
        Self::try_connect_from(None, (issuer, id), token).await
    }

    /// Opens the WebSocket from an address of this machine, or not.
    ///
    /// # Errors
    /// The handshake's.
    pub async fn try_connect_from(
        source: Option<IpAddr>,
        (issuer, id): (&str, &str),
        token: &str,
    ) -> Result<Self, Error> {
        let address = issuer.replacen("http", "ws", 1);
        let mut request = format!("{address}/ws/session/{id}").into_client_request()?;
        let protocols = format!("idtoken, {token}")
            .parse()
            .expect("a token that fits a header");
        request.headers_mut().insert("sec-websocket-protocol", protocols);
        let Some(source) = source else {
            return connect_async(request).await.map(|(socket, _)| Self(socket));
        };
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((source, 0)))?;
        let server = issuer
            .strip_prefix("http://")
            .and_then(|server| server.parse().ok());
        let stream = socket.connect(server.expect("an address")).await?;
        let opened = client_async(request, MaybeTlsStream::Plain(stream)).await;
        opened.map(|(socket, _)| Self(socket))
    }

    /// Opens the WebSocket with the token in the address, as the seeds' pages do.
    pub async fn open_by_query(server: &Site, login: &Login) -> Self {
        let address = server.issuer.replacen("http", "ws", 1);
        let address = format!(
            "{address}/ws/session/{}?token={}",
            login.session_id, login.ws_token
        );
        Self(connect_async(address).await.expect("the server upgrades").0)
    }

    /// The next message, or the end.
    pub async fn next(&mut self) -> Frame {
        self.next_within(PATIENCE).await
    }

    /// The next message, or the end, within a time.
    pub async fn next_within(&mut self, patience: Duration) -> Frame {
        let reading = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Text(text))) => {
                        return Frame::Message(serde_json::from_str(&text).expect("a JSON message"));
                    }
                    Some(Ok(Message::Close(frame))) => {
                        return Frame::Closed(frame.map_or(0, |frame| frame.code.into()));
                    }
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return Frame::Closed(0),
                }
            }
        };
        tokio::time::timeout(patience, reading)
            .await
            .expect("the server says something in time")
    }

    /// The next message, which must be of this type.
    pub async fn expect(&mut self, kind: &str) -> Value {
        match self.next().await {
            Frame::Message(message) if message.get("type").and_then(Value::as_str) == Some(kind) => message,
            other => panic!("{kind} was expected, and {other:?} came"),
        }
    }

    /// The end, which must have this code.
    pub async fn expect_close(&mut self, code: u16) {
        assert_eq!(self.next().await, Frame::Closed(code));
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// The connection's.
    pub async fn send(&mut self, message: Message) -> Result<(), Error> {
        self.0.send(message).await
    }
}
