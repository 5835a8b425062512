//! TLS that ends here.

use std::path::Path;

use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::*;
use crate::config::TlsConfig;

/// A certificate and its key in files.
struct Files {
    directory: TempDir,
}

impl Files {
    fn new() -> Self {
        let made = Self {
            directory: TempDir::new().unwrap(),
        };
        made.renew();
        made
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }

    fn renew(&self) {
        let made = rcgen::generate_simple_self_signed(["login.example".to_owned()]).unwrap();
        std::fs::write(self.path("certificate.pem"), made.cert.pem()).unwrap();
        std::fs::write(self.path("key.pem"), made.signing_key.serialize_pem()).unwrap();
    }

    fn config(&self) -> TlsConfig {
        TlsConfig {
            certificate_file: self.path("certificate.pem"),
            private_key_file: self.path("key.pem"),
            client_certificates: None,
        }
    }
}

async fn start(files: &Files, settings: EdgeSettings) -> (Server, Arc<Tls>) {
    let tls = Arc::new(Tls::open(&files.config()).unwrap());
    let settings = EdgeSettings {
        tls: Some(Arc::clone(&tls)),
        ..settings
    };
    (Server::start(settings).await, tls)
}

async fn connect(server: &Server, root: &Path, protocol: &[u8]) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(root).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let name = ServerName::try_from("login.example").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, server.connect().await)
        .await
}

fn get(path: &str) -> http::Request<Empty<bytes::Bytes>> {
    let uri = format!("https://login.example{path}");
    http::Request::get(uri).body(Empty::new()).unwrap()
}

#[tokio::test]
async fn http1_is_spoken_over_tls() {
    let files = Files::new();
    let (server, _) = start(&files, patient()).await;
    let mut stream = connect(&server, &files.path("certificate.pem"), b"http/1.1")
        .await
        .unwrap();
    stream.write_all(GET).await.unwrap();
    let mut answer = [0; 15];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
}

#[tokio::test]
async fn http2_serves_requests_side_by_side_and_ends_when_idle() {
    let files = Files::new();
    let settings = EdgeSettings {
        idle: SHORT,
        ..patient()
    };
    let (server, _) = start(&files, settings).await;
    let stream = connect(&server, &files.path("certificate.pem"), b"h2")
        .await
        .unwrap();
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (sender, connection) = handshake.await.unwrap();
    let ended = tokio::spawn(connection);
    let ask = |path: &'static str| {
        let mut sender = sender.clone();
        async move {
            let answer = sender.send_request(get(path)).await.unwrap();
            assert_eq!(answer.status(), 200);
            answer.into_body().collect().await.unwrap().to_bytes()
        }
    };
    let (slow, quick) = tokio::join!(ask("/slow"), ask("/peer"));
    assert_eq!(slow, "slow but whole");
    assert!(quick.starts_with(b"127.0.0.1"));
    let ended = timeout(LONG, ended).await.expect("the connection stays open");
    ended.unwrap().unwrap();
    assert_eq!(read(&server.counters.idle), 1);
}

#[tokio::test]
async fn a_drain_lets_streams_end() {
    let files = Files::new();
    let (server, _) = start(&files, patient()).await;
    let stream = connect(&server, &files.path("certificate.pem"), b"h2")
        .await
        .unwrap();
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (mut sender, connection) = handshake.await.unwrap();
    tokio::spawn(connection);
    let answer = tokio::spawn(async move {
        let answer = sender.send_request(get("/until-drain")).await.unwrap();
        answer.into_body().collect().await.unwrap().to_bytes()
    });
    sleep(SHORT).await;
    let _ = server.stop.send(());
    assert_eq!(timeout(LONG, answer).await.unwrap().unwrap(), "drained");
    timeout(LONG, server.task).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn whoever_does_not_shake_hands_is_closed() {
    let files = Files::new();
    let settings = EdgeSettings {
        header: SHORT,
        ..patient()
    };
    let (server, _) = start(&files, settings).await;
    let mut plain = server.open(GET).await;
    rest(&mut plain).await;
    let mut half = server.open(&[0x16, 0x03, 0x01]).await;
    rest(&mut half).await;
    assert_eq!(read(&server.counters.tls_failed), 2);
}

#[tokio::test]
async fn a_certificate_is_replaced_while_the_server_runs_and_a_bad_one_is_not_taken() {
    let files = Files::new();
    let (server, tls) = start(&files, patient()).await;
    let before = files.path("before.pem");
    std::fs::rename(files.path("certificate.pem"), &before).unwrap();
    assert!(
        tls.reload(&files.config())
            .unwrap_err()
            .to_string()
            .contains("certificate.pem")
    );
    connect(&server, &before, b"h2").await.unwrap();
    files.renew();
    tls.reload(&files.config()).unwrap();
    let after = files.path("certificate.pem");
    connect(&server, &after, b"h2").await.unwrap();
    connect(&server, &before, b"h2").await.unwrap_err();
}
