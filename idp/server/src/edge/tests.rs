//! Real sockets on loopback, limits short enough to wait for.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Extension;
use axum::extract::WebSocketUpgrade;
use axum::extract::ws::WebSocket;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::*;

mod proxies;
mod tls;

const SHORT: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(20);
const GET: &[u8] = b"GET /peer HTTP/1.1\r\nHost: a.example\r\n\r\n";
const UPGRADE: &[u8] =
    b"GET /ws HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n\r\n";

fn patient() -> EdgeSettings {
    EdgeSettings {
        max_connections: 1_000,
        max_connections_per_address: 1_000,
        first_byte: LONG,
        header: LONG,
        idle: LONG,
        write: LONG,
        drain: LONG,
        proxies: Proxies::default(),
        tls: None,
        counters: Arc::default(),
    }
}

struct Server {
    address: SocketAddr,
    counters: Arc<EdgeCounters>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    async fn start(settings: EdgeSettings) -> Self {
        Self::start_with(settings, router()).await
    }

    async fn start_with(settings: EdgeSettings, router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let counters = Arc::clone(&settings.counters);
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            drop(stopped.await);
        };
        let task = tokio::spawn(serve(listener, router, settings, shutdown));
        Self {
            address,
            counters,
            stop,
            task,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn open(&self, request: &[u8]) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(request).await.unwrap();
        stream
    }

    /// Whether a fresh connection is served.
    async fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(self.address).await else {
            return false;
        };
        stream.write_all(GET).await.is_ok() && head(&mut stream).await.starts_with("HTTP/1.1 200")
    }
}

fn router() -> Router {
    async fn peer(Extension(PeerAddress(peer)): Extension<PeerAddress>) -> String {
        peer.to_string()
    }
    async fn slow() -> &'static str {
        sleep(SHORT * 2).await;
        "slow but whole"
    }
    async fn until_drain(Extension(drain): Extension<Drain>) -> &'static str {
        drain.begun().await;
        "drained"
    }
    async fn upload(body: axum::body::Body) -> Result<String, String> {
        let read = body::read(body, 8, SHORT).await;
        read.map(|bytes| bytes.len().to_string())
            .map_err(|error| error.to_string())
    }
    async fn hold(mut socket: WebSocket) {
        while let Some(Ok(message)) = socket.recv().await {
            if socket.send(message).await.is_err() {
                return;
            }
        }
    }
    async fn large() -> Vec<u8> {
        vec![b'x'; 64 << 20]
    }
    Router::new()
        .route("/peer", get(peer))
        .route("/slow", get(slow))
        .route("/until-drain", get(until_drain))
        .route("/upload", post(upload))
        .route("/large", get(large))
        .route(
            "/ws",
            get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(hold)),
        )
}

/// What comes until the header's end, or the connection's.
async fn head(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => text.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(text).unwrap()
}

