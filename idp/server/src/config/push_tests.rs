//! What `[push]` takes.

use super::RawApns;
use super::push::{ApnsConfig, endpoint, is_host};

#[test]
fn an_endpoint_is_https_or_this_machine() {
    let refused = |text: &str| {
        let mut errors = Vec::new();
        endpoint("k", text, &mut errors);
        !errors.is_empty()
    };
    for text in [
        "https://fcm.googleapis.com",
        "http://127.0.0.1:9/",
        "http://localhost:1",
    ] {
        assert!(!refused(text), "{text}");
    }
    for text in [
        "http://fcm.googleapis.com",
        "https://a/b",
        "https://u@a/",
        "ftp://a/",
        "",
        "http://10.0.0.1/",
    ] {
        assert!(refused(text), "{text}");
    }
}

#[test]
fn a_host_is_a_name() {
    for entry in ["ntfy.example.com", ".example.com", "push.example.com:8443"] {
        assert!(is_host(entry), "{entry}");
    }
    for entry in [
        "",
        ".",
        "*",
        "Ntfy.sh",
        "a.b:0",
        "a.b:x",
        "..b.c",
        ".b.c:1",
        "https://a.b",
        "com",
    ] {
        assert!(!is_host(entry), "{entry}");
    }
}

#[test]
fn apns_is_whole_or_told_what_is_missing() {
    let raw = RawApns {
        key_file: Some("/k.p8".to_owned()),
        key_id: Some("short".to_owned()),
        ..RawApns::default()
    };
    let mut errors = Vec::new();
    ApnsConfig::of(raw, &mut errors);
    let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "push.apns.key_id: is not one; write the key's ten characters",
            "push.apns.team_id: is missing; write the team's ten characters",
            "push.apns.topic: is missing; write the app's bundle identifier, such as `com.example.wallet`",
        ]
    );
}
