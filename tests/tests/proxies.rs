//! `deploy/proxy/nginx.conf` as it stands, with a real nginx: only its addresses and folders are those of this test. What the recipe promises:
//! logins and WebSockets pass, the client's address is nginx's word and never the client's, the administration is closed.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use idp_server::config::ProxiesConfig;
use serde_json::{Value, json};
use tests::{Browser, Call, Invented, Phone, Registration, Site, TestServer};

const RECIPE: &str = include_str!("../../deploy/proxy/nginx.conf");

/// A name of the recipe.
const HOST: &str = "auth.example.com";

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A certificate of that name in PEM files.
fn certificate(folder: &Path) {
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ])
        .args(["-nodes", "-days", "2", "-subj", "/CN=auth.example.com"])
        .args(["-addext", "subjectAltName=DNS:auth.example.com"])
        .args(["-keyout", "key.pem", "-out", "certificate.pem"])
        .current_dir(folder)
        .output()
        .expect("openssl runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// nginx with the recipe in front of a server, killed with the test.
struct Nginx {
    process: Child,
    folder: tempfile::TempDir,
    tls: u16,
    plain: u16,
}

impl Nginx {
    async fn before(server: &TestServer) -> Self {
        let folder = tempfile::tempdir().unwrap();
        certificate(folder.path());
        let (tls, plain) = (free_port(), free_port());
        std::fs::write(
            folder.path().join("nginx.conf"),
            adapted(server, folder.path(), (tls, plain)),
        )
        .unwrap();
        let process = Command::new("nginx")
            .arg("-p")
            .arg(folder.path())
            .args(["-c", "nginx.conf", "-g", "daemon off;"])
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx starts");
        let nginx = Self {
            process,
            folder,
            tls,
            plain,
        };
        nginx.listening().await;
        nginx
    }

    async fn listening(&self) {
        let site = self.site();
        let asking = async {
            while site.http.try_send(Call::get("/health/live")).await.is_none() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let log = self.folder.path().join("error.log");
        if tokio::time::timeout(Duration::from_secs(20), asking)
            .await
            .is_err()
        {
            panic!(
                "nginx does not answer: {}",
                std::fs::read_to_string(log).unwrap_or_default()
            );
        }
    }

    /// The same server block without TLS, for the test's own browser.
    fn site(&self) -> Site {
        Site::at(&format!("http://127.0.0.1:{}", self.plain))
    }

    /// A request of another client than the test's: over TLS, from an address of its own.
    fn curl(&self, arguments: &[&str], path: &str) -> Output {
        let resolve = format!("{HOST}:{}:127.0.0.1", self.tls);
        Command::new("curl")
            .args(["--silent", "--show-error", "--http2", "--interface", "127.0.0.2"])
            .args(["--resolve", &resolve, "--cacert"])
            .arg(self.folder.path().join("certificate.pem"))
            .args(arguments)
            .arg(format!("https://{HOST}:{}{path}", self.tls))
            .output()
            .expect("curl runs")
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers go with it.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

/// The recipe, with what is this test's own.
fn adapted(server: &TestServer, folder: &Path, (tls, plain): (u16, u16)) -> String {
    let at = |name: &str| folder.join(name).display().to_string();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {};", at(kind)))
        .join(" ");
    let changes = [
        ("/var/log/nginx/error.log", at("error.log")),
        ("/var/log/nginx/access.log", at("access.log")),
        ("/run/nginx.pid", at("nginx.pid")),
        ("http {", format!("http {{ {temporary}")),
        ("/etc/nginx/tls/auth.example.com.pem", at("certificate.pem")),
        ("/etc/nginx/tls/auth.example.com.key", at("key.pem")),
        (
            "server 127.0.0.1:8080",
            format!("server {}", server.app.config.listen),
        ),
        (
            "listen 443 ssl http2;",
            format!("listen 127.0.0.1:{tls} ssl http2; listen 127.0.0.1:{plain};"),
        ),
        ("listen 80;", format!("listen 127.0.0.1:{};", free_port())),
    ];
    let mut text = RECIPE.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "the recipe has {from}");
        text = text.replace(from, &to);
    }
    text
}

fn text(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone()).unwrap()
}

async fn behind_nginx() -> TestServer {
    TestServer::start_with(|config| {
        config.proxies = ProxiesConfig {
            trusted: vec!["127.0.0.1/32".parse().unwrap()],
            ..ProxiesConfig::default()
        };
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_passes_nginx_with_its_web_socket() {
    let server = behind_nginx().await;
    let nginx = Nginx::before(&server).await;
    let service = Registration::confidential().register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let site = nginx.site();
    let login = service.initiate(&site, jean.token_id.as_str()).await;
    let mut browser = Browser::open(&site, &login).await;
    assert_eq!(
        browser.expect("otp_ready").await["autoPassword"],
        login.code.as_str()
    );
    phone.approve(&phone.only().await).await.expect(200);
    assert!(browser.expect("approved").await["jwt"].is_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_of_a_client_is_the_word_of_nginx() {
    let server = behind_nginx().await;
    let nginx = Nginx::before(&server).await;
    let service = Registration::confidential().register(&server).await;
    let jean = server.issue(Invented::jean());
    Phone::enrol(&server, &jean).await;
    let body = json!({"tokenId": jean.token_id, "serviceId": service.id}).to_string();
    let authorization = format!("authorization: Bearer {}", service.secret.as_deref().unwrap());
    let sent = nginx.curl(
        &[
            "--header",
            &authorization,
            "--header",
            "content-type: application/json",
            "--header",
            "x-forwarded-for: 192.0.2.66",
            "--header",
            "forwarded: for=192.0.2.66",
            "--data",
            &body,
        ],
        "/auth/initiate",
    );
    let begun: Value = serde_json::from_str(&text(&sent)).unwrap();
    let session = begun["sessionId"].as_str().unwrap();
    let path = format!("/admin/audit?event=AUTH_INITIATE&session_id={session}");
    let records = server.administer(Call::get(path)).await.expect(200);
    assert_eq!(records["records"][0]["ip"], "127.0.0.2", "{records}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nginx_speaks_http_2_closes_the_administration_and_limits_bodies() {
    let server = behind_nginx().await;
    let nginx = Nginx::before(&server).await;
    let write = [
        "--output",
        "/dev/null",
        "--write-out",
        "%{http_version} %{http_code}",
    ];
    assert_eq!(text(&nginx.curl(&write, "/health/ready")), "2 200");
    assert_eq!(text(&nginx.curl(&write, "/admin/audit")), "2 403");
    let large = "a".repeat(70_000);
    let post = [&write[..], &["--data", &large]].concat();
    assert_eq!(text(&nginx.curl(&post, "/oidc/token")), "2 413");
}
