//! Architecture, "The edge", and issue "Must hold": 2,000 silent or half-sent connections and a WebSocket flood are closed within
//! their limits while good logins still succeed.

use std::process::Command;
use std::time::Duration;

use idp_server::config::Config;
use tests::{Browser, Call, Frame, Invented, Phone, Registration, Site, TestServer, token};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::{Bytes, Message};

const CONNECTIONS: usize = 2_000;

/// Both ends of every connection are in this process.
const DESCRIPTORS: usize = 2 * CONNECTIONS + 500;

/// Below every listening socket's backlog: where that overflows, the kernel forgets connections that their clients believe in, and
/// a silent client never learns.
const BACKLOG: usize = 200;

/// Far beyond the configured limits, which are a second or two, and far below what an unlimited server would take.
const PATIENCE: Duration = Duration::from_secs(30);

fn short(config: &mut Config) {
    config.timeouts.first_byte_seconds = 1;
    config.timeouts.header_seconds = 1;
    config.timeouts.body_seconds = 1;
    config.timeouts.idle_seconds = 2;
    config.websocket.ping_seconds = 1;
    config.limits.max_connections = 3 * CONNECTIONS;
    config.limits.max_connections_per_address = 3 * CONNECTIONS;
}

/// Whether this process may open so many files. Where it may not, the test runs once more in a process that may, and its verdict
/// is taken: a limit is raised by the shell, without unsafe code.
fn enough_descriptors(name: &str) -> bool {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find(|line| line.starts_with("Max open files"));
    let soft = line
        .and_then(|line| line.split_whitespace().nth(3)?.parse().ok())
        .unwrap_or(usize::MAX);
    if soft >= DESCRIPTORS {
        return true;
    }
    let program = std::env::current_exe().unwrap();
    let script = format!("ulimit -n {DESCRIPTORS} && exec \"$0\" --exact {name}");
    let again = Command::new("sh")
        .arg("-c")
        .arg(script)
        .arg(program)
        .status()
        .unwrap();
    assert!(again.success(), "{name} with {DESCRIPTORS} files");
    false
}

/// Sends this and nothing more, and waits for the end.
async fn dangle(mut stream: TcpStream, sent: &'static [u8]) {
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

async fn log_in(server: &TestServer, service: &tests::Registered, phone: &Phone) {
    let login = service
        .initiate(server, phone.wallet.identity().token_id.as_str())
        .await;
    let mut browser = Browser::open(server, &login).await;
    browser.expect("otp_ready").await;
    phone.approve(&phone.only().await).await.expect(200);
    let approved = browser.expect("approved").await;
    token::check_result(server, service, &login, &approved).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_and_half_sent_connections_end_while_people_log_in() {
    if !enough_descriptors("flood::silent_and_half_sent_connections_end_while_people_log_in") {
        return;
    }
    let server = TestServer::start_with(short).await;
    let service = Registration::public().register(&server).await;
    let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
    let address = server.issuer.strip_prefix("http://").unwrap().to_owned();
    let fragments: [&'static [u8]; 5] = [
        b"",
        b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"POST /auth/initiate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"tokenId\"",
        b"G",
        b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n",
    ];
    let mut dangling = JoinSet::new();
    for index in 0..CONNECTIONS {
        let stream = TcpStream::connect(&address)
            .await
            .expect("the server takes the connection");
        dangling.spawn(dangle(stream, fragments[index % fragments.len()]));
        if index % BACKLOG == 0 {
            // Answered on a connection of its own, which was accepted behind all of those before.
            Site::at(&server.issuer)
                .send(Call::get("/health/live"))
                .await
                .expect(200);
        }
    }
    let mut logins = 0;
    while !dangling.is_empty() {
        log_in(&server, &service, &phone).await;
        logins += 1;
        while let Some(ended) = dangling.try_join_next() {
            ended.unwrap();
        }
    }
    assert!(logins > 0);
    log_in(&server, &service, &phone).await;
}

/// What a hostile page could do with sockets.
async fn misbehave(issuer: String, login: tests::Login, index: usize) {
    let token = if index.is_multiple_of(4) {
        "wrong"
    } else {
        login.ws_token.as_str()
    };
    let Ok(mut socket) = Browser::try_connect(&issuer, &login.session_id, token).await else {
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_websocket_flood_ends_while_people_log_in() {
    let server = TestServer::start_with(short).await;
    let service = Registration::public().register(&server).await;
    let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
    let mut flood = JoinSet::new();
    for index in 0..200 {
        let login = service.initiate(&server, &format!("nobody-{index}")).await;
        flood.spawn(misbehave(server.issuer.clone(), login, index));
    }
    let mut logins = 0;
    while !flood.is_empty() {
        log_in(&server, &service, &phone).await;
        logins += 1;
        while let Some(ended) = flood.try_join_next() {
            ended.unwrap();
        }
    }
    assert!(logins > 0);
}

/// A socket that never answers a ping is closed long before its session ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_websocket_is_closed() {
    let server = TestServer::start_with(short).await;
    let service = Registration::public().register(&server).await;
    let login = service.initiate(&server, "nobody").await;
    let address = server.issuer.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let upgrade = format!(
        "GET /ws/session/{}?token={} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        login.session_id, login.ws_token
    );
    stream.write_all(upgrade.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut heard))
        .await
        .expect("the server closes")
        .ok();
    let heard = String::from_utf8_lossy(&heard);
    assert!(
        heard.starts_with("HTTP/1.1 101") && heard.contains("otp_ready"),
        "{heard}"
    );
    assert!(
        !heard.contains("expired"),
        "closed for its silence, not for its age"
    );
}

/// Connections above the cap are refused, those below it are served, and room comes back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_of_one_address_are_capped() {
    let server = TestServer::start_with(|config| {
        short(config);
        config.limits.max_connections_per_address = 40;
    })
    .await;
    let address = server.issuer.strip_prefix("http://").unwrap().to_owned();
    let mut open = Vec::new();
    for _ in 0..200 {
        open.extend(TcpStream::connect(&address).await);
    }
    let mut ended = 0;
    for mut stream in open {
        let mut rest = Vec::new();
        let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
        ended += usize::from(read.is_ok());
    }
    assert!(ended > 0);
    server.send(Call::get("/health/live")).await.expect(200);
}
