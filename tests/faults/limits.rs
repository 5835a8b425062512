//! Rows 12 and 13: pushes that nobody asked for, and codes that are guessed.

use std::net::IpAddr;

use idp_authenticator::approval::Code;
use idp_authenticator::push::PushChannel;
use idp_authenticator::{CodeAnswer, PushRegistration};
use serde_json::json;
use tests::{Call, Enrolling, Invented, Login, Phone, Registration, TestServer};

use crate::scene::Scene;
use crate::suite::{Form, Stage};

/// Wrong codes under a right signature that lock a device, whatever the sessions (SP 800-63B-4 3.2.2).
const LOCKED_AT: u64 = 100;

/// A thousand strangers ask one phone: it is pushed to as often as the cap says, and its owner still logs in.
///
/// In this process, because what is pushed shows only in its recording sender.
pub(crate) async fn push_bombing(stage: Stage) -> String {
    let count = stage.form.pick(200, 1_000);
    let server = TestServer::start_with(|config| {
        config.proxies.trusted = vec!["127.0.0.0/8".parse().expect("a network")];
        config.limits.pushes_since_success = 10;
    })
    .await;
    let service = Registration::public().register(&server).await;
    let push = PushRegistration {
        channel: PushChannel::Fcm {
            token: "device-token".into(),
        },
        encryption_key: None,
    };
    let enrolling = Enrolling {
        push: Some(push),
        ..Enrolling::new("phone")
    };
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol_as(&server, &jean, enrolling)
        .await
        .expect("an enrolment");
    let ask = |number: u32| {
        let from = IpAddr::from((0x0a00_0000_u32 + number).to_be_bytes()).to_string();
        let body = json!({"tokenId": jean.token_id, "serviceId": service.id});
        let call = Call::post("/auth/initiate", &body).header("x-forwarded-for", &from);
        server.send(call.header("origin", &service.origin))
    };
    for number in 0..count {
        ask(number).await.expect(200);
    }
    let login = Login::of(&ask(count).await);
    let waiting = phone.wait().await;
    let own = waiting
        .iter()
        .find(|request| request.session_id.as_str() == login.session_id)
        .expect("the owner's own login is not locked out");
    phone.approve(own).await.expect(200);
    let pushed = server.pushes.sent().len();
    assert!((1..=10).contains(&pushed), "{pushed} pushes");
    format!("{count} strangers from as many addresses, {pushed} pushes, the owner logs in")
}

/// Wrong codes count over new sessions, restarts and lost Redis; then the device is locked, and it is recorded.
pub(crate) async fn guessing(stage: Stage) -> String {
    let guesses = stage.form.pick(LOCKED_AT, 10_000);
    let mut scene = Scene::embedded(|_| ()).await;
    let transfer = Registration::confidential().with("matchingMode", json!("transfer"));
    let service = scene.register(transfer).await;
    let phone = scene.phone().await;
    let token_id = phone.wallet.identity().token_id.to_string();
    let (mut wrong, mut refused, mut sessions) = (0, 0, 0);
    while wrong + refused < guesses {
        sessions += 1;
        if sessions == 10 {
            scene.instances[0].kill();
            scene.instances[0].resume().await;
        }
        let login = service.initiate(&scene.site, &token_id).await;
        let waiting = phone.try_pending().await.unwrap_or_default();
        let own = waiting
            .iter()
            .find(|request| request.session_id.as_str() == login.session_id);
        let Some(request) = own else {
            // A locked device is not asked any more.
            refused += 3;
            continue;
        };
        let code = Code::parse(if login.code == "000000" {
            "000001"
        } else {
            "000000"
        })
        .expect("six digits");
        let body = phone
            .approval(request, CodeAnswer::Entered(code), &[])
            .expect("an approval");
        for _ in 0..3 {
            let answer = phone.verify(&body).await;
            match answer.code().as_str() {
                "invalid_otp" => wrong += 1,
                _ => refused += 1,
            }
        }
    }
    assert_eq!(wrong, LOCKED_AT, "guesses that were answered");
    assert_eq!(scene.recorded("DEVICE_LOCKED", None).await, 1, "the alert");
    let locked = phone.send(http::Method::GET, "/auth/pending", "").await;
    locked.expect_problem(401, "device_not_active");
    scene.assert_sound();
    assert!(stage.form == Form::Short || refused > 9_000);
    format!("{wrong} guesses in {sessions} sessions over a restart, {refused} refused, locked and recorded")
}
