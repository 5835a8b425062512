//! Between the wire and the record: a description becomes a client, a client its description.

use serde_json::{Map, Value};
use url::Url;

use super::error::MetadataError;
use super::metadata::{ApplicationType, ClientMetadata, OperatorMembers};
use super::record::{Client, ClientProfile, GrantType};

const LINKS: [&str; 4] = ["client_uri", "logo_uri", "policy_uri", "tos_uri"];

/// Puts a value that was said in place of the default.
fn take<T: Clone>(place: &mut T, said: Option<&T>) {
    if let Some(said) = said {
        place.clone_from(said);
    }
}

fn is_set(switch: bool) -> Option<bool> {
    switch.then_some(true)
}

fn listed<T: Clone>(values: &[T]) -> Option<Vec<T>> {
    (!values.is_empty()).then(|| values.to_vec())
}

fn words(text: &str) -> Vec<String> {
    text.split(' ')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// RFC 7591 2: `code` goes with `authorization_code`; nothing else exists here, but for Entra's own profile.
fn check_response_types(client: &Client, said: Option<&Vec<String>>) -> Result<(), MetadataError> {
    let expected = response_types(client);
    match said {
        Some(said) if said.iter().map(String::as_str).ne(expected.iter().copied()) => {
            Err(MetadataError::Value("response_types"))
        }
        _ => Ok(()),
    }
}

fn response_types(client: &Client) -> &'static [&'static str] {
    if client.profile == ClientProfile::EntraExternal {
        &["id_token"]
    } else if client.may_use(GrantType::AuthorizationCode) {
        &["code"]
    } else {
        &[]
    }
}

impl Client {
    /// What the operator said; comes before [`Self::describe`].
    pub fn operate(&mut self, said: &OperatorMembers) {
        take(&mut self.service_id, said.service_id.as_ref());
        take(&mut self.profile, said.profile.as_ref());
        self.issuer_profile.clone_from(&said.issuer_profile);
        take(&mut self.require_pkce, said.require_pkce.as_ref());
        take(&mut self.claims_in_id_token, said.claims_in_id_token.as_ref());
        take(&mut self.claim_mapping, said.claim_mapping.as_ref());
        take(&mut self.resource_scopes, said.resource_scopes.as_ref());
        take(&mut self.resources, said.resources.as_ref());
        take(&mut self.origins, said.origins.as_ref());
        take(&mut self.entra_tenants, said.entra_tenants.as_ref());
        take(&mut self.enabled, said.enabled.as_ref());
    }

    /// What the client says of itself, and what follows from it.
    ///
    /// # Errors
    /// [`MetadataError`] where two members cannot both be kept.
    pub fn describe(&mut self, said: &ClientMetadata) -> Result<(), MetadataError> {
        take(&mut self.name, said.client_name.as_ref());
        take(&mut self.contacts, said.contacts.as_ref());
        self.native = said.application_type == Some(ApplicationType::Native);
        take(&mut self.redirect_uris, said.redirect_uris.as_ref());
        take(
            &mut self.post_logout_redirect_uris,
            said.post_logout_redirect_uris.as_ref(),
        );
        take(&mut self.grant_types, said.grant_types.as_ref());
        self.grant_types.sort_unstable();
        self.grant_types.dedup();
        check_response_types(self, said.response_types.as_ref())?;
        if let Some(scope) = &said.scope {
            self.allowed_scopes = words(scope);
        }
        let links = [&said.client_uri, &said.logo_uri, &said.policy_uri, &said.tos_uri];
        let links = LINKS.into_iter().zip(links);
        self.links = links
            .filter_map(|(name, link)| Some((name.to_owned(), link.clone()?)))
            .collect();
        self.describe_credentials(said)?;
        self.describe_tokens(said);
        self.describe_channels(said);
        self.complete(said);
        Ok(())
    }

