//! A service as an operator writes it, checked once (`product.md` 8; profile 4).

use idp_core::service::{CallerAuthentication, DirectTokenType, Service, SubjectType};
use idp_jose::{Algorithm, Jwk};
use idp_types::{CivilDate, MatchingMode, Scope, ServiceId, Timestamp};
use serde::{Deserialize, Serialize};

use super::address::{check_logo, check_url, is_origin};
use super::seal::payload_of;
use crate::approval::OWN_SERVICE;

/// The most origins of one service.
const ORIGINS_LIMIT: usize = 32;

/// The most scopes of one list.
const SCOPES_LIMIT: usize = 32;

/// The longest `aud`.
const AUDIENCE_LIMIT: usize = 256;

/// Names of routes beside `/services/{serviceId}`.
const RESERVED: [&str; 2] = [OWN_SERVICE, "trusted"];

/// A service as an operator writes it. What is absent takes the stricter default.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceInput {
    /// Its identifier; never changes.
    #[schema(value_type = String)]
    pub service_id: ServiceId,
    /// The name that people read, at most 64 characters.
    pub name: String,
    /// Its address, https.
    pub url: String,
    /// A https URL, or `data:image/png|svg+xml|webp;base64,` of at most 16 KiB.
    pub logo: Option<String>,
    /// Its privacy policy, https.
    pub privacy_policy_url: Option<String>,
    /// The most that it may ask for. The portrait has to be named.
    #[schema(value_type = Vec<String>)]
    pub allowed_scopes: Vec<Scope>,
    /// What a request that names no scopes asks for; within `allowedScopes`.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub default_scopes: Vec<Scope>,
    /// `aud` of its tokens, where it is not the serviceId.
    pub audience: Option<String>,
    /// `origin`, `secret` or `key`; `secret` if absent.
    #[schema(value_type = Option<String>)]
    pub caller_authentication: Option<CallerAuthentication>,
    /// Browser origins, exactly as a browser serialises them.
    #[serde(default)]
    pub origins: Vec<String>,
    /// Public JWK of callers that authenticate with `key`.
    #[schema(value_type = Option<Object>)]
    pub caller_key: Option<serde_json::Value>,
    /// `compare`, `choose` or `transfer`; `transfer` if absent.
    #[schema(value_type = Option<String>)]
    pub matching_mode: Option<MatchingMode>,
    /// Whether a person must have trusted the service before it can wake a phone.
    #[serde(default)]
    pub trust_required: bool,
    /// `public` or `pairwise`; `pairwise` if absent.
    #[schema(value_type = Option<String>)]
    pub subject_type: Option<SubjectType>,
    /// `idtoken+jwt` or `JWT`; `idtoken+jwt` if absent.
    #[schema(value_type = Option<String>)]
    pub token_type: Option<DirectTokenType>,
}

/// Which member of a service is wrong, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceInputError {
    /// The serviceId is a name of this server's own.
    #[error("this serviceId is reserved")]
    ReservedId,
    /// Longer than allowed.
    #[error("{0} is too long")]
    TooLong(&'static str),
    /// Not an absolute https URL without user; loopback http is for the demo alone.
    #[error("{0} is not an absolute https URL")]
    Url(&'static str),
    /// A logo that is neither a https URL nor a picture of a kind that is shown.
    #[error("logo is neither a https URL nor a base64 data URL of PNG, SVG or WebP")]
    Logo,
    /// Not what a browser sends as `Origin`.
    #[error("origins has a value that no browser sends as Origin")]
    Origin,
    /// `callerAuthentication` is `origin` and no origin is registered.
    #[error("callers by origin need at least one origin")]
    OriginsMissing,
    /// `callerAuthentication` is `key` and no key is registered, or the key is not a public signature key.
    #[error("callers by key need a public JWK that verifies ES256, PS256 or RS256")]
    CallerKey,
    /// A default scope that is not allowed.
    #[error("defaultScopes goes beyond allowedScopes")]
    DefaultScopes,
    /// No Service VDS can say this of the service: the name is empty, too long or has a control character, or another field does
    /// not fit.
    #[error("a Service VDS cannot carry these values")]
    Seal,
}

impl ServiceInputError {
    /// The member that is wrong.
    pub const fn member(self) -> &'static str {
        match self {
            Self::ReservedId => "serviceId",
            Self::TooLong(member) | Self::Url(member) => member,
            Self::Logo => "logo",
            Self::Origin | Self::OriginsMissing => "origins",
            Self::CallerKey => "callerKey",
            Self::DefaultScopes => "defaultScopes",
            Self::Seal => "name",
        }
    }
}