/// What comes until the connection's end, and when that was.
async fn rest(stream: &mut TcpStream) -> (String, Duration) {
    let start = Instant::now();
    let mut text = Vec::new();
    // A reset ends a connection as well as a FIN does.
    drop(
        timeout(LONG / 2, stream.read_to_end(&mut text))
            .await
            .expect("the connection stays open"),
    );
    (String::from_utf8(text).unwrap(), start.elapsed())
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..200 {
        if holds().await {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("it never holds");
}

#[tokio::test]
async fn silent_connections_are_closed() {
    let server = Server::start(EdgeSettings {
        first_byte: SHORT,
        ..patient()
    })
    .await;
    let (text, after) = rest(&mut server.connect().await).await;
    assert_eq!(text, "");
    assert!(after >= SHORT / 2, "{after:?}");
    assert_eq!(read(&server.counters.silent), 1);
}

#[tokio::test]
async fn partial_headers_are_closed_even_if_they_trickle() {
    let server = Server::start(EdgeSettings {
        header: SHORT,
        ..patient()
    })
    .await;
    let mut partial = server.open(b"GET / HTTP/1.1\r\nHost: a").await;
    assert_eq!(rest(&mut partial).await.0, "");
    let mut trickling = server.open(b"GET / HTTP/1.1\r\nX: ").await;
    let start = Instant::now();
    while trickling.write_all(b"x").await.is_ok() {
        assert!(start.elapsed() < LONG / 2, "the connection stays open");
        sleep(SHORT / 10).await;
    }
    assert_eq!(read(&server.counters.slow_header), 2);
}

#[tokio::test]
async fn kept_connections_serve_again_and_end_when_idle() {
    let server = Server::start(EdgeSettings {
        idle: SHORT,
        ..patient()
    })
    .await;
    let mut stream = server.connect().await;
    for _ in 0..5 {
        stream.write_all(GET).await.unwrap();
        assert!(head(&mut stream).await.starts_with("HTTP/1.1 200"));
        let mut body = vec![0; stream.local_addr().unwrap().to_string().len()];
        stream.read_exact(&mut body).await.unwrap();
        assert_eq!(
            String::from_utf8(body).unwrap(),
            stream.local_addr().unwrap().to_string()
        );
        sleep(SHORT / 3).await;
    }
    assert_eq!(rest(&mut stream).await.0, "");
    assert_eq!(read(&server.counters.idle), 1);
}

#[tokio::test]
async fn the_header_limit_of_a_second_request_begins_with_its_first_byte() {
    let server = Server::start(EdgeSettings {
        header: SHORT,
        ..patient()
    })
    .await;
    let mut stream = server.open(GET).await;
    assert!(head(&mut stream).await.starts_with("HTTP/1.1 200"));
    sleep(SHORT * 2).await;
    stream.write_all(b"GET /peer HT").await.unwrap();
    sleep(SHORT / 3).await;
    stream
        .write_all(b"TP/1.1\r\nHost: a.example\r\n\r\n")
        .await
        .unwrap();
    assert!(head(&mut stream).await.contains("HTTP/1.1 200"));
    stream.write_all(b"GET /peer HT").await.unwrap();
    rest(&mut stream).await;
    assert_eq!(read(&server.counters.slow_header), 1);
}

#[tokio::test]
async fn a_slow_handler_is_not_an_idle_client() {
    let brief = EdgeSettings {
        header: SHORT,
        idle: SHORT,
        first_byte: SHORT,
        ..patient()
    };
    let server = Server::start(brief).await;
    let mut stream = server
        .open(b"GET /slow HTTP/1.1\r\nHost: a.example\r\n\r\n")
        .await;
    assert!(rest(&mut stream).await.0.ends_with("slow but whole"));
}

#[tokio::test]
async fn slow_body_is_given_up_and_a_large_one_refused_unread() {
    let server = Server::start(patient()).await;
    let upload = |length: usize| {
        format!(
            "POST /upload HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n1234"
        )
    };
    let answer = async |request: String| rest(&mut server.open(request.as_bytes()).await).await.0;
    assert!(answer(upload(4)).await.ends_with("\r\n\r\n4"));
    assert!(answer(upload(8)).await.ends_with("did not arrive in time"));
    assert!(answer(upload(9)).await.ends_with("is too large"));
}

#[tokio::test]
async fn peers_that_do_not_read_are_closed() {
    let server = Server::start(EdgeSettings {
        write: SHORT,
        ..patient()
    })
    .await;
    let _stream = server
        .open(b"GET /large HTTP/1.1\r\nHost: a.example\r\n\r\n")
        .await;
    eventually(async || read(&server.counters.slow_reader) == 1).await;
}

#[tokio::test]
async fn headers_have_a_size_limit() {
    let server = Server::start(patient()).await;
    let mut request = b"GET /peer HTTP/1.1\r\nX: ".to_vec();
    request.resize(40_000, b'x');
    let mut stream = server.connect().await;
    drop(stream.write_all(&request).await);
    let answer = head(&mut stream).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
}

#[tokio::test]
async fn http2_and_nonsense_are_refused() {
    let server = Server::start(patient()).await;
    for bytes in [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(),
        b"\x16\x03\x01\x02\x00\x01",
        b"\r\n\r\n\0",
    ] {
        let (text, _) = rest(&mut server.open(bytes).await).await;
        assert!(!text.contains(" 200 "), "{text}");
    }
}

#[tokio::test]
async fn the_cap_per_address_leaves_others_alone() {
    let server = Server::start(EdgeSettings {
        max_connections_per_address: 3,
        ..patient()
    })
    .await;
    let held = [
        server.open(GET).await,
        server.open(GET).await,
        server.open(GET).await,
    ];
    eventually(async || read(&server.counters.accepted) == 3).await;
    assert!(!server.answers().await);
    assert_eq!(read(&server.counters.refused_address), 1);

    let neighbour = TcpSocket::new_v4().unwrap();
    neighbour
        .bind(SocketAddr::new(IpAddr::from([127, 0, 0, 2]), 0))
        .unwrap();
    let mut neighbour = neighbour.connect(server.address).await.unwrap();
    neighbour.write_all(GET).await.unwrap();
    assert!(head(&mut neighbour).await.starts_with("HTTP/1.1 200"));

    drop(held);
    eventually(async || server.answers().await).await;
}

#[tokio::test]
async fn the_cap_in_all_closes_at_once() {
    let server = Server::start(EdgeSettings {
        max_connections: 2,
        ..patient()
    })
    .await;
    let held = [server.connect().await, server.connect().await];
    eventually(async || read(&server.counters.accepted) == 2).await;
    let (text, after) = rest(&mut server.connect().await).await;
    assert_eq!(text, "");
    assert!(after < SHORT, "{after:?}");
    assert_eq!(read(&server.counters.refused_full), 1);
    drop(held);
    eventually(async || server.answers().await).await;
}

#[tokio::test]
async fn five_hundred_silent_connections_hinder_nobody() {
    let server = Server::start(EdgeSettings {
        first_byte: SHORT * 3,
        ..patient()
    })
    .await;
    let mut silent = Vec::new();
    for _ in 0..500 {
        silent.push(server.connect().await);
    }
    for _ in 0..50 {
        assert!(timeout(SHORT, server.answers()).await.unwrap());
    }
    for stream in &mut silent {
        assert_eq!(rest(stream).await.0, "");
    }
    assert_eq!(read(&server.counters.silent), 500);
}

#[tokio::test]
async fn upgraded_connections_stay_open_and_stay_counted() {
    let brief = EdgeSettings {
        header: SHORT,
        idle: SHORT,
        max_connections: 1,
        ..patient()
    };
    let server = Server::start(brief).await;
    let mut socket = server.open(UPGRADE).await;
    assert!(head(&mut socket).await.starts_with("HTTP/1.1 101"));
    sleep(SHORT * 3).await;
    assert!(
        !server.answers().await,
        "an upgraded connection gave its place back"
    );
    // A masked text frame `hi` (RFC 6455 section 5.2), sent back unmasked.
    socket
        .write_all(&[0x81, 0x82, 0, 0, 0, 0, b'h', b'i'])
        .await
        .unwrap();
    let mut echo = [0; 4];
    socket.read_exact(&mut echo).await.unwrap();
    assert_eq!(&echo, b"\x81\x02hi");
    drop(socket);
    eventually(async || server.answers().await).await;
}

#[tokio::test]
async fn drain_finishes_what_is_in_flight_and_closes_the_rest() {
    let server = Server::start(patient()).await;
    let mut silent = server.connect().await;
    let mut idle = server.open(GET).await;
    assert!(head(&mut idle).await.starts_with("HTTP/1.1 200"));
    let mut slow = server
        .open(b"GET /slow HTTP/1.1\r\nHost: a.example\r\n\r\n")
        .await;
    let mut waiting = server
        .open(b"GET /until-drain HTTP/1.1\r\nHost: a.example\r\n\r\n")
        .await;
    eventually(async || read(&server.counters.accepted) == 4).await;
    sleep(SHORT / 2).await;
    server.stop.send(()).unwrap();
    assert!(rest(&mut slow).await.0.ends_with("slow but whole"));
    assert!(rest(&mut waiting).await.0.ends_with("drained"));
    rest(&mut silent).await;
    rest(&mut idle).await;
    timeout(SHORT, server.task)
        .await
        .expect("nothing is left to wait for")
        .unwrap()
        .unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn drain_ends_at_its_deadline() {
    let server = Server::start(EdgeSettings {
        drain: SHORT,
        ..patient()
    })
    .await;
    let mut stuck = server.open(b"POST /upload HTTP/1.1\r\nHost: a.exam").await;
    eventually(async || read(&server.counters.accepted) == 1).await;
    sleep(SHORT / 4).await;
    server.stop.send(()).unwrap();
    let start = Instant::now();
    server.task.await.unwrap().unwrap();
    assert!(start.elapsed() < SHORT * 2, "{:?}", start.elapsed());
    assert_eq!(rest(&mut stuck).await.0, "");
}

#[tokio::test]
async fn dropping_the_server_closes_its_connections() {
    let server = Server::start(patient()).await;
    let mut silent = server.connect().await;
    let mut stuck = server.open(b"GET / HT").await;
    eventually(async || read(&server.counters.accepted) == 2).await;
    server.task.abort();
    assert_eq!(rest(&mut silent).await.0, "");
    assert_eq!(rest(&mut stuck).await.0, "");
}
