//! The chain in the file: append-only to everybody, and whoever owns the file and does it anyway is found.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure here fails the test"
)]

use std::path::Path;
use std::sync::Arc;

use idp_core::audit::AuditEvent;
use idp_store::audit::{AuditFault, AuditReport};
use idp_store::contract::durable::audit::{report, twenty_signed_records};
use idp_store::contract::sample;
use idp_store::{Commit, DurableStore};
use idp_store_sqlite::{Location, Options, SqliteStore};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

const CHAIN: &str = "one";

async fn open(path: &Path) -> SqliteStore {
    let location = Location::File(path.to_owned());
    SqliteStore::open(location, Options::new(CHAIN)).await.unwrap()
}

async fn written(path: &Path) {
    let store: Arc<dyn DurableStore> = Arc::new(open(path).await);
    twenty_signed_records(&store, CHAIN).await;
}

async fn verify(path: &Path) -> AuditReport {
    let store: Arc<dyn DurableStore> = Arc::new(open(path).await);
    report(&store, CHAIN).await
}

async fn owner(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(path)
        .connect()
        .await
        .unwrap()
}

/// As the owner of the file, the triggers dropped first.
async fn tampered(statement: &'static str) -> Vec<AuditFault> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("idp.db");
    written(&path).await;
    assert!(verify(&path).await.is_intact());
    let mut owner = owner(&path).await;
    for trigger in ["updated", "deleted"] {
        let drop = format!("DROP TRIGGER audit_records_are_not_{trigger}");
        sqlx::query(sqlx::AssertSqlSafe(drop))
            .execute(&mut owner)
            .await
            .unwrap();
    }
    let done = sqlx::query(statement).execute(&mut owner).await.unwrap();
    assert!(done.rows_affected() > 0);
    owner.close().await.unwrap();
    verify(&path).await.faults
}

#[tokio::test]
async fn the_database_refuses_to_change_what_was_recorded() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("idp.db");
    written(&path).await;
    let mut owner = owner(&path).await;
    for statement in [
        "UPDATE audit_records SET event = 'START'",
        "DELETE FROM audit_records WHERE sequence = 20",
        "REPLACE INTO audit_records SELECT * FROM audit_records WHERE sequence = 20",
        "UPDATE audit_chains SET name = 'two'",
        "DELETE FROM audit_checkpoints",
    ] {
        let refused = sqlx::query(statement).execute(&mut owner).await;
        assert!(refused.is_err(), "{statement}");
    }
    owner.close().await.unwrap();
    assert!(verify(&path).await.is_intact());
}

#[tokio::test]
async fn an_edited_column_is_found() {
    for statement in [
        "UPDATE audit_records SET event = 'START' WHERE sequence = 7",
        "UPDATE audit_records SET event = 'NO_SUCH_EVENT' WHERE sequence = 7",
        "UPDATE audit_records SET subject = 'somebody else' WHERE sequence = 7",
        "UPDATE audit_records SET session_id = NULL WHERE sequence = 7",
        "UPDATE audit_records SET at = at + 1 WHERE sequence = 7",
        "UPDATE audit_records SET canonical = CAST(replace(CAST(canonical AS TEXT), 'transfer', 'compare') AS BLOB)
         WHERE sequence = 7",
        "UPDATE audit_records SET canonical = x'00' WHERE sequence = 7",
    ] {
        assert_eq!(
            tampered(statement).await,
            [AuditFault::Edited(7)],
            "{statement}"
        );
    }
}

#[tokio::test]
async fn removed_reordered_and_truncated_records_are_found() {
    let removed = tampered("DELETE FROM audit_records WHERE sequence BETWEEN 5 AND 6").await;
    assert_eq!(removed, [AuditFault::Removed { first: 5, last: 6 }]);
    let truncated = tampered("DELETE FROM audit_records WHERE sequence > 15").await;
    assert_eq!(truncated, [AuditFault::Truncated { end: 15, signed: 20 }]);
    let reordered = tampered(
        "UPDATE audit_records SET (at, event, subject, session_id, hash, canonical) =
         (SELECT at, event, subject, session_id, hash, canonical FROM audit_records AS other
          WHERE other.sequence = 15 - audit_records.sequence) WHERE sequence IN (7, 8)",
    )
    .await;
    assert!(reordered.contains(&AuditFault::Edited(7)), "{reordered:?}");
}

#[tokio::test]
async fn chains_of_two_processes_verify_independently() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("idp.db");
    let server = open(&path).await;
    let cli = SqliteStore::open(Location::File(path.clone()), Options::new("cli"));
    let cli: Arc<dyn DurableStore> = Arc::new(cli.await.unwrap());
    let server: Arc<dyn DurableStore> = Arc::new(server);
    for store in [&server, &cli, &server, &cli, &cli] {
        let commit = Commit {
            changes: Vec::new(),
            audit: vec![sample::audit(AuditEvent::KeyRotate, None, None)],
        };
        store.commit(commit).await.unwrap();
    }
    let heads = server.audit_heads().await.unwrap();
    let ends: Vec<_> = heads
        .iter()
        .map(|head| (head.chain.as_str(), head.sequence))
        .collect();
    assert_eq!(ends, [("cli", 3), (CHAIN, 2)]);
    for head in &heads {
        let verified = idp_store::contract::durable::audit::verified(&server, &head.chain).await;
        assert_eq!(verified, *head);
    }
}
