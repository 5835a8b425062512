//! The client record (RFC 7591 2, OIDC Registration 2, CIBA 4, RFC 9126, RFC 9449 5.2, RFC 8705).

use std::collections::BTreeMap;
use std::fmt;

use idp_types::{ClientId, ServiceId, Timestamp};
use serde::{Deserialize, Serialize};

/// How a client authenticates at the token endpoint and its siblings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthenticationMethod {
    /// HTTP Basic (RFC 6749 2.3.1).
    ClientSecretBasic,
    /// In the body (RFC 6749 2.3.1).
    ClientSecretPost,
    /// A signed assertion (RFC 7523, OIDC Core 9).
    PrivateKeyJwt,
    /// A certificate of a known subject (RFC 8705 2.1).
    TlsClientAuth,
    /// A certificate of a known key (RFC 8705 2.2).
    SelfSignedTlsClientAuth,
    /// A public client: PKCE binds the code.
    None,
}

/// How tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SigningAlgorithm {
    /// The default of the seed.
    #[serde(rename = "ES256")]
    Es256,
    /// What most relying parties expect when nothing was said.
    #[serde(rename = "RS256")]
    Rs256,
    /// FAPI 2.0.
    #[serde(rename = "PS256")]
    Ps256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl SigningAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 4] = [Self::Es256, Self::Rs256, Self::Ps256, Self::EdDsa];

    /// The name on the wire (RFC 7518 3.1, RFC 8037 3.1).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// Which subject the client sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    /// The first tokenId of the chain.
    Public,
    /// A value of its own for each sector.
    Pairwise,
}

/// A grant that a client may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum GrantType {
    /// RFC 6749 4.1.
    #[serde(rename = "authorization_code")]
    AuthorizationCode,
    /// RFC 6749 6.
    #[serde(rename = "refresh_token")]
    RefreshToken,
    /// RFC 6749 4.4.
    #[serde(rename = "client_credentials")]
    ClientCredentials,
    /// RFC 8693.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:token-exchange")]
    TokenExchange,
    /// CIBA.
    #[serde(rename = "urn:openid:params:grant-type:ciba")]
    Ciba,
    /// RFC 8628.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
}

impl GrantType {
    /// Every grant.
    pub const ALL: [Self; 6] = [
        Self::AuthorizationCode,
        Self::RefreshToken,
        Self::ClientCredentials,
        Self::TokenExchange,
        Self::Ciba,
        Self::DeviceCode,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
            Self::Ciba => "urn:openid:params:grant-type:ciba",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
        }
    }

    /// The grant of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.as_str() == text)
    }
}

/// How a CIBA client learns of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CibaDelivery {
    /// It asks the token endpoint.
    Poll,
    /// It is told to ask.
    Ping,
}

/// The rules that hold for a client beyond its metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientProfile {
    /// OpenID Connect and RFC 9700.
    #[default]
    Generic,
    /// FAPI 2.0 Security Profile: PAR, PKCE, sender-constrained tokens, PS256, ES256 or EdDSA, issuer as the only audience.
    Fapi2,
    /// FAPI-CIBA: the backchannel alone, with signed requests; keys and tokens as in FAPI 2.0, audiences as CIBA has them.
    FapiCiba,
    /// Entra's external authentication method: its own authorization endpoint and nothing else.
    EntraExternal,
}

impl ClientProfile {
    /// Whether it is one of FAPI's: its algorithms are PS256, ES256 and EdDSA, its access tokens are sender-constrained, and its CIBA
    /// requests are signed.
    pub const fn is_fapi(self) -> bool {
        matches!(self, Self::Fapi2 | Self::FapiCiba)
    }
}

/// SHA-256 of a generated secret of 128 bits at least, lower-case hexadecimal (OWASP ASVS 5.0, 6.5.2). Debug does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretDigest(pub String);

impl fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretDigest(..)")
    }
}

