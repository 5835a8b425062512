//! Device Authorization Grant: RFC 8628. A device shows a code, the person types it into a browser, the phone asks, the device fetches
//! the tokens.

mod entering;
mod polling;

use serde_json::{Value, json};
use tests::web::location;
use tests::{Answer, ClientKey, Invented, Phone, RelyingParty, TestServer, Web, token};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const ASKS: &str = "/oidc/device_authorization";
const TYPES: &str = "/oidc/device";

/// A television, its owner with a phone, and a browser.
struct Scene {
    server: TestServer,
    party: RelyingParty,
    phone: Phone,
    web: Web,
}

/// What a device was given.
struct Codes {
    device: String,
    user: String,
}

impl Scene {
    /// With a public client: most devices keep no secret.
    async fn open() -> Self {
        Self::with(json!({"token_endpoint_auth_method": "none"})).await
    }

    async fn with(members: Value) -> Self {
        Self::on(TestServer::start().await, members).await
    }

    async fn on(server: TestServer, members: Value) -> Self {
        let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
        let party = register(&server, members).await;
        let web = Web::new(&server);
        Self {
            server,
            party,
            phone,
            web,
        }
    }

    fn token_id(&self) -> String {
        self.phone.wallet.identity().token_id.to_string()
    }

    async fn send(&self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        self.server.send(self.party.call(path, pairs)).await
    }

    /// The device asks for its codes.
    async fn ask(&self, scope: &str, more: &[(&str, &str)]) -> Codes {
        let pairs: Vec<(&str, &str)> = [("scope", scope)]
            .into_iter()
            .chain(more.iter().copied())
            .collect();
        let given = self.send(ASKS, &pairs).await.expect(200);
        Codes {
            device: text(&given, "device_code"),
            user: text(&given, "user_code"),
        }
    }

    /// The device asks for its tokens.
    async fn fetch(&self, codes: &Codes) -> Answer {
        self.fetch_as(&self.party, &codes.device).await
    }

    async fn fetch_as(&self, party: &RelyingParty, device_code: &str) -> Answer {
        let pairs = [("grant_type", GRANT), ("device_code", device_code)];
        self.server.send(party.call("/oidc/token", &pairs)).await
    }

    /// The person types a code: the answer.
    async fn type_in(&mut self, user_code: &str) -> Answer {
        self.web.open(TYPES).await;
        self.web.fill(TYPES, &[("user_code", user_code)]).await
    }

    /// The same, which is taken: the login page.
    async fn enter(&mut self, codes: &Codes) -> String {
        let answer = self.type_in(&codes.user).await;
        let page = location(&answer);
        assert!(page.starts_with("/oidc/login/int_"), "{page} {}", answer.text());
        page
    }

    /// The person says who they are, and the phone asks.
    async fn start(&mut self, page: &str) {
        let token_id = self.token_id();
        self.web.start(page, &token_id).await;
    }

    /// The person's whole part, up to the approval on the phone; the login page.
    async fn approve(&mut self, codes: &Codes) -> String {
        let page = self.enter(codes).await;
        self.start(&page).await;
        self.phone.approve(&self.phone.only().await).await.expect(200);
        page
    }
}

async fn register(server: &TestServer, members: Value) -> RelyingParty {
    let mut own = json!({"grant_types": [GRANT, "refresh_token"], "redirect_uris": []});
    if let (Some(own), Value::Object(members)) = (own.as_object_mut(), members) {
        own.extend(members);
    }
    RelyingParty::register_with(server, own).await
}

