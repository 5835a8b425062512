//! No input makes a parser panic, and nothing but a whole good token passes.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;
use verdict::fuzzing;

use super::{Key, NOW, ask, gate};

proptest! {
    #[test]
    fn no_bytes_make_anything_panic(bytes in vec(any::<u8>(), 0..300)) {
        fuzzing::policy(&bytes);
        fuzzing::request(&bytes);
    }

    #[test]
    fn no_text_makes_anything_panic(text in "[ -~]{0,200}") {
        fuzzing::policy(text.as_bytes());
        fuzzing::request(text.as_bytes());
    }
}

#[test]
fn a_token_with_any_byte_changed_is_refused() {
    let key = Key::new(1);
    let mut gate = gate(&key, json!({}), json!({}));
    let token = key.token(json!({}));
    assert_eq!(ask(&mut gate, &token, NOW), "accepted");
    for index in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert_ne!(ask(&mut gate, &changed, NOW), "accepted", "{index}");
    }
}
