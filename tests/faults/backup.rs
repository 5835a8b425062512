//! Row 24: a backup that is taken under load, restored elsewhere.

use std::process::Command;

use tests::Installation;

use crate::customers::{Customers, End};
use crate::redis::{begin, consume, replay};
use crate::scene::Scene;
use crate::suite::Stage;
use crate::truth::Truth;

/// Copies a SQLite file that is in use, as `sqlite3 FILE '.backup COPY'` does.
const COPY: &str = "import sqlite3, sys
sqlite3.connect(sys.argv[1]).backup(sqlite3.connect(sys.argv[2]))";

fn succeed(command: &mut Command) {
    let done = command.output().expect("the program runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// The chains verify where the dump is restored, and sessions that were consumed before it stay so, though the Redis beside it is older.
pub(crate) async fn postgresql(stage: Stage) -> String {
    let sessions = stage.form.pick(6, 100);
    let cluster = stage.cluster();
    let mut scene = Scene::shared(2, &cluster).await;
    let begun = begin(&scene, sessions).await;
    assert_eq!(scene.stores().redis.ask(&["SAVE"]), "OK");
    let consumed = consume(&scene, begun).await;
    let customers = Customers::begin(&scene, scene.phones(4).await, None);
    customers.wait_for(4).await;
    let file = scene.installation.directory.path().join("dump");
    let mut dump = scene.database().command("pg_dump");
    dump.args(["--format=custom", "--dbname", &scene.database().url(), "--file"])
        .arg(&file);
    tokio::task::spawn_blocking(move || succeed(&mut dump))
        .await
        .expect("pg_dump ends");
    customers.wait_for(4).await;
    customers.end().await;
    for instance in &mut scene.instances {
        instance.stop();
    }
    let elsewhere = cluster.create();
    let mut restore = elsewhere.command("pg_restore");
    succeed(
        restore
            .args(["--exit-on-error", "--dbname", &elsewhere.url()])
            .arg(&file),
    );
    let records = elsewhere.count("SELECT COUNT(*) FROM audit_records");
    scene.installation.keep_in(&elsewhere.url());
    scene.installation.verify_audit();
    scene.stores().redis.kill();
    scene.stores().redis.resume();
    let restored = scene.installation.start_beside("restored").await;
    let stores = scene.stores();
    stores.database = elsewhere;
    stores.relay.cut();
    stores.relay.lead_to(vec![restored.address]);
    scene.instances = vec![restored];
    scene.recovered().await;
    let redis = &scene.shared.as_ref().expect("as made").redis;
    let pending = replay(&scene, redis, &consumed).await;
    scene.assert_sound();
    format!(
        "{records} records restored and verified; {sessions} consumed, {pending} pending again, none accepted"
    )
}

/// The embedded store's file, copied while it is in use.
pub(crate) async fn sqlite(_stage: Stage) -> String {
    let mut scene = Scene::embedded(|_: &mut Installation| ()).await;
    let customers = Customers::begin(&scene, scene.phones(3).await, None);
    customers.wait_for(10).await;
    let before = customers.stories();
    let file = scene.installation.data().join("idp.sqlite");
    let copy = scene.installation.directory.path().join("copy.sqlite");
    let mut command = Command::new("python3");
    command.args(["-c", COPY]).args([&file, &copy]);
    tokio::task::spawn_blocking(move || succeed(&mut command))
        .await
        .expect("the copy ends");
    customers.wait_for(4).await;
    customers.end().await;
    scene.instances[0].kill();
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
    }
    std::fs::rename(&copy, &file).expect("the directory is ours");
    scene.installation.verify_audit();
    scene.instances[0].resume().await;
    let truth = Truth::of(&scene).await;
    truth.assert_consistent();
    let mut kept = 0;
    for story in before.iter().filter(|story| story.end == End::Approved) {
        assert_eq!(truth.recorded(&story.session_id, "AUTH_APPROVE"), 1, "{story:?}");
        kept += 1;
    }
    scene.recovered().await;
    scene.assert_sound();
    format!("{kept} approvals before the copy are in it, and it serves")
}
