//! Issue "Production" 4 and operations 3.7, row 17: keys that never leave a PKCS#11 token, and what becomes of signatures while the token is
//! away.

use http::Method;
use idp_server::boot::{BootError, Parts, open_with};
use idp_server::config::SealKeySource;
use serde_json::{Value, json};
use tests::token::{check_result, verify};
use tests::{Call, Holder, Invented, Phone, Registered, Registration, SoftToken, TestServer};

const EVERY: [&str; 8] = [
    "token",
    "service_seal",
    "oidc_rs256",
    "oidc_ps256",
    "oidc_eddsa",
    "enrolment_credential",
    "operator",
    "audit",
];

struct Scene {
    server: TestServer,
    service: Registered,
    jean: Holder,
    phone: Phone,
}

impl Scene {
    async fn set(token: &SoftToken, purposes: &[&str]) -> Self {
        let server = TestServer::start_with(|config| config.keys.pkcs11 = Some(token.config(purposes))).await;
        let service = Registration::confidential().register(&server).await;
        let jean = server.issue(Invented::jean());
        let phone = Phone::enrol(&server, &jean).await;
        Self {
            server,
            service,
            jean,
            phone,
        }
    }

    /// A whole login; the key that signed its token.
    async fn log_in(&self) -> String {
        let login = self
            .service
            .initiate(&self.server, self.jean.token_id.as_str())
            .await;
        self.phone.approve(&self.phone.only().await).await.expect(200);
        let result = Call::get(format!("/auth/result/{}", login.session_id));
        let result = self.service.send(&self.server, result).await.expect(200);
        let token = check_result(&self.server, &self.service, &login, &result).await;
        token.header.kid.expect("a kid")
    }

    async fn change(&self, path: &str, body: &Value) -> Value {
        self.server.administer(Call::post(path, body)).await.expect(200)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_login_is_signed_in_the_token_and_so_is_the_next_key() {
    let token = SoftToken::create();
    let scene = Scene::set(&token, &EVERY).await;
    scene.server.ready().await;
    let first = scene.log_in().await;
    let next = scene
        .server
        .administer(Call::new(Method::POST, "/admin/keys/token/rotate"))
        .await
        .expect(200);
    assert_eq!(scene.log_in().await, first, "the next one waits");
    scene.server.clock.advance(7_200);
    assert_eq!(scene.log_in().await, next["kid"].as_str().unwrap());
    let retired = scene
        .change("/admin/keys/token/retire", &json!({"kid": next["kid"]}))
        .await;
    let signs = retired["signs"]["kid"].as_str().unwrap().to_owned();
    assert!(signs != first && next["kid"] != signs.as_str());
    assert_eq!(scene.log_in().await, signs);
    let foreign = Call::post("/admin/keys/token/import", &json!({"pem": "none"}));
    let refused = scene.server.administer(foreign).await;
    refused.expect_problem(409, "conflict");
    let file = std::fs::read(&scene.server.app.config.keys.file).unwrap();
    assert!(!file.is_empty());
}

/// No other key takes its place, and nothing has to be done when the token is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_3_7_17_a_token_that_is_pulled_out_costs_signatures_until_it_is_back() {
    let token = SoftToken::create();
    let scene = Scene::set(&token, &["token"]).await;
    let server = &scene.server;
    let first = scene.log_in().await;
    let known = server.send(Call::get("/.well-known/jwks.json")).await.expect(200);

    token.pull();
    // The list that was signed before is too old.
    server.clock.advance(60);
    let list = || Call::get("/status/tokens/1");
    server.send(list()).await.expect_problem(503, "unavailable");
    let unready = async {
        loop {
            let health = server.send(Call::get("/health/ready")).await;
            if health.status.as_u16() == 503 {
                return health.json();
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let patience = std::time::Duration::from_secs(20);
    let health = tokio::time::timeout(patience, unready)
        .await
        .expect("it is noticed");
    let said = health["parts"]["pkcs11"].as_str().unwrap_or_default();
    assert!(said.contains("PKCS#11 token"), "{health}");
    let published = server.send(Call::get("/.well-known/jwks.json")).await.expect(200);
    assert_eq!(published, known, "no other key takes its place");

    token.put_back();
    server.ready().await;
    let signed = server.send(list()).await;
    signed.expect(200);
    let signed = verify(server, &signed.text(), "statuslist+jwt").await;
    assert_eq!(signed.header.kid.as_deref(), Some(first.as_str()));
    assert_eq!(scene.log_in().await, first);
}

/// The keys do not open without the token, and every start with it opens them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sealing_key_may_be_sealed_by_the_token() {
    // A module knows the tokens that were there when it was started.
    let (token, other) = (SoftToken::create(), SoftToken::create());
    let mut server = TestServer::start_with(|config| {
        config.keys.pkcs11 = Some(token.config(&[]));
        config.keys.seal_key = SealKeySource::Token {
            label: "wrapper".to_owned(),
            file: config.data_dir.join("seal.wrapped"),
        };
    })
    .await;
    let known = server.send(Call::get("/.well-known/jwks.json")).await.expect(200);
    server.stop().await;
    let mut again = server.start_beside("main").await;
    let found = again.send(Call::get("/.well-known/jwks.json")).await.expect(200);
    assert_eq!(found, known);
    again.stop().await;
    let mut config = server.app.config.clone();
    config.keys.pkcs11 = Some(other.config(&[]));
    let refused = Box::pin(open_with(config, Parts::default())).await;
    let Err(BootError::Keys(error)) = refused else {
        panic!("another token opens it");
    };
    assert!(
        error.to_string().contains("does not have the key wrapper"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_cannot_be_used_is_said_at_the_start() {
    let token = SoftToken::create();
    let server = TestServer::start().await;
    let refusal = async |change: &dyn Fn(&mut idp_server::config::Pkcs11Config)| {
        let mut pkcs11 = token.config(&["token"]);
        change(&mut pkcs11);
        let mut config = server.app.config.clone();
        config.keys.pkcs11 = Some(pkcs11);
        match Box::pin(open_with(config, Parts::default())).await {
            Err(error) => error.to_string(),
            Ok(_) => panic!("it opens"),
        }
    };
    let said = refusal(&|pkcs11| pkcs11.module = "/nonexistent.so".into()).await;
    assert!(
        said.contains("the PKCS#11 module /nonexistent.so cannot be loaded"),
        "{said}"
    );
    let said = refusal(&|pkcs11| pkcs11.token = "another".to_owned()).await;
    assert_eq!(said, "there is no PKCS#11 token \"another\"");
    let said = refusal(&|pkcs11| pkcs11.pin = idp_server::config::Pin::Given("0000".to_owned().into())).await;
    assert_eq!(said, "the PKCS#11 token refuses the PIN");
}
