//! Redis lost, frozen, emptied (operations 3.7, row 5): errors only, no double success, service resumes by itself.

use std::sync::Arc;
use std::time::Duration;

use idp_store::EphemeralStore;
use idp_store::contract::sample::{self, NOW};
use idp_store::ephemeral::{Kind, Lifetime, Swap, Topic};
use idp_store_redis::{Address, OpenError, RedisStore};
use tokio::task::JoinSet;

use crate::servers::{Server, free_port, hasty, open, until};

async fn answers(store: &RedisStore) {
    until("the store answers", async || store.ping().await.ok()).await;
}

fn life() -> Lifetime {
    Lifetime {
        now: NOW,
        until: NOW.plus_seconds(60),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_3_7_5_a_killed_server_costs_errors_and_comes_back() {
    let mut server = Server::start(&[]).await;
    let store = open(&server.url(), hasty()).await;
    let topic = Topic::Session("sess_1".to_owned());
    let mut wakeups = store.subscribe(topic.clone()).await.unwrap();
    store
        .put(Kind::Mailbox, "k", vec![1], life().until)
        .await
        .unwrap();
    server.kill();
    assert!(store.take(Kind::Mailbox, "k", NOW).await.is_err());
    assert!(store.ping().await.is_err());
    wakeups.recv().await.expect("whoever waits is told to look");
    until("subscribing fails", async || {
        store.subscribe(topic.clone()).await.err()
    })
    .await;
    server.restart().await;
    answers(&store).await;
    assert_eq!(
        store.take(Kind::Mailbox, "k", NOW).await.unwrap(),
        None,
        "what was lost is gone"
    );
    wakeups.recv().await.expect("and again when it is back");
    store.wake(topic).await.unwrap();
    wakeups.recv().await.expect("the subscription goes on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_3_7_5_a_frozen_server_is_waited_for_once() {
    let server = Server::start(&[]).await;
    let store = Arc::new(open(&server.url(), hasty()).await);
    server.signal("-STOP");
    let mut asked = JoinSet::new();
    for _ in 0..64 {
        let store = store.clone();
        asked.spawn(async move { store.read(Kind::Mailbox, "k", NOW).await.is_err() });
    }
    assert!(asked.join_all().await.into_iter().all(|refused| refused));
    // The circuit is open: a thousand further requests do not wait for a thousand time limits.
    let refused = async {
        for _ in 0..1_000 {
            assert!(store.read(Kind::Mailbox, "k", NOW).await.is_err());
        }
    };
    tokio::time::timeout(Duration::from_secs(10), refused)
        .await
        .expect("refused at once");
    server.signal("-CONT");
    answers(&store).await;
    assert!(
        store
            .put_new(Kind::DpopProof, "k", Vec::new(), life())
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn operations_3_7_5_an_emptied_server_forgets_and_goes_on() {
    let server = Server::start(&[]).await;
    let store = open(&server.url(), hasty()).await;
    let session = sample::session(None);
    store.insert_session(session.clone(), life().until).await.unwrap();
    let version = store.session(&session.id, NOW).await.unwrap().unwrap().version;
    assert_eq!(server.tell("FLUSHALL"), "+OK\r\n");
    let replaced = store
        .replace_session(session.clone(), version, life().until)
        .await;
    assert_eq!(replaced.unwrap(), Swap::Gone);
    assert_eq!(server.tell("SCRIPT FLUSH"), "+OK\r\n");
    store.insert_session(session, life().until).await.unwrap();
}

/// Takes as many values as there are, twice each, while the server is killed and restarted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_3_7_5_nothing_is_taken_twice_across_restarts() {
    let mut server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]).await;
    let store = Arc::new(open(&server.url(), hasty()).await);
    for round in 0..3 {
        let keys: Vec<String> = (0..200).map(|number| format!("{round}-{number}")).collect();
        for key in &keys {
            store
                .put(Kind::Mailbox, key, vec![1], life().until)
                .await
                .unwrap();
        }
        let mut takers = JoinSet::new();
        for _ in 0..2 {
            let (store, keys) = (store.clone(), keys.clone());
            takers.spawn(async move {
                let mut taken = Vec::new();
                for key in keys {
                    if let Ok(Some(_)) = store.take(Kind::Mailbox, &key, NOW).await {
                        taken.push(key);
                    }
                }
                taken
            });
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        server.kill();
        let mut taken: Vec<String> = takers.join_all().await.into_iter().flatten().collect();
        server.restart().await;
        answers(&store).await;
        for key in &keys {
            if store.take(Kind::Mailbox, key, NOW).await.unwrap().is_some() {
                taken.push(key.clone());
            }
        }
        let count = taken.len();
        taken.sort_unstable();
        taken.dedup();
        assert_eq!(taken.len(), count, "nothing twice");
    }
}

#[tokio::test]
async fn a_store_opens_without_redis_and_finds_it_later() {
    let port = free_port();
    let store = open(&format!("redis://127.0.0.1:{port}"), hasty()).await;
    assert!(store.ping().await.is_err());
    assert!(store.read(Kind::Mailbox, "k", NOW).await.is_err());
    let _server = Server::start_at(port, &[]).await;
    answers(&store).await;
    assert_eq!(store.read(Kind::Mailbox, "k", NOW).await.unwrap(), None);
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_not_repeated() {
    let server = Server::start(&["--requirepass", "the-right-one"]).await;
    let url = |user: &str| format!("redis://{user}127.0.0.1:{}", server.port);
    open(&url(":the-right-one@"), hasty()).await.ping().await.unwrap();
    for user in ["", ":the-wrong-one@"] {
        let address = Address::parse(&url(user)).unwrap();
        let refused = RedisStore::open(&address, hasty()).await.err().unwrap();
        assert!(matches!(refused, OpenError::Refused(_)), "{refused}");
        assert!(!format!("{refused} {refused:?}").contains("the-wrong-one"));
    }
}
