//! RFC 8705 3: a token that is bound to a certificate is of no use without it. RFC 7800: other bindings cannot be checked and refuse.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde_json::json;

use super::{Key, NOW, decide, decide_with, gate};

#[test]
fn a_token_of_a_certificate_needs_it() {
    let key = Key::new(1);
    let rules = json!([{"match": {"path": "/**"}, "sender_constrained": true}]);
    let mut gate = gate(&key, json!({}), json!({"certificates": true, "rules": rules}));
    let (digest, other) = (HEXLOWER.encode(&[7; 32]), HEXLOWER.encode(&[8; 32]));
    let upper = digest.to_uppercase();
    let bound = format!(
        "Bearer {}",
        key.token(json!({"cnf": {"x5t#S256": BASE64URL_NOPAD.encode(&[7; 32])}}))
    );
    let mut ask =
        |token: &str, certificate| decide_with(&mut gate, &[("authorization", token)], certificate, NOW);
    assert_eq!(ask(&bound, Some(&digest)), "accepted");
    assert_eq!(ask(&bound, Some(&upper)), "accepted");
    for certificate in [None, Some(other.as_str()), Some(""), Some("zz")] {
        assert_eq!(ask(&bound, certificate), "certificate_mismatch");
    }
    let bearer = format!("Bearer {}", key.token(json!({})));
    assert_eq!(ask(&bearer, Some(&digest)), "token_unbound");
    for cnf in [
        json!({}),
        json!({"kid": "x"}),
        json!("x"),
        json!({"jkt": "a", "x5t#S256": "b"}),
    ] {
        let token = format!("Bearer {}", key.token(json!({"cnf": cnf})));
        assert_eq!(ask(&token, Some(&digest)), "token_claim_invalid");
    }
}

/// RFC 6750 section 2: one token in each request.
#[test]
fn two_headers_are_refused_whatever_they_say() {
    let key = Key::new(1);
    let mut gate = gate(&key, json!({}), json!({}));
    let token = format!("Bearer {}", key.token(json!({})));
    for second in [token.as_str(), "Basic YTpi", ""] {
        let headers = [("authorization", token.as_str()), ("authorization", second)];
        assert_eq!(decide(&mut gate, &headers, NOW), "token_unclear", "{second}");
    }
}
