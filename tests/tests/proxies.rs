//! `deploy/proxy/nginx.conf` and `envoy.yaml` as they stand, with a real nginx and Envoy: only addresses and folders are those of this test.
//! What the recipes promise: logins and WebSockets pass, the client's address is the proxy's word and never the client's, the
//! administration is closed.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use idp_server::config::ProxiesConfig;
use serde_json::{Value, json};
use tests::{Browser, Call, Invented, Phone, Registration, Site, TestServer};

const NGINX: &str = include_str!("../../deploy/proxy/nginx.conf");
const ENVOY: &str = include_str!("../../deploy/proxy/envoy.yaml");

/// A name of the recipes.
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

/// A proxy with its recipe in front of a server, killed with the test.
pub(crate) struct Proxy {
    process: Child,
    folder: tempfile::TempDir,
    tls: u16,
    plain: u16,
}

impl Proxy {
    async fn nginx(server: &TestServer) -> Self {
        Self::start(|folder, (tls, plain)| {
            std::fs::write(
                folder.join("nginx.conf"),
                nginx_recipe(server, folder, (tls, plain)),
            )
            .unwrap();
            nginx(folder)
        })
        .await
    }

    async fn envoy(server: &TestServer) -> Self {
        Self::start(|folder, (tls, _)| {
            std::fs::write(folder.join("envoy.yaml"), envoy_recipe(server, folder, tls)).unwrap();
            let mut command = Command::new(tests::gateway::envoy());
            command.args(["--concurrency", "1", "--use-dynamic-base-id", "-c"]);
            command.arg(folder.join("envoy.yaml"));
            command
        })
        .await
    }

    pub(crate) async fn start(command: impl FnOnce(&Path, (u16, u16)) -> Command) -> Self {
        let folder = tempfile::tempdir().unwrap();
        certificate(folder.path());
        let (tls, plain) = (free_port(), free_port());
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let process = command(folder.path(), (tls, plain))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the proxy starts");
        let proxy = Self {
            process,
            folder,
            tls,
            plain,
        };
        proxy.listening().await;
        proxy
    }

