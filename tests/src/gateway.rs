//! A real Envoy with our filter, in front of an upstream that tells what it was asked.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::http::{Answer, Call, Http};
use crate::receiver::{Received, Receiver};

const HINT: &str = "is missing; `tests/run` installs Envoy and builds the filter (envoy-filter/build)";
const ACCESS_LOG: &str = "access";
const PATIENCE: Duration = Duration::from_secs(30);

/// A running Envoy.
pub struct Gateway {
    /// A client of its listener.
    pub http: Http,
    /// A client of its administration.
    pub admin: Http,
    /// What stands behind it.
    pub upstream: Receiver,
    address: String,
    directory: TempDir,
    envoy: Child,
}

/// How the gateway is set up beside its policy.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The address of the identity provider, `http://127.0.0.1:port`; the cluster `idp` leads there.
    pub idp: String,
    /// Worker threads.
    pub concurrency: u32,
    /// The routes; all of them lead to the cluster `upstream`.
    pub routes: Value,
    /// The filter, where it is another than the built one.
    pub module: Option<PathBuf>,
    /// Certificate and key of the listener in PEM; it asks clients for theirs, whoever signed it.
    pub tls: Option<(String, String)>,
    /// The format of the access log.
    pub access_log: Option<&'static str>,
}

impl Setup {
    /// One worker, one route.
    pub fn new(idp: &str) -> Self {
        Self {
            idp: idp.to_owned(),
            concurrency: 1,
            routes: json!([{"match": {"prefix": "/"}, "route": {"cluster": "upstream"}}]),
            module: None,
            tls: None,
            access_log: None,
        }
    }
}

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A file that `tests/run` prepares, or another one by a variable.
fn prepared(variable: &str, usual: &str) -> PathBuf {
    let path = std::env::var_os(variable).map_or_else(|| top().join(usual), PathBuf::from);
    assert!(path.exists(), "{} {HINT}", path.display());
    path
}

/// The Envoy of the tests.
pub fn envoy() -> PathBuf {
    prepared("IDP_TEST_ENVOY", ".tools/envoy/bin/envoy")
}

/// The filter.
pub fn module() -> PathBuf {
    prepared("IDP_TEST_GATEWAY_MODULE", "target/gateway/envoy_filter.wasm")
}

impl Gateway {
    /// Starts one and waits until it listens.
    pub async fn start(policy: &Value, setup: &Setup) -> Self {
        Self::try_start(policy, setup).await.expect("Envoy starts")
    }

