//! `idp client`: the real command on a directory of its own.

use std::path::Path;

use serde_json::{Value, json};

use super::text;
use crate::idp::run;

/// A configuration in a directory.
fn installation() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let config = format!(
        "issuer = \"https://auth.example.com\"\ndata_dir = \"{}\"\n",
        directory.path().join("data").display()
    );
    std::fs::write(directory.path().join("idp.toml"), config).unwrap();
    directory
}

/// Runs `idp client`; answers the exit code and what it printed as JSON.
fn client(directory: &Path, arguments: &[&str]) -> (i32, Value) {
    let config = directory.join("idp.toml");
    let mut all = vec!["client"];
    all.extend(arguments);
    all.extend([
        "--config",
        config.to_str().unwrap(),
        "--operator",
        "ann",
        "--json",
    ]);
    let output = run(&all);
    let value = serde_json::from_slice(&output.stdout);
    let value = value.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), value)
}

/// The same for commands that change nothing and ask for no name.
fn look(directory: &Path, arguments: &[&str]) -> Value {
    let config = directory.join("idp.toml");
    let mut all = vec!["client"];
    all.extend(arguments);
    all.extend(["--config", config.to_str().unwrap(), "--json"]);
    let output = run(&all);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_client_is_added_shown_changed_rotated_and_removed() {
    let directory = installation();
    let place = directory.path();
    let add = [
        "add",
        "shop",
        "--name",
        "Shop",
        "--redirect-uri",
        "https://shop.example/cb",
        "--scope",
        "openid",
    ];
    let (code, made) = client(place, &[&add[..], &["--scope", "identity:age_over_18"]].concat());
    assert_eq!(code, 0, "{made}");
    let secret = text(&made, "client_secret").to_owned();
    let shown = look(place, &["show", "shop"]);
    assert!(!shown.to_string().contains(&secret));
    assert_eq!(text(&shown, "issuer"), "https://auth.example.com");
    let list = look(place, &["list"]);
    assert_eq!(list["clients"][0]["client_id"], json!("shop"));

    let (code, changed) = client(
        place,
        &["change", "shop", "--set", "id_token_signed_response_alg=RS256"],
    );
    assert_eq!(
        (code, text(&changed, "id_token_signed_response_alg")),
        (0, "RS256")
    );
    let (code, rotated) = client(place, &["rotate-secret", "shop"]);
    assert_eq!(code, 0);
    assert_ne!(text(&rotated, "client_secret"), secret);
    assert_eq!(rotated["secrets"], json!(2));
    let (code, removed) = client(place, &["remove", "shop"]);
    assert_eq!((code, &removed["removed"]), (0, &json!(true)));
    let (code, gone) = client(place, &["remove", "shop"]);
    assert_eq!(code, 1, "{gone}");
}

/// RFC 8628 names its grant by a URN that nobody wants to type.
#[test]
fn a_device_is_added_by_the_short_name_of_its_grant() {
    let directory = installation();
    let add = [
        "add",
        "tv",
        "--public",
        "--url",
        "https://tv.example",
        "--scope",
        "openid",
        "--grant",
        "device_code",
        "--grant",
        "refresh_token",
    ];
    let (code, made) = client(directory.path(), &add);
    assert_eq!(code, 0, "{made}");
    let grants = json!(["refresh_token", "urn:ietf:params:oauth:grant-type:device_code"]);
    assert_eq!(made["grant_types"], grants);
    assert!(made.get("client_secret").is_none());
}

/// `federation-oidc.md` 5: the values for the other side come from the command.
#[expect(clippy::too_many_lines, reason = "one story, read from top to bottom")]
#[test]
fn show_prints_what_the_other_side_asks_for() {
    let directory = installation();
    let place = directory.path();
    let presets: [&[&str]; 4] = [
        &["add", "okta", "--preset", "okta", "--set", "org=company.okta.com"],
        &[
            "add",
            "eam",
            "--preset",
            "entra-eam",
            "--set",
            "tenant=t1",
            "--url",
            "https://contoso.example",
        ],
        &[
            "add",
            "k8s",
            "--preset",
            "kubernetes",
            "--url",
            "https://cluster.example",
        ],
        &[
            "add",
            "google",
            "--preset",
            "google-workforce",
            "--set",
            "pool=p",
            "--set",
            "provider=q",
        ],
    ];
    for arguments in presets {
        let (code, made) = client(place, arguments);
        assert_eq!(code, 0, "{made}");
    }
    let enter = |name: &str, label: &str| {
        let shown = look(place, &["show", name]);
        let entries = shown["enter"].as_array().unwrap().clone();
        let entry = entries.into_iter().find(|entry| entry["label"] == json!(label));
        entry.unwrap_or_else(|| panic!("{shown}"))["value"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        enter("okta", "JWKS endpoint"),
        "https://auth.example.com/.well-known/jwks.json"
    );
    assert_eq!(enter("okta", "Scopes"), "openid profile email");
    assert_eq!(
        enter("eam", "Discovery Endpoint"),
        "https://auth.example.com/t/entra-mfa/.well-known/openid-configuration"
    );
    assert_eq!(
        enter("eam", "Reply URL of that app"),
        "https://auth.example.com/t/entra-mfa/oidc/entra/authorize"
    );
    assert_eq!(enter("google", "Issuer URI"), "https://auth.example.com/t/google");
    let eam = look(place, &["show", "eam"]);
    assert!(eam.get("client_secret").is_none() && eam["secrets"] == json!(0));
    assert_eq!(
        look(place, &["show", "k8s"])["token_endpoint_auth_method"],
        json!("none")
    );
}

#[test]
fn what_is_missing_is_said_before_anything_is_stored() {
    let directory = installation();
    let place = directory.path();
    let (code, refused) = client(place, &["add", "okta", "--preset", "okta"]);
    assert_eq!(code, 2);
    assert!(
        text(&refused["error"], "fix").contains("--set org=company.okta.com"),
        "{refused}"
    );
    let (code, refused) = client(place, &["add", "x", "--redirect-uri", "http://x.example/"]);
    assert_eq!(
        (code, text(&refused["error"], "fix")),
        (2, "correct redirect_uris")
    );
    let (code, refused) = client(
        place,
        &[
            "add",
            "app",
            "--public",
            "--native",
            "--redirect-uri",
            "com.example.app:/cb",
        ],
    );
    assert_eq!(code, 2, "{refused}");
    assert!(text(&refused["error"], "fix").contains("--url"), "{refused}");
    let (code, _) = client(place, &["add", "x", "--preset", "nobody"]);
    assert_eq!(code, 2);
    assert_eq!(look(place, &["list"])["clients"], json!([]));
    let (code, off) = client(place, &["registration-token", "--service", "shop"]);
    assert_eq!(code, 1);
    assert!(text(&off["error"], "fix").contains("configuration"), "{off}");
}
