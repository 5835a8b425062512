//! `idp sp` and `idp apply`.

use serde_json::Value;
use tempfile::TempDir;
use tests::metadata::{Metadata, SigningCertificate};

use super::wiki;
use crate::idp::run;

struct Installation(TempDir);

impl Installation {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let data = folder.path().join("data");
        let config = format!(
            "issuer = \"https://id.example\"\ndata_dir = \"{}\"\n",
            data.display()
        );
        std::fs::write(folder.path().join("idp.toml"), config).expect("a file");
        Self(folder)
    }

    fn file(&self, name: &str, text: &str) -> String {
        std::fs::write(self.0.path().join(name), text).expect("a file");
        self.path(name)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn output(&self, arguments: &[&str]) -> (bool, String) {
        let config = self.path("idp.toml");
        let output = run(&[arguments, &["--config", &config]].concat());
        let stream = if output.status.success() {
            output.stdout
        } else {
            output.stderr
        };
        (
            output.status.success(),
            String::from_utf8_lossy(&stream).into_owned(),
        )
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let (ok, text) = self.output(&[arguments, &["--json"]].concat());
        assert!(ok, "{text}");
        serde_json::from_str(&text).expect("one JSON value")
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story, read from top to bottom")]
fn a_provider_is_added_listed_shown_changed_and_removed() {
    let installation = Installation::new();
    let metadata = Metadata {
        certificates: vec![SigningCertificate::until(2021).base64()],
        ..wiki()
    };
    let file = installation.file("wiki.xml", &metadata.xml());
    let who = ["--operator", "ann"];
    let added = installation.json(
        &[
            &["sp", "add", "--metadata", &file, "--preset", "shibboleth"],
            &who[..],
        ]
        .concat(),
    );
    assert_eq!(added["entityId"], "https://wiki.example/metadata");
    let (_, listed) = installation.output(&["sp", "list"]);
    assert!(
        listed.contains("https://wiki.example/metadata") && listed.contains("2021-01-01, ended"),
        "{listed}"
    );
    let (_, shown) = installation.output(&["sp", "show", "https://wiki.example/metadata"]);
    for text in [
        "its certificates:",
        "RSA, signing and encryption",
        "https://id.example/saml/sso",
        "Entity ID (Issuer)",
    ] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    let change = [
        "sp",
        "change",
        "https://wiki.example/metadata",
        "--set",
        "idpInitiated=true",
    ];
    assert_eq!(
        installation.json(&[&change[..], &who].concat())["idpInitiated"],
        true
    );
    let (ok, why) =
        installation.output(&[&["sp", "refresh", "https://wiki.example/metadata"], &who[..]].concat());
    assert!(!ok && why.contains("has no address"), "{why}");
    let link = [
        "link",
        "add",
        "--sp",
        "https://wiki.example/metadata",
        "--token-id",
        "jean",
        "--email",
        "jean@wiki.example",
    ];
    installation.json(&[&link[..], &who].concat());
    let identifier = [
        "sp",
        "identifier",
        "https://wiki.example/metadata",
        "--token-id",
        "jean",
    ];
    let identifier = installation.json(&[&identifier[..], &who].concat());
    assert_eq!(
        identifier["nameId"].as_str().map(str::len),
        Some(43),
        "{identifier}"
    );
    let removed = installation.json(&[&["sp", "remove", "https://wiki.example/metadata"], &who[..]].concat());
    assert_eq!(removed["removed"], true);
    let links = installation.json(&[&["link", "list"], &who[..]].concat());
    assert_eq!(links["total"], 0, "its links are gone with it");
}

#[test]
fn providers_are_documents() {
    let installation = Installation::new();
    installation.file("wiki.xml", &wiki().xml());
    let toml = "[[serviceProviders]]\nentityId = \"https://wiki.example/metadata\"\nmetadataFile = \"wiki.xml\"\n\
        preset = \"shibboleth\"\n";
    let file = installation.file("registrations.toml", toml);
    let effect = |more: &[&str]| {
        let fixed = ["apply", "--operator", "ann", "-f", &file];
        let applied = installation.json(&[&fixed[..], more].concat());
        applied["resources"][0]["effect"].as_str().map(str::to_owned)
    };
    assert_eq!(effect(&["--dry-run"]).as_deref(), Some("created"));
    assert_eq!(effect(&[]).as_deref(), Some("created"));
    assert_eq!(effect(&[]).as_deref(), Some("unchanged"));
    installation.file("wiki.xml", &wiki().xml().replace("/acs", "/acs2"));
    assert_eq!(effect(&["--dry-run"]).as_deref(), Some("changed"));
    assert_eq!(effect(&[]).as_deref(), Some("changed"));
    let shown = installation.json(&["sp", "show", "https://wiki.example/metadata"]);
    assert_eq!(
        shown["assertionConsumerServices"][0]["location"],
        "https://wiki.example/acs2"
    );
}