    async fn listening(&self) {
        let asking = async {
            while !self.curl(&["--fail"], "/health/ready").status.success() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let answered = tokio::time::timeout(Duration::from_secs(30), asking).await;
        let log = self.folder.path().join("log");
        let log = || std::fs::read_to_string(log).unwrap_or_default();
        assert!(answered.is_ok(), "the proxy does not answer: {}", log());
    }

    /// nginx's server block without TLS, for the test's own browser.
    fn site(&self) -> Site {
        Site::at(&format!("http://127.0.0.1:{}", self.plain))
    }

    /// A request of another client than the test's: over TLS, from an address of its own.
    pub(crate) fn curl(&self, arguments: &[&str], path: &str) -> Output {
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

impl Drop for Proxy {
    fn drop(&mut self) {
        // Its workers go with it.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

/// A recipe, with what is this test's own.
pub(crate) fn adapted(recipe: &str, changes: &[(&str, String)]) -> String {
    let mut text = recipe.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "the recipe has {from}");
        text = text.replace(from, to);
    }
    text
}

fn envoy_recipe(server: &TestServer, folder: &Path, tls: u16) -> String {
    let at = |name: &str| folder.join(name).display().to_string();
    let listen = server.app.config.listen;
    let changes = [
        (
            "address: 0.0.0.0, port_value: 443",
            format!("address: 127.0.0.1, port_value: {tls}"),
        ),
        ("/etc/envoy/tls/auth.example.com.pem", at("certificate.pem")),
        ("/etc/envoy/tls/auth.example.com.key", at("key.pem")),
        (
            "address: 127.0.0.1, port_value: 8080",
            format!("address: {}, port_value: {}", listen.ip(), listen.port()),
        ),
    ];
    adapted(ENVOY, &changes)
}

fn nginx_recipe(server: &TestServer, folder: &Path, (tls, plain): (u16, u16)) -> String {
    let at = |name: &str| folder.join(name).display().to_string();
    let changes = [
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
    adapted(&in_folder(NGINX, folder), &changes)
}

/// A recipe of nginx whose files are in a folder of the test.
pub(crate) fn in_folder(recipe: &str, folder: &Path) -> String {
    let at = |name: &str| folder.join(name).display().to_string();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {};", at(kind)))
        .join(" ");
    let changes = [
        ("/var/log/nginx/error.log", at("error.log")),
        ("/var/log/nginx/access.log", at("access.log")),
        ("/run/nginx.pid", at("nginx.pid")),
        ("http {", format!("http {{ {temporary}")),
    ];
    adapted(recipe, &changes)
}

/// nginx with a configuration in its folder.
pub(crate) fn nginx(folder: &Path) -> Command {
    let mut command = Command::new("nginx");
    command
        .arg("-p")
        .arg(folder)
        .args(["-c", "nginx.conf", "-g", "daemon off;"]);
    command
}

pub(crate) fn text(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone()).unwrap()
}

async fn behind_a_proxy() -> TestServer {
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
    let server = behind_a_proxy().await;
    let nginx = Proxy::nginx(&server).await;
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

/// A login that somebody at 127.0.0.2 begins, who claims to be elsewhere.
async fn begin_elsewhere(server: &TestServer, proxy: &Proxy) -> Value {
    let service = Registration::confidential().register(server).await;
    let jean = server.issue(Invented::jean());
    Phone::enrol(server, &jean).await;
    let body = json!({"tokenId": jean.token_id, "serviceId": service.id}).to_string();
    let authorization = format!("authorization: Bearer {}", service.secret.as_deref().unwrap());
    let headers = [
        authorization.as_str(),
        "content-type: application/json",
        "x-forwarded-for: 192.0.2.66",
        "forwarded: for=192.0.2.66",
    ];
    let headers = headers.iter().flat_map(|header| ["--header", header]);
    let arguments: Vec<&str> = headers.chain(["--data", &body]).collect();
    serde_json::from_str(&text(&proxy.curl(&arguments, "/auth/initiate"))).unwrap()
}

async fn assert_address(server: &TestServer, begun: &Value) {
    let session = begun["sessionId"].as_str().unwrap();
    let path = format!("/admin/audit?event=AUTH_INITIATE&session_id={session}");
    let records = server.administer(Call::get(path)).await.expect(200);
    assert_eq!(records["records"][0]["ip"], "127.0.0.2", "{records}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_of_a_client_is_the_word_of_nginx() {
    let server = behind_a_proxy().await;
    let nginx = Proxy::nginx(&server).await;
    let begun = begin_elsewhere(&server, &nginx).await;
    assert_address(&server, &begun).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_passes_envoy_with_its_web_socket_and_its_address() {
    let server = behind_a_proxy().await;
    let envoy = Proxy::envoy(&server).await;
    let begun = begin_elsewhere(&server, &envoy).await;
    assert_address(&server, &begun).await;
    let token = begun["wsToken"].as_str().unwrap();
    let protocol = format!("sec-websocket-protocol: idtoken, {token}");
    let headers = [
        "connection: upgrade",
        "upgrade: websocket",
        "sec-websocket-version: 13",
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
        &protocol,
    ];
    let headers = headers.iter().flat_map(|header| ["--header", header]);
    let arguments: Vec<&str> = ["--http1.1", "--include", "--max-time", "2"]
        .into_iter()
        .chain(headers)
        .collect();
    let path = format!("/ws/session/{}", begun["sessionId"].as_str().unwrap());
    let upgraded = envoy.curl(&arguments, &path);
    let upgraded = String::from_utf8_lossy(&upgraded.stdout);
    assert!(upgraded.starts_with("HTTP/1.1 101"), "{upgraded}");
    assert!(upgraded.contains("otp_ready"), "{upgraded}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn envoy_speaks_http_2_closes_the_administration_and_refuses_tricks() {
    let server = behind_a_proxy().await;
    let envoy = Proxy::envoy(&server).await;
    let write = [
        "--output",
        "/dev/null",
        "--write-out",
        "%{http_version} %{http_code}",
    ];
    assert_eq!(text(&envoy.curl(&write, "/health/ready")), "2 200");
    for path in ["/admin/audit", "/x/../admin/audit", "/%61dmin/audit"] {
        let written = [&write[..], &["--path-as-is"]].concat();
        assert_eq!(text(&envoy.curl(&written, path)), "2 403", "{path}");
    }
    assert_eq!(text(&envoy.curl(&write, "/x%2fadmin")), "2 400");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nginx_speaks_http_2_closes_the_administration_and_limits_bodies() {
    let server = behind_a_proxy().await;
    let nginx = Proxy::nginx(&server).await;
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
