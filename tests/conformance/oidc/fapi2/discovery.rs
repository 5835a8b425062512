//! The metadata document (FAPI 2.0 5.3.2.1, 5.3.2.2, 5.4.1; OIDC Discovery 3).

use serde_json::Value;
use tests::Call;

use super::client::text;
use crate::client::Provider;
use crate::suite::{Module, Variant};

/// The algorithms of the profile (5.4.1).
const ALGORITHMS: [&str; 3] = ["PS256", "ES256", "EdDSA"];

/// The members of an array of texts.
#[track_caller]
fn texts<'a>(document: &'a Value, name: &str) -> Vec<&'a str> {
    let values = document[name].as_array();
    let values = values.unwrap_or_else(|| panic!("{name} is no array"));
    values
        .iter()
        .map(|value| {
            value
                .as_str()
                .unwrap_or_else(|| panic!("{name} has other than texts"))
        })
        .collect()
}

#[track_caller]
fn offers(document: &Value, name: &str, value: &str) {
    assert!(texts(document, name).contains(&value), "{name} lacks {value}");
}

#[track_caller]
fn offers_an_algorithm_of_the_profile(document: &Value, name: &str) {
    let offered = texts(document, name);
    assert!(
        ALGORITHMS.iter().any(|algorithm| offered.contains(algorithm)),
        "{name}: {offered:?}"
    );
    assert!(!offered.contains(&"none"), "{name} has none");
}

/// The server's configuration has what the specification asks for.
pub(super) async fn fapi2_security_profile_final_discovery_end_point_verification(module: Module) {
    let server = module.server().await;
    let answer = server.send(Call::get("/.well-known/openid-configuration")).await;
    let document = answer.expect(200);
    assert!(answer.header("content-type").starts_with("application/json"));
    assert_eq!(document["issuer"], server.issuer.as_str());
    Provider::discover(&server).await;
    for endpoint in [
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "pushed_authorization_request_endpoint",
    ] {
        let address = text(&document, endpoint);
        assert!(address.starts_with("https://"), "{endpoint}: {address}");
    }
    offers(&document, "response_types_supported", "code");
    offers(&document, "scopes_supported", "openid");
    offers(&document, "code_challenge_methods_supported", "S256");
    offers(
        &document,
        "token_endpoint_auth_methods_supported",
        "private_key_jwt",
    );
    for subject in texts(&document, "subject_types_supported") {
        assert!(["public", "pairwise"].contains(&subject), "{subject}");
    }
    for algorithms in [
        "dpop_signing_alg_values_supported",
        "id_token_signing_alg_values_supported",
        "token_endpoint_auth_signing_alg_values_supported",
        "userinfo_signing_alg_values_supported",
    ] {
        offers_an_algorithm_of_the_profile(&document, algorithms);
    }
    // The server has other clients, too: `true` cannot be demanded.
    assert!(document["require_pushed_authorization_requests"].is_boolean());
    if module.variant == Variant::MessageSigning {
        offers(&document, "response_modes_supported", "jwt");
        offers_an_algorithm_of_the_profile(&document, "authorization_signing_alg_values_supported");
        offers_an_algorithm_of_the_profile(&document, "request_object_signing_alg_values_supported");
    } else {
        assert_eq!(
            document["authorization_response_iss_parameter_supported"],
            Value::Bool(true),
            "5.3.2.2, item 7"
        );
    }
}
