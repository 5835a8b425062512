//! What hostile clients do with connections, so that flow tests and fault tests do it alike.

use std::net::IpAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::browser::{Browser, Frame};
use crate::service::Login;

/// Far beyond the limits that tests configure, which are a second or two, and far below what an unlimited server would take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What somebody sends who wants to keep a connection and nothing else.
pub const FRAGMENTS: [&[u8]; 5] = [
    b"",
    b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    b"POST /auth/initiate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"tokenId\"",
    b"G",
    b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n",
];

/// Sends this and nothing more, and waits for the end.
///
/// # Panics
/// Where it does not end.
pub async fn dangle(mut stream: TcpStream, sent: &'static [u8]) {
    if stream.write_all(sent).await.is_err() {
        return;
    }
    let mut rest = Vec::new();
    // An answer may come first (408); then the connection ends, in order or by reset.
    let ended = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    assert!(
        ended.is_ok(),
        "a connection that sent {} bytes is still open",
        sent.len()
    );
}

/// What a hostile page could do with sockets.
///
/// # Panics
/// Where the server does not end it, or ends a wrong token otherwise than by 4001.
pub async fn misbehave((issuer, source): (String, Option<IpAddr>), login: Login, index: usize) {
    let token = if index.is_multiple_of(4) {
        "wrong"
    } else {
        login.ws_token.as_str()
    };
    let Ok(mut socket) = Browser::try_connect_from(source, (&issuer, &login.session_id), token).await else {
        return;
    };
    let sent = match index % 4 {
        0 => Ok(()),
        1 => socket.send(Message::Text("x".repeat(5_000).into())).await,
        2 => socket.send(Message::Binary(Bytes::from(vec![0; 100_000]))).await,
        _ => {
            let mut storm = Ok(());
            for _ in 0..2_000 {
                storm = socket
                    .send(Message::Ping(Bytes::from_static(b"0123456789")))
                    .await;
                if storm.is_err() {
                    break;
                }
            }
            storm.and(socket.send(Message::Text("x".into())).await)
        }
    };
    // Whether it was sent or the server closed in the middle of it, the end comes.
    drop(sent);
    loop {
        if let Frame::Closed(code) = socket.next_within(PATIENCE).await {
            assert!(!index.is_multiple_of(4) || code == 4001, "{code}");
            return;
        }
    }
}
