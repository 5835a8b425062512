//! Profile 1.6: a cookie is not a consent. OIDC Core 3.1.2.1: prompt, max_age, id_token_hint.

use tests::web::{location, parameters};
use tests::{Invented, Phone, RelyingParty, TestServer, Web};

struct Setting {
    server: TestServer,
    party: RelyingParty,
    phone: Phone,
    web: Web,
}

/// Jean is signed in at one client, the name granted.
async fn signed_in() -> Setting {
    let server = TestServer::start().await;
    let party = RelyingParty::register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let mut web = Web::new(&server);
    let answered = parameters(&location(&web.login(&party.authorize(&[]), &phone).await));
    assert!(answered.contains_key("code"), "{answered:?}");
    Setting {
        server,
        party,
        phone,
        web,
    }
}

impl Setting {
    /// What a request is answered at once.
    async fn answered(&mut self, changes: &[(&str, &str)]) -> std::collections::BTreeMap<String, String> {
        parameters(&location(&self.web.open(&self.party.authorize(changes)).await))
    }

    async fn error(&mut self, changes: &[(&str, &str)]) -> String {
        let changes: Vec<(&str, &str)> = changes.iter().copied().chain([("prompt", "none")]).collect();
        self.answered(&changes).await.remove("error").unwrap_or_default()
    }

