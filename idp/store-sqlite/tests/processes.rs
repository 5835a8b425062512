//! Opening, closing, and sharing the file with another process.

use std::time::Duration;

use idp_store::contract::sample;
use idp_store::{Change, Commit, CommitError, DurableStore, Version};
use idp_store_sqlite::{Location, OpenError, Options, SqliteStore};
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

fn put(holder: &idp_core::enrolment::Holder, expected: u64) -> Commit {
    Commit {
        changes: vec![Change::PutHolder {
            holder: Box::new(holder.clone()),
            expected: Version(expected),
        }],
        audit: Vec::new(),
    }
}

fn options() -> Options {
    Options::new("one")
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("idp.db");
    let store = SqliteStore::open(Location::File(path), options()).await.unwrap();
    store
        .commit(put(&sample::holder(&sample::token_id(), &[]), 0))
        .await
        .unwrap();
    let files: Vec<_> = std::fs::read_dir(directory.path()).unwrap().collect();
    assert_eq!(files.len(), 3, "the file, its log and its index");
    for file in files {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    store.close().await.unwrap();
}

#[tokio::test]
async fn what_was_committed_is_there_after_closing_and_opening() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("idp.db");
    let holder = sample::holder(&sample::token_id(), &["phone"]);
    let store = SqliteStore::open(Location::File(path.clone()), options())
        .await
        .unwrap();
    store.commit(put(&holder, 0)).await.unwrap();
    store.close().await.unwrap();
    let store = SqliteStore::open(Location::File(path), options()).await.unwrap();
    let found = store.holder(&holder.token_id).await.unwrap().unwrap();
    assert_eq!(found.value, holder);
}

#[tokio::test]
async fn a_temporary_store_is_gone_with_it() {
    let store = SqliteStore::open(Location::Temporary, options()).await.unwrap();
    store.ping().await.unwrap();
    store.close().await.unwrap();
}

#[tokio::test]
async fn another_process_is_seen_by_preconditions_at_once_and_by_the_cache_soon() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("idp.db");
    let server = SqliteStore::open(Location::File(path.clone()), options())
        .await
        .unwrap();
    let mut holder = sample::holder(&sample::token_id(), &["phone"]);
    server.commit(put(&holder, 0)).await.unwrap();
    server.holder(&holder.token_id).await.unwrap();
    let cli = SqliteStore::open(Location::File(path), Options::new("cli"))
        .await
        .unwrap();
    holder.superseded_by = Some(sample::token_id());
    cli.commit(put(&holder, 1)).await.unwrap();
    let stale = server.commit(put(&holder, 1)).await;
    assert!(matches!(stale, Err(CommitError::Conflict)));
    let require = Commit {
        changes: vec![Change::RequireActiveDevice {
            token_id: holder.token_id.clone(),
            device_id: sample::device_id("phone"),
        }],
        audit: Vec::new(),
    };
    let refused = server.commit(require).await;
    assert!(matches!(refused, Err(CommitError::DeviceNotActive)));
    let found = server.holder(&holder.token_id).await.unwrap().unwrap();
    assert_eq!(
        found.version,
        Version(2),
        "a batch notices the other process, whatever its verdicts"
    );
    holder.superseded_by = None;
    cli.commit(put(&holder, 2)).await.unwrap();
    let patience = tokio::time::timeout(Duration::from_secs(5), async {
        loop {
            let found = server.holder(&holder.token_id).await.unwrap().unwrap();
            if found.version == Version(3) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    patience.await.expect("an idle server notices as well");
}

#[tokio::test]
async fn what_is_no_database_of_ours_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("idp.db");
    std::fs::write(
        &path,
        "not a database, and longer than a header of one hundred bytes ".repeat(3),
    )
    .unwrap();
    let garbage = SqliteStore::open(Location::File(path), options()).await;
    assert!(matches!(
        garbage.err(),
        Some(OpenError::Engine(_) | OpenError::Schema(_))
    ));
    let nowhere = Location::File(directory.path().join("missing").join("idp.db"));
    let nowhere = SqliteStore::open(nowhere, options()).await;
    assert!(matches!(nowhere.err(), Some(OpenError::File(_))));
    let nameless = SqliteStore::open(Location::Temporary, Options::new("")).await;
    assert!(matches!(nameless.err(), Some(OpenError::Chain)));
}

#[tokio::test]
async fn a_file_of_a_later_version_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("idp.db");
    let store = SqliteStore::open(Location::File(path.clone()), options())
        .await
        .unwrap();
    store.close().await.unwrap();
    let mut owner = SqliteConnectOptions::new()
        .filename(&path)
        .connect()
        .await
        .unwrap();
    sqlx::query("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (999, 'later', 1, x'00', 0)")
        .execute(&mut owner)
        .await
        .unwrap();
    let later = SqliteStore::open(Location::File(path), options()).await;
    assert!(matches!(later.err(), Some(OpenError::Schema(_))));
}

#[tokio::test]
async fn a_lock_that_another_process_keeps_fails_the_commit_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("idp.db");
    let store = SqliteStore::open(Location::File(path.clone()), options())
        .await
        .unwrap();
    store.commit(Commit::default()).await.unwrap();
    // For longer than the writer waits.
    let mut other = SqliteConnectOptions::new()
        .filename(&path)
        .connect()
        .await
        .unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let holder = sample::holder(&sample::token_id(), &["phone"]);
    let refused = store.commit(put(&holder, 0)).await;
    assert!(matches!(refused, Err(CommitError::Store(_))));
    assert!(store.holder(&holder.token_id).await.unwrap().is_none());
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    store.commit(put(&holder, 0)).await.unwrap();
}