/// One client.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the registry's metadata, under its own name"
)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its identifier.
    pub client_id: ClientId,
    /// The service in whose name the phone is asked: name, logo, scope ceiling, matching mode. The same text as `client_id` unless said otherwise.
    pub service_id: ServiceId,
    /// `client_name`.
    pub name: String,
    /// `client_uri`, `logo_uri`, `policy_uri`, `tos_uri`, by name.
    pub links: BTreeMap<String, String>,
    /// `contacts`.
    pub contacts: Vec<String>,
    /// Which rules hold.
    pub profile: ClientProfile,
    /// The preset that it was made from, for display.
    pub preset: Option<String>,
    /// The view of the issuer that it was registered for, the `profile` of `{issuer}/t/{profile}`; the root issuer if absent. Every
    /// `iss` that it sees is that view's.
    #[serde(default)]
    pub issuer_profile: Option<String>,
    /// `redirect_uris`, compared as strings (RFC 9700 4.1.3; loopback ports excepted for native clients, RFC 8252 7.3).
    pub redirect_uris: Vec<String>,
    /// `post_logout_redirect_uris`.
    pub post_logout_redirect_uris: Vec<String>,
    /// `grant_types`.
    pub grant_types: Vec<GrantType>,
    /// `native`: loopback redirect URIs may vary in their port.
    pub native: bool,
    /// `token_endpoint_auth_method`.
    pub authentication_method: AuthenticationMethod,
    /// Valid secrets: one, or two during a rotation.
    pub secrets: Vec<SecretDigest>,
    /// `token_endpoint_auth_signing_alg`: the only algorithm of its assertions; any that its rules allow if absent.
    #[serde(default)]
    pub token_endpoint_auth_signing_alg: Option<SigningAlgorithm>,
    /// `jwks`, JSON text.
    pub jwks: Option<String>,
    /// `jwks_uri`.
    pub jwks_uri: Option<String>,
    /// `tls_client_auth_subject_dn` (RFC 4514 text), `_san_dns`, `_san_uri`, `_san_ip`, `_san_email`: the one that is expected, by name.
    pub tls_client_auth: Option<(String, String)>,
    /// `tls_client_certificate_bound_access_tokens`.
    pub certificate_bound_access_tokens: bool,
    /// `dpop_bound_access_tokens`.
    pub dpop_bound_access_tokens: bool,
    /// `require_pushed_authorization_requests`.
    pub require_pushed_authorization_requests: bool,
    /// `require_signed_request_object`.
    pub require_signed_request_object: bool,
    /// `request_object_signing_alg`: the only algorithm of its request objects; any that its rules allow if absent.
    #[serde(default)]
    pub request_object_signing_alg: Option<SigningAlgorithm>,
    /// Whether PKCE is demanded; always for public clients.
    pub require_pkce: bool,
    /// The most that it may ask for: standard scopes, the catalogue's, its resources'.
    pub allowed_scopes: Vec<String>,
    /// Scopes of its own resources, unknown to the catalogue.
    pub resource_scopes: Vec<String>,
    /// Resources it may name (RFC 8707); the first one is the default audience of its access tokens.
    pub resources: Vec<String>,
    /// Types of `authorization_details` it may use (RFC 9396).
    pub authorization_details_types: Vec<String>,
    /// `subject_type`.
    pub subject_type: SubjectType,
    /// The sector of pairwise subjects: the client_id, or the host of a checked `sector_identifier_uri`.
    pub sector: String,
    /// `sector_identifier_uri`, whose document was checked when it was registered.
    #[serde(default)]
    pub sector_identifier_uri: Option<String>,
    /// `id_token_signed_response_alg`.
    pub id_token_signed_response_alg: SigningAlgorithm,
    /// `userinfo_signed_response_alg`; absent means JSON.
    pub userinfo_signed_response_alg: Option<SigningAlgorithm>,
    /// `authorization_signed_response_alg` (JARM).
    pub authorization_signed_response_alg: SigningAlgorithm,
    /// `introspection_signed_response_alg` (RFC 9701).
    pub introspection_signed_response_alg: SigningAlgorithm,
    /// Whether the ID token of the code flow carries the released claims, too.
    pub claims_in_id_token: bool,
    /// Renamed claims: our name -> the client's; an empty name drops it.
    pub claim_mapping: BTreeMap<String, String>,
    /// `default_max_age`, seconds.
    pub default_max_age: Option<u32>,
    /// `require_auth_time`.
    pub require_auth_time: bool,
    /// `default_acr_values`.
    pub default_acr_values: Vec<String>,
    /// `backchannel_logout_uri`.
    pub backchannel_logout_uri: Option<String>,
    /// `backchannel_logout_session_required`.
    pub backchannel_logout_session_required: bool,
    /// `frontchannel_logout_uri`.
    pub frontchannel_logout_uri: Option<String>,
    /// `frontchannel_logout_session_required`.
    pub frontchannel_logout_session_required: bool,
    /// `backchannel_token_delivery_mode`.
    pub ciba_delivery: Option<CibaDelivery>,
    /// `backchannel_client_notification_endpoint`.
    pub ciba_notification_endpoint: Option<String>,
    /// `backchannel_authentication_request_signing_alg`: signed CIBA requests alone, of this algorithm.
    #[serde(default)]
    pub backchannel_authentication_request_signing_alg: Option<SigningAlgorithm>,
    /// Browser origins of public clients that may call token, userinfo and revocation.
    pub origins: Vec<String>,
    /// For [`ClientProfile::EntraExternal`]: tenants that may ask, and the Entra application that signs hints for us.
    pub entra_tenants: Vec<String>,
    /// Digest of the registration access token (RFC 7592).
    pub registration_token: Option<SecretDigest>,
    /// Whether it answers at all.
    pub enabled: bool,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When anything of it last changed.
    pub updated_at: Timestamp,
}
