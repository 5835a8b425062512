//! `idp apply`: the same documents, from files.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::idp::run;

struct Installation {
    directory: TempDir,
}

impl Installation {
    fn new() -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let data = directory.path().join("data");
        let config = format!(
            "issuer = \"https://id.example\"\ndata_dir = \"{}\"\n",
            data.display()
        );
        std::fs::write(directory.path().join("idp.toml"), config).expect("a file");
        Self { directory }
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.directory.path().join(name), text).expect("a file");
    }

    fn path(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }

    /// What `idp apply` with these arguments printed as JSON, and whether it went well.
    fn apply(&self, more: &[&str]) -> (bool, Value) {
        let config = self.path("idp.toml");
        let fixed = [
            "apply",
            "--json",
            "--operator",
            "ann",
            "--config",
            config.as_str(),
        ];
        let output = run(&[&fixed[..], more].concat());
        let value = serde_json::from_slice(&output.stdout).expect("one JSON value");
        (output.status.success(), value)
    }
}

fn effects(value: &Value) -> Vec<(String, String)> {
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let resources = value["resources"].as_array().expect("a list").iter();
    resources
        .map(|one| {
            (
                format!("{} {}", text(one, "kind"), text(one, "name")),
                text(one, "effect"),
            )
        })
        .collect()
}

const SERVICE: &str = "[[services]]\nserviceId = \"shop\"\nname = \"Shop\"\nurl = \"https://shop.example\"\n\
    allowedScopes = [\"identity:name\"]\n";

const CLIENT: &str = r#"{"clients": [{"client_id": "shop", "redirect_uris": ["https://shop.example/callback"],
    "scope": "openid profile email"}], "links": [{"clientId": "shop", "tokenId": "jean", "email": "jean@contoso.example"}]}"#;

#[test]
fn files_are_planned_applied_and_then_so_already() {
    let installation = Installation::new();
    std::fs::create_dir(installation.path("registrations")).expect("a folder");
    installation.write("registrations/b.toml", SERVICE);
    installation.write("registrations/a.json", CLIENT);
    let folder = installation.path("registrations");
    let all = |effect: &str| {
        ["service shop", "client shop", "link shop jean"].map(|name| (name.to_owned(), effect.to_owned()))
    };

    let (ok, applied) = installation.apply(&["-f", &folder]);
    assert!(ok, "{applied}");
    assert_eq!(effects(&applied), all("created"));
    let secrets = applied["resources"][0]["secrets"].as_array().map(Vec::len);
    assert_eq!(secrets, Some(2), "made secrets are shown");

    let (_, again) = installation.apply(&["-f", &folder]);
    assert_eq!(effects(&again), all("unchanged"));
    assert!(
        !again.to_string().contains("secrets\":["),
        "and shown once: {again}"
    );

    installation.write(
        "registrations/b.toml",
        &SERVICE.replace("\"Shop\"", "\"Le Shop\""),
    );
    let (_, plan) = installation.apply(&["-f", &folder, "--dry-run"]);
    let difference = json!([{"member": "name", "before": "Shop", "after": "Le Shop"}]);
    assert_eq!(plan["resources"][0]["differences"], difference);
    let (_, same) = installation.apply(&["-f", &folder, "--dry-run"]);
    assert_eq!(plan, same, "a plan changes nothing");
    let (_, changed) = installation.apply(&["-f", &folder]);
    assert_eq!(changed["resources"][0]["effect"], "changed");
}

#[test]
fn a_plan_of_everything_writes_nothing() {
    let installation = Installation::new();
    installation.write("a.toml", SERVICE);
    let client = "[[clients]]\nclient_id = \"shop\"\nredirect_uris = [\"https://shop.example/callback\"]\nscope = \"openid\"\n";
    installation.write("b.toml", client);
    let files = [installation.path("a.toml"), installation.path("b.toml")];
    let (ok, plan) = installation.apply(&["-f", &files[0], "-f", &files[1], "--dry-run"]);
    assert!(ok, "{plan}");
    assert!(
        effects(&plan).iter().all(|(_, effect)| effect == "created"),
        "{plan}"
    );
    assert!(
        plan["resources"][0].get("secrets").is_none(),
        "a plan makes no secret: {plan}"
    );
    let config = installation.path("idp.toml");
    let listed = run(&["service", "list", "--json", "--config", &config]);
    let listed: Value = serde_json::from_slice(&listed.stdout).expect("one JSON value");
    assert_eq!(listed, json!({"services": []}));
}

#[test]
fn a_document_that_cannot_be_says_which_and_why() {
    let installation = Installation::new();
    installation.write("a.toml", &SERVICE.replace("https:", "http:"));
    let (ok, refused) = installation.apply(&["-f", &installation.path("a.toml")]);
    let text = refused.to_string();
    assert!(
        !ok && text.contains("service shop") && text.contains("url"),
        "{text}"
    );
}
