//! Issue "Production" 7: what Prometheus is told, that panels, alerts and documentation speak of nothing else, and that no request makes
//! series.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tests::web::{location, parameters};
use tests::{Browser, Call, Invented, Phone, Registration, RelyingParty, Site, TestServer, Web};

/// The metrics that a PromQL expression names: what begins like one of ours.
fn identifiers(expression: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let words = expression.split(|c| !is_part(c));
    let ours = |word: &&str| {
        ["idp_", "idp:", "process_"]
            .iter()
            .any(|start| word.starts_with(start))
    };
    words.filter(ours).map(str::to_owned).collect()
}

/// The samples of a server, by name with labels.
struct Scrape {
    text: String,
    samples: BTreeMap<String, f64>,
}

impl Scrape {
    async fn of(server: &TestServer) -> Self {
        let address = server.app.metrics_address.get().expect("metrics are served");
        let answer = Site::at(&format!("http://{address}"))
            .send(Call::get("/metrics"))
            .await;
        assert_eq!(answer.status.as_u16(), 200);
        assert!(
            answer
                .header("content-type")
                .starts_with("application/openmetrics-text")
        );
        let text = answer.text();
        assert!(text.ends_with("# EOF\n"), "OpenMetrics 1.0 ends so");
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let samples = lines.map(|line| {
            let (name, value) = line.rsplit_once(' ').expect("a sample has a value");
            (name.to_owned(), value.parse().expect("a number"))
        });
        let samples = samples.collect();
        Self { text, samples }
    }

    #[track_caller]
    fn value(&self, sample: &str) -> f64 {
        *self
            .samples
            .get(sample)
            .unwrap_or_else(|| panic!("{sample} is not in {}", self.text))
    }

    /// Asserts a count.
    #[track_caller]
    fn expect(&self, sample: &str, count: u32) {
        let value = self.value(sample);
        assert!(
            (value - f64::from(count)).abs() < 1e-9,
            "{sample} is {value}, not {count}"
        );
    }

    /// The names of all samples, without labels.
    fn names(&self) -> BTreeSet<String> {
        let name = |sample: &String| sample.split('{').next().unwrap_or_default().to_owned();
        self.samples.keys().map(name).collect()
    }
}

