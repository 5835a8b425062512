//! The request (`federation-oidc.md` 5a). Other parameters, `client-request-id` among them, are ignored.

use idp_types::ClientId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::destination::is_carried;
use super::{ExternalDestination, ForeignHint};
use crate::authorize::ClaimsRequest;
use crate::authorize::claims_parameter::Place;
use crate::client::Client;
use crate::error::{ErrorCode, OAuthError};
use crate::parameters::Parameters;

/// The longest `id_token_hint`.
pub const LIMIT: usize = 16 * 1024;

/// The longest `nonce`.
const NONCE_LIMIT: usize = 1024;

/// The most values of `acr` or `amr`.
const COUNT: usize = 32;

/// What Microsoft asks for: which assurance, by which methods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalDemand {
    /// `acr` values; one must be answered.
    pub acr: Vec<String>,
    /// `amr` values; one must be answered. Empty where none were named.
    pub amr: Vec<String>,
    /// The answer repeats it.
    pub nonce: String,
}

impl ExternalDemand {
    /// Checks the parameters, one after the other, and reads the demand. The hint is the caller's to verify.
    ///
    /// # Errors
    /// `invalid_request`, `unsupported_response_type`, `invalid_scope`.
    pub fn read(parameters: &Parameters) -> Result<(Self, &str), OAuthError> {
        check_fixed(parameters)?;
        if parameters.text("state").is_some_and(|state| !is_carried(state)) {
            return Err(OAuthError::invalid_request(
                "state is too long or has control characters",
            ));
        }
        let nonce = parameters.required("nonce", "nonce is missing")?;
        if nonce.len() > NONCE_LIMIT {
            return Err(OAuthError::invalid_request("nonce is too long"));
        }
        let hint = parameters.required("id_token_hint", "id_token_hint is missing")?;
        if hint.len() > LIMIT {
            return Err(OAuthError::invalid_request("id_token_hint is too long"));
        }
        let claims = match parameters.text("claims") {
            Some(text) => ClaimsRequest::parse(text)?,
            None => ClaimsRequest::default(),
        };
        let mut acr = values(&claims, "acr");
        if acr.is_empty() {
            acr.push("possessionorinherence".to_owned());
        }
        let demand = Self {
            amr: values(&claims, "amr"),
            acr,
            nonce: nonce.to_owned(),
        };
        Ok((demand, hint))
    }
}

/// `response_type`, `response_mode` and `scope` have one value each in this flow.
fn check_fixed(parameters: &Parameters) -> Result<(), OAuthError> {
    if parameters.required("response_type", "response_type is missing")? != "id_token" {
        return Err(OAuthError::new(
            ErrorCode::UnsupportedResponseType,
            "response_type must be id_token",
        ));
    }
    if parameters.text("response_mode") != Some("form_post") {
        return Err(OAuthError::invalid_request("response_mode must be form_post"));
    }
    let scope = parameters.text("scope").unwrap_or_default();
    if !scope.split(' ').any(|token| token == "openid") {
        return Err(OAuthError::new(ErrorCode::InvalidScope, "scope must have openid"));
    }
    Ok(())
}

fn values(claims: &ClaimsRequest, name: &str) -> Vec<String> {
    let claim = claims.claim(Place::IdToken, name);
    let values = claim.iter().flat_map(|claim| claim.values());
    values
        .filter_map(Value::as_str)
        .take(COUNT)
        .map(str::to_owned)
        .collect()
}

/// A request that was checked, as it waits for the phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalRequest {
    /// Which client.
    pub client_id: ClientId,
    /// Where the answer goes.
    pub destination: ExternalDestination,
    /// What is asked for.
    pub demand: ExternalDemand,
    /// About whom.
    pub hint: ForeignHint,
}

impl ExternalRequest {
    /// Puts the checked parts together.
    pub fn new(
        client: &Client,
        destination: ExternalDestination,
        demand: ExternalDemand,
        hint: ForeignHint,
    ) -> Self {
        Self {
            client_id: client.client_id.clone(),
            destination,
            demand,
            hint,
        }
    }
}
