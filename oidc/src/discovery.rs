//! The metadata document (OIDC Discovery 3, RFC 8414 2 and the registry beside it): one table. What stands here is what the endpoints
//! do; the tests in `tests/tests/oidc_clients.rs` call every endpoint that is named.

use idp_types::{AtomicScope, Scope};
use serde_json::{Map, Value, json};

use crate::authorize::requirements;
use crate::claims::TRUST_FRAMEWORKS;
use crate::client::{GrantType, SigningAlgorithm};
use crate::response::ResponseMode;
use crate::scope::STANDARD;

/// Languages of the pages (BCP 47).
pub const UI_LOCALES: [&str; 7] = ["en", "fr", "de", "es", "it", "nl", "pl"];

/// Claims of the catalogue, under their names in tokens and userinfo.
const PERSONAL_CLAIMS: [&str; 15] = [
    "name",
    "given_name",
    "family_name",
    "birthdate",
    "nationality",
    "document_number",
    "picture",
    "trust_level",
    "age_over_18",
    "age_over_21",
    "age_over_25",
    "age_range",
    "is_eu_citizen",
    "name_initial",
    "email",
];

/// Claims of the protocol.
const PROTOCOL_CLAIMS: [&str; 8] = [
    "sub",
    "iss",
    "aud",
    "auth_time",
    "acr",
    "amr",
    "sid",
    "email_verified",
];

/// Claims that `verified_claims` may carry (IDA claims schema 4).
const VERIFIED_CLAIMS: [&str; 12] = [
    "name",
    "given_name",
    "family_name",
    "birthdate",
    "nationalities",
    "document_number",
    "age_over_18",
    "age_over_21",
    "age_over_25",
    "age_range",
    "is_eu_citizen",
    "name_initial",
];

/// One view of the issuer.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The issuer; every endpoint is below it.
    pub issuer: &'a str,
    /// What tokens are signed with, the preferred one first.
    pub algorithms: &'a [SigningAlgorithm],
    /// Whether clients may register themselves.
    pub registration: bool,
    /// Whether client certificates reach the server.
    pub certificates: bool,
    /// Whether this is the view for Entra's external authentication methods, which has a flow of its own and nothing else.
    pub external: bool,
}

/// The document of a view.
pub fn metadata(view: &View<'_>) -> Map<String, Value> {
    let mut document = Map::new();
    let parts = if view.external {
        vec![identity(view), external(view)]
    } else {
        vec![
            identity(view),
            endpoints(view),
            authorization(),
            clients(view),
            signing(view),
            claims(),
            logout(),
            ciba(),
        ]
    };
    for part in parts {
        if let Value::Object(members) = part {
            document.extend(members);
        }
    }
    document
}

fn algorithms(view: &View<'_>) -> Vec<&'static str> {
    view.algorithms
        .iter()
        .map(|algorithm| algorithm.as_str())
        .collect()
}

/// Algorithms that clients may sign with: of assertions, request objects and proofs.
fn verified() -> Vec<&'static str> {
    SigningAlgorithm::ALL
        .iter()
        .map(|algorithm| algorithm.as_str())
        .collect()
}

fn at(view: &View<'_>, path: &str) -> String {
    format!("{}{path}", view.issuer)
}

/// OIDC Discovery 3: what every view has.
fn identity(view: &View<'_>) -> Value {
    json!({
        "issuer": view.issuer,
        "jwks_uri": at(view, "/.well-known/jwks.json"),
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": algorithms(view),
        "claim_types_supported": ["normal"],
    })
}

/// Entra's external authentication methods (`federation-oidc.md` 5a): `id_token` by form post, at its own endpoint.
fn external(view: &View<'_>) -> Value {
    json!({
        "authorization_endpoint": at(view, "/oidc/entra/authorize"),
        "scopes_supported": ["openid"],
        "response_types_supported": ["id_token"],
        "response_modes_supported": ["form_post"],
        "grant_types_supported": ["implicit"],
        "claims_parameter_supported": true,
        "request_uri_parameter_supported": false,
        "claims_supported": ["sub", "iss", "aud", "acr", "amr", "nonce"],
    })
}

