//! Back-Channel Logout 1.0: the token, and that it arrives.

use std::time::Duration;

use idp_server::boot::{Listening, Parts, open_with};
use serde_json::json;
use tests::web::payload;
use tests::{Call, Receiver, Web, token};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::{Scene, register, sign_in};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn back_channel_2_4_each_client_hears_of_its_own_sub_and_sid() {
    let mut jean = Scene::open().await;
    let mut other_receiver = Receiver::start().await;
    let other = register(&jean.server, &other_receiver, json!({})).await;
    let other_token = sign_in(&jean.server, &other, (&mut jean.web, &jean.phone)).await;
    let hint = jean.id_token.clone();
    jean.leave(&[("id_token_hint", &hint)]).await.expect(200);

    let mut subjects = Vec::new();
    for (receiver, party, id_token) in [
        (&mut jean.receiver, &jean.party, &jean.id_token),
        (&mut other_receiver, &other, &other_token),
    ] {
        let logout = token::verify(&jean.server, &receiver.logout_token().await, "logout+jwt").await;
        let known = payload(id_token);
        assert_eq!(logout.header.typ.as_deref(), Some("logout+jwt"));
        assert_eq!(logout.claim("iss"), jean.server.issuer.as_str());
        assert_eq!(logout.claim("aud"), party.id.as_str());
        assert_eq!(
            (logout.claim("sub"), logout.claim("sid")),
            (&known["sub"], &known["sid"])
        );
        let events = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
        assert_eq!(logout.claim("events"), &events);
        assert!(logout.claim("jti").is_string());
        let (issued, ends) = (
            logout.claim("iat").as_i64().unwrap(),
            logout.claim("exp").as_i64().unwrap(),
        );
        assert_eq!(ends - issued, 120);
        assert!(logout.claim("nonce").is_null(), "2.4: prohibited");
        assert_ne!(
            logout.claim("sub"),
            jean.phone.wallet.identity().token_id.as_str(),
            "pairwise"
        );
        subjects.push((logout.claim("sub").clone(), logout.claim("sid").clone()));
        assert!(receiver.is_quiet(), "once");
    }
    assert!(subjects[0].0 != subjects[1].0 && subjects[0].1 != subjects[1].1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn back_channel_2_8_a_client_that_is_down_is_asked_again_across_a_restart() {
    let mut jean = Scene::open().await;
    jean.receiver.answer([500, 503]);
    let hint = jean.id_token.clone();
    jean.leave(&[("id_token_hint", &hint)]).await.expect(200);
    let first = payload(&jean.receiver.logout_token().await);
    jean.server.clock.advance(10);
    let second = payload(&jean.receiver.logout_token().await);
    assert_eq!(first["jti"], second["jti"], "the same logout");
    assert!(
        second["iat"].as_i64() >= first["iat"].as_i64().map(|issued| issued + 10),
        "a fresh token"
    );

    jean.server.stop().await;
    jean.server.clock.advance(60);
    assert!(jean.receiver.is_quiet());
    let config = jean.server.app.config.clone();
    let listener = TcpListener::bind(config.listen).await.expect("the same port");
    let parts = Parts {
        clock: jean.server.clock.clone(),
        ..Parts::default()
    };
    let opened = open_with(config, parts).await.expect("the server opens again");
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(Listening::on(opened, listener).serve(async move {
        let _ = stopped.await;
    }));
    let third = payload(&jean.receiver.logout_token().await);
    assert_eq!(first["jti"], third["jti"]);
    let _ = stop.send(());
    serving.await.expect("no panic").expect("served");
    assert!(jean.receiver.is_quiet(), "taken, and forgotten");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn back_channel_2_8_a_client_that_refuses_is_not_asked_again() {
    let mut jean = Scene::open().await;
    jean.receiver.answer([400]);
    let hint = jean.id_token.clone();
    jean.leave(&[("id_token_hint", &hint)]).await.expect(200);
    jean.receiver.logout_token().await;
    // The record is written after the answer; nothing announces it.
    for _ in 0..200 {
        let search = Call::get("/admin/audit?event=LOGOUT_GIVE_UP");
        if jean.server.administer(search).await.expect(200)["total"] == 1 {
            let later = jean.server.now().plus_seconds(7200);
            let due = jean.server.app.durable.due_logout_deliveries(later, 10).await;
            assert!(due.unwrap().is_empty());
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nobody recorded that it was given up");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_without_an_address_is_owed_nothing() {
    let mut jean =
        Scene::with(json!({"backchannel_logout_uri": null, "backchannel_logout_session_required": false}))
            .await;
    let hint = jean.id_token.clone();
    jean.leave(&[("id_token_hint", &hint)]).await.expect(200);
    let due = jean
        .server
        .app
        .durable
        .due_logout_deliveries(jean.server.now().plus_seconds(60), 10)
        .await;
    assert!(due.unwrap().is_empty());
    assert_eq!(
        Web::new(&jean.server)
            .open("/oidc/end-session")
            .await
            .status
            .as_u16(),
        200
    );
}
