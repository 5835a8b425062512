//! Account links (profile 8): an address that an operator asserts, for one client, sealed at rest, deletable.

use serde_json::{Value, json};
use tests::web::{location, parameters, payload};
use tests::{Call, Invented, Phone, RelyingParty, TestServer, Web};

const EMAIL: &str = "jean.dupont@contoso.example";

struct Scene {
    server: TestServer,
    party: RelyingParty,
    phone: Phone,
}

impl Scene {
    async fn open() -> Self {
        let server = TestServer::start().await;
        let party = RelyingParty::register_with(&server, json!({"claims_in_id_token": true})).await;
        let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
        Self { server, party, phone }
    }

    fn token_id(&self) -> String {
        self.phone.wallet.identity().token_id.to_string()
    }

    async fn link(&self, email: &str) -> tests::Answer {
        let body = json!({"clientId": self.party.id, "tokenId": self.token_id(), "email": email});
        let call = Call::new(http::Method::PUT, "/admin/links").json(&body);
        self.server.administer(call).await
    }

    async fn listed(&self) -> Value {
        let path = format!("/admin/links?tokenId={}", self.token_id());
        self.server.administer(Call::get(path)).await.expect(200)
    }

    /// The ID token and the answer of userinfo after a login for these scopes.
    async fn claims(&self, party: &RelyingParty, scope: &str) -> (Value, Value) {
        let mut web = Web::new(&self.server);
        let path = party.authorize(&[("scope", scope)]);
        let back = parameters(&location(&web.login(&path, &self.phone).await));
        let basic = format!("{}:{}", party.id, party.secret.as_deref().unwrap());
        let form = tests::web::encode(&[
            ("grant_type", "authorization_code"),
            ("code", &back["code"]),
            ("redirect_uri", &party.redirect_uri),
            ("code_verifier", tests::relying_party::VERIFIER),
        ]);
        let call = Call::new(http::Method::POST, "/oidc/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .header(
                "authorization",
                &format!("Basic {}", data_encoding::BASE64.encode(basic.as_bytes())),
            );
        let tokens = self.server.send(call.raw(form)).await.expect(200);
        let userinfo = Call::get("/oidc/userinfo").bearer(tokens["access_token"].as_str().unwrap());
        let userinfo = self.server.send(userinfo).await.expect(200);
        (payload(tokens["id_token"].as_str().unwrap()), userinfo)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profile_8_only_an_asserted_address_is_an_email_and_only_for_its_client() {
    let scene = Scene::open().await;
    let (id_token, userinfo) = scene.claims(&scene.party, "openid email").await;
    for claims in [&id_token, &userinfo] {
        assert!(
            claims.get("email").is_none() && claims.get("email_verified").is_none(),
            "{claims}"
        );
    }
    let made = scene.link(EMAIL).await.expect(200);
    assert_eq!((&made["email"], &made["madeBy"]), (&json!(EMAIL), &json!("ann")));
    let (id_token, userinfo) = scene.claims(&scene.party, "openid email").await;
    for claims in [&id_token, &userinfo] {
        assert_eq!(
            (&claims["email"], &claims["email_verified"]),
            (&json!(EMAIL), &json!(true)),
            "{claims}"
        );
    }
    let (id_token, userinfo) = scene.claims(&scene.party, "openid").await;
    assert!(
        id_token.get("email").is_none() && userinfo.get("email").is_none(),
        "nobody asked"
    );
    let other = RelyingParty::register(&scene.server).await;
    let (_, userinfo) = scene.claims(&other, "openid email").await;
    assert!(userinfo.get("email").is_none(), "another client");

    scene.link("jean@fabrikam.example").await.expect(200);
    assert_eq!(scene.listed().await["total"], 1, "in place of the one before");
    let path = format!(
        "/admin/links?clientId={}&tokenId={}",
        scene.party.id,
        scene.token_id()
    );
    let delete = || Call::new(http::Method::DELETE, path.clone());
    scene.server.administer(delete()).await.expect(204);
    scene
        .server
        .administer(delete())
        .await
        .expect_problem(404, "not_found");
    let (_, userinfo) = scene.claims(&scene.party, "openid email").await;
    assert!(userinfo.get("email").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profile_1_a_link_is_sealed_at_rest_and_goes_when_the_holder_is_forgotten() {
    let scene = Scene::open().await;
    scene.link(EMAIL).await.expect(200);
    for entry in std::fs::read_dir(scene.server.data_directory()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let octets = std::fs::read(&path).unwrap();
            let has = |text: &str| octets.windows(text.len()).any(|window| window == text.as_bytes());
            assert!(
                !has("jean.dupont") && !has("contoso.example"),
                "{}",
                path.display()
            );
        }
    }
    let log = scene
        .server
        .administer(Call::get("/admin/audit?event=LINK_CREATE"))
        .await
        .expect(200);
    assert_eq!(log["total"], 1);
    assert!(!log.to_string().contains("contoso"));
    let path = format!("/admin/enrollments/{}/audit-key", scene.token_id());
    scene
        .server
        .administer(Call::new(http::Method::DELETE, path))
        .await
        .expect(204);
    assert_eq!(scene.listed().await["total"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_links_and_other_operators_are_refused() {
    use idp_server::admin::{OperatorScope, Role};
    let scene = Scene::open().await;
    for email in [
        "",
        "jean",
        "a@b",
        "a@contoso.example,b@contoso.example",
        "a@contoso.example\r\nBcc: x",
    ] {
        let problem = scene.link(email).await.expect_problem(400, "invalid_request");
        assert_eq!(problem["member"], "email", "{email}");
    }
    let body = json!({"clientId": "nobody", "tokenId": scene.token_id(), "email": EMAIL});
    let call = || Call::new(http::Method::PUT, "/admin/links").json(&body);
    scene
        .server
        .administer(call())
        .await
        .expect_problem(404, "not_found");
    let auditor = scene
        .server
        .operator_with("eve", &[OperatorScope::Audit], Role::Auditor)
        .await;
    let refused = scene.server.send(call().bearer(&auditor)).await;
    refused.expect_problem(403, "insufficient_scope");
    let refused = scene
        .server
        .send(Call::get("/admin/links").bearer(&auditor))
        .await;
    refused.expect_problem(403, "insufficient_scope");
    scene
        .server
        .send(Call::get("/admin/links"))
        .await
        .expect_problem(401, "invalid_token");
}

/// Runs `idp` on a directory of its own; the exit code and what it printed as JSON.
fn command(directory: &std::path::Path, arguments: &[&str]) -> (i32, Value) {
    let config = directory.join("idp.toml");
    let mut all = arguments.to_vec();
    all.extend([
        "--config",
        config.to_str().unwrap(),
        "--operator",
        "ann",
        "--json",
    ]);
    let output = crate::idp::run(&all);
    let value = serde_json::from_slice(&output.stdout);
    let value = value.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), value)
}

#[test]
fn the_command_adds_lists_and_removes() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    let data = place.join("data").display().to_string();
    let config = format!("issuer = \"https://auth.example.com\"\ndata_dir = \"{data}\"\n");
    std::fs::write(place.join("idp.toml"), config).unwrap();
    let client = [
        "client",
        "add",
        "shop",
        "--name",
        "Shop",
        "--url",
        "https://shop.example",
    ];
    let more = ["--redirect-uri", "https://shop.example/cb", "--scope", "openid"];
    let (code, made) = command(place, &[&client[..], &more].concat());
    assert_eq!(code, 0, "{made}");

    let whose = ["--client", "shop", "--token-id", "7f9c24e8"];
    let (code, linked) = command(
        place,
        &[&["link", "add"], &whose[..], &["--email", EMAIL]].concat(),
    );
    assert_eq!((code, &linked["email"]), (0, &json!(EMAIL)), "{linked}");
    let (code, refused) = command(
        place,
        &[&["link", "add"], &whose[..], &["--email", "jean"]].concat(),
    );
    assert_eq!(code, 2, "{refused}");
    let (code, listed) = command(place, &["link", "list", "--client", "shop"]);
    assert_eq!(
        (code, &listed["total"], &listed["links"][0]["madeBy"]),
        (0, &json!(1), &json!("ann"))
    );
    let (code, kept) = command(
        place,
        &[&["link", "remove"], &whose[..], &["--kind", "foreign"]].concat(),
    );
    assert_eq!(code, 1, "{kept}");
    let (code, removed) = command(place, &[&["link", "remove"], &whose[..]].concat());
    assert_eq!((code, removed), (0, json!({"removed": 1})));
}