fn text(value: &Value, name: &str) -> String {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} in {value}"))
        .to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8628_3_a_person_approves_and_the_device_fetches_the_tokens_once() {
    let mut scene = Scene::open().await;
    let codes = scene.ask("openid identity:name", &[]).await;
    assert_eq!(scene.fetch(&codes).await.refused(), "authorization_pending");

    let page = scene.enter(&codes).await;
    let login = scene.web.open(&page).await;
    assert!(login.text().contains("Bar Le Central"), "who asks is named");
    scene.start(&page).await;
    let shown = scene.phone.only().await;
    assert_eq!(shown.service.name.to_string(), "Bar Le Central");
    scene.phone.approve(&shown).await.expect(200);
    for _ in 0..2 {
        let done = scene.web.submit(&format!("{page}/continue")).await;
        assert_eq!(done.status, 200);
        assert!(
            done.text().contains("Your device is connected"),
            "{}",
            done.text()
        );
    }

    let tokens = scene.fetch(&codes).await.expect(200);
    assert_eq!(tokens["token_type"], "Bearer");
    let id_token = token::verify(&scene.server, &text(&tokens, "id_token"), "JWT").await;
    assert_eq!(id_token.claim("aud"), &json!(scene.party.id));
    assert_eq!(id_token.claim("sub"), &json!(scene.token_id()));
    assert_eq!(id_token.claim("given_name"), "Jean");
    let userinfo = tests::Call::get("/oidc/userinfo").bearer(&text(&tokens, "access_token"));
    assert_eq!(
        scene.server.send(userinfo).await.expect(200)["name"],
        "Jean Dupont"
    );
    assert_eq!(scene.fetch(&codes).await.refused(), "invalid_grant", "once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8628_3_1_each_mistake_of_a_device_has_its_error() {
    let scene = Scene::open().await;
    for (pairs, error) in [
        (vec![], "invalid_scope"),
        (vec![("scope", "openid identity:shoe_size")], "invalid_scope"),
        (vec![("scope", "openid identity:photo")], "invalid_scope"),
        (vec![("scope", "openid"), ("scope", "openid")], "invalid_request"),
        (
            vec![("scope", "openid"), ("resource", "https://elsewhere.example")],
            "invalid_target",
        ),
        (
            vec![("scope", "openid"), ("acr_values", "phr")],
            "unmet_authentication_requirements",
        ),
    ] {
        assert_eq!(scene.send(ASKS, &pairs).await.refused(), error, "{pairs:?}");
    }
    let other = RelyingParty::register(&scene.server).await;
    let unregistered = scene.server.send(other.call(ASKS, &[("scope", "openid")])).await;
    assert_eq!(unregistered.refused(), "unauthorized_client");
    let nobody = RelyingParty {
        id: "nobody".to_owned(),
        ..scene.party.clone()
    };
    let unknown = scene.server.send(nobody.call(ASKS, &[("scope", "openid")])).await;
    assert_eq!(unknown.expect(401)["error"], "invalid_client");
    assert_eq!(scene.server.send(tests::Call::get(ASKS)).await.status, 405);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8628_3_2_the_answer_says_what_the_device_shows_and_how_it_goes_on() {
    let scene = Scene::with(json!({"issuer_profile": "plain"})).await;
    let answer = scene.send(ASKS, &[("scope", "openid")]).await;
    let given = answer.expect(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(
        (&given["expires_in"], &given["interval"]),
        (&json!(600), &json!(5))
    );
    // RFC 8628 5.2: 256 bits cannot be guessed.
    assert_eq!(text(&given, "device_code").len(), 43);
    let user_code = text(&given, "user_code");
    let (first, second) = user_code.split_once('-').expect("two halves");
    assert_eq!((first.len(), second.len()), (4, 4));
    let place = format!("{}/t/plain/oidc/device", scene.server.issuer);
    assert_eq!(
        text(&given, "verification_uri"),
        place,
        "below the client's issuer"
    );
    let complete = text(&given, "verification_uri_complete");
    assert_eq!(complete, format!("{place}?user_code={user_code}"));
    let page = Web::new(&scene.server).open("/t/plain/oidc/device").await;
    assert_eq!(page.status, 200);

    let discovery = tests::Call::get("/.well-known/oauth-authorization-server");
    let document = scene.server.send(discovery).await.expect(200);
    assert_eq!(
        text(&document, "device_authorization_endpoint"),
        format!("{}{ASKS}", scene.server.issuer)
    );
    let grants = document["grant_types_supported"].as_array().expect("a list");
    assert!(grants.contains(&json!(GRANT)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8628_3_4_a_confidential_device_authenticates_and_keeps_a_refresh_token() {
    let mut scene = Scene::with(json!({})).await;
    let codes = scene.ask("openid offline_access", &[]).await;
    scene.approve(&codes).await;
    let stranger = RelyingParty {
        secret: Some("guessed".to_owned()),
        ..scene.party.clone()
    };
    let refused = scene.fetch_as(&stranger, &codes.device).await;
    assert_eq!(refused.expect(401)["error"], "invalid_client");
    let tokens = scene.fetch(&codes).await.expect(200);
    let refresh = text(&tokens, "refresh_token");
    let pairs = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
    ];
    let again = scene.send("/oidc/token", &pairs).await.expect(200);
    assert_ne!(text(&again, "refresh_token"), refresh);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9449_5_the_tokens_of_a_device_are_bound_to_its_key() {
    let mut scene = Scene::open().await;
    let codes = scene.ask("openid offline_access", &[]).await;
    scene.approve(&codes).await;
    let key = ClientKey::generate();
    let pairs = [("grant_type", GRANT), ("device_code", codes.device.as_str())];
    let prove = |more| {
        let proof = key.proof(&scene.server, ("POST", "/oidc/token"), more);
        let call = scene.party.call("/oidc/token", &pairs);
        scene.server.send(call.header("dpop", &proof))
    };
    let asked = prove(json!({})).await;
    assert_eq!(asked.refused(), "use_dpop_nonce", "RFC 9449 8: a public client's");
    let nonce = asked.header("dpop-nonce");
    let tokens = prove(json!({"nonce": nonce})).await.expect(200);
    assert_eq!(tokens["token_type"], "DPoP");
    let access = token::verify(&scene.server, &text(&tokens, "access_token"), "at+jwt").await;
    assert!(access.claim("cnf")["jkt"].is_string());
    let refresh = text(&tokens, "refresh_token");
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", &refresh)];
    assert_eq!(scene.send("/oidc/token", &pairs).await.refused(), "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc6749_3_3_what_the_person_denies_is_not_in_the_tokens() {
    let mut scene = Scene::open().await;
    let codes = scene.ask("openid identity:name identity:age_over_18", &[]).await;
    let page = scene.enter(&codes).await;
    scene.start(&page).await;
    let shown = scene.phone.only().await;
    let approved = scene.phone.approve_except(&shown, &["identity:name"]).await;
    approved.expect(200);
    let tokens = scene.fetch(&codes).await.expect(200);
    let access = token::verify(&scene.server, &text(&tokens, "access_token"), "at+jwt").await;
    assert_eq!(access.claim("scope"), "openid identity:age_over_18");
    let id_token = tests::web::payload(&text(&tokens, "id_token"));
    assert!(
        id_token.get("name").is_none()
            && id_token.get("given_name").is_none()
            && id_token["age_over_18"] == json!(true)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cors_a_device_that_is_a_web_page_may_ask_from_its_registered_origin() {
    let origin = "https://tv.example";
    let members = json!({"token_endpoint_auth_method": "none", "origins": [origin]});
    let scene = Scene::with(members).await;
    for (from, allowed) in [(origin, origin), ("https://elsewhere.example", "")] {
        let call = scene.party.call(ASKS, &[("scope", "openid")]);
        let answer = scene.server.send(call.header("origin", from)).await;
        assert_eq!(answer.header("access-control-allow-origin"), allowed);
    }
}
