//! No input panics, and what was read stays what it was.

use proptest::prelude::*;

use crate::fuzzing;

fn parameter() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "client_id",
        "redirect_uri",
        "response_type",
        "response_mode",
        "scope",
        "state",
        "nonce",
        "prompt",
        "max_age",
        "claims",
        "acr_values",
        "code_challenge",
        "code_challenge_method",
        "resource",
        "authorization_details",
        "request",
        "login_hint",
        "id_token_hint",
        "ui_locales",
        "display",
        "dpop_jkt",
    ]);
    (name, "\\PC{0,60}").prop_map(|(name, value)| {
        let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
        format!("{name}={value}")
    })
}

proptest! {
    #[test]
    fn any_octets(data in prop::collection::vec(any::<u8>(), 0..512)) {
        fuzzing::authorization_request(&data);
        fuzzing::request_object(&data);
        fuzzing::claims_parameter(&data);
    }

    #[test]
    fn any_parameters(parameters in prop::collection::vec(parameter(), 0..20)) {
        let good = "client_id=bar&response_type=code&redirect_uri=https%3A%2F%2Fbar.example%2Fcb&scope=openid";
        fuzzing::authorization_request(parameters.join("&").as_bytes());
        fuzzing::authorization_request(format!("{good}&{}", parameters.join("&")).as_bytes());
    }
}
