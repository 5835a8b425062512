//! Config OP (`federation-oidc.md` 3b).

mod schema;

use idp_jose::Algorithm;
use serde_json::Value;
use tests::{Call, Site};

use crate::client::{DISCOVERY, Provider, media_type};
use crate::suite::{Entry, Module, entries};

pub(crate) const MODULES: &[Entry] = entries![oidcc_discovery_endpoint_verification];

/// OIDC Discovery 3 and 4, RFC 8414 2: the whole document, with what is off by default and with everything on.
async fn oidcc_discovery_endpoint_verification(module: Module) {
    let server = module.server().await;
    check(&module, &server).await;
    let server = module
        .server_with(|config| config.oidc.dynamic_registration = true)
        .await;
    let document = check(&module, &server).await;
    assert!(document["registration_endpoint"].is_string(), "{document}");
}

async fn check(module: &Module, site: &Site) -> Value {
    let answer = site.send(Call::get(DISCOVERY)).await;
    let document = answer.expect(200);
    assert_eq!(media_type(&answer), "application/json");
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    // The issuer, and the keys with it.
    Provider::discover(site).await;
    let issuer = document["issuer"].as_str().unwrap_or_default();
    schema::check_address("issuer", issuer);
    assert!(!issuer.contains('?') && !issuer.ends_with('/'), "{issuer}");
    schema::check(module, &document);
    check_values(&document);
    check_algorithms(module, &document);
    check_recommended(module, &document);
    check_locales(module, &document);
    document
}

fn list<'a>(document: &'a Value, name: &str) -> Vec<&'a str> {
    let values = document[name].as_array().into_iter().flatten();
    values.filter_map(Value::as_str).collect()
}

/// OIDC Discovery 3: what a provider of the code flow has.
fn check_values(document: &Value) {
    let types = list(document, "response_types_supported");
    assert!(types.contains(&"code"), "{types:?}");
    let subjects = list(document, "subject_types_supported");
    let known = ["public", "pairwise"];
    assert!(
        subjects.iter().all(|subject| known.contains(subject)),
        "{subjects:?}"
    );
    let scopes = list(document, "scopes_supported");
    assert!(scopes.contains(&"openid"), "{scopes:?}");
    // RFC 6749 3.3.
    let is_allowed = |byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    assert!(
        scopes.iter().all(|scope| scope.bytes().all(is_allowed)),
        "{scopes:?}"
    );
    let grants = list(document, "grant_types_supported");
    assert!(grants.contains(&"authorization_code"), "{grants:?}");
    let methods = list(document, "token_endpoint_auth_methods_supported");
    assert!(methods.contains(&"client_secret_basic"), "{methods:?}");
    // OIDC Discovery 3 on `token_endpoint_auth_signing_alg_values_supported`.
    let jwt_methods = ["private_key_jwt", "client_secret_jwt"];
    let needs_algorithms = methods.iter().any(|method| jwt_methods.contains(method));
    let algorithms = list(document, "token_endpoint_auth_signing_alg_values_supported");
    assert!(!needs_algorithms || !algorithms.is_empty());
    assert!(!algorithms.contains(&"none"), "{algorithms:?}");
}

/// OIDC Core 15.1, OIDC Discovery 3: RS256 is one of them, and nothing that nobody knows.
fn check_algorithms(module: &Module, document: &Value) {
    let signing = list(document, "id_token_signing_alg_values_supported");
    assert!(signing.contains(&"RS256"), "{signing:?}");
    for name in [
        "id_token_signing_alg_values_supported",
        "userinfo_signing_alg_values_supported",
        "request_object_signing_alg_values_supported",
        "token_endpoint_auth_signing_alg_values_supported",
    ] {
        let values = list(document, name);
        let is_known = |value: &&str| value.parse::<Algorithm>().is_ok();
        assert!(values.iter().all(is_known), "{name}: {values:?}");
    }
    let objects = list(document, "request_object_signing_alg_values_supported");
    if !objects.is_empty() && !objects.contains(&"RS256") {
        module.warn("request_object_signing_alg_values_supported has no RS256");
    }
}

/// What is recommended.
fn check_recommended(module: &Module, document: &Value) {
    for name in ["claims_supported", "scopes_supported", "userinfo_endpoint"] {
        if document.get(name).is_none() {
            module.warn(format!("there is no {name}"));
        }
    }
}

/// RFC 8414 2, RFC 5646 2.1 and 2.1.1: well-formed language tags, written as is usual.
fn check_locales(module: &Module, document: &Value) {
    for name in ["ui_locales_supported", "claims_locales_supported"] {
        for tag in list(document, name) {
            let mut parts = tag.split('-');
            let language = parts.next().unwrap_or_default();
            let is_language = (2..=3).contains(&language.len());
            let letters = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
            assert!(
                is_language
                    && tag
                        .split('-')
                        .all(|part| letters(part) && (1..=8).contains(&part.len())),
                "{tag}"
            );
            let usual = parts.all(|part| match part.len() {
                2 => part == part.to_ascii_uppercase(),
                _ => true,
            });
            if language != language.to_ascii_lowercase() || !usual {
                module.warn(format!("{tag} is not written as language tags are"));
            }
        }
    }
}