    fn describe_credentials(&mut self, said: &ClientMetadata) -> Result<(), MetadataError> {
        take(
            &mut self.authentication_method,
            said.token_endpoint_auth_method.as_ref(),
        );
        self.token_endpoint_auth_signing_alg = said.token_endpoint_auth_signing_alg;
        self.jwks = said
            .jwks
            .as_ref()
            .map(|set| Value::Object(set.clone()).to_string());
        self.jwks_uri.clone_from(&said.jwks_uri);
        let subjects = [
            ("tls_client_auth_subject_dn", &said.tls_client_auth_subject_dn),
            ("tls_client_auth_san_dns", &said.tls_client_auth_san_dns),
            ("tls_client_auth_san_uri", &said.tls_client_auth_san_uri),
            ("tls_client_auth_san_ip", &said.tls_client_auth_san_ip),
            ("tls_client_auth_san_email", &said.tls_client_auth_san_email),
        ];
        let mut subjects = subjects
            .into_iter()
            .filter_map(|(name, subject)| Some((name, subject.as_ref()?)));
        let first = subjects.next();
        // RFC 8705 2.1.2: exactly one of them.
        if let (Some((name, _)), Some((other, _))) = (first, subjects.next()) {
            return Err(MetadataError::Conflict(name, other));
        }
        self.tls_client_auth = first.map(|(name, subject)| (name.to_owned(), subject.clone()));
        self.certificate_bound_access_tokens = said.tls_client_certificate_bound_access_tokens == Some(true);
        self.dpop_bound_access_tokens = said.dpop_bound_access_tokens == Some(true);
        Ok(())
    }

    fn describe_tokens(&mut self, said: &ClientMetadata) {
        self.require_pushed_authorization_requests = said.require_pushed_authorization_requests == Some(true);
        self.require_signed_request_object = said.require_signed_request_object == Some(true);
        self.request_object_signing_alg = said.request_object_signing_alg;
        take(&mut self.subject_type, said.subject_type.as_ref());
        self.sector_identifier_uri.clone_from(&said.sector_identifier_uri);
        take(
            &mut self.id_token_signed_response_alg,
            said.id_token_signed_response_alg.as_ref(),
        );
        self.userinfo_signed_response_alg = said.userinfo_signed_response_alg;
        let usual = self.id_token_signed_response_alg;
        self.authorization_signed_response_alg = said.authorization_signed_response_alg.unwrap_or(usual);
        self.introspection_signed_response_alg = said.introspection_signed_response_alg.unwrap_or(usual);
        self.default_max_age = said.default_max_age;
        self.require_auth_time = said.require_auth_time == Some(true);
        take(&mut self.default_acr_values, said.default_acr_values.as_ref());
        take(
            &mut self.authorization_details_types,
            said.authorization_details_types.as_ref(),
        );
    }

    fn describe_channels(&mut self, said: &ClientMetadata) {
        self.backchannel_logout_uri
            .clone_from(&said.backchannel_logout_uri);
        self.backchannel_logout_session_required = said.backchannel_logout_session_required == Some(true);
        self.frontchannel_logout_uri
            .clone_from(&said.frontchannel_logout_uri);
        self.frontchannel_logout_session_required = said.frontchannel_logout_session_required == Some(true);
        self.ciba_delivery = said.backchannel_token_delivery_mode;
        self.ciba_notification_endpoint
            .clone_from(&said.backchannel_client_notification_endpoint);
        self.backchannel_authentication_request_signing_alg =
            said.backchannel_authentication_request_signing_alg;
    }

    /// What follows from the rest. RFC 9700 2.1.1: public clients use PKCE. A public client of the web calls from the origins that it
    /// is redirected to, unless others were named.
    fn complete(&mut self, said: &ClientMetadata) {
        self.require_pkce |= self.is_public() || self.profile == ClientProfile::Fapi2;
        let calls = self.profile != ClientProfile::EntraExternal;
        if calls && self.is_public() && !self.native && self.origins.is_empty() {
            self.origins = origins_of(&self.redirect_uris);
        }
        let may_refresh = self.may_use(GrantType::RefreshToken);
        if may_refresh
            && said.scope.is_none()
            && !self.allowed_scopes.iter().any(|own| own == "offline_access")
        {
            self.allowed_scopes.push("offline_access".to_owned());
        }
    }

