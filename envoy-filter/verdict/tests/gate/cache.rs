//! Remembered tokens: bounded in bytes, found by all of their text, forgotten with the keys that verified them, and judged again each time.

use idp_jose::JwkSet;
use serde_json::json;

use super::{Key, NOW, ask, gate};

#[test]
fn a_token_is_remembered_and_still_expires() {
    let key = Key::new(1);
    let mut gate = gate(&key, json!({}), json!({}));
    let token = key.token(json!({}));
    assert_eq!(ask(&mut gate, &token, NOW), "accepted");
    assert_eq!(gate.hits(), 0);
    assert_eq!(ask(&mut gate, &token, NOW + 99), "accepted");
    assert_eq!(gate.hits(), 1);
    assert_eq!(ask(&mut gate, &token, NOW + 100), "token_expired");
}

#[test]
fn nothing_is_remembered_of_a_token_that_was_refused() {
    let key = Key::new(1);
    let mut gate = gate(&key, json!({}), json!({}));
    let good = key.token(json!({}));
    let (input, _) = good.rsplit_once('.').unwrap();
    let (_, other) = Key::new(2)
        .token(json!({}))
        .rsplit_once('.')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    let bad = format!("{input}.{other}");
    for _ in 0..3 {
        assert_eq!(ask(&mut gate, &bad, NOW), "token_signature");
    }
    assert!(gate.cache().is_empty());
    assert_eq!(gate.hits(), 0);
}

#[test]
fn other_keys_forget_what_the_old_ones_verified() {
    let (old, new) = (Key::new(1), Key::new(2));
    let mut gate = gate(&old, json!({}), json!({}));
    let token = old.token(json!({}));
    assert_eq!(ask(&mut gate, &token, NOW), "accepted");
    assert!(gate.take_keys(0, &JwkSet::new(vec![new.jwk()])));
    assert_eq!(ask(&mut gate, &token, NOW), "token_key_unknown");
    assert_eq!(ask(&mut gate, &new.token(json!({})), NOW), "accepted");
    assert!(
        !gate.take_keys(0, &JwkSet::new(vec![new.jwk()])),
        "nothing changed"
    );
    assert!(!gate.take_keys(0, &JwkSet::default()), "an empty set is no set");
}

#[test]
fn the_bound_holds_whatever_comes() {
    const BYTES: usize = 64 * 1024;
    let key = Key::new(1);
    let mut gate = gate(
        &key,
        json!({}),
        json!({"cache": {"bytes": BYTES}, "verifier": "generic"}),
    );
    for index in 0..60 {
        let padding = "x".repeat(index * 13 % 900);
        let token = key.token(json!({"jti": index, "padding": padding}));
        assert_eq!(ask(&mut gate, &token, NOW), "accepted");
        assert!(gate.cache().bytes() <= BYTES, "{}", gate.cache().bytes());
    }
    assert!(gate.cache().len() > 4);
}
