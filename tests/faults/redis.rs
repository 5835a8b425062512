//! Rows 5, 6 and 7: a Redis that is lost, that fails over to a replica which lags, that comes back from an old dump.

use std::net::SocketAddr;
use std::time::Duration;

use idp_authenticator::CodeAnswer;
use serde_json::Value;
use tests::{Call, Installation, Login, Phone, Redis, Relay};

use crate::customers::Customers;
use crate::scene::Scene;
use crate::suite::{Form, Stage};
use crate::truth::{Truth, judge};

/// What row 5 allows.
const RESUMES_WITHIN: Duration = Duration::from_secs(3);

async fn lose(redis: &mut Redis, how: &str) {
    match how {
        "FLUSHALL" => assert_eq!(redis.ask(&["FLUSHALL"]), "OK"),
        "SIGSTOP 5 s" => {
            redis.signal("STOP");
            tokio::time::sleep(Duration::from_secs(5)).await;
            redis.signal("CONT");
        }
        "restart" => {
            redis.signal("TERM");
            tokio::time::sleep(Duration::from_millis(200)).await;
            redis.kill();
            redis.resume();
        }
        _ => {
            redis.kill();
            tokio::time::sleep(Duration::from_millis(500)).await;
            redis.resume();
        }
    }
}

/// Errors are 503 and `Retry-After` alone, nothing succeeds twice, and service resumes by itself.
pub(crate) async fn outages(stage: Stage) -> String {
    let rounds = stage.form.pick(1, 20);
    let mut scene = Scene::shared(2, &stage.cluster()).await;
    let customers = Customers::begin(&scene, scene.phones(6).await, None);
    let mut slowest = Duration::ZERO;
    for _ in 0..rounds {
        for how in ["restart", "FLUSHALL", "kill -9", "SIGSTOP 5 s"] {
            customers.wait_for(6).await;
            lose(&mut scene.stores().redis, how).await;
            slowest = slowest.max(scene.recovered().await);
        }
    }
    customers.wait_for(6).await;
    let told = customers.end().await;
    let verdict = judge(&told, &Truth::of(&scene).await);
    scene.assert_sound();
    assert!(
        stage.form == Form::Short || slowest < RESUMES_WITHIN,
        "resumed after {slowest:?} only"
    );
    format!(
        "restart, FLUSHALL, kill -9, SIGSTOP 5 s: resumed within {} ms; {verdict}",
        slowest.as_millis()
    )
}

/// A login that was approved and whose result was collected, with an approval that was never sent.
pub(crate) struct Consumed {
    login: Login,
    sent: String,
    spare: String,
}

/// Begins logins of people of their own.
pub(crate) async fn begin(scene: &Scene, count: usize) -> Vec<(Phone, Login)> {
    let mut begun = Vec::with_capacity(count);
    for _ in 0..count {
        let phone = scene.phone().await;
        let token_id = phone.wallet.identity().token_id.to_string();
        begun.push((phone, scene.service.initiate(&scene.site, &token_id).await));
    }
    begun
}

fn verify(body: &str) -> Call {
    Call::new(http::Method::POST, "/auth/verify").text(body.to_owned())
}

fn result(scene: &Scene, login: &Login) -> Call {
    let call = Call::get(format!("/auth/result/{}", login.session_id));
    scene.service.authenticate(call, scene.site.now().unix_seconds())
}

/// Approves and collects all of them.
pub(crate) async fn consume(scene: &Scene, begun: Vec<(Phone, Login)>) -> Vec<Consumed> {
    let mut consumed = Vec::with_capacity(begun.len());
    for (phone, login) in begun {
        let request = phone.only().await;
        let approval = |deny| {
            phone
                .approval(&request, CodeAnswer::Compared, deny)
                .expect("an approval")
        };
        let (sent, spare) = (approval(&[]), approval(&["identity:name"]));
        scene.site.send(verify(&sent)).await.expect(200);
        scene.site.send(result(scene, &login)).await.expect(200);
        consumed.push(Consumed { login, sent, spare });
    }
    consumed
}

/// Nobody is approved or served twice, though the sessions are pending again.
pub(crate) async fn replay(scene: &Scene, redis: &Redis, consumed: &[Consumed]) -> usize {
    let revived = redis.ask(&["DBSIZE"]).parse::<usize>().unwrap_or_default();
    assert!(
        revived >= consumed.len(),
        "only {revived} keys came back: nothing was proven"
    );
    let mut pending = 0;
    for past in consumed {
        let shown = scene.site.send(result(scene, &past.login)).await;
        pending += usize::from(shown.json().get("status").and_then(Value::as_str) == Some("pending"));
        for body in [&past.spare, &past.sent] {
            let again = scene.site.send(verify(body)).await;
            again.expect_problem(404, "session_not_found");
        }
        let shown = scene.site.send(result(scene, &past.login)).await;
        assert!(
            shown.json().get("jwt").is_none(),
            "a second token: {}",
            shown.text()
        );
    }
    let truth = Truth::of(scene).await;
    truth.assert_consistent();
    for past in consumed {
        assert_eq!(truth.recorded(&past.login.session_id, "AUTH_APPROVE"), 1);
    }
    pending
}

/// A replica that lags is promoted: what it does not know was consumed stays consumed.
pub(crate) async fn failover(stage: Stage) -> String {
    let sessions = stage.form.pick(6, 200);
    let (front, link) = (Relay::start().await, Relay::start().await);
    let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
    let change = |installation: &mut Installation| {
        installation.share_in(&format!("redis://{}", front.address));
    };
    let mut primary = Redis::start();
    front.lead_to(vec![at(primary.port)]);
    link.lead_to(vec![at(primary.port)]);
    let scene = Scene::shared_with(1, &stage.cluster(), change).await;
    let replica = Redis::start_with(&["--replicaof", "127.0.0.1", &link.address.port().to_string()]);
    let begun = begin(&scene, sessions).await;
    let caught_up = async {
        while primary.ask(&["WAIT", "1", "500"]) != "1" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let caught_up = tokio::time::timeout(Duration::from_secs(20), caught_up).await;
    assert!(caught_up.is_ok(), "the replica follows");
    link.hold(true);
    let consumed = consume(&scene, begun).await;
    primary.kill();
    link.cut();
    assert_eq!(replica.ask(&["REPLICAOF", "NO", "ONE"]), "OK");
    front.lead_to(vec![at(replica.port)]);
    front.cut();
    scene.recovered().await;
    let pending = replay(&scene, &replica, &consumed).await;
    scene.assert_sound();
    format!("{sessions} consumed, {pending} of them pending again on the replica, none accepted")
}

/// A dump from before: what was consumed since stays consumed.
pub(crate) async fn old_dump(stage: Stage) -> String {
    let sessions = stage.form.pick(6, 200);
    let mut scene = Scene::shared(1, &stage.cluster()).await;
    let begun = begin(&scene, sessions).await;
    let redis = &scene.stores().redis;
    assert_eq!(redis.ask(&["SAVE"]), "OK");
    let consumed = consume(&scene, begun).await;
    let redis = &mut scene.stores().redis;
    redis.kill();
    redis.resume();
    scene.recovered().await;
    let redis = &scene.shared.as_ref().expect("as made").redis;
    let pending = replay(&scene, redis, &consumed).await;
    scene.assert_sound();
    format!("{sessions} consumed, {pending} of them pending again from the dump, none accepted")
}