    /// The description that would make this client again.
    #[expect(clippy::too_many_lines, reason = "a declared table: one line a member")]
    pub fn metadata(&self) -> ClientMetadata {
        let link = |name: &str| self.links.get(name).cloned();
        let subject = |name: &str| {
            let expected = self.tls_client_auth.as_ref();
            expected
                .filter(|(own, _)| own == name)
                .map(|(_, value)| value.clone())
        };
        let application_type = if self.native {
            ApplicationType::Native
        } else {
            ApplicationType::Web
        };
        ClientMetadata {
            client_name: Some(self.name.clone()),
            application_type: Some(application_type),
            redirect_uris: listed(&self.redirect_uris),
            post_logout_redirect_uris: listed(&self.post_logout_redirect_uris),
            response_types: Some(response_types(self).iter().map(|&text| text.to_owned()).collect()),
            grant_types: Some(self.grant_types.clone()),
            scope: Some(self.allowed_scopes.join(" ")),
            client_uri: link("client_uri"),
            logo_uri: link("logo_uri"),
            policy_uri: link("policy_uri"),
            tos_uri: link("tos_uri"),
            contacts: listed(&self.contacts),
            token_endpoint_auth_method: Some(self.authentication_method),
            token_endpoint_auth_signing_alg: self.token_endpoint_auth_signing_alg,
            jwks: self
                .jwks
                .as_deref()
                .and_then(|text| serde_json::from_str::<Map<_, _>>(text).ok()),
            jwks_uri: self.jwks_uri.clone(),
            tls_client_auth_subject_dn: subject("tls_client_auth_subject_dn"),
            tls_client_auth_san_dns: subject("tls_client_auth_san_dns"),
            tls_client_auth_san_uri: subject("tls_client_auth_san_uri"),
            tls_client_auth_san_ip: subject("tls_client_auth_san_ip"),
            tls_client_auth_san_email: subject("tls_client_auth_san_email"),
            tls_client_certificate_bound_access_tokens: is_set(self.certificate_bound_access_tokens),
            dpop_bound_access_tokens: is_set(self.dpop_bound_access_tokens),
            require_pushed_authorization_requests: is_set(self.require_pushed_authorization_requests),
            require_signed_request_object: is_set(self.require_signed_request_object),
            request_object_signing_alg: self.request_object_signing_alg,
            subject_type: Some(self.subject_type),
            sector_identifier_uri: self.sector_identifier_uri.clone(),
            id_token_signed_response_alg: Some(self.id_token_signed_response_alg),
            userinfo_signed_response_alg: self.userinfo_signed_response_alg,
            authorization_signed_response_alg: Some(self.authorization_signed_response_alg),
            introspection_signed_response_alg: Some(self.introspection_signed_response_alg),
            default_max_age: self.default_max_age,
            require_auth_time: is_set(self.require_auth_time),
            default_acr_values: listed(&self.default_acr_values),
            backchannel_logout_uri: self.backchannel_logout_uri.clone(),
            backchannel_logout_session_required: is_set(self.backchannel_logout_session_required),
            frontchannel_logout_uri: self.frontchannel_logout_uri.clone(),
            frontchannel_logout_session_required: is_set(self.frontchannel_logout_session_required),
            backchannel_token_delivery_mode: self.ciba_delivery,
            backchannel_client_notification_endpoint: self.ciba_notification_endpoint.clone(),
            backchannel_authentication_request_signing_alg: self
                .backchannel_authentication_request_signing_alg,
            authorization_details_types: listed(&self.authorization_details_types),
        }
    }

    /// What an operator would say to make this client again.
    pub fn operator_members(&self) -> OperatorMembers {
        OperatorMembers {
            service_id: Some(self.service_id.clone()),
            profile: Some(self.profile),
            issuer_profile: self.issuer_profile.clone(),
            require_pkce: Some(self.require_pkce),
            claims_in_id_token: Some(self.claims_in_id_token),
            claim_mapping: (!self.claim_mapping.is_empty()).then(|| self.claim_mapping.clone()),
            resource_scopes: listed(&self.resource_scopes),
            resources: listed(&self.resources),
            origins: listed(&self.origins),
            entra_tenants: listed(&self.entra_tenants),
            enabled: Some(self.enabled),
        }
    }
}

/// The origins of https redirect URIs, each once.
fn origins_of(redirect_uris: &[String]) -> Vec<String> {
    let mut origins: Vec<String> = Vec::new();
    for url in redirect_uris.iter().filter_map(|text| Url::parse(text).ok()) {
        let origin = url.origin().ascii_serialization();
        if matches!(url.scheme(), "https" | "http") && !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    origins
}
