//! RP-Initiated Logout 1.0, and Front-Channel Logout 1.0 on its page.

use data_encoding::BASE64URL_NOPAD;
use serde_json::json;
use tests::web::{encode, hidden_fields, location, payload, unescaped};
use tests::{Call, Web};

use super::Scene;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rp_initiated_2_with_a_hint_the_person_returns_with_state_and_is_signed_out() {
    let mut jean = Scene::open().await;
    assert!(jean.is_signed_in().await);
    let (hint, bye) = (jean.id_token.clone(), jean.bye());
    let pairs = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", bye.as_str()),
        ("state", "a b&c"),
    ];
    let answer = jean.leave(&pairs).await;
    assert_eq!(answer.status.as_u16(), 303, "{}", answer.text());
    assert_eq!(location(&answer), format!("{bye}?state=a+b%26c"));
    assert_eq!(jean.web.cookie("idt_session"), None);
    assert!(!jean.is_signed_in().await);
    let again = jean.leave(&pairs).await;
    assert_eq!(
        location(&again),
        format!("{bye}?state=a+b%26c"),
        "nobody is signed in, nothing is asked"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copied_cookie_of_a_session_that_ended_is_worth_nothing() {
    let mut jean = Scene::open().await;
    let mut copy = jean.web.clone();
    let hint = jean.id_token.clone();
    jean.leave(&[("id_token_hint", &hint)]).await.expect(200);
    let path = jean.party.authorize(&[("prompt", "none"), ("scope", "openid")]);
    assert!(location(&copy.open(&path).await).contains("error=login_required"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rp_initiated_2_an_expired_hint_is_as_good() {
    let mut jean = Scene::open().await;
    let ends = payload(&jean.id_token)["exp"].as_i64().unwrap();
    jean.server
        .clock
        .advance(ends - jean.server.now().unix_seconds() + 60);
    assert!(jean.web.cookie("idt_session").is_some());
    let (hint, bye) = (jean.id_token.clone(), jean.bye());
    let answer = jean
        .leave(&[("id_token_hint", &hint), ("post_logout_redirect_uri", &bye)])
        .await;
    assert_eq!(location(&answer), bye, "no state, none comes back");
}

/// Keys rotate while people stay signed in: a hint is a hint for 400 days after its key is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rp_initiated_2_a_hint_of_a_key_that_is_gone_is_as_good() {
    let mut jean = Scene::open().await;
    let rotate = || Call::new(http::Method::POST, "/admin/keys/token/rotate");
    jean.server.administer(rotate()).await.expect(200);
    // The next key signs after two hours, this one stays published for three more.
    jean.server.clock.advance(5 * 3600 + 60);
    jean.server.administer(rotate()).await.expect(200);
    let published = jean
        .server
        .send(Call::get("/.well-known/jwks.json"))
        .await
        .expect(200);
    let header = jean.id_token.split('.').next().unwrap();
    let header = BASE64URL_NOPAD.decode(header.as_bytes()).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    let mut keys = published["keys"].as_array().unwrap().iter();
    assert!(keys.all(|key| key["kid"] != header["kid"]), "it is gone");

    let (hint, bye) = (jean.id_token.clone(), jean.bye());
    let path = jean
        .party
        .authorize(&[("prompt", "none"), ("scope", "openid"), ("id_token_hint", &hint)]);
    assert!(location(&jean.web.open(&path).await).contains("code="));
    let pairs = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", &bye),
    ];
    assert_eq!(location(&jean.leave(&pairs).await), bye);
    assert!(!jean.is_signed_in().await);

    jean.server.clock.advance(401 * 86_400);
    let forgotten = jean.leave(&pairs).await;
    assert_eq!(
        (forgotten.status.as_u16(), location(&forgotten)),
        (200, String::new()),
        "no hint any more: whose address it is nobody knows"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rp_initiated_3_other_addresses_are_an_error_page_and_nothing_ends() {
    let mut jean = Scene::open().await;
    let (hint, bye) = (jean.id_token.clone(), jean.bye());
    for bad in [
        "https://evil.example/".to_owned(),
        format!("{bye}?foo=bar"),
        format!("{bye}/"),
        format!("{bye}?x=2"),
    ] {
        let answer = jean
            .leave(&[("id_token_hint", &hint), ("post_logout_redirect_uri", &bad)])
            .await;
        assert_eq!(
            (answer.status.as_u16(), location(&answer)),
            (400, String::new()),
            "{bad}"
        );
        assert!(answer.text().contains("invalid_redirect_uri"), "{bad}");
        assert!(!answer.text().contains("evil.example"));
    }
    for bad in [[("client_id", "nobody")], [("client_id", "a b")]] {
        let answer = jean.leave(&bad).await;
        assert_eq!((answer.status.as_u16(), location(&answer)), (400, String::new()));
    }
    let other = super::register(&jean.server, &jean.receiver, json!({})).await;
    let answer = jean
        .leave(&[("id_token_hint", &hint), ("client_id", &other.id)])
        .await;
    assert_eq!(answer.status.as_u16(), 400, "2: client_id must be the hint's");
    assert!(jean.is_signed_in().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rp_initiated_2_without_a_good_hint_nobody_is_redirected_unasked() {
    let mut jean = Scene::open().await;
    let bye = jean.bye();
    let parts: Vec<&str> = jean.id_token.split('.').collect();
    let none = BASE64URL_NOPAD.encode(br#"{"alg":"none"}"#);
    let foreign = format!("{}.{}.{}", parts[0], parts[1], BASE64URL_NOPAD.encode(&[7; 64]));
    let unsigned = format!("{none}.{}.", parts[1]);
    for hint in ["", foreign.as_str(), unsigned.as_str(), "no token"] {
        let mut pairs = vec![("post_logout_redirect_uri", bye.as_str()), ("state", "x")];
        if !hint.is_empty() {
            pairs.push(("id_token_hint", hint));
        }
        let answer = jean.leave(&pairs).await;
        assert_eq!((answer.status.as_u16(), location(&answer)), (200, String::new()));
        assert!(
            answer.text().contains("data-testid=\"logout\""),
            "{}",
            answer.text()
        );
        assert!(jean.is_signed_in().await);
    }
    for pairs in [&[][..], &[("state", "x")]] {
        assert!(jean.leave(pairs).await.text().contains("data-testid=\"logout\""));
    }
}

async fn answer_question(
    web: &mut Web,
    fields: &[(String, String)],
    decision: &str,
    site: &str,
) -> tests::Answer {
    let mut pairs: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    pairs.push(("decision", decision));
    web.send_form("/oidc/end-session/confirm", &pairs, site).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rp_initiated_2_the_person_answers_the_question_and_nobody_else_can() {
    let mut jean = Scene::open().await;
    let (id, bye) = (jean.party.id.clone(), jean.bye());
    let pairs = [
        ("client_id", id.as_str()),
        ("post_logout_redirect_uri", bye.as_str()),
        ("state", "s"),
    ];
    let page = jean.leave(&pairs).await;
    assert_eq!(page.status.as_u16(), 200);
    let fields = hidden_fields(&page.text());
    assert!(
        fields.iter().any(|(name, _)| name == "confirmation"),
        "{fields:?}"
    );

    let foreign = answer_question(&mut jean.web, &fields, "logout", "cross-site").await;
    assert_eq!(foreign.status.as_u16(), 403);
    let mut forged = fields.clone();
    for (name, value) in &mut forged {
        if name == "confirmation" {
            *value = "AAAA".to_owned();
        }
    }
    let forged = answer_question(&mut jean.web, &forged, "logout", "same-origin").await;
    assert_eq!(forged.status.as_u16(), 403);
    let stays = answer_question(&mut jean.web, &fields, "stay", "same-origin").await;
    assert_eq!(stays.status.as_u16(), 200);
    assert!(jean.is_signed_in().await);

    let mut other_address = fields.clone();
    for (name, value) in &mut other_address {
        if name == "post_logout_redirect_uri" {
            *value = "https://evil.example/".to_owned();
        }
    }
    let evil = answer_question(&mut jean.web, &other_address, "logout", "same-origin").await;
    assert_eq!(evil.status.as_u16(), 400);
    let goes = answer_question(&mut jean.web, &fields, "logout", "same-origin").await;
    assert_eq!(
        (goes.status.as_u16(), location(&goes)),
        (303, format!("{bye}?state=s"))
    );
    assert!(!jean.is_signed_in().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profile_8_a_post_of_another_site_is_parked_and_keeps_the_hint_out_of_addresses() {
    let mut jean = Scene::open().await;
    let (hint, bye) = (jean.id_token.clone(), jean.bye());
    let form = encode(&[("id_token_hint", &hint), ("post_logout_redirect_uri", &bye)]);
    let call = Call::new(http::Method::POST, "/oidc/end-session")
        .header("content-type", "application/x-www-form-urlencoded")
        .raw(form);
    // Without cookies, as a browser sends it.
    let parked = location(&jean.server.send(call).await);
    assert!(parked.starts_with("/oidc/end-session/resume/"), "{parked}");
    assert!(!parked.contains(&hint));
    assert_eq!(location(&jean.web.open(&parked).await), bye);
    assert!(!jean.is_signed_in().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn front_channel_2_every_client_of_the_session_has_a_frame_with_iss_and_sid() {
    let mut jean = Scene::open().await;
    let origin = format!("https://{}.example", jean.party.id);
    let out = format!("{origin}/out?x=1");
    let patch = json!({"frontchannel_logout_uri": out, "frontchannel_logout_session_required": true});
    let address = format!("/admin/clients/{}", jean.party.id);
    let change = Call::new(http::Method::PATCH, address).json(&patch);
    jean.server.administer(change).await.expect(200);
    let (hint, bye) = (jean.id_token.clone(), jean.bye());
    let sid = payload(&jean.id_token)["sid"].clone();
    let pairs = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", bye.as_str()),
    ];
    let page = jean.leave(&pairs).await;
    assert_eq!(page.status.as_u16(), 200);
    let text = unescaped(&page.text());
    let frame = format!(
        "src=\"{out}&{}\"",
        encode(&[("iss", &jean.server.issuer), ("sid", sid.as_str().unwrap())])
    );
    assert!(text.contains(&frame), "{frame} in {text}");
    assert!(text.contains(&bye));
    let policy = page.header("content-security-policy");
    assert!(policy.contains(&format!("frame-src {origin}")), "{policy}");
}
