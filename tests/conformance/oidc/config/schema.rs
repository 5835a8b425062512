//! Every registered member of a metadata document and what it has to be (OIDC Discovery 3, RFC 8414 2 and the registry beside it).

use serde_json::Value;

use crate::suite::Module;

/// What a member has to be.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// An `https` address without a fragment.
    Address,
    /// An address of a document for people.
    Page,
    /// A list of texts, none of them twice, none of them empty.
    Texts,
    /// True or false.
    Flag,
    /// An object.
    Members,
}

/// The members that have to be there.
const REQUIRED: [&str; 7] = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "response_types_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
];

const ADDRESSES: &[&str] = &[
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "registration_endpoint",
    "end_session_endpoint",
    "check_session_iframe",
    "revocation_endpoint",
    "introspection_endpoint",
    "device_authorization_endpoint",
    "pushed_authorization_request_endpoint",
    "backchannel_authentication_endpoint",
    "challenge_endpoint",
];

const PAGES: &[&str] = &["service_documentation", "op_policy_uri", "op_tos_uri"];

const TEXTS: &[&str] = &[
    "scopes_supported",
    "response_types_supported",
    "response_modes_supported",
    "grant_types_supported",
    "acr_values_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
    "id_token_encryption_alg_values_supported",
    "id_token_encryption_enc_values_supported",
    "userinfo_signing_alg_values_supported",
    "userinfo_encryption_alg_values_supported",
    "userinfo_encryption_enc_values_supported",
    "request_object_signing_alg_values_supported",
    "request_object_encryption_alg_values_supported",
    "request_object_encryption_enc_values_supported",
    "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "introspection_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_signing_alg_values_supported",
    "introspection_signing_alg_values_supported",
    "revocation_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_signing_alg_values_supported",
    "display_values_supported",
    "prompt_values_supported",
    "claim_types_supported",
    "claims_supported",
    "claims_locales_supported",
    "ui_locales_supported",
    "code_challenge_methods_supported",
    "authorization_signing_alg_values_supported",
    "dpop_signing_alg_values_supported",
    "authorization_details_types_supported",
    "backchannel_token_delivery_modes_supported",
    "backchannel_authentication_request_signing_alg_values_supported",
    "trust_frameworks_supported",
    "evidence_supported",
    "documents_supported",
    "electronic_records_supported",
    "claims_in_verified_claims_supported",
];

const FLAGS: &[&str] = &[
    "claims_parameter_supported",
    "request_parameter_supported",
    "request_uri_parameter_supported",
    "require_request_uri_registration",
    "require_signed_request_object",
    "require_pushed_authorization_requests",
    "authorization_response_iss_parameter_supported",
    "tls_client_certificate_bound_access_tokens",
    "backchannel_logout_supported",
    "backchannel_logout_session_supported",
    "frontchannel_logout_supported",
    "frontchannel_logout_session_supported",
    "backchannel_user_code_parameter_supported",
    "verified_claims_supported",
];

const MEMBERS: &[&str] = &["mtls_endpoint_aliases"];

/// What a member has to be; `None` for one that nobody registered.
fn kind(name: &str) -> Option<Kind> {
    let kinds = [
        (ADDRESSES, Kind::Address),
        (PAGES, Kind::Page),
        (TEXTS, Kind::Texts),
        (FLAGS, Kind::Flag),
        (MEMBERS, Kind::Members),
    ];
    let found = kinds.into_iter().find(|(names, _)| names.contains(&name));
    found.map(|(_, kind)| kind)
}

/// Checks every member; one that is unknown is a warning, and still must be `https` where it looks like an endpoint.
pub(super) fn check(module: &Module, document: &Value) {
    for name in REQUIRED {
        assert!(document.get(name).is_some(), "there is no {name}");
    }
    for (name, value) in document.as_object().into_iter().flatten() {
        match kind(name) {
            Some(kind) => check_member(kind, name, value),
            None => module.warn(format!("{name} is no registered member")),
        }
        if name.ends_with("_endpoint") {
            check_member(Kind::Address, name, value);
        }
    }
}

fn check_member(kind: Kind, name: &str, value: &Value) {
    match kind {
        Kind::Address => check_address(name, value.as_str().unwrap_or_default()),
        Kind::Page => {
            let text = value.as_str().unwrap_or_default();
            assert!(
                text.starts_with("https://") || text.starts_with("http://"),
                "{name}: {value}"
            );
        }
        Kind::Texts => check_texts(name, value),
        Kind::Flag => assert!(value.is_boolean(), "{name}: {value}"),
        Kind::Members => assert!(value.is_object(), "{name}: {value}"),
    }
}

/// An `https` address without a fragment.
pub(super) fn check_address(name: &str, text: &str) {
    let parsed: Result<http::Uri, _> = text.parse();
    let uri = parsed.unwrap_or_else(|_| panic!("{name} is no address: {text}"));
    assert_eq!(uri.scheme_str(), Some("https"), "{name}: {text}");
    assert!(uri.host().is_some_and(|host| !host.is_empty()), "{name}: {text}");
    assert!(!text.contains('#'), "{name}: {text}");
}

fn check_texts(name: &str, value: &Value) {
    let values = value
        .as_array()
        .unwrap_or_else(|| panic!("{name} is no list: {value}"));
    assert!(!values.is_empty(), "{name} is empty");
    let mut seen: Vec<&str> = Vec::new();
    for one in values {
        let text = one.as_str().unwrap_or_default();
        assert!(!text.is_empty() && !seen.contains(&text), "{name}: {value}");
        seen.push(text);
    }
}
