//! Client metadata on the wire: the members of RFC 7591 2, OIDC Registration 2, RFC 8705 2.1.2, RFC 9126 6, RFC 9101 10.5, RFC 9449 5.2,
//! RFC 9701 6, JARM 3, CIBA 4, Back-Channel 2.2 and Front-Channel Logout 2, and beside them the members that only an operator may write.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::MetadataError;
use super::record::{
    AuthenticationMethod, CibaDelivery, ClientProfile, GrantType, SigningAlgorithm, SubjectType,
};

/// The longest description that is read, in bytes.
pub const LIMIT: usize = 64 * 1024;

/// Reads a description.
///
/// # Errors
/// [`MetadataError::Document`].
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, MetadataError> {
    let parsed = (bytes.len() <= LIMIT).then(|| serde_json::from_slice(bytes).ok());
    parsed.flatten().ok_or(MetadataError::Document)
}

/// A member that is absent or null is not said.
fn member<T: DeserializeOwned>(
    object: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<T>, MetadataError> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => T::deserialize(value)
            .map(Some)
            .map_err(|_| MetadataError::Value(name)),
    }
}

fn put(object: &mut Map<String, Value>, name: &str, value: Option<&impl Serialize>) {
    let value = value.and_then(|value| serde_json::to_value(value).ok());
    if let Some(value) = value {
        object.insert(name.to_owned(), value);
    }
}