async fn start() -> TestServer {
    TestServer::start_with(|config| config.metrics.listen = Some("127.0.0.1:0".parse().unwrap())).await
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    let file = repository().join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Everything that happens in a day: logins of both kinds, one that is declined, tokens, a phone that has a push address.
async fn live(server: &TestServer) -> Vec<String> {
    let service = Registration::public().register(server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(server, &jean).await;
    let address = json!({"push": {"type": "fcm", "token": "unmistakable-address"}}).to_string();
    phone
        .send(Method::PUT, "/enroll/push", &address)
        .await
        .expect(204);
    let login = service.initiate(server, jean.token_id.as_str()).await;
    let mut browser = Browser::open(server, &login).await;
    browser.expect("otp_ready").await;
    phone.approve(&phone.only().await).await.expect(200);
    browser.expect("approved").await;
    browser.expect_close(1000).await;

    let party = RelyingParty::register(server).await;
    let mut web = Web::new(server);
    let answer = web.login(&party.authorize(&[("scope", "openid")]), &phone).await;
    let code = parameters(&location(&answer))["code"].clone();
    party.redeem(server, &code).await;
    let again = party.call(
        "/oidc/token",
        &[("grant_type", "authorization_code"), ("code", &code)],
    );
    server.send(again).await.refused();
    let id = |text: &str| text.to_owned();
    vec![
        id(jean.token_id.as_str()),
        id(&login.session_id),
        id(&service.id),
        id(&party.id),
        code,
        id("unmistakable-address"),
        id(&login.ws_token),
        id(&login.code),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
async fn what_happened_is_counted_and_names_nobody() {
    let server = start().await;
    let secrets = live(&server).await;
    let scrape = Scrape::of(&server).await;
    for protocol in ["direct", "federated"] {
        scrape.expect(&format!("idp_logins_begun_total{{protocol=\"{protocol}\"}}"), 1);
        scrape.expect(
            &format!("idp_logins_total{{protocol=\"{protocol}\",outcome=\"approved\"}}"),
            1,
        );
        scrape.expect(
            &format!("idp_logins_total{{protocol=\"{protocol}\",outcome=\"rejected\"}}"),
            0,
        );
    }
    for stage in ["notified", "compared", "approved"] {
        scrape.expect(&format!("idp_login_stage_seconds_count{{stage=\"{stage}\"}}"), 2);
    }
    scrape.expect("idp_login_stage_seconds_count{stage=\"delivered\"}", 1);
    scrape.expect(
        "idp_oidc_grants_total{grant=\"authorization_code\",outcome=\"issued\"}",
        1,
    );
    scrape.expect(
        "idp_oidc_grants_total{grant=\"authorization_code\",outcome=\"refused\"}",
        1,
    );
    scrape.expect(
        "idp_http_requests_total{method=\"POST\",route=\"/auth/verify\",status=\"200\"}",
        2,
    );
    scrape.expect(
        "idp_http_request_duration_seconds_count{method=\"POST\",route=\"/auth/verify\"}",
        2,
    );
    scrape.expect("idp_circuit_open{dependency=\"durable_store\"}", 0);
    scrape.expect("idp_sessions_open", 2);
    scrape.expect("idp_websockets_open", 0);
    scrape.expect("idp_outbox_due", 0);
    for grows in [
        "idp_push_total{provider=\"fcm\",outcome=\"delivered\"}",
        "idp_store_operation_seconds_count{engine=\"sqlite\",operation=\"commit\"}",
        "idp_store_operation_seconds_count{engine=\"memory\",operation=\"insert_session\"}",
        "idp_store_writer_commits_total",
        "idp_store_writer_batches_total",
        "idp_connections_total{outcome=\"accepted\"}",
        "idp_connections_open",
        "idp_key_next_rotation_timestamp_seconds{purpose=\"token\"}",
        "idp_trust_list_next_update_timestamp_seconds",
        "process_resident_memory_bytes",
        "process_cpu_seconds_total",
        "process_open_fds",
        "process_start_time_seconds",
    ] {
        assert!(scrape.value(grows) > 0.0, "{grows}");
    }
    assert!(
        scrape.text.contains("idp_build_info{version=\""),
        "{}",
        scrape.text
    );
    for secret in secrets {
        assert!(!scrape.text.contains(&secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_make_no_series() {
    let server = start().await;
    let ask = async |number: usize| {
        server.send(Call::get(format!("/nowhere/{number}"))).await;
        server.send(Call::get(format!("/services/nobody-{number}"))).await;
        server.send(Call::get(format!("/nowhere?{number}"))).await;
        let invented = Method::from_bytes(format!("INVENTED{number}").as_bytes()).unwrap();
        server.send(Call::new(invented, "/nowhere")).await;
    };
    ask(0).await;
    let before = Scrape::of(&server).await.samples.len();
    for number in 1..20 {
        ask(number).await;
    }
    let after = Scrape::of(&server).await;
    assert_eq!(after.samples.len(), before);
    after.expect(
        "idp_http_requests_total{method=\"GET\",route=\"unmatched\",status=\"404\"}",
        40,
    );
    after.expect(
        "idp_http_requests_total{method=\"OTHER\",route=\"unmatched\",status=\"404\"}",
        20,
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_numbers_have_a_listener_of_their_own() {
    let server = start().await;
    server
        .send(Call::get("/metrics"))
        .await
        .expect_problem(404, "not_found");
    let address = server.app.metrics_address.get().unwrap();
    let beside = Site::at(&format!("http://{address}"));
    beside.send(Call::get("/health/ready")).await.expect(200);
    assert_eq!(beside.send(Call::get("/auth/pending")).await.status.as_u16(), 404);
}

/// Every expression of the dashboard and the rules, and the names that recording rules make.
fn expressions() -> (Vec<String>, BTreeSet<String>) {
    let dashboard: Value = serde_json::from_str(&read("deploy/grafana/idp.json")).expect("JSON");
    let mut found = Vec::new();
    collect(&dashboard, &mut found);
    assert!(found.len() > 20, "the dashboard has panels: {found:?}");
    let mut recorded = BTreeSet::new();
    for line in read("deploy/prometheus/rules.yml").lines() {
        let line = line.trim().trim_start_matches("- ");
        if let Some(expression) = line.strip_prefix("expr: ") {
            found.push(expression.to_owned());
        }
        if let Some(name) = line.strip_prefix("record: ") {
            recorded.insert(name.to_owned());
        }
    }
    (found, recorded)
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value.as_str() {
                    Some(text) if name == "expr" => found.push(text.to_owned()),
                    _ => collect(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn panels_alerts_and_documentation_speak_of_metrics_that_there_are() {
    let server = start().await;
    live(&server).await;
    let names = Scrape::of(&server).await.names();
    let (expressions, recorded) = expressions();
    for expression in &expressions {
        let used = identifiers(expression);
        assert!(!used.is_empty(), "{expression}");
        let unknown: Vec<_> = used
            .iter()
            .filter(|name| !names.contains(*name) && !recorded.contains(*name))
            .collect();
        assert!(unknown.is_empty(), "{unknown:?} of {expression} is not exposed");
    }
    let documentation = read("docs/metrics.md");
    let base = |name: &str| {
        let cut = ["_bucket", "_count", "_sum"]
            .iter()
            .find_map(|end| name.strip_suffix(end));
        cut.unwrap_or(name).to_owned()
    };
    let exposed: BTreeSet<String> = names.iter().map(|name| base(name)).collect();
    let rows = documentation
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split(['`', '{']).next());
    let is_metric = |name: &&str| !name.starts_with('/');
    let documented: BTreeSet<String> = rows.filter(is_metric).map(str::to_owned).collect();
    assert_eq!(
        exposed, documented,
        "docs/metrics.md has a row for each metric, and for no other"
    );
    for line in read("deploy/prometheus/rules.yml").lines() {
        if let Some(alert) = line.trim().strip_prefix("- alert: ") {
            assert!(
                documentation.contains(&format!("### {alert}\n")),
                "{alert} has no runbook"
            );
        }
    }
}

/// A program of the distribution's package, which `tests/run` fetches.
fn prometheus(program: &str) -> Command {
    let folder = std::env::var("IDP_TEST_PROMETHEUS_BIN");
    let folder =
        folder.expect("IDP_TEST_PROMETHEUS_BIN names the folder of promtool; `tests/run` fetches it");
    let mut command = Command::new(Path::new(&folder).join(program));
    command.current_dir(repository().join("deploy/prometheus"));
    command
}

fn promtool(arguments: &[&str]) {
    let done = prometheus("promtool")
        .args(arguments)
        .output()
        .expect("promtool runs");
    let said = [done.stdout, done.stderr].concat();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn the_rules_are_valid_and_their_alerts_fire_when_they_should() {
    promtool(&["check", "rules", "rules.yml"]);
    promtool(&["test", "rules", "rules.test.yml"]);
}

/// A Prometheus that asks a server, ended with the test.
struct Prometheus {
    site: Site,
    process: Child,
    _folder: tempfile::TempDir,
}

impl Prometheus {
    fn start(target: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rules = repository()
            .join("deploy/prometheus/rules.yml")
            .canonicalize()
            .unwrap();
        let config = format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [{}]\nscrape_configs: [{{job_name: idp, \
             static_configs: [{{targets: ['{target}']}}]}}]\n",
            rules.display()
        );
        std::fs::write(folder.path().join("prometheus.yml"), config).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let process = prometheus("prometheus")
            .arg(format!(
                "--config.file={}",
                folder.path().join("prometheus.yml").display()
            ))
            .arg(format!(
                "--storage.tsdb.path={}",
                folder.path().join("data").display()
            ))
            .arg(format!("--web.listen-address={free}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self {
            site: Site::at(&format!("http://{free}")),
            process: process.expect("Prometheus starts"),
            _folder: folder,
        }
    }

    /// Asks until the answer is one that holds.
    async fn until(&self, path: &str, holds: impl Fn(&Value) -> bool) {
        let mut last = Value::Null;
        let asking = async {
            loop {
                if let Some(answer) = self.site.http.try_send(Call::get(path)).await {
                    last = answer.json();
                    if holds(&last) {
                        return;
                    }
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let asked = tokio::time::timeout(Duration::from_secs(30), asking).await;
        asked.unwrap_or_else(|_| panic!("{path}: {last}"));
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_prometheus_reads_the_numbers_and_evaluates_the_rules() {
    let server = start().await;
    live(&server).await;
    let prometheus = Prometheus::start(&server.app.metrics_address.get().unwrap().to_string());
    let approved = "/api/v1/query?query=sum(idp_logins_total%7Boutcome%3D%22approved%22%7D)";
    prometheus
        .until(approved, |answer| answer["data"]["result"][0]["value"][1] == "2")
        .await;
    let is_well = |rule: &Value| rule["health"] == "ok";
    let every = |answer: &Value| {
        let groups = answer["data"]["groups"].as_array().cloned().unwrap_or_default();
        let rules: Vec<Value> = groups
            .iter()
            .flat_map(|group| group["rules"].as_array().cloned().unwrap_or_default())
            .collect();
        rules.len() > 10 && rules.iter().all(is_well)
    };
    prometheus.until("/api/v1/rules", every).await;
}
