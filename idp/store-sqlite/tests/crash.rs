//! Power cut and full disk, as far as a process can play them: what was acknowledged is there afterwards, and the chain is whole.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests: a failure here fails the test"
)]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use idp_store::contract::durable::crash::{approval, assert_whole};
use idp_store::{CommitError, DurableStore};
use idp_store_sqlite::{Location, Options, SqliteStore};
use idp_types::SessionId;
use tokio::task::JoinSet;

/// Where the child finds its file; its presence makes this test the child.
const FILE: &str = "IDP_CRASH_TEST_FILE";

/// Which child it is, so that each has sessions of its own.
const ROUND: &str = "IDP_CRASH_TEST_ROUND";

const CHAIN: &str = "crash";

async fn open(path: PathBuf) -> Arc<dyn DurableStore> {
    let options = Options::new(CHAIN);
    let store = SqliteStore::open(Location::File(path), options).await;
    Arc::new(store.expect("the store opens"))
}

/// The line that the parent reads.
fn acknowledge(session_id: &SessionId, sequence: u64) {
    let line = format!("acknowledged {session_id} {sequence}\n");
    std::io::stdout().write_all(line.as_bytes()).unwrap();
}

/// The test harness may have begun the line.
fn parse(line: &str) -> Option<(SessionId, u64)> {
    let mut words = line
        .split(' ')
        .skip_while(|word| !word.ends_with("acknowledged"))
        .skip(1);
    let id = SessionId::parse(words.next()?).ok()?;
    Some((id, words.next()?.parse().ok()?))
}

/// Commits from many tasks, and says so on its output, until it is killed.
async fn commit_until_killed(path: PathBuf, round: u64) {
    let store = open(path).await;
    let mut workers = JoinSet::new();
    for worker in 0..16 {
        let store = Arc::clone(&store);
        workers.spawn(async move {
            for number in 0_u64.. {
                let id = SessionId::parse(format!("sess_{round}-{worker}-{number}")).unwrap();
                let sequence = store.commit(approval(&id)).await.unwrap();
                acknowledge(&id, sequence);
            }
        });
    }
    workers.join_all().await;
}

fn spawn(path: &Path, round: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "acknowledged_commits_survive_a_kill", "--nocapture"])
        .env(FILE, path)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Runs a child for a while, kills it, and returns what it acknowledged.
fn killed(path: &Path, round: u64) -> Vec<(SessionId, u64)> {
    let mut child = spawn(path, round);
    let output = BufReader::new(child.stdout.take().unwrap());
    let reader = std::thread::spawn(move || {
        let lines = output.lines().map_while(Result::ok);
        lines.filter_map(|line| parse(&line)).collect()
    });
    // Any moment will do; these differ, so that some fall into a commit and some into a checkpoint of the log.
    std::thread::sleep(Duration::from_millis(250 + 130 * round));
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn acknowledged_commits_survive_a_kill() {
    if let Some(path) = std::env::var_os(FILE) {
        let round = std::env::var(ROUND).unwrap().parse().unwrap();
        return commit_until_killed(path.into(), round).await;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("idp.db");
    let mut acknowledged = Vec::new();
    for round in 0..5 {
        let before = acknowledged.len();
        let child_path = path.clone();
        let killed = tokio::task::spawn_blocking(move || killed(&child_path, round));
        acknowledged.extend(killed.await.unwrap());
        assert!(acknowledged.len() > before, "the child committed something");
        assert_whole(&open(path.clone()).await, CHAIN, &acknowledged).await;
    }
}

/// Commits one after the other until the disk refuses, then says which were acknowledged.
async fn commit_until_full(path: PathBuf) {
    let store = open(path).await;
    for number in 0.. {
        let id = SessionId::parse(format!("sess_full-{number}")).unwrap();
        match store.commit(approval(&id)).await {
            Ok(sequence) => acknowledge(&id, sequence),
            Err(error) => {
                assert!(matches!(error, CommitError::Store(_)), "{error}");
                break;
            }
        }
    }
    let id = SessionId::parse("sess_after").unwrap();
    assert!(
        store.commit(approval(&id)).await.is_err(),
        "it keeps failing, and keeps answering"
    );
    assert!(store.outcome(&id).await.unwrap().is_none());
}

/// The limit is on the size of a file; with its signal ignored a write beyond it fails as on a full disk.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_disk_fails_commits_and_harms_none_before() {
    if let Some(path) = std::env::var_os(FILE) {
        return commit_until_full(path.into()).await;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("idp.db");
    let output = Command::new("sh")
        .args(["-c", r#"trap "" XFSZ; ulimit -f 2048; exec "$0" "$@""#])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "a_full_disk_fails_commits_and_harms_none_before",
            "--nocapture",
        ])
        .env(FILE, &path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let acknowledged: Vec<_> = output
        .stdout
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| parse(&line))
        .collect();
    assert!(!acknowledged.is_empty());
    assert_whole(&open(path.clone()).await, CHAIN, &acknowledged).await;
}