macro_rules! members {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $member:ident: $type:ty,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct $name { $($(#[$doc])* pub $member: Option<$type>,)+ }

        impl $name {
            /// The members' names.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($member)),+];

            /// Reads the members that are known; others are left alone (RFC 7591 2).
            ///
            /// # Errors
            /// [`MetadataError::Value`] with the member.
            pub fn read(object: &Map<String, Value>) -> Result<Self, MetadataError> {
                Ok(Self { $($member: member(object, stringify!($member))?,)+ })
            }

            /// Writes the members that have a value.
            pub fn write(&self, object: &mut Map<String, Value>) {
                $(put(object, stringify!($member), self.$member.as_ref());)+
            }
        }
    };
}

members! {
    /// What a client says of itself. Absent members take the default of their specification, or the seed's.
    ClientMetadata {
        /// RFC 7591 2.
        client_name: String,
        /// `web` or `native` (OIDC Registration 2).
        application_type: ApplicationType,
        /// RFC 7591 2.
        redirect_uris: Vec<String>,
        /// RP-Initiated Logout 3.1.
        post_logout_redirect_uris: Vec<String>,
        /// RFC 7591 2: `code` alone.
        response_types: Vec<String>,
        /// RFC 7591 2.
        grant_types: Vec<GrantType>,
        /// RFC 7591 2: the most that it may ask for.
        scope: String,
        /// RFC 7591 2.
        client_uri: String,
        /// RFC 7591 2.
        logo_uri: String,
        /// RFC 7591 2.
        policy_uri: String,
        /// RFC 7591 2.
        tos_uri: String,
        /// RFC 7591 2.
        contacts: Vec<String>,
        /// RFC 7591 2.
        token_endpoint_auth_method: AuthenticationMethod,
        /// OIDC Registration 2.
        token_endpoint_auth_signing_alg: SigningAlgorithm,
        /// RFC 7591 2.
        jwks: Map<String, Value>,
        /// RFC 7591 2.
        jwks_uri: String,
        /// RFC 8705 2.1.2.
        tls_client_auth_subject_dn: String,
        /// RFC 8705 2.1.2.
        tls_client_auth_san_dns: String,
        /// RFC 8705 2.1.2.
        tls_client_auth_san_uri: String,
        /// RFC 8705 2.1.2.
        tls_client_auth_san_ip: String,
        /// RFC 8705 2.1.2.
        tls_client_auth_san_email: String,
        /// RFC 8705 3.4.
        tls_client_certificate_bound_access_tokens: bool,
        /// RFC 9449 5.2.
        dpop_bound_access_tokens: bool,
        /// RFC 9126 6.
        require_pushed_authorization_requests: bool,
        /// RFC 9101 10.5.
        require_signed_request_object: bool,
        /// OIDC Registration 2.
        request_object_signing_alg: SigningAlgorithm,
        /// OIDC Registration 2.
        subject_type: SubjectType,
        /// OIDC Registration 2.
        sector_identifier_uri: String,
        /// OIDC Registration 2; ES256 if absent, as the seed says.
        id_token_signed_response_alg: SigningAlgorithm,
        /// OIDC Registration 2.
        userinfo_signed_response_alg: SigningAlgorithm,
        /// JARM 3; that of the ID token if absent.
        authorization_signed_response_alg: SigningAlgorithm,
        /// RFC 9701 6; that of the ID token if absent.
        introspection_signed_response_alg: SigningAlgorithm,
        /// OIDC Registration 2, seconds.
        default_max_age: u32,
        /// OIDC Registration 2.
        require_auth_time: bool,
        /// OIDC Registration 2.
        default_acr_values: Vec<String>,
        /// Back-Channel Logout 2.2.
        backchannel_logout_uri: String,
        /// Back-Channel Logout 2.2.
        backchannel_logout_session_required: bool,
        /// Front-Channel Logout 2.
        frontchannel_logout_uri: String,
        /// Front-Channel Logout 2.
        frontchannel_logout_session_required: bool,
        /// CIBA 4.
        backchannel_token_delivery_mode: CibaDelivery,
        /// CIBA 4.
        backchannel_client_notification_endpoint: String,
        /// CIBA 4.
        backchannel_authentication_request_signing_alg: SigningAlgorithm,
        /// RFC 9396 10.
        authorization_details_types: Vec<String>,
    }
}

members! {
    /// What only an operator may say of a client.
    OperatorMembers {
        /// The service in whose name the phone is asked.
        service_id: idp_types::ServiceId,
        /// Which rules hold: `generic`, `fapi2`, `fapi_ciba` or `entra_external`.
        profile: ClientProfile,
        /// The view of the issuer, as in `{issuer}/t/{issuer_profile}`.
        issuer_profile: String,
        /// Whether PKCE is demanded of a confidential client, too.
        require_pkce: bool,
        /// Whether the ID token carries the released claims; true if absent, as the seed shows it.
        claims_in_id_token: bool,
        /// Our name of a claim -> the client's; an empty name drops it.
        claim_mapping: BTreeMap<String, String>,
        /// Scopes of its own resources.
        resource_scopes: Vec<String>,
        /// Resources that it may name (RFC 8707); the first one is the default audience of its access tokens.
        resources: Vec<String>,
        /// Browser origins that may call token, userinfo and revocation.
        origins: Vec<String>,
        /// Entra tenants that may ask, for `entra_external`.
        entra_tenants: Vec<String>,
        /// Whether it answers at all.
        enabled: bool,
    }
}

/// `application_type` (OIDC Registration 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationType {
    /// Redirect URIs are https.
    Web,
    /// Redirect URIs may be loopback ones or of a scheme of its own (RFC 8252 7).
    Native,
}

/// Members that would have to be honoured and are not: a client that asks for encryption must not get clear text.
const UNSUPPORTED: [&str; 6] = [
    "id_token_encrypted_response_alg",
    "userinfo_encrypted_response_alg",
    "authorization_encrypted_response_alg",
    "introspection_encrypted_response_alg",
    "request_object_encryption_alg",
    "backchannel_user_code_parameter",
];

impl ClientMetadata {
    /// Reads what a client says of itself.
    ///
    /// # Errors
    /// [`MetadataError::Value`], or [`MetadataError::Unsupported`] for a member that cannot be ignored in safety.
    pub fn parse(object: &Map<String, Value>) -> Result<Self, MetadataError> {
        let is_asked =
            |name: &&'static str| !matches!(object.get(*name), None | Some(Value::Null | Value::Bool(false)));
        match UNSUPPORTED.iter().find(|name| is_asked(name)) {
            Some(name) => Err(MetadataError::Unsupported(name)),
            None => Self::read(object),
        }
    }
}
