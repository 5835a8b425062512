//! Row 25: somebody who owns the database changes the audit log.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tests::{Database, Installation};

use crate::customers::Customers;
use crate::scene::Scene;
use crate::suite::Stage;

/// What is done to the chain, the record at which it shows, and whether only a shipped checkpoint shows it.
struct Deed {
    name: &'static str,
    statement: String,
    shows_at: u64,
}

fn deeds(last: u64) -> Vec<Deed> {
    let middle = last / 2;
    let of = "chain_id = (SELECT id FROM audit_chains WHERE name = 'node-0') AND sequence";
    let deed = |name, statement: String, shows_at| Deed {
        name,
        statement,
        shows_at,
    };
    let swap = format!(
        "UPDATE audit_records SET sequence = {last} + 1000 WHERE {of} = {middle}; \
         UPDATE audit_records SET sequence = {middle} WHERE {of} = {middle} + 1; \
         UPDATE audit_records SET sequence = {middle} + 1 WHERE {of} = {last} + 1000"
    );
    vec![
        deed(
            "change",
            format!("UPDATE audit_records SET canonical = canonical || '\\x20' WHERE {of} = {middle}"),
            middle,
        ),
        deed(
            "a column beside the record",
            format!(
                "UPDATE audit_records SET event = 'AUTH_REJECT', session_id = NULL WHERE {of} = {middle}"
            ),
            middle,
        ),
        deed(
            "drop",
            format!("DELETE FROM audit_records WHERE {of} = {middle}"),
            middle,
        ),
        deed("reorder", swap, middle),
        deed(
            "truncate",
            format!(
                "DELETE FROM audit_records WHERE {of} > {middle}; \
                 DELETE FROM audit_checkpoints WHERE {of} > {middle}"
            ),
            middle + 1,
        ),
    ]
}

/// The first bad record that `idp audit verify` names; `None` where it finds the log whole.
fn first_bad(installation: &Installation, shipped: &Path) -> Option<u64> {
    let shipped = shipped.display().to_string();
    let verified = installation.run(&["audit", "verify", "--json", "--checkpoints", &shipped]);
    let said: Value = serde_json::from_slice(&verified.stdout).expect("one value of JSON");
    let chains = said["chains"].as_array().expect("chains");
    let bad = chains
        .iter()
        .find(|chain| chain["chain"] == "node-0" && chain["intact"] == false);
    assert_eq!(bad.is_none(), verified.status.success(), "{said}");
    bad.and_then(|chain| chain["firstBadRecord"].as_u64())
}

/// Any edit, removal, reorder or truncation is found, and the first bad record named.
pub(crate) async fn audit(stage: Stage) -> String {
    let cluster = stage.cluster();
    let folder = tempfile::tempdir().expect("a temporary directory");
    let shipped = folder.path().join("checkpoints");
    let change = |installation: &mut Installation| {
        installation.set("audit", "checkpoint_file", &format!("\"{}\"", shipped.display()));
    };
    let mut scene = Scene::shared_with(1, &cluster, change).await;
    let customers = Customers::begin(&scene, scene.phones(3).await, None);
    customers.wait_for(stage.form.pick(12, 300)).await;
    customers.end().await;
    // The last checkpoint is written as it stops.
    scene.instances[0].stop();
    let last = scene.database().count("SELECT MAX(sequence) FROM audit_records");
    let original = scene.database().clone();
    assert_eq!(first_bad(&scene.installation, &shipped), None);
    let mut found = Vec::new();
    for deed in deeds(last) {
        let copy = copy_of(&cluster, &original).await;
        let tables = ["audit_records", "audit_checkpoints"];
        let disarm = tables
            .map(|table| format!("ALTER TABLE {table} DISABLE TRIGGER ALL"))
            .join("; ");
        copy.ask(&format!("{disarm}; {}", deed.statement));
        scene.installation.keep_in(&copy.url());
        assert_eq!(
            first_bad(&scene.installation, &shipped),
            Some(deed.shows_at),
            "{}",
            deed.name
        );
        found.push(deed.name);
    }
    format!("{last} records; found: {}", found.join(", "))
}

/// A copy of a database whose last connections are ending.
async fn copy_of(cluster: &tests::Cluster, original: &Database) -> Database {
    let connected = format!(
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = '{}'",
        original.name
    );
    let owner = cluster.database("postgres");
    while owner.count(&connected) > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    cluster.create_from(&original.name)
}
