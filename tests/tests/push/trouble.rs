//! A provider that is down, slow or flooded.

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream;
use idp_authenticator::push::PushChannel;
use tests::{Call, Enrolling, Phone, RelyingParty, Said, Web};
use tokio::sync::Notify;

use super::web::Subscribed;
use super::{Google, Scene, registration};

/// Operations 3.7, row 22.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_down_is_left_alone_said_and_found_again() {
    let mut google = Google::start().await;
    google
        .provider
        .always_say(Said::fcm(503, "UNAVAILABLE", "UNAVAILABLE"));
    let scene = Scene::of_google(&google, |config| config.limits.pushes_since_success = 1000).await;
    let party = RelyingParty::register(&scene.server).await;
    let mut web = Web::new(&scene.server);
    let page = web.begin(&party.authorize(&[])).await;
    let token_id = scene.holder.token_id.as_str();
    assert_eq!(web.start(&page, token_id).await["pushLate"], false);
    for _ in 0..5 {
        scene.initiate().await;
    }
    while !scene.server.app.push.is_late() {
        google.message().await;
    }
    let health = scene.server.send(Call::get("/health/ready")).await.expect(200);
    assert_eq!(health["status"], "degraded", "logins go on");
    assert!(health["parts"]["push_fcm"].is_string(), "{health}");
    // The page says the same whoever is asked for, so it tells nobody who is enrolled.
    assert_eq!(web.start(&page, token_id).await["pushLate"], true);
    assert_eq!(web.start(&page, "nobody-at-all").await["pushLate"], true);
    let login = scene.initiate().await;
    let asked = scene.phone.pending().await;
    let request = asked
        .iter()
        .find(|request| request.session_id.as_str() == login.session_id);
    scene.phone.approve(request.unwrap()).await.expect(200);

    google.provider.always_say(Said::status(200));
    scene.server.clock.advance(61);
    scene.initiate().await;
    google.provider.rest();
    while scene.server.app.push.is_late() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let health = scene.server.send(Call::get("/health/ready")).await.expect(200);
    assert_eq!(health["parts"].get("push_fcm"), None, "{health}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_provider_delays_no_other() {
    let google = Google::start().await;
    google.provider.always_say(Said::never());
    let mut browser = Subscribed::new().await;
    let scene = Scene::of_google(&google, |config| {
        config.push.web = browser.config();
        config.limits.pushes_since_success = 1000;
    })
    .await;
    let amelie = scene.server.issue(tests::Invented::amelie());
    let enrolling = Enrolling {
        push: Some(registration(browser.channel())),
        ..Enrolling::new("browser")
    };
    Phone::enrol_as(&scene.server, &amelie, enrolling).await.unwrap();
    // More than may be on their way at once.
    for _ in 0..80 {
        scene.initiate().await;
    }
    scene
        .service
        .initiate(&scene.server, amelie.token_id.as_str())
        .await;
    browser.service.next().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_nobody_needs_any_more_is_not_sent() {
    let mut google = Google::start().await;
    let word = Arc::new(Notify::new());
    google
        .provider
        .say([Said::fcm(503, "UNAVAILABLE", "UNAVAILABLE").after(&word)]);
    let scene = Scene::of_google(&google, |_| ()).await;
    let answered = scene.initiate().await;
    google.message().await;
    scene.approve(&answered).await;
    word.notify_one();
    let later = scene.initiate().await;
    assert_eq!(google.message().await.0["data"]["sessionId"], later.session_id);
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    assert!(
        google.provider.rest().is_empty(),
        "the first one was answered before its second try"
    );
}

/// Operations 3.7, row 12.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_requests_for_one_person_push_no_more_than_the_cap() {
    let mut google = Google::start().await;
    let scene = Scene::of_google(&google, |config| config.limits.pushes_since_success = 10).await;
    let started = stream::iter(0..1000)
        .map(|_| scene.initiate())
        .buffer_unordered(32);
    assert_eq!(started.count().await, 1000);
    for _ in 0..10 {
        google.message().await;
    }
    let asked = scene.phone.pending().await;
    let last = asked.last().expect("requests wait all the same");
    scene.phone.approve(last).await.expect(200);
    assert!(google.provider.rest().is_empty(), "pushes end at the cap");
}

/// A phone of a kind that this installation does not serve asks by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kind_that_is_not_served_costs_nothing() {
    let google = Google::start().await;
    let channel = PushChannel::Apns {
        token: super::APPLE_TOKEN.to_owned(),
    };
    let scene = Scene::new(channel, |config| config.push.fcm = Some(google.config())).await;
    let login = scene.initiate().await;
    scene.approve(&login).await;
    assert!(!scene.server.app.push.is_late());
}
