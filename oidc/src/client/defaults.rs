//! What a client is unless something else is said, and what follows from its members.

use std::collections::BTreeMap;

use idp_types::{ClientId, ServiceId, Timestamp};

use super::record::{AuthenticationMethod, Client, ClientProfile, GrantType, SigningAlgorithm, SubjectType};

impl Client {
    /// A confidential client of the code flow that has neither a secret nor a redirect URI yet: every switch at its
    /// default, which is the seed's where it names one: ES256, public subjects, claims in the ID token.
    #[expect(clippy::too_many_lines, reason = "a declared table: one line a member")]
    pub fn new(client_id: ClientId, service_id: ServiceId, created_at: Timestamp) -> Self {
        Self {
            sector: client_id.to_string(),
            name: client_id.to_string(),
            client_id,
            service_id,
            links: BTreeMap::new(),
            contacts: Vec::new(),
            profile: ClientProfile::Generic,
            preset: None,
            issuer_profile: None,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            grant_types: vec![GrantType::AuthorizationCode],
            native: false,
            authentication_method: AuthenticationMethod::ClientSecretBasic,
            secrets: Vec::new(),
            token_endpoint_auth_signing_alg: None,
            jwks: None,
            jwks_uri: None,
            tls_client_auth: None,
            certificate_bound_access_tokens: false,
            dpop_bound_access_tokens: false,
            require_pushed_authorization_requests: false,
            require_signed_request_object: false,
            request_object_signing_alg: None,
            require_pkce: false,
            allowed_scopes: vec!["openid".to_owned()],
            resource_scopes: Vec::new(),
            resources: Vec::new(),
            authorization_details_types: Vec::new(),
            subject_type: SubjectType::Public,
            sector_identifier_uri: None,
            id_token_signed_response_alg: SigningAlgorithm::Es256,
            userinfo_signed_response_alg: None,
            authorization_signed_response_alg: SigningAlgorithm::Es256,
            introspection_signed_response_alg: SigningAlgorithm::Es256,
            claims_in_id_token: true,
            claim_mapping: BTreeMap::new(),
            default_max_age: None,
            require_auth_time: false,
            default_acr_values: Vec::new(),
            backchannel_logout_uri: None,
            backchannel_logout_session_required: false,
            frontchannel_logout_uri: None,
            frontchannel_logout_session_required: false,
            ciba_delivery: None,
            ciba_notification_endpoint: None,
            backchannel_authentication_request_signing_alg: None,
            origins: Vec::new(),
            entra_tenants: Vec::new(),
            registration_token: None,
            enabled: true,
            created_at,
            updated_at: created_at,
        }
    }

    /// Whether it keeps no secret.
    pub fn is_public(&self) -> bool {
        self.authentication_method == AuthenticationMethod::None
    }

    /// Whether it may use a grant.
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }
}
