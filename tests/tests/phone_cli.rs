//! Issue, "Must hold": a whole login through the `idp phone` command, and the demo that it begins with.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;

use serde_json::{Value, json};
use tests::{Browser, Call, Login, Site};

use crate::idp::{Running, run};

/// A running demo.
pub(crate) struct Demo {
    pub(crate) facts: Value,
    pub(crate) site: Site,
    _running: Running,
    pub(crate) directory: tempfile::TempDir,
}

impl Demo {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    pub(crate) fn start_with(more: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data").display().to_string();
        let usual = ["demo", "--json", "--listen", "127.0.0.1:0", "--data", &data];
        let mut running = Running::start(&[&usual, more].concat());
        let mut line = String::new();
        BufReader::new(running.0.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let facts: Value =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("one line of JSON, not {line:?}"));
        Self {
            site: Site::at(facts["issuer"].as_str().unwrap()),
            facts,
            _running: running,
            directory,
        }
    }

    pub(crate) fn fact(&self, name: &str) -> &str {
        self.facts[name]
            .as_str()
            .unwrap_or_else(|| panic!("{name} in {}", self.facts))
    }

    /// A phone command that succeeds, and what it answers.
    pub(crate) fn phone(&self, arguments: &[&str]) -> Value {
        let done = Self::try_phone(self.fact("phoneStore"), arguments);
        serde_json::from_str(&done.unwrap_or_else(|said| panic!("{said}"))).unwrap()
    }

    /// A phone command, or what it complains of.
    fn try_phone(store: &str, arguments: &[&str]) -> Result<String, String> {
        let arguments: Vec<&str> = ["phone"]
            .iter()
            .chain(arguments)
            .copied()
            .chain(["--store", store, "--json"])
            .collect();
        let done = run(&arguments);
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if done.status.success() {
            Ok(said(&done.stdout))
        } else {
            Err(said(&done.stderr))
        }
    }

    async fn initiate(&self, more: Value) -> Login {
        let mut body = json!({"tokenId": self.fact("tokenId"), "serviceId": self.fact("serviceId")});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let origin = self.fact("issuer").to_owned();
        Login::of(
            &self
                .site
                .send(Call::post("/auth/initiate", &body).header("origin", &origin))
                .await,
        )
    }

    async fn approved(&self, login: &Login) -> tests::token::Token {
        let approved = Browser::open(&self.site, login).await.expect("approved").await;
        tests::token::verify(&self.site, approved["jwt"].as_str().unwrap(), "idtoken+jwt").await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_by_command_denies_one_scope() {
    let demo = Demo::start();
    let login = demo
        .initiate(json!({"scopes": ["identity:name", "identity:age_over_18", "identity:nationality"]}))
        .await;
    let pending = demo.phone(&["pending", "--wait", "20"]);
    assert_eq!(pending["sessions"][0]["sessionId"], login.session_id.as_str());
    assert!(
        pending.to_string().contains(&login.code),
        "the same code on both: {pending}"
    );
    let approved = demo.phone(&["approve", "--once", "--yes", "--deny", "identity:nationality"]);
    assert_eq!(approved["approved"], true);
    assert_eq!(
        approved["granted"],
        json!(["identity:name", "identity:age_over_18"])
    );
    assert_eq!(approved["denied"], json!(["identity:nationality"]));
    assert_eq!(
        approved["faceVerification"], "none",
        "no face was looked at, and the command says so"
    );
    let token = demo.approved(&login).await;
    assert_eq!(token.claim("name"), "Jean Dupont");
    assert_eq!(
        (token.claim("nationality"), token.nested("nationality")),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(token.claim("sub"), demo.fact("tokenId"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_code_is_typed_and_a_wrong_one_goes_nowhere() {
    let demo = Demo::start();
    let login = demo.initiate(json!({})).await;
    let wrong = if login.code == "000000" {
        "000001"
    } else {
        "000000"
    };
    let store = demo.fact("phoneStore");
    let refused = Demo::try_phone(store, &["approve", "--once", "--code", wrong]).unwrap_err();
    assert!(refused.contains("codes differ"), "{refused}");
    demo.phone(&["approve", "--once", "--code", &login.code]);
    demo.approved(&login).await;

    let login = demo.initiate(json!({"otpMode": "transfer"})).await;
    assert!(!demo.phone(&["pending"]).to_string().contains(&login.code));
    assert!(
        Demo::try_phone(store, &["approve", "--once", "--yes"]).is_err(),
        "there is nothing to compare"
    );
    demo.phone(&["approve", "--once", "--code", &login.code]);
    assert_eq!(demo.approved(&login).await.claim("aal"), "aal2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_declines_claims_and_trusts() {
    let demo = Demo::start();
    let login = demo.initiate(json!({})).await;
    let declined = demo.phone(&["reject", "--session", &login.session_id, "--reason", "declined"]);
    assert_eq!(declined["rejected"], true);
    assert_eq!(
        Browser::open(&demo.site, &login).await.expect("rejected").await["reason"],
        "User rejected"
    );

    let body = json!({"serviceId": demo.fact("serviceId"), "scopes": ["identity:age_over_18"]});
    let shown = demo
        .site
        .send(Call::post("/identity/initiate", &body).header("origin", demo.fact("issuer")))
        .await;
    let claimed = demo.phone(&["claim", shown.expect(200)["qr"].as_str().unwrap()]);
    let login = Login::of(&shown);
    assert_eq!(claimed["sessionId"], login.session_id.as_str());
    demo.phone(&["approve", "--session", &login.session_id, "--yes"]);
    let token = demo.approved(&login).await;
    assert_eq!(token.claim("age_over_18"), true);
    assert_ne!(token.claim("sub"), demo.fact("tokenId"));
    assert!(
        demo.phone(&["trust", demo.fact("serviceId")])
            .to_string()
            .contains(demo.fact("serviceId"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_spare_seal_enrols_a_phone_of_its_own() {
    let demo = Demo::start();
    let store: PathBuf = demo.directory.path().join("spare-phone");
    let store = store.to_str().unwrap();
    let arguments = [
        "enrol",
        "--issuer",
        demo.fact("issuer"),
        "--seal",
        demo.fact("spareSealFile"),
    ];
    let enrolled: Value = serde_json::from_str(&Demo::try_phone(store, &arguments).unwrap()).unwrap();
    assert_eq!(
        (
            enrolled["enrolled"].as_bool(),
            enrolled["faceVerification"].as_str()
        ),
        (Some(true), Some("none"))
    );
    let body = json!({"tokenId": enrolled["tokenId"], "serviceId": demo.fact("serviceId"), "scopes": ["identity:age_over_18"]});
    let login = Login::of(
        &demo
            .site
            .send(Call::post("/auth/initiate", &body).header("origin", demo.fact("issuer")))
            .await,
    );
    Demo::try_phone(store, &["approve", "--once", "--yes"]).unwrap();
    assert_eq!(demo.approved(&login).await.claim("age_over_18"), false, "a minor");
}
