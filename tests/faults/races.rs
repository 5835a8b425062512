//! Rows 1, 2 and 3: what many requests decide at once, at two instances.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tests::web::{location, parameters};
use tests::{Answer, Call, RelyingParty, Web};

use crate::scene::Scene;
use crate::suite::Stage;
use crate::truth::Truth;

/// Sends all of them at once, the instances in turn.
async fn send_all(scene: &Scene, calls: Vec<Call>) -> Vec<Answer> {
    let sent: Vec<_> = calls
        .into_iter()
        .zip(scene.instances.iter().cycle())
        .map(|(call, instance)| tokio::spawn(instance.site.send(call)))
        .collect();
    let mut answers = Vec::with_capacity(sent.len());
    for answer in sent {
        answers.push(answer.await.expect("a request does not panic"));
    }
    answers
}

fn succeeded(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status == 200).count()
}

/// Exactly one approval wins, its result is handed out once, and there is one record and one token of it.
pub(crate) async fn approvals(stage: Stage) -> String {
    let (sessions, callers) = stage.form.pick((6, 24), (500, 64));
    let scene = Scene::shared(2, &stage.cluster()).await;
    let phone = scene.phone().await;
    for _ in 0..sessions {
        let token_id = phone.wallet.identity().token_id.to_string();
        let login = scene.service.initiate(&scene.site, &token_id).await;
        let bodies = phone.different_approvals(&phone.only().await, callers);
        let verify = |body| Call::new(http::Method::POST, "/auth/verify").text(body);
        let answers = send_all(&scene, bodies.into_iter().map(verify).collect()).await;
        assert_eq!(succeeded(&answers), 1, "one approval of {callers}");
        for refused in answers.iter().filter(|answer| answer.status != 200) {
            refused.expect_problem(404, "session_not_found");
        }
        let path = format!("/auth/result/{}", login.session_id);
        let now = scene.site.now().unix_seconds();
        let asked = (0..8).map(|_| scene.service.authenticate(Call::get(&path), now));
        let answers = send_all(&scene, asked.collect()).await;
        assert_eq!(succeeded(&answers), 1, "one result of eight");
        for refused in answers.iter().filter(|answer| answer.status != 200) {
            refused.expect_problem(409, "conflict");
        }
    }
    let truth = Truth::of(&scene).await;
    truth.assert_consistent();
    let approvals = scene.recorded("AUTH_APPROVE", None).await;
    assert_eq!(approvals, sessions, "one record a session");
    scene.assert_sound();
    format!("{sessions} sessions, {callers} different approvals each at 2 instances")
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

/// One redemption of many succeeds, and what it gave is revoked by the replays (RFC 6749 4.1.2).
pub(crate) async fn codes(stage: Stage) -> String {
    let (codes, callers) = stage.form.pick((3, 32), (50, 64));
    let scene = Scene::shared(2, &stage.cluster()).await;
    let party = RelyingParty::register_by(&scene.operator, &scene.site, json!({})).await;
    let phone = scene.phone().await;
    for _ in 0..codes {
        let answer = Web::new(&scene.site).login(&party.authorize(&[]), &phone).await;
        let code = parameters(&location(&answer))["code"].clone();
        let calls = (0..callers).map(|_| party.redemption(&code)).collect();
        let answers = send_all(&scene, calls).await;
        assert_eq!(succeeded(&answers), 1, "one redemption of {callers}");
        for refused in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(refused.refused(), "invalid_grant");
        }
        let won = answers.iter().find(|answer| answer.status == 200).expect("one");
        let access = text(&won.json(), "access_token");
        for instance in &scene.instances {
            let userinfo = Call::get("/oidc/userinfo").bearer(&access);
            instance.site.send(userinfo).await.expect(401);
        }
    }
    scene.assert_sound();
    format!("{codes} codes, {callers} redemptions each at 2 instances")
}

/// Refreshes at once get one answer; the old token after its time of grace ends the family (RFC 9700 4.14.2).
pub(crate) async fn refreshes(stage: Stage) -> String {
    let families = stage.form.pick(2, 20);
    let change =
        |installation: &mut tests::Installation| installation.set("oidc", "refresh_grace_seconds", "2");
    let scene = Scene::shared_with(2, &stage.cluster(), change).await;
    let party = RelyingParty::register_by(&scene.operator, &scene.site, json!({})).await;
    let phone = scene.phone().await;
    let wanted = party.authorize(&[
        ("scope", "openid offline_access identity:name"),
        ("prompt", "consent"),
    ]);
    for _ in 0..families {
        let answer = Web::new(&scene.site).login(&wanted, &phone).await;
        let code = parameters(&location(&answer))["code"].clone();
        let first = scene.site.send(party.redemption(&code)).await.expect(200);
        let old = text(&first, "refresh_token");
        let refresh = |token: &str| {
            party.call(
                "/oidc/token",
                &[("grant_type", "refresh_token"), ("refresh_token", token)],
            )
        };
        let answers = send_all(&scene, (0..16).map(|_| refresh(&old)).collect()).await;
        let given: BTreeSet<String> = answers
            .iter()
            .map(|answer| answer.expect(200).to_string())
            .collect();
        assert_eq!(given.len(), 1, "one new state of the family");
        let next: Value = serde_json::from_str(given.first().expect("one")).expect("JSON");
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        assert_eq!(scene.site.send(refresh(&old)).await.refused(), "invalid_grant");
        let next = scene.site.send(refresh(&text(&next, "refresh_token"))).await;
        assert_eq!(next.refused(), "invalid_grant", "the family ended");
    }
    scene.assert_sound();
    format!("{families} families, 16 refreshes each at 2 instances, then reuse")
}
