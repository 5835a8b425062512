//! Revocation before expiry (profile section 5, draft-ietf-oauth-status-list 8.3): by lists that are fetched, and by names.

use idp_jose::status_list::{Lifetime, StatusList, token_claims};
use serde_json::{Value, json};
use verdict::policy::DenyLists;
use verdict::status::ListFault;

use super::{ISSUER, Key, NOW, ask, at, gate};

const LIST: &str = "https://idp.example/status/tokens/1";

fn status() -> Value {
    let lists = json!({"cluster": "idp", "uri": "https://idp.example/status/tokens/", "required": true, "max_stale_seconds": 120});
    json!({"status": lists})
}

fn list(key: &Key, typ: &str, uri: &str, revoked: &[usize], lifetime: i64) -> Vec<u8> {
    let mut list = StatusList::new(1024);
    for index in revoked {
        list.set(*index, true).unwrap();
    }
    let lifetime = Lifetime {
        issued_at: NOW,
        expires_at: NOW + lifetime,
        time_to_live: 60,
    };
    key.sign(typ, &Value::Object(token_claims(uri, lifetime, &list)))
        .into_bytes()
}

fn token(key: &Key, index: u64, uri: &str) -> String {
    key.token(json!({"exp": NOW + 10_000, "status": {"status_list": {"idx": index, "uri": uri}}}))
}

#[test]
fn a_token_is_refused_as_soon_as_its_list_says_so_even_when_it_is_remembered() {
    let key = Key::new(1);
    let mut gate = gate(&key, status(), json!({}));
    let token = token(&key, 7, LIST);
    assert_eq!(ask(&mut gate, &token, NOW), "waits");
    gate.take_status(0, LIST, &list(&key, "statuslist+jwt", LIST, &[], 3600), at(NOW))
        .unwrap();
    assert_eq!(ask(&mut gate, &token, NOW), "accepted");
    gate.take_status(0, LIST, &list(&key, "statuslist+jwt", LIST, &[7], 3600), at(NOW))
        .unwrap();
    assert_eq!(ask(&mut gate, &token, NOW), "token_revoked");
    assert!(gate.hits() > 0);
}

#[test]
fn a_list_that_is_too_old_says_nothing() {
    let key = Key::new(1);
    let mut gate = gate(&key, status(), json!({}));
    let token = token(&key, 7, LIST);
    gate.take_status(0, LIST, &list(&key, "statuslist+jwt", LIST, &[], 3600), at(NOW))
        .unwrap();
    assert_eq!(ask(&mut gate, &token, NOW + 120), "accepted");
    assert_eq!(ask(&mut gate, &token, NOW + 121), "waits");
    gate.take_status(0, LIST, &list(&key, "statuslist+jwt", LIST, &[], 50), at(NOW))
        .unwrap();
    assert_eq!(ask(&mut gate, &token, NOW + 50), "waits", "never after exp");
}

#[test]
fn what_is_no_list_of_this_issuer_is_not_taken() {
    let (key, other) = (Key::new(1), Key::new(2));
    let mut gate = gate(&key, status(), json!({}));
    let good = list(&key, "statuslist+jwt", LIST, &[], 3600);
    let mut take = |bytes: &[u8], now| gate.take_status(0, LIST, bytes, at(now));
    assert_eq!(take(b"", NOW), Err(ListFault::Token));
    assert_eq!(
        take(&list(&key, "at+jwt", LIST, &[], 3600), NOW),
        Err(ListFault::Token)
    );
    assert_eq!(
        take(
            &list(
                &key,
                "statuslist+jwt",
                "https://idp.example/status/tokens/2",
                &[],
                3600
            ),
            NOW
        ),
        Err(ListFault::Token)
    );
    assert_eq!(
        take(&list(&other, "statuslist+jwt", LIST, &[], 3600), NOW),
        Err(ListFault::Signature)
    );
    assert_eq!(take(&good, NOW + 3600), Err(ListFault::Time));
    assert_eq!(take(&good, NOW), Ok(()));
}

#[test]
fn an_index_beyond_the_list_and_a_list_elsewhere_refuse() {
    let key = Key::new(1);
    let mut gate = gate(&key, status(), json!({}));
    gate.take_status(0, LIST, &list(&key, "statuslist+jwt", LIST, &[], 3600), at(NOW))
        .unwrap();
    assert_eq!(ask(&mut gate, &token(&key, 1024, LIST), NOW), "token_revoked");
    assert_eq!(
        ask(&mut gate, &token(&key, 1, "https://evil.example/1"), NOW),
        "token_claim_invalid"
    );
    assert_eq!(ask(&mut gate, &key.token(json!({})), NOW), "token_without_status");
}

#[test]
fn names_on_the_lists_are_refused_whatever_the_token_says() {
    let key = Key::new(1);
    let mut gate = gate(
        &key,
        json!({}),
        json!({"deny": {"jti": ["one"], "sid": ["two"], "sub": {"somebody": NOW - 10}}}),
    );
    for (claims, code) in [
        (json!({"jti": "one"}), "token_denied"),
        (json!({"sid": "two"}), "token_denied"),
        (json!({"jti": "two", "sid": "one"}), "accepted"),
        (json!({"iat": NOW - 11}), "token_denied"),
        (json!({"iat": NOW - 10}), "accepted"),
        (json!({"iat": NOW - 11, "sub": "other"}), "accepted"),
    ] {
        assert_eq!(ask(&mut gate, &key.token(claims.clone()), NOW), code, "{claims}");
    }
    let token = key.token(json!({"jti": "later"}));
    assert_eq!(ask(&mut gate, &token, NOW), "accepted");
    gate.take_deny(DenyLists::parse(br#"{"jti": ["later"]}"#).unwrap());
    assert_eq!(ask(&mut gate, &token, NOW), "token_denied");
    assert_eq!(ISSUER, gate.policy().issuers[0].issuer);
}

#[test]
fn without_the_list_that_the_policy_names_nobody_passes_and_nobody_is_forgotten() {
    let key = Key::new(1);
    let remote = json!({"cluster": "idp", "uri": "https://idp.example/deny"});
    let mut gate = gate(
        &key,
        json!({}),
        json!({"deny": {"jti": ["given"], "remote": remote}}),
    );
    let [given, fetched, other] = ["given", "fetched", "other"].map(|jti| key.token(json!({"jti": jti})));
    let mut ask = |gate: &mut verdict::Gate| [&given, &fetched, &other].map(|token| ask(gate, token, NOW));
    assert_eq!(ask(&mut gate), ["token_denied", "waits", "waits"]);
    gate.take_deny(DenyLists::parse(br#"{"jti": ["fetched"]}"#).unwrap());
    assert_eq!(ask(&mut gate), ["token_denied", "token_denied", "accepted"]);
    gate.lose_deny();
    assert_eq!(ask(&mut gate), ["token_denied", "token_denied", "waits"]);
    gate.take_deny(DenyLists::default());
    assert_eq!(ask(&mut gate), ["token_denied", "accepted", "accepted"]);
}