    /// The same; `None` where Envoy refuses the configuration.
    pub async fn try_start(policy: &Value, setup: &Setup) -> Option<Self> {
        let upstream = Receiver::start().await;
        let directory = TempDir::new().expect("a temporary directory");
        let config = directory.path().join("envoy.json");
        let written = bootstrap(policy, setup, &upstream.uri, directory.path());
        std::fs::write(&config, written.to_string()).expect("a configuration");
        let log = File::create(directory.path().join("log")).expect("a log");
        let mut envoy = Command::new(envoy())
            .arg("--config-path")
            .arg(&config)
            .arg("--admin-address-path")
            .arg(directory.path().join("admin"))
            .args([
                "--disable-hot-restart",
                "--log-level",
                "warn",
                "--file-flush-interval-msec",
                "200",
                "--component-log-level",
                "wasm:info",
            ])
            .args(["--concurrency", &setup.concurrency.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("Envoy runs");
        let found = find(&mut envoy, &directory.path().join("admin")).await;
        let Some((admin, address)) = found else {
            let _ = envoy.kill();
            let _ = envoy.wait();
            return None;
        };
        Some(Self {
            http: Http::new(&format!("http://{address}")),
            admin,
            upstream,
            address,
            directory,
            envoy,
        })
    }

    /// Sends a request through it.
    pub async fn send(&self, call: Call) -> Answer {
        self.http.send(call).await
    }

    /// Asks for a path with a token.
    pub async fn ask(&self, path: &str, token: &str) -> Answer {
        self.send(Call::get(path).bearer(token)).await
    }

    /// What the upstream was asked last, once the answer came.
    pub async fn forwarded(&mut self) -> Received {
        self.upstream.next().await
    }

    /// Sends text as it is, and answers the status.
    pub async fn raw(&self, request: &[u8]) -> u16 {
        let mut stream = TcpStream::connect(&self.address).await.expect("a connection");
        stream.write_all(request).await.expect("the request is sent");
        let mut answer = vec![0; 12];
        stream.read_exact(&mut answer).await.expect("an answer");
        let text = String::from_utf8_lossy(&answer);
        let status = text.rsplit(' ').next().and_then(|status| status.parse().ok());
        status.expect("a status")
    }

    /// The sum of all statistics whose name ends so.
    pub async fn statistic(&self, name: &str) -> u64 {
        let text = self.admin.send(Call::get("/stats")).await.text();
        let values = text.lines().filter_map(|line| line.rsplit_once(": "));
        values
            .filter(|(known, _)| known.ends_with(name))
            .filter_map(|(_, value)| value.parse::<u64>().ok())
            .sum()
    }

    /// Waits until a statistic counts anything: the filter tells the proxy its numbers a few times a second.
    pub async fn until_counted(&self, name: &str) {
        let counting = async {
            while self.statistic(name).await == 0 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let counted = tokio::time::timeout(PATIENCE, counting).await;
        assert!(counted.is_ok(), "{name} counts nothing");
    }

    /// Asserts that no VM ever failed.
    pub async fn assert_alive(&self) {
        for name in ["vm_reload_success", "vm_reload", "vm_failed"] {
            assert_eq!(self.statistic(name).await, 0, "{name}: {}", self.log());
        }
    }

    /// Host and port of its listener.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The lines of the access log, which Envoy writes when it finds time.
    pub fn access_log(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.directory.path().join(ACCESS_LOG)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// What it wrote.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.envoy.kill();
        let _ = self.envoy.wait();
    }
}

/// The administration and the address of the listener, once both are there.
async fn find(envoy: &mut Child, file: &Path) -> Option<(Http, String)> {
    let looking = async {
        loop {
            if envoy.try_wait().expect("a process of ours").is_some() {
                return None;
            }
            if let Some(found) = look(file).await {
                return Some(found);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.ok().flatten()
}

async fn look(file: &Path) -> Option<(Http, String)> {
    let admin = std::fs::read_to_string(file)
        .ok()
        .filter(|address| !address.is_empty())?;
    let admin = Http::new(&format!("http://{admin}"));
    let ready = admin.try_send(Call::get("/ready")).await?;
    if !ready.status.is_success() {
        return None;
    }
    let listeners = admin.try_send(Call::get("/listeners?format=json")).await?.json();
    let listening = listeners.pointer("/listener_statuses/0/local_address/socket_address/port_value")?;
    Some((admin, format!("127.0.0.1:{listening}")))
}

fn bootstrap(policy: &Value, setup: &Setup, upstream: &str, directory: &Path) -> Value {
    let mut manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "gateway",
        "codec_type": "AUTO",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": setup.routes}]},
        "http_filters": [
            wasm_filter("idtoken-seal", &setup.module.clone().unwrap_or_else(module), &policy.to_string()),
            {"name": "router", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}},
        ],
    });
    if let (Some(format), Some(members)) = (setup.access_log, manager.as_object_mut()) {
        members.insert("access_log".to_owned(), json!([access_log(format, directory)]));
    }
    let mut chain = json!({"filters": [{"name": "http", "typed_config": manager}]});
    if let (Some(pair), Some(members)) = (&setup.tls, chain.as_object_mut()) {
        members.insert("transport_socket".to_owned(), transport_socket(pair));
    }
    json!({
        "admin": {"address": address("127.0.0.1", 0)},
        "static_resources": {
            "listeners": [{
                "name": "gateway",
                "address": address("127.0.0.1", 0),
                "filter_chains": [chain],
            }],
            "clusters": [cluster("upstream", upstream), cluster("idp", &setup.idp)],
        },
    })
}

fn access_log(format: &str, directory: &Path) -> Value {
    json!({"name": "file", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
        "path": directory.join(ACCESS_LOG),
        "log_format": {"text_format_source": {"inline_string": format!("{format}\n")}},
    }})
}

fn transport_socket((certificate, key): &(String, String)) -> Value {
    json!({"name": "tls", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
        "common_tls_context": {
            "tls_certificates": [{"certificate_chain": {"inline_string": certificate}, "private_key": {"inline_string": key}}],
            "validation_context": {"trusted_ca": {"inline_string": certificate}, "trust_chain_verification": "ACCEPT_UNTRUSTED"},
        },
    }})
}

/// A module as a filter of a name of its own, with its configuration.
pub fn wasm_filter(name: &str, module: &Path, configuration: &str) -> Value {
    json!({
        "name": name,
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
            "config": {
                "name": name,
                "root_id": name,
                "failure_policy": "FAIL_RELOAD",
                "configuration": {"@type": "type.googleapis.com/google.protobuf.StringValue", "value": configuration},
                "vm_config": {
                    "vm_id": name,
                    "runtime": "envoy.wasm.runtime.v8",
                    "code": {"local": {"filename": module}},
                },
            },
        },
    })
}

fn cluster(name: &str, uri: &str) -> Value {
    let authority = uri
        .trim_start_matches("http://")
        .split('/')
        .next()
        .unwrap_or_default();
    let (host, port) = authority.rsplit_once(':').expect("an address with a port");
    let port: u16 = port.parse().expect("a port");
    json!({
        "name": name,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": name, "endpoints": [
            {"lb_endpoints": [{"endpoint": {"address": address(host, port)}}]},
        ]},
    })
}

/// An address as Envoy writes it.
pub fn address(host: &str, port: u16) -> Value {
    json!({"socket_address": {"address": host, "port_value": port}})
}
