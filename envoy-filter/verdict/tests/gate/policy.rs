//! A policy is understood as a whole or refused, with the place.

use serde_json::{Value, json};
use verdict::Policy;

use super::{ISSUER, Key};

fn fault(change: impl FnOnce(&mut Value)) -> String {
    let keys = json!({"keys": [Key::new(1).jwk().to_value()]});
    let mut policy = json!({
        "issuers": {"idp": {"issuer": ISSUER, "keys": keys}},
        "rules": [{"match": {"path": "/a"}, "claims": [{"claim": "sub", "exists": true}]}],
    });
    assert!(Policy::parse(policy.to_string().as_bytes()).is_ok());
    change(&mut policy);
    match Policy::parse(policy.to_string().as_bytes()) {
        Ok(_) => panic!("accepted: {policy}"),
        Err(error) => error.to_string(),
    }
}

/// Where something is put, what, and what is said of it.
const CASES: &[(&str, &str, &str)] = &[
    ("/surprise", "1", "surprise: is not a known member"),
    (
        "/rules/0/surprise",
        "1",
        "rules[0].surprise: is not a known member",
    ),
    (
        "/rules/0/match/surprise",
        "1",
        "rules[0].match.surprise: is not a known member",
    ),
    (
        "/rules/0/claims/0/surprise",
        "1",
        "rules[0].claims[0].surprise: is not a known member",
    ),
    (
        "/rules/0/match/path",
        r#""a""#,
        "rules[0].match.path: must begin with /",
    ),
    (
        "/rules/0/match/path",
        r#""/a/**/b""#,
        "rules[0].match.path: nothing may follow **",
    ),
    (
        "/rules/0/match/path",
        r#""/a//b""#,
        "rules[0].match.path: an empty segment matches nothing",
    ),
    (
        "/rules/0/access",
        r#""maybe""#,
        "rules[0].access: must be one of public, optional, required",
    ),
    (
        "/rules/0/require",
        r#"["none"]"#,
        "rules[0].require: names no rule set",
    ),
    (
        "/rules/0/issuers",
        r#"["none"]"#,
        "rules[0].issuers: names no issuer",
    ),
    ("/rules", "[]", "rules: at least one is required"),
    (
        "/issuers",
        "{}",
        "issuers: a rule asks for tokens and nobody issues them",
    ),
    (
        "/issuers/idp/keys",
        r#"{"keys": []}"#,
        "issuers.idp.keys: neither keys nor jwks are given",
    ),
    (
        "/issuers/idp/leeway_seconds",
        "-1",
        "issuers.idp.leeway_seconds: must be a whole number from 0 to 300",
    ),
    (
        "/issuers/idp/algorithms",
        r#"["none"]"#,
        "issuers.idp.algorithms: must be of ES256, RS256, PS256, EdDSA",
    ),
    (
        "/origin",
        r#""https://a/b""#,
        "origin: must be http(s)://host without a path",
    ),
];

#[test]
fn every_fault_names_its_place() {
    for (place, value, expected) in CASES {
        let value: Value = serde_json::from_str(value).unwrap();
        let said = fault(|policy| {
            let (parent, name) = place.rsplit_once('/').unwrap();
            let parent = policy.pointer_mut(parent).unwrap();
            parent.as_object_mut().unwrap().insert(name.to_owned(), value);
        });
        assert_eq!(said, *expected, "{place}");
    }
}

#[test]
fn a_member_that_stands_twice_refuses_the_policy() {
    assert!(Policy::parse(br#"{"rules":[{"access":"public"}],"rules":[]}"#).is_err());
    assert!(Policy::parse(br#"{"rules":[{"access":"public"}]}"#).is_ok());
}
