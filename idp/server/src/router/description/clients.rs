//! The members of a client: their names are the registry's, their types stand here.

use serde_json::{Map, Value, json};

const TEXTS: [&str; 17] = [
    "client_name",
    "scope",
    "client_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "jwks_uri",
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
    "sector_identifier_uri",
    "backchannel_logout_uri",
    "frontchannel_logout_uri",
    "backchannel_client_notification_endpoint",
    "issuer_profile",
];

const LISTS: [&str; 9] = [
    "redirect_uris",
    "post_logout_redirect_uris",
    "contacts",
    "default_acr_values",
    "authorization_details_types",
    "resource_scopes",
    "resources",
    "origins",
    "entra_tenants",
];

const SWITCHES: [&str; 10] = [
    "tls_client_certificate_bound_access_tokens",
    "dpop_bound_access_tokens",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "require_auth_time",
    "backchannel_logout_session_required",
    "frontchannel_logout_session_required",
    "require_pkce",
    "claims_in_id_token",
    "enabled",
];

const ALGORITHMS: [&str; 7] = [
    "token_endpoint_auth_signing_alg",
    "request_object_signing_alg",
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "authorization_signed_response_alg",
    "introspection_signed_response_alg",
    "backchannel_authentication_request_signing_alg",
];

fn words(words: &[&str]) -> Value {
    let with_null: Vec<Value> = words
        .iter()
        .map(|word| json!(word))
        .chain([Value::Null])
        .collect();
    json!({"type": ["string", "null"], "enum": with_null})
}

/// Every member of RFC 7591 and of operators. A null is read as absent.
fn members() -> Map<String, Value> {
    let mut members = Map::new();
    let mut add = |names: &[&str], schema: &Value| {
        members.extend(names.iter().map(|name| ((*name).to_owned(), schema.clone())));
    };
    let texts = json!({"type": ["array", "null"], "items": {"type": "string"}});
    add(&TEXTS, &json!({"type": ["string", "null"]}));
    add(&LISTS, &texts);
    add(&SWITCHES, &json!({"type": ["boolean", "null"]}));
    add(&ALGORITHMS, &words(&["ES256", "RS256", "PS256", "EdDSA"]));
    add(&["application_type"], &words(&["web", "native"]));
    add(&["subject_type"], &words(&["public", "pairwise"]));
    add(
        &["profile"],
        &words(&["generic", "fapi2", "fapi_ciba", "entra_external"]),
    );
    add(&["backchannel_token_delivery_mode"], &words(&["poll", "ping"]));
    let methods = [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
        "tls_client_auth",
        "self_signed_tls_client_auth",
        "none",
    ];
    add(&["token_endpoint_auth_method"], &words(&methods));
    let one_of =
        |words: &[&str]| json!({"type": ["array", "null"], "items": {"type": "string", "enum": words}});
    let grants = oidc::client::GrantType::ALL.map(oidc::client::GrantType::as_str);
    add(&["grant_types"], &one_of(&grants));
    add(&["response_types"], &one_of(&["code"]));
    add(&["jwks"], &json!({"type": ["object", "null"]}));
    add(
        &["default_max_age"],
        &json!({"type": ["integer", "null"], "minimum": 0, "maximum": u32::MAX}),
    );
    let service = json!({"type": ["string", "null"], "pattern": "^[A-Za-z0-9._-]{1,64}$"});
    add(&["service_id"], &service);
    let mapping = json!({"type": ["object", "null"], "additionalProperties": {"type": "string"}});
    add(&["claim_mapping"], &mapping);
    members
}

/// What a client is registered with and what is shown of it, member by member.
pub(super) fn add(schemas: &mut Map<String, Value>) {
    let presets: Vec<&str> = oidc::client::Preset::ALL
        .iter()
        .map(|preset| preset.as_str())
        .collect();
    let input = schemas.get_mut("ClientInput");
    if let Some(parts) = input
        .and_then(|input| input.get_mut("allOf"))
        .and_then(Value::as_array_mut)
    {
        for part in parts.iter_mut() {
            if let Some(preset) = part.pointer_mut("/properties/preset") {
                *preset = words(&presets);
            }
        }
        parts.push(json!({"properties": members()}));
    }
    let view = schemas.get_mut("ClientView");
    if let Some(parts) = view
        .and_then(|view| view.get_mut("allOf"))
        .and_then(Value::as_array_mut)
    {
        let shown = json!({
            "client_id": {"type": "string"}, "issuer": {"type": "string"}, "preset": {"type": "string"},
            "sector": {"type": "string"}, "secrets": {"type": "integer", "minimum": 0}, "self_registered": {"type": "boolean"},
            "created_at": {"type": "string", "format": "date-time"}, "updated_at": {"type": "string", "format": "date-time"},
        });
        parts.push(json!({"properties": members()}));
        parts.push(json!({"properties": shown, "required": ["client_id", "issuer", "secrets", "created_at", "updated_at"]}));
    }
}

/// Members that are unknown are refused.
pub(super) fn close(schemas: &mut Map<String, Value>) {
    if let Some(input) = schemas.get_mut("ClientInput").and_then(Value::as_object_mut) {
        input.insert("additionalProperties".to_owned(), json!(false));
    }
}

#[cfg(test)]
mod tests {
    use oidc::client::{ClientMetadata, OperatorMembers};

    use super::*;

    #[test]
    fn every_member_is_described() {
        let mut known: Vec<&str> = [ClientMetadata::NAMES, OperatorMembers::NAMES].concat();
        known.sort_unstable();
        let described = members();
        let mut described: Vec<&str> = described.keys().map(String::as_str).collect();
        described.sort_unstable();
        assert_eq!(described, known);
    }
}
