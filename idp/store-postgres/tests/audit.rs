//! The chain in the database: append-only to everybody, and whoever owns the tables and does it anyway is found.

use idp_store::Commit;
use idp_store::audit::{AuditFault, AuditReport};
use idp_store::contract::durable::audit::{report, twenty_signed_records};
use sqlx::{Connection, Executor};

use crate::database::{Database, shared};

const CHAIN: &str = "one";

async fn written() -> Database {
    let database = Database::migrated().await;
    twenty_signed_records(&shared(database.open(CHAIN).await), CHAIN).await;
    database
}

async fn verify(database: &Database) -> AuditReport {
    report(&shared(database.open(CHAIN).await), CHAIN).await
}

#[tokio::test]
async fn the_database_refuses_to_change_what_was_recorded() {
    let database = written().await;
    let mut owner = database.owner().await;
    for statement in [
        "UPDATE audit_records SET event = 'START'",
        "DELETE FROM audit_records WHERE sequence = 20",
        "TRUNCATE audit_records",
        "INSERT INTO audit_records SELECT * FROM audit_records WHERE sequence = 20
         ON CONFLICT (chain_id, sequence) DO UPDATE SET event = 'START'",
        "INSERT INTO audit_records
         SELECT chain_id, sequence + 7, at, event, subject, session_id, hash, canonical FROM audit_records WHERE sequence = 20",
        "UPDATE audit_chains SET name = 'two'",
        "TRUNCATE audit_chains CASCADE",
        "DELETE FROM audit_checkpoints",
        "TRUNCATE session_outcomes",
    ] {
        assert!(owner.execute(statement).await.is_err(), "{statement}");
    }
    owner.close().await.unwrap();
    assert!(verify(&database).await.is_intact());
}

#[tokio::test]
async fn whoever_owns_the_tables_is_found() {
    for (statement, fault) in [
        (
            "UPDATE audit_records SET event = 'NO_SUCH_EVENT' WHERE sequence = 7",
            AuditFault::Edited(7),
        ),
        (
            "UPDATE audit_records SET canonical = '\\x00' WHERE sequence = 7",
            AuditFault::Edited(7),
        ),
        (
            "DELETE FROM audit_records WHERE sequence BETWEEN 5 AND 6",
            AuditFault::Removed { first: 5, last: 6 },
        ),
        (
            "DELETE FROM audit_records WHERE sequence > 15",
            AuditFault::Truncated { end: 15, signed: 20 },
        ),
    ] {
        let database = written().await;
        let mut owner = database.owner().await;
        let disable = "ALTER TABLE audit_records DISABLE TRIGGER USER";
        owner.execute(disable).await.unwrap();
        owner.execute(statement).await.unwrap();
        owner.close().await.unwrap();
        assert_eq!(verify(&database).await.faults, [fault], "{statement}");
    }
}

/// The rights that the crate's documentation gives, word for word.
#[tokio::test]
async fn a_role_that_may_only_append_is_enough() {
    let database = Database::migrated().await;
    let mut owner = database.owner().await;
    let name = database.text().rsplit('/').next().unwrap();
    let grants = format!(
        "CREATE ROLE {name} LOGIN PASSWORD 'test';
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name};
         REVOKE UPDATE, DELETE ON audit_records, audit_chains, audit_checkpoints FROM {name};
         REVOKE INSERT, UPDATE, DELETE ON _sqlx_migrations, compatibility FROM {name};"
    );
    owner.execute(sqlx::AssertSqlSafe(grants)).await.unwrap();
    let url = database
        .text()
        .replace("postgres:test@", &format!("{name}:test@"));
    let options = idp_store_postgres::Options::new(url.parse().unwrap(), CHAIN);
    let store = shared(idp_store_postgres::PostgresStore::open(options).await.unwrap());
    idp_store::contract::durable::all(&store).await;
    store.commit(Commit::default()).await.unwrap();
    let mut role = sqlx::PgConnection::connect(&url).await.unwrap();
    owner
        .execute("ALTER TABLE audit_records DISABLE TRIGGER USER")
        .await
        .unwrap();
    let refused = role.execute("DELETE FROM audit_records").await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "42501");
}
