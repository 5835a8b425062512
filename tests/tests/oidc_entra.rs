//! Entra's external authentication methods (`federation-oidc.md` 5a): the documented request, replayed, with keys of our own in the place
//! of Microsoft's.

use std::path::PathBuf;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use data_encoding::BASE64URL_NOPAD;
use idp_authenticator::DeclineReason;
use idp_jose::jws::{self, Expectation, Header, Prepared};
use idp_jose::{Algorithm, JwkSet};
use idp_server::crypto::AwsVerifier;
use serde_json::{Value, json};
use tests::web::{encode, location};
use tests::{Answer, Call, Invented, Phone, TestServer, Web, fresh};

const TENANT: &str = "a4b1c2d3-0000-4000-8000-1234567890ab";
const BACK: &str = "https://login.microsoftonline.com/common/federation/externalauthprovider";
const CLAIMS: &str = r#"{"id_token":{"amr":{"essential":true,"values":["face","fido","fpt","hwk","iris","otp","pop","retina","sc","sms","swk","tel","vbm"]},"acr":{"essential":true,"values":["possessionorinherence"]}}}"#;

/// Whoever signs hints: Microsoft, or somebody who would like to be.
struct Signer {
    pair: KeyPair,
    kid: &'static str,
}

impl Signer {
    fn new(kid: &'static str) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
        Self { pair, kid }
    }

    /// As Microsoft publishes its keys.
    fn key_set(&self) -> Value {
        // RSAPublicKey of RFC 8017 A.1.1 in DER: a sequence of the modulus, 257 octets with its leading zero, and of 65537.
        let der = self.pair.public_key().as_ref();
        let (modulus, exponent) = der.split_at(der.len() - 5);
        assert_eq!((modulus.len(), exponent), (9 + 256, &[2, 3, 1, 0, 1][..]));
        let (n, e) = (BASE64URL_NOPAD.encode(&modulus[9..]), "AQAB");
        json!({"keys": [{
            "kty": "RSA", "use": "sig", "kid": self.kid, "x5t": self.kid,
            "n": n, "e": e,
            "issuer": "https://login.microsoftonline.com/{tenantid}/v2.0",
        }]})
    }

    fn sign(&self, claims: &Value) -> String {
        let header = Header::new(Algorithm::Rs256).with_kid(self.kid).with_typ("JWT");
        let prepared = Prepared::new(&header, claims.to_string().as_bytes());
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                prepared.signing_input(),
                &mut signature,
            )
            .expect("a signature");
        prepared.complete(&signature)
    }
}

struct Scene {
    server: TestServer,
    client: String,
    microsoft: Signer,
    phone: Phone,
    account: String,
    _keys: tempfile::TempDir,
}

impl Scene {
    async fn open() -> Self {
        let microsoft = Signer::new("ms-1");
        let keys = tempfile::TempDir::new().expect("a directory");
        let file: PathBuf = keys.path().join("keys.json");
        std::fs::write(&file, microsoft.key_set().to_string()).expect("a file");
        let server = TestServer::start_with(|config| config.oidc.entra.global_keys = Some(file)).await;
        let client = fresh("entra");
        let body = json!({
            "client_id": client, "preset": "entra-eam", "preset_values": {"tenant": TENANT},
            "client_name": "Contoso", "service": {"url": "https://contoso.example", "matchingMode": "compare"},
        });
        server
            .administer(Call::post("/admin/clients", &body))
            .await
            .expect(201);
        let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
        Self {
            server,
            client,
            microsoft,
            phone,
            account: fresh("oid"),
            _keys: keys,
        }
    }