impl ServiceInput {
    /// The service that it describes, without secrets. Loopback http passes where `loopback` says so.
    ///
    /// # Errors
    /// [`ServiceInputError`] with the first member that is wrong.
    pub fn check(&self, loopback: bool, now: Timestamp) -> Result<Service, ServiceInputError> {
        if RESERVED.contains(&self.service_id.as_str()) {
            return Err(ServiceInputError::ReservedId);
        }
        self.check_identity(loopback)?;
        self.check_callers(loopback)?;
        if [&self.allowed_scopes, &self.default_scopes]
            .iter()
            .any(|scopes| scopes.len() > SCOPES_LIMIT)
        {
            return Err(ServiceInputError::TooLong("allowedScopes"));
        }
        let service = self.service(now);
        if service.requested(None).is_err() {
            return Err(ServiceInputError::DefaultScopes);
        }
        let someday = CivilDate::new(2099, 12, 31).ok_or(ServiceInputError::Seal)?;
        payload_of(&service, someday).map_err(|_| ServiceInputError::Seal)?;
        Ok(service)
    }

    fn check_identity(&self, loopback: bool) -> Result<(), ServiceInputError> {
        check_url("url", &self.url, loopback)?;
        if let Some(privacy) = &self.privacy_policy_url {
            check_url("privacyPolicyUrl", privacy, loopback)?;
        }
        if let Some(logo) = &self.logo {
            check_logo(logo, loopback)?;
        }
        let fits = |audience: &String| (1..=AUDIENCE_LIMIT).contains(&audience.len());
        if self.audience.as_ref().is_some_and(|audience| !fits(audience)) {
            return Err(ServiceInputError::TooLong("audience"));
        }
        Ok(())
    }

    fn check_callers(&self, loopback: bool) -> Result<(), ServiceInputError> {
        if self.origins.len() > ORIGINS_LIMIT {
            return Err(ServiceInputError::TooLong("origins"));
        }
        if !self.origins.iter().all(|origin| is_origin(origin, loopback)) {
            return Err(ServiceInputError::Origin);
        }
        let key = self.caller_key.as_ref().map(Jwk::from_value);
        if key
            .as_ref()
            .is_some_and(|key| !key.as_ref().is_ok_and(may_authenticate))
        {
            return Err(ServiceInputError::CallerKey);
        }
        match self.authentication() {
            CallerAuthentication::Origin if self.origins.is_empty() => Err(ServiceInputError::OriginsMissing),
            CallerAuthentication::Key if key.is_none() => Err(ServiceInputError::CallerKey),
            _ => Ok(()),
        }
    }

    fn authentication(&self) -> CallerAuthentication {
        self.caller_authentication.unwrap_or(CallerAuthentication::Secret)
    }

    fn service(&self, now: Timestamp) -> Service {
        Service {
            service_id: self.service_id.clone(),
            name: self.name.clone(),
            url: self.url.clone(),
            logo: self.logo.clone(),
            privacy_policy_url: self.privacy_policy_url.clone(),
            allowed_scopes: self.allowed_scopes.clone(),
            default_scopes: self.default_scopes.clone(),
            audience: self.audience.clone(),
            caller_authentication: self.authentication(),
            origins: self.origins.clone(),
            secrets: Vec::new(),
            caller_key: self.caller_key.as_ref().map(serde_json::Value::to_string),
            response_secrets: Vec::new(),
            matching_mode: self.matching_mode.unwrap_or(MatchingMode::Transfer),
            trust_required: self.trust_required,
            subject_type: self.subject_type.unwrap_or(SubjectType::Pairwise),
            token_type: self.token_type.unwrap_or(DirectTokenType::IdToken),
            enabled: true,
            created_at: now,
            updated_at: now,
        }
    }
}

fn may_authenticate(key: &Jwk) -> bool {
    Algorithm::ALL
        .into_iter()
        .any(|algorithm| key.may_verify(algorithm))
}

