//! Every fuzz entry survives arbitrary input, and input that is almost right.

use idp_authenticator::fuzzing;
use idp_types::SourceClaim;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixture::{credential_text, issue, plain_claims, seal, seal_text};

const ENTRIES: [fn(&[u8]); 7] = [
    fuzzing::answers,
    fuzzing::enrolment,
    fuzzing::credential,
    fuzzing::scanned,
    fuzzing::push,
    fuzzing::wallet,
    fuzzing::texts,
];

/// JSON of any shape with the profile's member names.
fn answer() -> impl Strategy<Value = Value> {
    let names = [
        "sessions",
        "sessionId",
        "serviceId",
        "serviceName",
        "serviceUrl",
        "serviceVerified",
        "scopes",
        "mode",
        "otp",
        "choices",
        "createdAt",
        "expiresAt",
        "challenge",
        "approved",
        "code",
        "approval",
        "type",
        "version",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            "sess_a",
            "compare",
            "choose",
            "identity:name",
            "590012",
            "2026-11-20T12:00:00Z",
            "https://a"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 40, 10, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(names.to_vec()), inner, 0..12)
                .prop_map(|members| json!(members)),
        ]
    })
}

proptest! {
    #[test]
    fn on_arbitrary_bytes(bytes: Vec<u8>) {
        for entry in ENTRIES {
            entry(&bytes);
        }
    }

    #[test]
    fn on_arbitrary_text(text in "\\PC{0,200}") {
        for entry in ENTRIES {
            entry(text.as_bytes());
        }
    }

    #[test]
    fn on_answers_of_any_shape(value in answer()) {
        let text = value.to_string();
        fuzzing::answers(text.as_bytes());
        fuzzing::push(text.as_bytes());
        fuzzing::wallet(text.as_bytes());
        fuzzing::enrolment(format!("{}\n{text}", seal_text()).as_bytes());
    }

    #[test]
    fn on_altered_credentials(at: prop::sample::Index, byte: u8) {
        let mut text = credential_text(&SourceClaim::ALL).into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        fuzzing::credential(&text);
    }

    #[test]
    fn on_credentials_that_hide_anything(values in prop::collection::btree_map("[a-z_]{1,8}", answer(), 0..4), picture in answer()) {
        let mut hidden: Vec<(&str, Value)> = values.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        hidden.retain(|(name, _)| !["iss", "aud", "exp", "nbf", "cnf", "vct", "status", "seal"].contains(name) && !name.starts_with('_'));
        hidden.push(("picture", picture));
        fuzzing::credential(issue(plain_claims(seal().fingerprint()), &hidden).as_bytes());
    }
}