    fn hint_claims(&self) -> Value {
        let now = self.server.now().unix_seconds();
        json!({
            "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"), "aud": self.client,
            "sub": "mBfcvuhSHkDWVgV72x2ruIYdSsPSvcj2R0qfc6mGEAA", "tid": TENANT, "oid": self.account,
            "iat": now - 10, "nbf": now - 10, "exp": now + 10, "preferred_username": "jean@contoso.example", "ver": "2.0",
        })
    }

    /// The documented form with some parameters changed; an empty value removes one.
    fn form(&self, changes: &[(&str, &str)]) -> String {
        let hint = self.microsoft.sign(&self.hint_claims());
        let usual = [
            ("scope", "openid"),
            ("response_mode", "form_post"),
            ("response_type", "id_token"),
            ("client_id", self.client.as_str()),
            ("redirect_uri", BACK),
            ("claims", CLAIMS),
            ("nonce", "AwABEgEAAAACAOz_BQD0_8vcXcj2"),
            ("id_token_hint", hint.as_str()),
            ("client-request-id", "4cb6d4ee-0cbc-4f0c-8a9a-eba4a6ee4ba0"),
            ("state", "rQIIAW1RO0zbUBTl5WHSpEhkiEgdmBgqJ"),
        ];
        let is_changed = |name: &str| changes.iter().any(|(other, _)| *other == name);
        let kept = usual.into_iter().filter(|(name, _)| !is_changed(name));
        let pairs: Vec<(&str, &str)> = kept
            .chain(changes.iter().copied())
            .filter(|(_, value)| !value.is_empty())
            .collect();
        encode(&pairs)
    }

    /// Microsoft's page posts the form; the browser comes back by itself, with its cookies.
    async fn post(&self, web: &mut Web, form: String) -> Answer {
        let call = Call::new(http::Method::POST, "/t/entra-mfa/oidc/entra/authorize")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "cross-site")
            .raw(form);
        let parked = location(&self.server.send(call).await);
        assert!(parked.starts_with("/oidc/entra/authorize/resume/"), "{parked}");
        web.open(&parked).await
    }

    async fn begin(&self, web: &mut Web) -> String {
        let answer = self.post(web, self.form(&[])).await;
        let page = location(&answer);
        assert!(page.starts_with("/oidc/login/int_"), "{page} {}", answer.text());
        page
    }

    /// A phone approves; what is posted to Microsoft.
    async fn approve(&self, web: &mut Web, page: &str, phone: &Phone) -> Posted {
        web.start(page, phone.wallet.identity().token_id.as_str()).await;
        phone.approve(&phone.only().await).await.expect(200);
        Posted::of(&web.submit(&format!("{page}/continue")).await)
    }
}

/// A form on its way to Microsoft.
#[derive(Debug, PartialEq, Eq)]
struct Posted {
    action: String,
    fields: Vec<(String, String)>,
}

impl Posted {
    #[track_caller]
    fn of(answer: &Answer) -> Self {
        let page = answer.text();
        assert_eq!(answer.status.as_u16(), 200, "{page}");
        let between = |text: &str, from: &str| {
            let rest = text
                .split_once(from)
                .unwrap_or_else(|| panic!("{from} in {page}"))
                .1;
            rest.split_once('"').expect("a closed attribute").0.to_owned()
        };
        let inputs = page.split("<input type=\"hidden\" ").skip(1);
        let fields = inputs.map(|input| (between(input, "name=\""), between(input, "value=\"")));
        Self {
            action: between(&page, "action=\""),
            fields: fields.collect(),
        }
    }

    fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documented_request_yields_one_acr_one_amr_and_the_hints_subject() {
    let scene = Scene::open().await;
    let mut web = Web::new(&scene.server);
    let page = scene.begin(&mut web).await;
    let posted = scene.approve(&mut web, &page, &scene.phone).await;
    assert_eq!(posted.action, BACK);
    assert_eq!(posted.fields.len(), 2, "{posted:?}");
    assert_eq!(posted.field("state"), Some("rQIIAW1RO0zbUBTl5WHSpEhkiEgdmBgqJ"));

    let published = scene
        .server
        .send(Call::get("/t/entra-mfa/.well-known/jwks.json"))
        .await;
    let value = published.expect(200);
    assert!(
        value["keys"]
            .as_array()
            .unwrap()
            .iter()
            .all(|key| key["kty"] == "RSA" && key["x5c"].is_array())
    );
    let keys = JwkSet::parse(&published.body, JwkSet::LIMIT).unwrap();
    let parsed = jws::parse(posted.field("id_token").unwrap(), 64 * 1024).unwrap();
    let key = keys
        .find(parsed.header().kid.as_deref(), Algorithm::Rs256)
        .unwrap();
    let expectation = Expectation {
        algorithms: &[Algorithm::Rs256],
        typ: "JWT",
    };
    let claims = parsed
        .verify(&AwsVerifier, &key.key, &expectation)
        .unwrap()
        .claims()
        .unwrap();
    let mut names: Vec<&str> = claims.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["acr", "amr", "aud", "exp", "iat", "iss", "nonce", "sub"]);
    assert_eq!(claims["iss"], format!("{}/t/entra-mfa", scene.server.issuer));
    assert_eq!(claims["aud"], scene.client);
    assert_eq!(claims["sub"], "mBfcvuhSHkDWVgV72x2ruIYdSsPSvcj2R0qfc6mGEAA");
    assert_eq!(claims["nonce"], "AwABEgEAAAACAOz_BQD0_8vcXcj2");
    assert_eq!(claims["acr"], "possessionorinherence");
    assert_eq!(claims["amr"].as_array().map(Vec::len), Some(1));

