//! Rows 10 and 11: connections that are held, and a flood of WebSockets, while people log in.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tests::misbehaviour::{FRAGMENTS, dangle, misbehave};
use tests::{Browser, Call, Installation, Phone, Site};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::scene::Scene;
use crate::suite::{Form, Stage};

/// Where hostile clients come from; good ones come from 127.0.0.1.
const HOSTILE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 66));

fn strict(installation: &mut Installation) {
    for limit in ["first_byte_seconds", "header_seconds", "body_seconds"] {
        installation.set("timeouts", limit, "1");
    }
    installation.set("timeouts", "idle_seconds", "2");
    installation.set("websocket", "ping_seconds", "5");
    installation.set("limits", "max_connections", "20000");
    installation.set("limits", "max_connections_per_address", "5000");
}

/// Longer than the server waits for a reader.
const NOT_READING: Duration = Duration::from_secs(5);

/// How long a login takes.
async fn log_in(scene: &Scene, phone: &Phone) -> Duration {
    let begun = Instant::now();
    let token_id = phone.wallet.identity().token_id.to_string();
    let login = scene.service.initiate(&scene.site, &token_id).await;
    let mut browser = Browser::open(&scene.site, &login).await;
    browser.expect("otp_ready").await;
    phone.approve(&phone.only().await).await.expect(200);
    browser.expect("approved").await;
    begun.elapsed()
}

/// The 99th of a hundred, or the slowest of fewer.
fn p99(times: &mut [Duration]) -> Duration {
    times.sort();
    times[(times.len() * 99).div_ceil(100) - 1]
}

/// Asks for a large answer again and again, and does not read: only once the server has waited longer than it may.
async fn never_read(server: SocketAddr) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("a small buffer");
    let mut stream = socket.connect(server).await.expect("the server takes it");
    let request = b"GET /.well-known/openid-configuration HTTP/1.1\r\nHost: x\r\n\r\n".repeat(400);
    // The server stops reading as soon as its answers wait.
    drop(tokio::time::timeout(NOT_READING, stream.write_all(&request)).await);
    tokio::time::sleep(NOT_READING).await;
    dangle(stream, b"").await;
}

/// Held connections end within their limits, and good clients hardly notice.
pub(crate) async fn slow_loris(stage: Stage) -> String {
    let count = stage.form.pick(400, 2_000);
    let scene = Scene::embedded(strict).await;
    let phone = scene.phone().await;
    let mut quiet = Vec::new();
    for _ in 0..stage.form.pick(10, 100) {
        quiet.push(log_in(&scene, &phone).await);
    }
    let mut held = JoinSet::new();
    for index in 0..count {
        match FRAGMENTS.get(index % (FRAGMENTS.len() + 1)) {
            Some(fragment) => {
                let stream = TcpStream::connect(scene.address()).await;
                held.spawn(dangle(stream.expect("the server takes it"), fragment))
            }
            None => held.spawn(never_read(scene.address())),
        };
        if index % 100 == 99 {
            Site::at(&scene.site.issuer)
                .send(Call::get("/health/live"))
                .await
                .expect(200);
        }
    }
    let mut busy = Vec::new();
    while !held.is_empty() {
        busy.push(log_in(&scene, &phone).await);
        while let Some(ended) = held.try_join_next() {
            ended.expect("a held connection ends");
        }
    }
    scene.assert_sound();
    let (before, during) = (p99(&mut quiet), p99(&mut busy));
    assert!(
        stage.form == Form::Short || during < 2 * before + Duration::from_millis(20),
        "good clients wait: p99 {during:?}, and {before:?} without"
    );
    format!(
        "{count} connections ended; p99 of a login {} ms, and {} ms without them ({} logins)",
        during.as_millis(),
        before.as_millis(),
        busy.len()
    )
}

/// Resident memory of a process in KiB.
pub(crate) fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
    number
        .and_then(|number| number.parse().ok())
        .expect("the process lives")
}

/// What a connected socket may cost, and what a process grows by itself under load.
const PER_SOCKET: u64 = 64;
const BESIDE: u64 = 65_536;

/// Caps hold, memory is bounded, and good logins succeed.
pub(crate) async fn websockets(stage: Stage) -> String {
    let (count, cap) = stage.form.pick((300, 150), (20_000, 5_000));
    let change = |installation: &mut Installation| {
        strict(installation);
        installation.set("limits", "max_connections_per_address", &cap.to_string());
    };
    let scene = Scene::embedded(change).await;
    let phone = scene.phone().await;
    log_in(&scene, &phone).await;
    let process = scene.instances[0].id();
    let before = resident(process);
    let mut flood = JoinSet::new();
    for index in 0..count {
        let login = scene
            .service
            .initiate(&scene.site, &format!("nobody-{}", index % 500))
            .await;
        flood.spawn(misbehave(
            (scene.site.issuer.clone(), Some(HOSTILE)),
            login,
            index,
        ));
    }
    let (mut logins, mut largest) = (0, before);
    while !flood.is_empty() {
        log_in(&scene, &phone).await;
        logins += 1;
        largest = largest.max(resident(process));
        while let Some(ended) = flood.try_join_next() {
            ended.expect("a hostile socket ends");
        }
    }
    let refused = above_the_cap(&scene, cap).await;
    scene.assert_sound();
    let bound = u64::try_from(count).unwrap_or(u64::MAX) * PER_SOCKET + BESIDE;
    assert!(largest - before < bound, "grew by {} KiB", largest - before);
    format!(
        "{count} hostile sockets ended, {logins} logins meanwhile, {refused} connections above the cap of {cap} refused, \
         grew by {} KiB",
        largest - before
    )
}

/// Opens more connections than an address may have; how many the server ends at once.
async fn above_the_cap(scene: &Scene, cap: usize) -> usize {
    let mut held = JoinSet::new();
    for _ in 0..cap + 50 {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind((HOSTILE, 0).into()).expect("a loopback address");
        let Ok(stream) = socket.connect(scene.address()).await else {
            continue;
        };
        held.spawn(async move {
            let quick = tokio::time::timeout(Duration::from_millis(500), dangle(stream, b"G"));
            quick.await.is_ok()
        });
    }
    let mut refused = 0;
    while let Some(ended) = held.join_next().await {
        refused += usize::from(ended.expect("a connection does not panic"));
    }
    assert!(refused > 0, "no connection above the cap was refused");
    refused
}
