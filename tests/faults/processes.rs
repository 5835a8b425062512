//! Row 4: `kill -9` of the server at random under load; and the run of three instances while everything is killed in turn.

use std::time::Duration;

use tests::{Cluster, random};

use crate::customers::Customers;
use crate::scene::Scene;
use crate::suite::Stage;
use crate::truth::{Truth, Verdict, judge};

/// A random time below a limit.
fn moment(limit: u64) -> Duration {
    Duration::from_millis(u64::from(u16::from_be_bytes(random())) % limit)
}

/// No token without its record, no session twice, nothing acknowledged lost, and everybody recovers by asking again.
pub(crate) async fn kills(stage: Stage) -> String {
    let rounds = stage.form.pick(6, 200);
    let mut scene = Scene::shared(1, &stage.cluster()).await;
    let customers = Customers::begin(&scene, scene.phones(6).await, None);
    for _ in 0..rounds {
        customers.wait_for(3).await;
        tokio::time::sleep(moment(150)).await;
        scene.instances[0].kill();
        scene.instances[0].resume().await;
    }
    customers.wait_for(6).await;
    let told = customers.end().await;
    let verdict = judge(&told, &Truth::of(&scene).await);
    scene.assert_sound();
    format!("{rounds} kills; {verdict}")
}

/// What hits the three instances, in turn.
const BLOWS: [&str; 5] = [
    "instance",
    "redis restart",
    "instance",
    "postgresql restart",
    "instance stopped in order",
];

async fn strike(scene: &mut Scene, cluster: &mut Cluster, turn: usize) {
    let number = turn % scene.instances.len();
    match turn % BLOWS.len() {
        1 => {
            let redis = &mut scene.stores().redis;
            redis.kill();
            tokio::time::sleep(moment(300)).await;
            redis.resume();
        }
        3 => {
            cluster.kill();
            tokio::time::sleep(moment(300)).await;
            cluster.resume();
        }
        4 => {
            scene.instances[number].stop();
            scene.instances[number].resume().await;
        }
        _ => {
            scene.instances[number].kill();
            tokio::time::sleep(moment(500)).await;
            scene.instances[number].resume().await;
        }
    }
}

/// Issue 4, "Must hold": three instances behind a proxy, everything sent twice and tried again, while instances, Redis and PostgreSQL are
/// killed and started again.
pub(crate) async fn three(stage: Stage) -> String {
    let seconds = stage.form.pick(12, 60);
    let rate = stage.rate.unwrap_or(stage.form.pick(20.0, 200.0));
    let mut cluster = Cluster::start();
    let mut scene = Scene::shared(3, &cluster).await;
    let phones = scene.phones(stage.form.pick(24, 120)).await;
    let customers = Customers::begin(&scene, phones, Some(rate));
    let mut blows = 0;
    let striking = async {
        loop {
            tokio::time::sleep(Duration::from_secs(2)).await;
            strike(&mut scene, &mut cluster, blows).await;
            blows += 1;
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(seconds), striking).await;
    // A blow may have been broken off half-way.
    heal(&mut scene, &mut cluster).await;
    scene.recovered().await;
    let told = customers.end().await;
    let verdict: Verdict = judge(&told, &Truth::of(&scene).await);
    scene.assert_sound();
    let passed_over = scene.stores().relay.passed_over();
    format!(
        "{rate} logins/s for {seconds} s, {blows} blows, {passed_over} times the next instance was asked; {verdict}"
    )
}

async fn heal(scene: &mut Scene, cluster: &mut Cluster) {
    cluster.stop();
    cluster.resume();
    let redis = &mut scene.stores().redis;
    redis.kill();
    redis.resume();
    for instance in &mut scene.instances {
        instance.kill();
        instance.resume().await;
    }
}