pub(super) fn fuzz(data: &[u8]) {
    if let Ok(input) = serde_json::from_slice::<ServiceInput>(data) {
        let _ = input.check(data.len().is_multiple_of(2), Timestamp::default());
    }
    let text = String::from_utf8_lossy(data);
    let _ = is_origin(&text, true);
    let _ = check_logo(&text, true);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::address::LOGO_LIMIT;
    use super::*;

    fn checked(change: &serde_json::Value) -> Result<Service, ServiceInputError> {
        let mut input = json!({
            "serviceId": "bar-le-central",
            "name": "Bar Le Central",
            "url": "https://bar-le-central.example",
            "allowedScopes": ["identity:age_verification"],
        });
        input
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        serde_json::from_value::<ServiceInput>(input)
            .unwrap()
            .check(false, Timestamp::default())
    }

    #[test]
    fn what_is_absent_takes_the_stricter_default() {
        let service = checked(&json!({})).unwrap();
        assert_eq!(service.matching_mode, MatchingMode::Transfer);
        assert_eq!(service.caller_authentication, CallerAuthentication::Secret);
        assert_eq!(service.subject_type, SubjectType::Pairwise);
        assert!(service.enabled && service.default_scopes.is_empty());
    }

    #[test]
    fn defaults_stay_within_the_allow_list() {
        assert!(checked(&json!({"defaultScopes": ["identity:age_over_18"]})).is_ok());
        let beyond = checked(&json!({"defaultScopes": ["identity:photo"]}));
        assert_eq!(beyond.unwrap_err(), ServiceInputError::DefaultScopes);
        let composite = json!({
            "allowedScopes": ["identity:full", "identity:photo"], "defaultScopes": ["identity:full_with_photo"],
        });
        assert_eq!(checked(&composite).unwrap_err(), ServiceInputError::DefaultScopes);
    }

    #[test]
    fn addresses_are_https() {
        for url in [
            "http://bar.example",
            "javascript:alert(1)",
            "https://u@bar.example",
            "bar.example",
            "http://localhost",
        ] {
            assert_eq!(
                checked(&json!({"url": url})).unwrap_err(),
                ServiceInputError::Url("url"),
                "{url}"
            );
        }
        let local =
            json!({"serviceId": "a", "name": "A", "url": "http://localhost:3000", "allowedScopes": []});
        let local: ServiceInput = serde_json::from_value(local).unwrap();
        assert!(local.check(true, Timestamp::default()).is_ok());
    }

    #[test]
    fn origins_are_what_a_browser_sends() {
        let origin =
            |text: &str| checked(&json!({"callerAuthentication": "origin", "origins": [text]})).map(|_| ());
        assert_eq!(origin("https://bar.example"), Ok(()));
        assert_eq!(origin("https://bar.example:8443"), Ok(()));
        for text in [
            "https://bar.example/",
            "https://BAR.example",
            "https://bar.example:443",
            "null",
            "*",
        ] {
            assert_eq!(origin(text), Err(ServiceInputError::Origin), "{text}");
        }
        let none = checked(&json!({"callerAuthentication": "origin"}));
        assert_eq!(none.unwrap_err(), ServiceInputError::OriginsMissing);
    }

    #[test]
    fn logos_are_pictures() {
        let logo = |text: &str| checked(&json!({"logo": text})).map(|_| ());
        assert_eq!(logo("data:image/png;base64,AAAA"), Ok(()));
        assert_eq!(logo("https://bar.example/logo.png"), Ok(()));
        for text in [
            "data:text/html;base64,AAAA",
            "data:image/png,AAAA",
            "data:image/png;base64,*",
            "http://bar.example/x",
        ] {
            assert_eq!(logo(text), Err(ServiceInputError::Logo), "{text}");
        }
        let large = format!("data:image/png;base64,{}", "A".repeat(LOGO_LIMIT));
        assert_eq!(logo(&large), Err(ServiceInputError::TooLong("logo")));
    }

    #[test]
    fn names_fit_a_seal_and_reserved_ids_are_refused() {
        assert_eq!(
            checked(&json!({"name": ""})).unwrap_err(),
            ServiceInputError::Seal
        );
        assert_eq!(
            checked(&json!({"name": "x".repeat(65)})).unwrap_err(),
            ServiceInputError::Seal
        );
        let reserved = checked(&json!({"serviceId": "trusted"}));
        assert_eq!(reserved.unwrap_err(), ServiceInputError::ReservedId);
        let key = checked(&json!({"callerAuthentication": "key"}));
        assert_eq!(key.unwrap_err(), ServiceInputError::CallerKey);
    }

    proptest! {
        #[test]
        fn never_panics(data: Vec<u8>, text in "(https?://|data:image/png;base64,)?\\PC{0,80}") {
            fuzz(&data);
            fuzz(text.as_bytes());
        }
    }
}
