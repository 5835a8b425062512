//! What an operator enters at the relying party, under the label that it has there.

use super::Preset;

/// A value of ours that the other side asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// The issuer that the client sees.
    Issuer,
    /// The discovery document.
    Discovery,
    /// The authorization endpoint.
    Authorization,
    /// The token endpoint.
    Token,
    /// The userinfo endpoint.
    Userinfo,
    /// The key set.
    KeySet,
    /// Where a logout begins.
    EndSession,
    /// The client's identifier.
    ClientId,
    /// The client's secret: shown when it is made, and never again.
    ClientSecret,
    /// The scopes that it may ask for.
    Scopes,
    /// How it authenticates.
    AuthenticationMethod,
    /// How ID tokens are signed.
    Algorithm,
    /// A fixed text.
    Text(&'static str),
}

const GENERIC: &[(&str, Entry)] = &[
    ("Issuer", Entry::Issuer),
    ("Discovery", Entry::Discovery),
    ("Client ID", Entry::ClientId),
    ("Client secret", Entry::ClientSecret),
    ("Client authentication", Entry::AuthenticationMethod),
    ("Scopes", Entry::Scopes),
    ("ID token algorithm", Entry::Algorithm),
    ("Authorization endpoint", Entry::Authorization),
    ("Token endpoint", Entry::Token),
    ("Userinfo endpoint", Entry::Userinfo),
    ("Key set", Entry::KeySet),
    ("End session endpoint", Entry::EndSession),
];

const ENTRA_EXTERNAL_ID: &[(&str, Entry)] = &[
    ("Well-known endpoint", Entry::Discovery),
    ("OpenID Issuer URI", Entry::Issuer),
    ("Client ID", Entry::ClientId),
    ("Client Authentication", Entry::AuthenticationMethod),
    ("Client Secret", Entry::ClientSecret),
    ("Scope", Entry::Scopes),
    ("Response type", Entry::Text("code")),
];

const ENTRA_EAM: &[(&str, Entry)] = &[
    ("Client ID", Entry::ClientId),
    ("Discovery Endpoint", Entry::Discovery),
    (
        "App ID",
        Entry::Text("of the app registration that you make in Entra for this provider"),
    ),
    ("Reply URL of that app", Entry::Authorization),
];

const OKTA: &[(&str, Entry)] = &[
    ("Client ID", Entry::ClientId),
    ("Authentication type", Entry::Text("Client secret")),
    ("Client Secret", Entry::ClientSecret),
    ("Scopes", Entry::Scopes),
    ("Issuer", Entry::Issuer),
    ("Authorization endpoint", Entry::Authorization),
    ("Token endpoint", Entry::Token),
    ("JWKS endpoint", Entry::KeySet),
    ("Userinfo endpoint (optional)", Entry::Userinfo),
];

const COGNITO: &[(&str, Entry)] = &[
    ("Client ID", Entry::ClientId),
    ("Client secret", Entry::ClientSecret),
    ("Authorized scopes", Entry::Scopes),
    ("Attribute request method", Entry::Text("GET")),
    ("Issuer URL", Entry::Issuer),
];

const ALB: &[(&str, Entry)] = &[
    ("Issuer", Entry::Issuer),
    ("Authorization endpoint", Entry::Authorization),
    ("Token endpoint", Entry::Token),
    ("User info endpoint", Entry::Userinfo),
    ("Client ID", Entry::ClientId),
    ("Client secret", Entry::ClientSecret),
    ("Scope", Entry::Scopes),
];

const CLOUDFLARE_ACCESS: &[(&str, Entry)] = &[
    ("App ID", Entry::ClientId),
    ("Client secret", Entry::ClientSecret),
    ("Auth URL", Entry::Authorization),
    ("Token URL", Entry::Token),
    ("Certificate URL", Entry::KeySet),
    ("Scopes", Entry::Scopes),
    ("Email claim", Entry::Text("email")),
];

const GOOGLE_WORKFORCE: &[(&str, Entry)] = &[
    ("Issuer URI", Entry::Issuer),
    ("Client ID", Entry::ClientId),
    ("Client secret", Entry::ClientSecret),
    ("Flow type", Entry::Text("Code")),
    ("Attribute mapping", Entry::Text("google.subject=assertion.sub")),
    ("Additional scopes", Entry::Text("profile email")),
];

const KONG: &[(&str, Entry)] = &[
    ("config.issuer", Entry::Discovery),
    ("config.client_id", Entry::ClientId),
    ("config.client_secret", Entry::ClientSecret),
    ("config.client_auth", Entry::AuthenticationMethod),
    ("config.scopes", Entry::Scopes),
];

const KUBERNETES: &[(&str, Entry)] = &[
    ("kube-apiserver --oidc-issuer-url", Entry::Issuer),
    ("kube-apiserver --oidc-client-id", Entry::ClientId),
    ("kube-apiserver --oidc-username-claim", Entry::Text("sub")),
    ("kubelogin --oidc-issuer-url", Entry::Issuer),
    ("kubelogin --oidc-client-id", Entry::ClientId),
    ("kubelogin --oidc-pkce-method", Entry::Text("S256")),
];

pub(super) const fn of(preset: Preset) -> &'static [(&'static str, Entry)] {
    match preset {
        Preset::EntraExternalId => ENTRA_EXTERNAL_ID,
        Preset::EntraEam => ENTRA_EAM,
        Preset::Okta => OKTA,
        Preset::Cognito => COGNITO,
        Preset::Alb => ALB,
        Preset::CloudflareAccess => CLOUDFLARE_ACCESS,
        Preset::GoogleWorkforce => GOOGLE_WORKFORCE,
        Preset::Kong => KONG,
        Preset::Kubernetes => KUBERNETES,
        Preset::Generic | Preset::Fapi2 => GENERIC,
    }
}