fn endpoints(view: &View<'_>) -> Value {
    let mut endpoints = json!({
        "authorization_endpoint": at(view, "/oidc/authorize"),
        "token_endpoint": at(view, "/oidc/token"),
        "userinfo_endpoint": at(view, "/oidc/userinfo"),
        "end_session_endpoint": at(view, "/oidc/end-session"),
        "pushed_authorization_request_endpoint": at(view, "/oidc/par"),
        "introspection_endpoint": at(view, "/oidc/introspect"),
        "revocation_endpoint": at(view, "/oidc/revoke"),
        "backchannel_authentication_endpoint": at(view, "/oidc/ciba"),
        "device_authorization_endpoint": at(view, "/oidc/device_authorization"),
    });
    if let (true, Some(members)) = (view.registration, endpoints.as_object_mut()) {
        members.insert(
            "registration_endpoint".to_owned(),
            json!(at(view, "/oidc/register")),
        );
    }
    endpoints
}

/// RFC 7636, RFC 9101, RFC 9126, RFC 9207, JARM, OIDC Core 3.1.2.1.
fn authorization() -> Value {
    let composites = Scope::COMPOSITES.iter().map(|scope| scope.as_str());
    let atomic = AtomicScope::ALL.iter().map(|scope| scope.as_str());
    let scopes: Vec<&str> = STANDARD.into_iter().chain(atomic).chain(composites).collect();
    let grants = GrantType::ALL.map(GrantType::as_str);
    json!({
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ResponseMode::NAMES,
        "grant_types_supported": grants,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "require_pushed_authorization_requests": false,
        "request_parameter_supported": true,
        "request_uri_parameter_supported": false,
        "require_request_uri_registration": false,
        "require_signed_request_object": false,
        "request_object_signing_alg_values_supported": verified(),
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "display_values_supported": ["page", "popup", "touch", "wap"],
        "ui_locales_supported": UI_LOCALES,
        "acr_values_supported": requirements::SUPPORTED,
    })
}

/// RFC 8414 2, RFC 8705 3.3, RFC 9449 5.1.
fn clients(view: &View<'_>) -> Value {
    let mut methods = vec!["client_secret_basic", "client_secret_post", "private_key_jwt"];
    if view.certificates {
        methods.extend(["tls_client_auth", "self_signed_tls_client_auth"]);
    }
    let mut public = methods.clone();
    public.push("none");
    let mut clients = json!({
        "token_endpoint_auth_methods_supported": public,
        "token_endpoint_auth_signing_alg_values_supported": verified(),
        "introspection_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_signing_alg_values_supported": verified(),
        "revocation_endpoint_auth_methods_supported": public,
        "revocation_endpoint_auth_signing_alg_values_supported": verified(),
        "dpop_signing_alg_values_supported": verified(),
    });
    if let (true, Some(members)) = (view.certificates, clients.as_object_mut()) {
        members.insert(
            "tls_client_certificate_bound_access_tokens".to_owned(),
            json!(true),
        );
    }
    clients
}

/// OIDC Discovery 3, JARM 4, RFC 9701 7.
fn signing(view: &View<'_>) -> Value {
    json!({
        "userinfo_signing_alg_values_supported": algorithms(view),
        "authorization_signing_alg_values_supported": algorithms(view),
        "introspection_signing_alg_values_supported": algorithms(view),
    })
}

/// OIDC Discovery 3, OIDC4IDA 8.
fn claims() -> Value {
    let supported: Vec<&str> = PROTOCOL_CLAIMS.into_iter().chain(PERSONAL_CLAIMS).collect();
    json!({
        "claims_supported": supported,
        "claims_parameter_supported": true,
        "verified_claims_supported": true,
        "trust_frameworks_supported": TRUST_FRAMEWORKS,
        "evidence_supported": ["electronic_record"],
        "electronic_records_supported": ["urn:idtokenseal:manifest:0A0001"],
        "claims_in_verified_claims_supported": VERIFIED_CLAIMS,
    })
}

/// Back-Channel Logout 2.1, Front-Channel Logout 3.
fn logout() -> Value {
    json!({
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
    })
}

/// CIBA 4.
fn ciba() -> Value {
    json!({
        "backchannel_token_delivery_modes_supported": ["poll", "ping"],
        "backchannel_authentication_request_signing_alg_values_supported": verified(),
        "backchannel_user_code_parameter_supported": false,
    })
}
