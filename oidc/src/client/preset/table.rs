//! The presets themselves: one function each, in the order of the list. Facts and their sources: `federation-oidc.md` section 5; the
//! pages in `deploy/federation/` say which of them were tried.

use serde_json::{Value, json};

use super::parameter::{Kind, Values, optional, required};
use super::{Parameter, Preset, PresetError};
use crate::client::ENTRA_REDIRECT_URIS;

/// What relying parties that create accounts ask for. `email` comes from account links alone.
const PERSON: &str = "openid profile email";

const ENTRA_EXTERNAL_ID: &[Parameter] = &[
    required(
        "tenant",
        Kind::Name,
        "the external tenant's ID, in its overview",
        "00000000-0000-0000-0000-000000000000",
    ),
    required(
        "subdomain",
        Kind::Label,
        "the external tenant's subdomain of ciamlogin.com",
        "contoso",
    ),
    optional(
        "domain",
        Kind::Host,
        "the tenant's custom domain, if it has one",
        "login.contoso.com",
    ),
];

const ENTRA_EAM: &[Parameter] = &[
    required(
        "tenant",
        Kind::Names,
        "the tenant's ID; several with commas between them",
        "00000000-0000-0000-0000-000000000000",
    ),
    optional(
        "cloud",
        Kind::Choice(&["global", "us-government", "china"]),
        "global, us-government or china; global unless given",
        "global",
    ),
];

const OKTA: &[Parameter] = &[required(
    "org",
    Kind::Host,
    "the organisation's host: its own, or the custom domain",
    "company.okta.com",
)];

const COGNITO: &[Parameter] = &[required(
    "domain",
    Kind::Host,
    "the user pool's domain",
    "shop.auth.eu-west-1.amazoncognito.com",
)];

const ALB: &[Parameter] = &[required(
    "host",
    Kind::Host,
    "the name by which browsers reach the load balancer",
    "app.example.com",
)];

const CLOUDFLARE_ACCESS: &[Parameter] = &[required(
    "team",
    Kind::Label,
    "the team name, as in team.cloudflareaccess.com",
    "acme",
)];

const GOOGLE_WORKFORCE: &[Parameter] = &[
    required("pool", Kind::Label, "the workforce pool's ID", "acme-people"),
    required(
        "provider",
        Kind::Label,
        "the provider's ID in that pool",
        "idtoken-seal",
    ),
];

pub(super) const fn parameters(preset: Preset) -> &'static [Parameter] {
    match preset {
        Preset::EntraExternalId => ENTRA_EXTERNAL_ID,
        Preset::EntraEam => ENTRA_EAM,
        Preset::Okta => OKTA,
        Preset::Cognito => COGNITO,
        Preset::Alb => ALB,
        Preset::CloudflareAccess => CLOUDFLARE_ACCESS,
        Preset::GoogleWorkforce => GOOGLE_WORKFORCE,
        Preset::Kong | Preset::Kubernetes | Preset::Generic | Preset::Fapi2 => &[],
    }
}

pub(super) fn description(preset: Preset, values: &Values<'_>) -> Result<Value, PresetError> {
    Ok(match preset {
        Preset::EntraExternalId => entra_external_id(values)?,
        Preset::EntraEam => entra_eam(values)?,
        Preset::Okta => okta(values.text("org")?),
        Preset::Cognito => cognito(values.text("domain")?),
        Preset::Alb => alb(values.text("host")?),
        Preset::CloudflareAccess => cloudflare_access(values.text("team")?),
        Preset::GoogleWorkforce => google_workforce(values.text("pool")?, values.text("provider")?),
        Preset::Kong => kong(),
        Preset::Kubernetes => kubernetes(),
        Preset::Generic => json!({}),
        Preset::Fapi2 => fapi2(),
    })
}

/// Secret in the body (Basic is refused there), RS256, every claim in the ID token, a key set of RSA keys alone.
fn entra_external_id(values: &Values<'_>) -> Result<Value, PresetError> {
    let (tenant, subdomain) = (values.text("tenant")?, values.text("subdomain")?);
    let own = format!("{subdomain}.onmicrosoft.com");
    let names = [Some(tenant), Some(own.as_str()), values.optional("domain")];
    let redirect = |name: &str| format!("https://{subdomain}.ciamlogin.com/{name}/federation/oauth2");
    let redirect_uris: Vec<String> = names.into_iter().flatten().map(redirect).collect();
    Ok(json!({
        "redirect_uris": redirect_uris,
        "token_endpoint_auth_method": "client_secret_post",
        "id_token_signed_response_alg": "RS256",
        "subject_type": "pairwise",
        "scope": PERSON,
        "claims_in_id_token": true,
        "issuer_profile": "entra",
    }))
}

