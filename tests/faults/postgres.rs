//! Row 8: a PostgreSQL that is killed, restarted, busy, read-only or full.

use tests::{Cluster, Database, Installation};

use crate::customers::Customers;
use crate::scene::Scene;
use crate::suite::Stage;
use crate::truth::{Truth, judge};

/// Fails closed: no approval without its record, readiness says 503 where the database does not answer or does not write, the process
/// lives, and no acknowledged record is lost.
pub(crate) async fn outages(stage: Stage) -> String {
    let rounds = stage.form.pick(1, 20);
    let mut cluster = Cluster::start();
    let change = |installation: &mut Installation| {
        installation.set("storage", "database_statement_milliseconds", "1000");
    };
    let scene = Scene::shared_with(2, &cluster, change).await;
    let customers = Customers::begin(&scene, scene.phones(6).await, None);
    let mut said = Vec::new();
    for _ in 0..rounds {
        for how in ["kill -9", "restart", "locked", "read-only", "full"] {
            customers.wait_for(6).await;
            customers.during(how);
            strike(&scene, &customers, (&mut cluster, how)).await;
            said.push(format!("{how} {} ms", scene.recovered().await.as_millis()));
        }
    }
    customers.wait_for(6).await;
    let told = customers.end().await;
    let verdict = judge(&told, &Truth::of(&scene).await);
    scene.assert_sound();
    said.truncate(5);
    format!("resumed after {}; {verdict}", said.join(", "))
}

async fn strike(scene: &Scene, customers: &Customers, (cluster, how): (&mut Cluster, &str)) {
    let database = scene.database().clone();
    match how {
        "kill -9" | "restart" => {
            if how == "kill -9" {
                cluster.kill();
            } else {
                cluster.stop();
            }
            scene.assert_lives_unready().await;
            cluster.resume();
        }
        "locked" => lock(&database).await,
        "read-only" => {
            let owner = cluster.database("postgres");
            owner.ask("ALTER SYSTEM SET default_transaction_read_only = on");
            owner.ask("SELECT pg_reload_conf()");
            customers.wait_for_refusals(10).await;
            scene.assert_lives_unready().await;
            owner.ask("ALTER SYSTEM RESET default_transaction_read_only");
            owner.ask("SELECT pg_reload_conf()");
        }
        _ => fill(scene, customers, (cluster, &database)).await,
    }
}

/// Every statement waits for a lock, so that every connection of the pools is taken.
async fn lock(database: &Database) {
    let database = database.clone();
    let held = tokio::task::spawn_blocking(move || {
        database.ask("BEGIN; LOCK TABLE session_outcomes, holders IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(3); COMMIT")
    });
    held.await.expect("psql does not panic");
}

/// No file of the server may grow beyond 1 MiB, which the tables of this installation already have: as on a full disk, no row has room.
/// Segments of the write-ahead log are not larger.
async fn fill(scene: &Scene, customers: &Customers, (cluster, database): (&Cluster, &Database)) {
    database.ask(
        "INSERT INTO session_outcomes SELECT 'filler-' || n || '-' || md5(n::text), NULL, 'filler', 'expired', 0, 0 \
         FROM generate_series(1, 12000) AS n",
    );
    cluster.limit_files("1048576");
    customers.wait_for_refusals(10).await;
    scene.assert_lives_unready().await;
    cluster.limit_files("unlimited");
    database.ask("DELETE FROM session_outcomes WHERE service_id = 'filler'");
}
