//! Erasing a subject's key leaves no octets of it behind (profile 12).

use idp_store::durable::SubjectKey;
use idp_store::{Change, Commit, DurableStore};
use idp_store_sqlite::{Location, Options, SqliteStore};

const KEY: &[u8] = b"a sealed key whose octets stand nowhere else";

fn commit(change: Change) -> Commit {
    Commit {
        changes: vec![change],
        audit: Vec::new(),
    }
}

#[tokio::test]
async fn an_erased_key_is_in_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("idp.db");
    let options = Options::new("one");
    let store = SqliteStore::open(Location::File(path), options).await.unwrap();
    let is_anywhere = || {
        std::fs::read_dir(directory.path()).unwrap().any(|file| {
            let octets = std::fs::read(file.unwrap().path()).unwrap();
            octets.windows(KEY.len()).any(|window| window == KEY)
        })
    };
    let key = SubjectKey {
        reference: "subject".to_owned(),
        sealed: KEY.to_vec(),
    };
    store.commit(commit(Change::PutSubjectKey(key))).await.unwrap();
    assert!(is_anywhere());
    let erase = Change::EraseSubjectKey {
        reference: "subject".to_owned(),
    };
    store.commit(commit(erase)).await.unwrap();
    // The log is emptied after the acknowledgement; the next answer comes after that.
    store.commit(Commit::default()).await.unwrap();
    assert!(!is_anywhere());
    store.close().await.unwrap();
}