/// Its own endpoint, `id_token` by form post, RS256 with `x5c`, no secret: Entra calls no other endpoint.
fn entra_eam(values: &Values<'_>) -> Result<Value, PresetError> {
    let [global, government, china] = ENTRA_REDIRECT_URIS;
    let redirect_uri = match values.optional("cloud") {
        Some("us-government") => government,
        Some("china") => china,
        _ => global,
    };
    let tenants: Vec<&str> = values.text("tenant")?.split(',').collect();
    Ok(json!({
        "profile": "entra_external",
        "redirect_uris": [redirect_uri],
        "response_types": ["id_token"],
        "grant_types": [],
        "token_endpoint_auth_method": "none",
        "id_token_signed_response_alg": "RS256",
        "scope": "openid",
        "entra_tenants": tenants,
        "issuer_profile": "entra-mfa",
    }))
}

/// `email` is required there unless mapped otherwise; `amr` is in every ID token for "trust claims".
fn okta(org: &str) -> Value {
    json!({
        "redirect_uris": [format!("https://{org}/oauth2/v1/authorize/callback")],
        "token_endpoint_auth_method": "client_secret_basic",
        "id_token_signed_response_alg": "RS256",
        "subject_type": "pairwise",
        "scope": PERSON,
        "claims_in_id_token": true,
    })
}

/// Secret in the body (Basic is refused there), `kid` in every token.
fn cognito(domain: &str) -> Value {
    json!({
        "redirect_uris": [format!("https://{domain}/oauth2/idpresponse")],
        "token_endpoint_auth_method": "client_secret_post",
        "id_token_signed_response_alg": "RS256",
        "subject_type": "pairwise",
        "scope": PERSON,
        "claims_in_id_token": true,
    })
}

/// Claims come from userinfo alone, and have to be few: they travel in headers of at most 11 KB.
fn alb(host: &str) -> Value {
    json!({
        "redirect_uris": [format!("https://{host}/oauth2/idpresponse")],
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code", "refresh_token"],
        "id_token_signed_response_alg": "RS256",
        "subject_type": "pairwise",
        "scope": "openid profile email offline_access",
        "claims_in_id_token": false,
    })
}

/// RS256, RS512, PS512 and the ES family are read there; neither EdDSA nor PS256.
fn cloudflare_access(team: &str) -> Value {
    json!({
        "redirect_uris": [format!("https://{team}.cloudflareaccess.com/cdn-cgi/access/callback")],
        "token_endpoint_auth_method": "client_secret_post",
        "id_token_signed_response_alg": "RS256",
        "subject_type": "pairwise",
        "scope": PERSON,
        "claims_in_id_token": true,
    })
}

/// An uploaded key set may have no member beyond kty, alg, use, kid, n, e, x, y, crv.
fn google_workforce(pool: &str, provider: &str) -> Value {
    let redirect_uri = format!(
        "https://auth.cloud.google/signin-callback/locations/global/workforcePools/{pool}/providers/{provider}"
    );
    json!({
        "redirect_uris": [redirect_uri],
        "token_endpoint_auth_method": "client_secret_post",
        "id_token_signed_response_alg": "RS256",
        "subject_type": "pairwise",
        "scope": PERSON,
        "claims_in_id_token": true,
        "issuer_profile": "google",
    })
}

/// PKCE is sent there because discovery says that it is supported.
fn kong() -> Value {
    json!({
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code", "refresh_token"],
        "id_token_signed_response_alg": "RS256",
        "scope": "openid profile email offline_access",
        "claims_in_id_token": true,
        "require_pkce": true,
    })
}

/// A public client on the person's machine; the API server reads the ID token alone and knows RS256 unless told otherwise.
fn kubernetes() -> Value {
    json!({
        "application_type": "native",
        "redirect_uris": ["http://localhost:8000", "http://localhost:18000"],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        "id_token_signed_response_alg": "RS256",
        "scope": "openid profile email offline_access",
        "claims_in_id_token": true,
    })
}

/// FAPI 2.0 Security Profile: pushed requests, keys in place of secrets, DPoP, PS256.
fn fapi2() -> Value {
    json!({
        "profile": "fapi2",
        "token_endpoint_auth_method": "private_key_jwt",
        "grant_types": ["authorization_code", "refresh_token"],
        "require_pushed_authorization_requests": true,
        "dpop_bound_access_tokens": true,
        "id_token_signed_response_alg": "PS256",
        "authorization_signed_response_alg": "PS256",
        "introspection_signed_response_alg": "PS256",
        "subject_type": "pairwise",
        "scope": "openid profile email offline_access",
        "require_pkce": true,
    })
}
