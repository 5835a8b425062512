//! The contract through every other form of address: TLS, sentinels, a cluster; and a fail-over (operations 3.7, row 6).

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use idp_store::EphemeralStore;
use idp_store::contract::ephemeral;
use idp_store::contract::sample::NOW;
use idp_store::ephemeral::{Kind, Topic};
use idp_store_redis::Options;

use crate::servers::{Server, free_port, hasty, open, options, until};

/// A certificate for this machine's own address that is its own root.
fn certificate(directory: &Path) -> (String, String) {
    let file = |name: &str| directory.join(name).display().to_string();
    let (settings, key, certificate) = (file("openssl.conf"), file("key.pem"), file("certificate.pem"));
    let text = "[req]\nprompt = no\ndistinguished_name = name\nx509_extensions = leaf\n[name]\nCN = redis\n\
                [leaf]\nbasicConstraints = critical, CA:FALSE\nsubjectAltName = IP:127.0.0.1\n";
    std::fs::write(&settings, text).unwrap();
    let new = ["req", "-x509", "-nodes", "-days", "2", "-config", &settings];
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
    let files = ["-keyout", &key, "-out", &certificate];
    let made = Command::new("openssl").args(new).args(curve).args(files).output();
    let made =
        made.unwrap_or_else(|error| panic!("openssl does not start ({error}); install the package openssl"));
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (key, certificate)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keeps_the_contract_over_tls() {
    let directory = tempfile::tempdir().unwrap();
    let (key, certificate) = certificate(directory.path());
    let port = free_port();
    let tls_port = port.to_string();
    let tls = [
        "--tls-port",
        &tls_port,
        "--tls-auth-clients",
        "no",
        "--tls-ca-cert-file",
    ];
    let files = [
        &*certificate,
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
    ];
    let _server = Server::start(&[&tls[..], &files].concat()).await;
    let url = format!("rediss://127.0.0.1:{port}");
    let roots = Some(std::fs::read(&certificate).unwrap());
    let trusting = Options { roots, ..options() };
    let store: Arc<dyn EphemeralStore> = Arc::new(open(&url, trusting).await);
    ephemeral::all(&store).await;
    let other = open(&url, hasty()).await;
    assert!(other.ping().await.is_err(), "the system does not know this root");
}

/// A master, its replica, and a sentinel that watches over both.
struct Watched {
    master: Server,
    _replica: Server,
    sentinel: Server,
    _directory: tempfile::TempDir,
}

impl Watched {
    async fn start() -> Self {
        let master = Server::start(&[]).await;
        let port = master.port.to_string();
        let replica = Server::start(&["--replicaof", &format!("127.0.0.1 {port}")]).await;
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("sentinel.conf");
        let settings = format!(
            "sentinel monitor main 127.0.0.1 {port} 1\nsentinel down-after-milliseconds main 300\n\
             sentinel failover-timeout main 3000\n"
        );
        std::fs::write(&file, settings).unwrap();
        let sentinel = Server::start(&[&file.display().to_string(), "--sentinel"]).await;
        until("the sentinel knows the replica", async || {
            let said = sentinel.tell("SENTINEL REPLICAS main");
            said.contains(&replica.port.to_string()).then_some(())
        })
        .await;
        Self {
            master,
            _replica: replica,
            sentinel,
            _directory: directory,
        }
    }

    fn url(&self) -> String {
        // The first sentinel is not there; the second one is asked.
        let (nobody, somebody) = (free_port(), self.sentinel.port);
        format!("redis+sentinel://127.0.0.1:{nobody},127.0.0.1:{somebody}/main")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keeps_the_contract_behind_sentinels() {
    let watched = Watched::start().await;
    let store: Arc<dyn EphemeralStore> = Arc::new(open(&watched.url(), options()).await);
    ephemeral::all(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_3_7_6_a_fail_over_is_followed() {
    let mut watched = Watched::start().await;
    let store = open(&watched.url(), hasty()).await;
    let topic = Topic::Session("sess_1".to_owned());
    let mut wakeups = store.subscribe(topic.clone()).await.unwrap();
    watched.master.kill();
    let until_later = NOW.plus_seconds(60);
    until("the replica takes over", async || {
        store.put(Kind::Mailbox, "k", vec![1], until_later).await.ok()
    })
    .await;
    assert_eq!(store.take(Kind::Mailbox, "k", NOW).await.unwrap(), Some(vec![1]));
    assert_eq!(store.take(Kind::Mailbox, "k", NOW).await.unwrap(), None);
    until("wake-ups arrive", async || store.ping().await.ok()).await;
    while wakeups.try_recv().is_ok() {}
    store.wake(topic).await.unwrap();
    wakeups.recv().await.expect("the subscription goes on");
}

/// Three nodes that share the keys.
async fn cluster() -> Vec<Server> {
    let mut nodes = Vec::new();
    let mut buses = Vec::new();
    for slots in ["0 5460", "5461 10922", "10923 16383"] {
        let bus = free_port().to_string();
        let node = Server::start(&["--cluster-enabled", "yes", "--cluster-port", &bus]).await;
        assert_eq!(node.tell(&format!("CLUSTER ADDSLOTSRANGE {slots}")), "+OK\r\n");
        let epoch = nodes.len() + 1;
        assert_eq!(node.tell(&format!("CLUSTER SET-CONFIG-EPOCH {epoch}")), "+OK\r\n");
        buses.push(format!("127.0.0.1 {} {bus}", node.port));
        nodes.push(node);
    }
    for node in &nodes {
        for bus in &buses {
            assert_eq!(node.tell(&format!("CLUSTER MEET {bus}")), "+OK\r\n");
        }
    }
    until("the cluster is whole", async || {
        let whole = |node: &Server| node.tell("CLUSTER INFO").contains("cluster_state:ok");
        nodes.iter().all(whole).then_some(())
    })
    .await;
    nodes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keeps_the_contract_in_a_cluster() {
    let nodes = cluster().await;
    let hosts: Vec<String> = nodes
        .iter()
        .map(|node| format!("127.0.0.1:{}", node.port))
        .collect();
    let url = format!("redis+cluster://{}", hosts.join(","));
    let store: Arc<dyn EphemeralStore> = Arc::new(open(&url, options()).await);
    ephemeral::all(&store).await;
    // Each process listens to another node, and is woken all the same.
    let options = options();
    let (one, other) = (open(&url, options.clone()).await, open(&url, options).await);
    let topic = Topic::Session("sess_1".to_owned());
    let mut wakeups = one.subscribe(topic.clone()).await.unwrap();
    other.wake(topic).await.unwrap();
    wakeups.recv().await.expect("woken across nodes");
}