    async fn asks(&mut self, changes: &[(&str, &str)]) -> bool {
        location(&self.web.open(&self.party.authorize(changes)).await).starts_with("/oidc/login/")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_client_within_what_was_granted_is_answered_silently() {
    let mut jean = signed_in().await;
    assert!(jean.answered(&[]).await.contains_key("code"));
    assert!(
        jean.answered(&[("prompt", "none"), ("max_age", "10000")])
            .await
            .contains_key("code")
    );
    assert!(jean.answered(&[("scope", "openid")]).await.contains_key("code"));
    let audited = jean.server.audit_count().await;
    assert!(jean.answered(&[]).await.contains_key("code"));
    assert_eq!(
        jean.server.audit_count().await,
        audited,
        "a silent code writes nothing durable"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profile_1_6_more_scopes_another_client_or_old_claims_ask_the_phone() {
    let mut jean = signed_in().await;
    let more = [("scope", "openid identity:name identity:age_over_18")];
    assert_eq!(jean.error(&more).await, "interaction_required");
    assert!(jean.asks(&more).await);
    assert_eq!(
        jean.error(&[("scope", "openid offline_access")]).await,
        "interaction_required"
    );

    let other = RelyingParty::register(&jean.server).await;
    let first = std::mem::replace(&mut jean.party, other);
    assert_eq!(jean.error(&[]).await, "login_required");
    jean.party = first;

    jean.server.clock.advance(3700);
    assert_eq!(
        jean.error(&[]).await,
        "interaction_required",
        "claims are kept for an hour"
    );
    assert_eq!(jean.error(&[("scope", "openid")]).await, "", "none are asked for");
    jean.server.clock.advance(8 * 3600);
    assert_eq!(jean.error(&[("scope", "openid")]).await, "login_required");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oidc_core_3_1_2_1_prompt_and_max_age_ask_the_person() {
    let mut jean = signed_in().await;
    for prompt in ["login", "consent", "select_account"] {
        assert!(jean.asks(&[("prompt", prompt)]).await, "{prompt}");
    }
    assert_eq!(jean.error(&[("max_age", "0")]).await, "login_required");
    jean.server.clock.advance(5);
    assert_eq!(jean.error(&[("max_age", "1")]).await, "login_required");
    let again = jean.party.authorize(&[("max_age", "1")]);
    let answered = parameters(&location(&jean.web.login(&again, &jean.phone).await));
    assert!(answered.contains_key("code"), "{answered:?}");
    assert_eq!(jean.error(&[("max_age", "1")]).await, "", "the login is fresh");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oidc_core_5_5_1_and_3_1_2_1_only_the_expected_person_answers() {
    let mut jean = signed_in().await;
    let own = format!(
        r#"{{"id_token":{{"sub":{{"value":"{}"}}}}}}"#,
        jean.phone.wallet.identity().token_id
    );
    assert_eq!(jean.error(&[("claims", &own)]).await, "");
    let other = r#"{"id_token":{"sub":{"value":"somebody-else"}}}"#;
    assert_eq!(jean.error(&[("claims", other)]).await, "login_required");
    let path = jean.party.authorize(&[("claims", other)]);
    let answered = parameters(&location(&jean.web.login(&path, &jean.phone).await));
    assert_eq!(
        answered["error"], "login_required",
        "the phone's person is not the expected one"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oidc_core_3_1_2_1_an_id_token_hint_names_the_person_even_when_it_is_expired() {
    let mut jean = signed_in().await;
    let code = jean.answered(&[]).await["code"].clone();
    let tokens = jean.party.redeem(&jean.server, &code).await;
    let hint = tokens["id_token"].as_str().unwrap().to_owned();
    assert_eq!(jean.error(&[("id_token_hint", &hint)]).await, "");

    let amelie = jean.server.issue(Invented::amelie());
    let hers = Phone::enrol(&jean.server, &amelie).await;
    jean.web
        .login(&jean.party.authorize(&[("prompt", "select_account")]), &hers)
        .await;
    assert_eq!(
        jean.error(&[("id_token_hint", &hint)]).await,
        "login_required",
        "somebody else is there"
    );

    let other = RelyingParty::register(&jean.server).await;
    let first = std::mem::replace(&mut jean.party, other);
    assert_eq!(
        jean.error(&[("id_token_hint", &hint)]).await,
        "invalid_request",
        "another client's token"
    );
    jean.party = first;
    let access = tokens["access_token"].as_str().unwrap().to_owned();
    assert_eq!(
        jean.error(&[("id_token_hint", &access)]).await,
        "invalid_request",
        "another kind of token"
    );

    jean.server.clock.advance(2 * 3600);
    jean.web
        .login(&jean.party.authorize(&[("prompt", "login")]), &jean.phone)
        .await;
    assert_eq!(
        jean.error(&[("id_token_hint", &hint)]).await,
        "",
        "expired, and still a hint"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_else_in_the_same_browser_ends_the_first_ones_session() {
    let mut jean = signed_in().await;
    let before = jean.web.cookie("idt_session").unwrap().to_owned();
    let amelie = jean.server.issue(Invented::amelie());
    let hers = Phone::enrol(&jean.server, &amelie).await;
    let path = jean.party.authorize(&[("prompt", "select_account")]);
    jean.web.login(&path, &hers).await;
    let after = jean.web.cookie("idt_session").unwrap().to_owned();
    assert_ne!(before, after);
    let (id, _) = before.split_once('.').unwrap();
    let session = jean
        .server
        .app
        .durable
        .browser_session(id)
        .await
        .unwrap()
        .unwrap();
    assert!(session.value.ended.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cookie_that_was_changed_or_whose_holder_is_revoked_answers_nothing() {
    let mut jean = signed_in().await;
    let cookie = jean.web.cookie("idt_session").unwrap().to_owned();
    let (id, _) = cookie.split_once('.').unwrap();
    for forged in [
        format!("{id}.x"),
        id.to_owned(),
        "bs_x.y".to_owned(),
        ".".to_owned(),
    ] {
        let call = tests::Call::get(jean.party.authorize(&[("prompt", "none")]))
            .header("cookie", &format!("idt_session={forged}"));
        let answered = parameters(&location(&jean.server.send(call).await));
        assert_eq!(answered["error"], "login_required", "{forged}");
    }
    let token_id = jean.phone.wallet.identity().token_id.to_string();
    let body = serde_json::json!({"tokenId": token_id, "reason": "lost_device"});
    jean.server
        .administer(tests::Call::post("/revoke", &body))
        .await
        .expect(200);
    assert_eq!(jean.error(&[]).await, "login_required");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profile_1_5_nothing_that_was_released_stands_in_the_durable_store() {
    let jean = signed_in().await;
    let directory = jean.server.data_directory();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let octets = std::fs::read(&path).unwrap();
            let has = |text: &str| octets.windows(text.len()).any(|window| window == text.as_bytes());
            assert!(!has("Dupont"), "{}", path.display());
        }
    }
}
