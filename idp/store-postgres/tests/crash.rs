//! A server that dies, and a connection that is cut in the worst moment: what was acknowledged is there, what was refused is not, and the
//! chain is whole.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use idp_store::contract::durable::crash::{approval, assert_whole};
use idp_store::contract::sample;
use idp_store::{CommitError, DurableStore};
use idp_store_postgres::{Options, PostgresStore};
use idp_types::SessionId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::cluster::{Cluster, kill};
use crate::database::Database;

const CHAIN: &str = "crash";

async fn open(database: &Database) -> Arc<dyn DurableStore> {
    let options = Options {
        patience: Duration::from_secs(2),
        ..database.options(CHAIN)
    };
    Arc::new(PostgresStore::open(options).await.unwrap())
}

/// What became of the commits of many tasks.
#[derive(Default)]
struct Tally {
    acknowledged: Mutex<Vec<(SessionId, u64)>>,
    /// Those of which the store said that they were not written.
    undone: Mutex<Vec<SessionId>>,
    next: AtomicU64,
    is_over: AtomicBool,
}

impl Tally {
    async fn work(&self, store: &Arc<dyn DurableStore>) {
        while !self.is_over.load(Ordering::Relaxed) {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let id = SessionId::parse(format!("sess_crash-{number}")).unwrap();
            match store.commit(approval(&id)).await {
                Ok(sequence) => self.acknowledged.lock().unwrap().push((id, sequence)),
                Err(CommitError::Store(error)) => {
                    if !error.to_string().contains("it is not known") {
                        self.undone.lock().unwrap().push(id);
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Err(other) => panic!("{other}"),
            }
        }
    }

    /// Waits until some more were acknowledged.
    async fn go_on(&self) {
        let count = || self.acknowledged.lock().unwrap().len();
        let goal = count() + 100;
        let reached = tokio::time::timeout(Duration::from_mins(1), async {
            while count() < goal {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        reached.await.expect("the store resumes by itself");
    }
}

/// The processes of the server that work for the store.
async fn backends(database: &Database) -> Vec<String> {
    let query = "SELECT pid::text FROM pg_stat_activity WHERE application_name = 'idp crash'";
    let mut owner = database.owner().await;
    sqlx::query_scalar(query).fetch_all(&mut owner).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn acknowledged_commits_survive_a_server_that_dies() {
    let mut cluster = Cluster::start().await;
    let database = Database::on(&cluster.url()).await;
    PostgresStore::migrate(&database.url()).await.unwrap();
    let store = open(&database).await;
    let tally = Arc::new(Tally::default());
    let mut workers = JoinSet::new();
    for _ in 0..16 {
        let (tally, store) = (Arc::clone(&tally), Arc::clone(&store));
        workers.spawn(async move { tally.work(&store).await });
    }
    tally.go_on().await;
    for backend in backends(&database).await {
        kill(&backend);
    }
    tally.go_on().await;
    cluster.kill();
    let refused = tokio::time::timeout(
        Duration::from_secs(10),
        store.commit(approval(&sample::session_id())),
    );
    assert!(
        refused.await.expect("soon").is_err(),
        "there is nothing to commit to"
    );
    cluster.launch().await;
    tally.go_on().await;
    tally.is_over.store(true, Ordering::Relaxed);
    workers.join_all().await;
    let acknowledged = tally.acknowledged.lock().unwrap().clone();
    assert_whole(&store, CHAIN, &acknowledged).await;
    let undone = tally.undone.lock().unwrap().clone();
    assert!(!undone.is_empty());
    for id in undone {
        assert!(store.outcome(&id).await.unwrap().is_none(), "{id} was refused");
    }
}

/// The client's message, and what comes before it is the length that it counts.
const COMMIT: &[u8] = b"Q\x00\x00\x00\x0bCOMMIT\x00";

/// When a connection is cut.
#[derive(Clone, Copy)]
enum Cut {
    /// Before the server sees the COMMIT.
    Before,
    /// After it did it, and before it says so.
    After,
}

/// What stands between the store and the server, and cuts at the next COMMIT when it is told to.
#[derive(Clone, Default)]
struct Proxy(Arc<Mutex<Option<Cut>>>);

impl Proxy {
    /// The database as the store sees it.
    async fn before(&self, database: &Database) -> String {
        let (credentials, place) = database.text().split_once('@').unwrap();
        let (server, name) = place.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (proxy, server) = (self.clone(), server.to_owned());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                let proxy = proxy.clone();
                tokio::spawn(async move { proxy.serve(client, server).await });
            }
        });
        format!("{credentials}@{address}/{name}")
    }

    async fn serve(&self, mut client: TcpStream, mut server: TcpStream) -> std::io::Result<()> {
        let (mut up, mut down) = (vec![0; 65_536], vec![0; 65_536]);
        loop {
            tokio::select! {
                count = client.read(&mut up) => match count? {
                    0 => return Ok(()),
                    count => {
                        let message = &up[..count];
                        let is_commit = message.windows(COMMIT.len()).any(|window| window == COMMIT);
                        let cut = if is_commit { self.0.lock().unwrap().take() } else { None };
                        if matches!(cut, Some(Cut::Before)) {
                            return Ok(());
                        }
                        server.write_all(message).await?;
                        if matches!(cut, Some(Cut::After)) {
                            return server.read(&mut down).await.map(drop);
                        }
                    }
                },
                count = server.read(&mut down) => match count? {
                    0 => return Ok(()),
                    count => client.write_all(&down[..count]).await?,
                },
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_connection_cut_during_the_commit_is_answered_with_what_became_of_it() {
    let database = Database::migrated().await;
    let proxy = Proxy::default();
    let url = proxy.before(&database).await;
    let options = Options::new(url.parse().unwrap(), CHAIN);
    let store: Arc<dyn DurableStore> = Arc::new(PostgresStore::open(options).await.unwrap());
    let mut acknowledged = Vec::new();
    for cut in [Cut::Before, Cut::After, Cut::After, Cut::Before] {
        *proxy.0.lock().unwrap() = Some(cut);
        let id = sample::session_id();
        let answer = store.commit(approval(&id)).await;
        let outcome = store.outcome(&id).await.unwrap();
        match cut {
            Cut::Before => assert!(matches!(answer, Err(CommitError::Store(_))) && outcome.is_none()),
            Cut::After => {
                acknowledged.push((id.clone(), answer.unwrap()));
                let again = store.commit(approval(&id)).await;
                assert!(matches!(again, Err(CommitError::AlreadyConsumed)), "{again:?}");
            }
        }
        let next = sample::session_id();
        let sequence = store.commit(approval(&next)).await.unwrap();
        acknowledged.push((next, sequence));
    }
    assert_whole(&store, CHAIN, &acknowledged).await;
}
