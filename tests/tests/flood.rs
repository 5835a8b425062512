//! Architecture, "The edge", and issue "Must hold": 2,000 silent or half-sent connections and a WebSocket flood are closed within
//! their limits while good logins still succeed.

use std::process::Command;

use idp_server::config::Config;
use tests::misbehaviour::{FRAGMENTS, PATIENCE, dangle, misbehave};
use tests::{Browser, Call, Invented, Phone, Registration, Site, TestServer, token};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const CONNECTIONS: usize = 2_000;

/// Both ends of every connection are in this process.
const DESCRIPTORS: usize = 2 * CONNECTIONS + 500;

/// Below every listening socket's backlog: where that overflows, the kernel forgets connections that their clients believe in, and
/// a silent client never learns.
const BACKLOG: usize = 200;

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
    let mut dangling = JoinSet::new();
    for index in 0..CONNECTIONS {
        let stream = TcpStream::connect(&address)
            .await
            .expect("the server takes the connection");
        dangling.spawn(dangle(stream, FRAGMENTS[index % FRAGMENTS.len()]));
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_websocket_flood_ends_while_people_log_in() {
    let server = TestServer::start_with(short).await;
    let service = Registration::public().register(&server).await;
    let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
    let mut flood = JoinSet::new();
    for index in 0..200 {
        let login = service.initiate(&server, &format!("nobody-{index}")).await;
        flood.spawn(misbehave((server.issuer.clone(), None), login, index));
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
