//! The authentication request (CIBA 7.1): parameters in, one checked value out.

use idp_types::ScopeSet;

use super::hint::Hint;
use super::{binding_message, hint};
use crate::authorize::claims_parameter::ClaimsRequest;
use crate::authorize::requirements::Requirements;
use crate::authorize::{read_resources, scope_within_ceiling};
use crate::client::{CibaDelivery, Client};
use crate::error::{ErrorCode, OAuthError};
use crate::parameters::Parameters;
use crate::scope::RequestedScope;

/// CIBA 7.1: the longest `client_notification_token`.
const TOKEN_LIMIT: usize = 1024;

/// A checked request. Debug shows nothing: it has a bearer token of the client, and names a person.
#[derive(Clone, PartialEq, Eq)]
pub struct BackchannelRequest {
    /// What is asked for.
    pub scope: RequestedScope,
    /// Whom to ask.
    pub hint: Hint,
    /// What the phone shows beside the code.
    pub binding_message: Option<String>,
    /// What is demanded of the authentication.
    pub requirements: Requirements,
    /// For whom the access token will be.
    pub resources: Vec<String>,
    /// For how many seconds at the most the client wants to wait.
    pub requested_expiry: Option<u32>,
    /// With what the ping is authenticated; of clients that are told alone.
    pub notification_token: Option<String>,
}

impl std::fmt::Debug for BackchannelRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BackchannelRequest(..)")
    }
}

impl BackchannelRequest {
    /// The checks of CIBA 7.2, in their order. A signed request was opened before.
    ///
    /// # Errors
    /// The error of CIBA 13 of the first check that refuses.
    pub fn read(parameters: &Parameters, client: &Client) -> Result<Self, OAuthError> {
        let scope = scope(parameters, client)?;
        let requirements = Requirements::of(parameters.text("acr_values"), &ClaimsRequest::default(), client);
        requirements.check_possible()?;
        Ok(Self {
            hint: hint::read(parameters)?,
            binding_message: binding_message::read(parameters)?,
            resources: read_resources(parameters, client)?,
            requested_expiry: requested_expiry(parameters)?,
            notification_token: notification_token(parameters, client)?,
            scope,
            requirements,
        })
    }

    /// What the phone is asked for.
    pub fn asked(&self) -> ScopeSet {
        ScopeSet::expanding(self.scope.identity())
    }

    /// Seconds until the request expires: what the client wants, and at most as long as the phone is asked.
    pub fn expires_in(&self, session_seconds: i64) -> i64 {
        self.requested_expiry
            .map_or(session_seconds, |wanted| i64::from(wanted).min(session_seconds))
    }
}

/// CIBA 7.1: `scope` is there and has `openid`. Authorization details (RFC 9396) are shown on no phone yet.
fn scope(parameters: &Parameters, client: &Client) -> Result<RequestedScope, OAuthError> {
    if parameters.text("authorization_details").is_some() {
        return Err(OAuthError::new(
            ErrorCode::InvalidAuthorizationDetails,
            "authorization_details are not supported here",
        ));
    }
    let scope = scope_within_ceiling(parameters, client)?;
    if scope.has("openid") {
        Ok(scope)
    } else {
        Err(OAuthError::new(ErrorCode::InvalidScope, "scope must have openid"))
    }
}

/// CIBA 7.1: a positive whole number, as JSON number or as text.
fn requested_expiry(parameters: &Parameters) -> Result<Option<u32>, OAuthError> {
    let Some(text) = parameters.text("requested_expiry") else {
        return Ok(None);
    };
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text
        .parse::<u32>()
        .ok()
        .filter(|seconds| is_number && *seconds > 0);
    seconds.map(Some).ok_or(OAuthError::invalid_request(
        "requested_expiry is not a positive number of seconds",
    ))
}

/// CIBA 7.1: of clients that are told, needed; a bearer token in the alphabet of RFC 6750 2.1, of at most 1,024 characters.
fn notification_token(parameters: &Parameters, client: &Client) -> Result<Option<String>, OAuthError> {
    if client.ciba_delivery != Some(CibaDelivery::Ping) {
        return Ok(None);
    }
    let token = parameters.required(
        "client_notification_token",
        "client_notification_token is missing",
    )?;
    let is_of_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if token.len() <= TOKEN_LIMIT && token.bytes().all(is_of_alphabet) {
        Ok(Some(token.to_owned()))
    } else {
        Err(OAuthError::invalid_request(
            "client_notification_token is no bearer token",
        ))
    }
}
