//! Row 9: the embedded store while another process holds its file, on a full disk, and killed.

use std::process::{Command, Stdio};
use std::time::Duration;

use tests::Call;
use tests::command::Running;

use crate::customers::Customers;
use crate::scene::Scene;
use crate::suite::Stage;
use crate::truth::{Truth, judge};

/// Holds the write lock of a SQLite file for three seconds.
const HOLD: &str = "import sqlite3, sys, time
held = sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None)
held.execute('BEGIN IMMEDIATE')
time.sleep(3)
held.execute('ROLLBACK')";

/// Fails closed, lives on, and loses nothing that it acknowledged.
pub(crate) async fn outages(stage: Stage) -> String {
    let rounds = stage.form.pick(1, 30);
    let mut scene = Scene::embedded(|_| ()).await;
    let customers = Customers::begin(&scene, scene.phones(4).await, None);
    let mut said = Vec::new();
    for _ in 0..rounds {
        for how in ["busy", "full", "kill -9"] {
            customers.wait_for(4).await;
            customers.during(how);
            strike(&mut scene, &customers, how).await;
            said.push(format!("{how} {} ms", scene.recovered().await.as_millis()));
        }
    }
    customers.wait_for(4).await;
    let told = customers.end().await;
    let verdict = judge(&told, &Truth::of(&scene).await);
    scene.assert_sound();
    said.truncate(3);
    format!("resumed after {}; {verdict}", said.join(", "))
}

async fn strike(scene: &mut Scene, customers: &Customers, how: &str) {
    match how {
        "busy" => {
            let file = scene.installation.data().join("idp.sqlite");
            let mut command = Command::new("python3");
            command.args(["-c", HOLD]).arg(file).stderr(Stdio::null());
            let mut held = Running::spawn(&mut command);
            let ended = tokio::task::spawn_blocking(move || held.0.wait());
            let ended = ended
                .await
                .expect("a wait does not panic")
                .expect("a child of ours");
            assert!(ended.success(), "another process had the file for three seconds");
        }
        "full" => {
            let process = scene.instances[0].id();
            limit_files(process, "4096");
            customers.wait_for_refusals(10).await;
            scene.site.send(Call::get("/health/live")).await.expect(200);
            limit_files(process, "unlimited");
        }
        _ => {
            tokio::time::sleep(Duration::from_millis(100)).await;
            scene.instances[0].kill();
            scene.instances[0].resume().await;
        }
    }
}

/// No file that a process writes may grow beyond this: what a full disk is to it, without a disk of its own.
fn limit_files(process: u32, bytes: &str) {
    // It may have ended meanwhile.
    let _ = Command::new("prlimit")
        .args(["--pid", &process.to_string(), &format!("--fsize={bytes}:")])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status();
}