    let again = Posted::of(&web.submit(&format!("{page}/continue")).await);
    assert_eq!(again, posted, "pressed twice, answered once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_approval_links_the_account_and_nobody_else_answers_for_it() {
    let scene = Scene::open().await;
    let mut web = Web::new(&scene.server);
    let page = scene.begin(&mut web).await;
    assert!(
        scene
            .approve(&mut web, &page, &scene.phone)
            .await
            .field("id_token")
            .is_some()
    );

    // Another browser: the page suggests whom the link names.
    let mut elsewhere = Web::new(&scene.server);
    let page = scene.begin(&mut elsewhere).await;
    let token_id = scene.phone.wallet.identity().token_id.to_string();
    assert!(elsewhere.open(&page).await.text().contains(&token_id));
    let amelie = Phone::enrol(&scene.server, &scene.server.issue(Invented::amelie())).await;
    let refused = scene.approve(&mut elsewhere, &page, &amelie).await;
    assert_eq!(
        (refused.field("error"), refused.field("id_token")),
        (Some("access_denied"), None)
    );
    let page = scene.begin(&mut elsewhere).await;
    assert!(
        scene
            .approve(&mut elsewhere, &page, &scene.phone)
            .await
            .field("id_token")
            .is_some()
    );

    // An operator sees the link, and can delete it.
    let path = format!("/admin/links?clientId={}", scene.client);
    let listed = scene.server.administer(Call::get(&path)).await.expect(200);
    assert_eq!(
        (&listed["total"], &listed["links"][0]["kind"]),
        (&json!(1), &json!("foreign"))
    );
    assert_eq!(listed["links"][0]["account"][2], scene.account);
    let path = format!("{path}&tokenId={token_id}&kind=foreign");
    scene
        .server
        .administer(Call::new(http::Method::DELETE, path))
        .await
        .expect(204);
    let page = scene.begin(&mut elsewhere).await;
    assert!(
        scene
            .approve(&mut elsewhere, &page, &amelie)
            .await
            .field("id_token")
            .is_some()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn declining_and_cancelling_are_access_denied() {
    let scene = Scene::open().await;
    let mut web = Web::new(&scene.server);
    let page = scene.begin(&mut web).await;
    web.start(&page, scene.phone.wallet.identity().token_id.as_str())
        .await;
    let asked = scene.phone.only().await.session_id.to_string();
    scene
        .phone
        .reject(&asked, DeclineReason::Declined)
        .await
        .expect(200);
    let cancelled = Posted::of(&web.submit(&format!("{page}/cancel")).await);
    assert_eq!(cancelled.action, BACK);
    assert_eq!(cancelled.field("error"), Some("access_denied"));
    assert!(cancelled.field("state").is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hints_of_others_are_refused_before_any_phone_is_asked() {
    let scene = Scene::open().await;
    let mut web = Web::new(&scene.server);
    let mut hints = Vec::new();
    let now = scene.server.now().unix_seconds();
    for (name, value) in [
        ("aud", json!("other")),
        ("tid", json!("00000000-0000-4000-8000-000000000000")),
        (
            "iss",
            json!("https://login.microsoftonline.com/00000000-0000-4000-8000-000000000000/v2.0"),
        ),
        (
            "iss",
            json!(format!("https://login.microsoftonline.us/{TENANT}/v2.0")),
        ),
        ("exp", json!(now - 700)),
        ("oid", Value::Null),
    ] {
        let mut claims = scene.hint_claims();
        claims[name] = value;
        hints.push(scene.microsoft.sign(&claims));
    }
    hints.push(Signer::new("ms-1").sign(&scene.hint_claims()));
    hints.push(Signer::new("unknown").sign(&scene.hint_claims()));
    hints.push("no.token.".to_owned());
    for hint in hints {
        let refused = Posted::of(
            &scene
                .post(&mut web, scene.form(&[("id_token_hint", &hint)]))
                .await,
        );
        assert_eq!(refused.field("error"), Some("invalid_request"));
        assert_eq!(refused.field("id_token"), None);
    }
    let knowledge = r#"{"id_token":{"acr":{"essential":true,"values":["knowledge"]}}}"#;
    for (changes, error) in [
        ([("claims", knowledge)], "access_denied"),
        ([("response_type", "id_token token")], "unsupported_response_type"),
        ([("response_mode", "fragment")], "invalid_request"),
        ([("nonce", "")], "invalid_request"),
        ([("scope", "profile")], "invalid_scope"),
    ] {
        let refused = Posted::of(&scene.post(&mut web, scene.form(&changes)).await);
        assert_eq!(refused.field("error"), Some(error), "{changes:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_endpoint_is_for_these_clients_alone_and_they_have_no_other() {
    let scene = Scene::open().await;
    let mut web = Web::new(&scene.server);
    for changes in [
        [("client_id", "nobody")],
        [("redirect_uri", "https://evil.example/")],
        [(
            "redirect_uri",
            "https://login.microsoftonline.us/common/federation/externalauthprovider",
        )],
    ] {
        let answer = scene.post(&mut web, scene.form(&changes)).await;
        assert_eq!(
            (answer.status.as_u16(), location(&answer)),
            (400, String::new()),
            "{changes:?}"
        );
        assert!(!answer.text().contains("id_token"));
    }
    let usual = tests::RelyingParty::register(&scene.server).await;
    let answer = scene
        .post(&mut web, scene.form(&[("client_id", &usual.id)]))
        .await;
    assert_eq!(answer.status.as_u16(), 400);
    let read = scene.server.send(Call::get("/oidc/entra/authorize")).await;
    assert_eq!(read.status.as_u16(), 405);

    // OAuth's endpoint gives such a client nothing: implicit exists nowhere else.
    let path = format!("/oidc/authorize?{}", scene.form(&[]));
    let answer = web.open(&path).await;
    assert!(!answer.text().contains("name=\"id_token\""), "{}", answer.text());
    assert!(!location(&answer).starts_with("/oidc/login/"));
    let usual = usual.authorize(&[("response_type", "id_token"), ("response_mode", "form_post")]);
    assert!(
        web.open(&usual)
            .await
            .text()
            .contains("unsupported_response_type")
    );
}
