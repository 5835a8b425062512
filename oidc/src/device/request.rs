//! The device authorization request (RFC 8628 3.1): parameters in, one checked value out.

use crate::authorize::claims_parameter::ClaimsRequest;
use crate::authorize::requirements::Requirements;
use crate::authorize::{read_resources, scope_within_ceiling};
use crate::client::Client;
use crate::error::{ErrorCode, OAuthError};
use crate::parameters::Parameters;
use crate::scope::RequestedScope;

/// A checked request. Beside the `scope` of RFC 8628 3.1 it may name resources (RFC 8707) and `acr_values`, as at the authorization
/// endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRequest {
    /// What is asked for.
    pub scope: RequestedScope,
    /// What is demanded of the authentication.
    pub requirements: Requirements,
    /// For whom the access token will be.
    pub resources: Vec<String>,
}

impl DeviceRequest {
    /// The checks of RFC 8628 3.1. Authorization details (RFC 9396) are shown on no phone yet.
    ///
    /// # Errors
    /// `invalid_scope`, `invalid_target`, `invalid_authorization_details`, `unmet_authentication_requirements`.
    pub fn read(parameters: &Parameters, client: &Client) -> Result<Self, OAuthError> {
        if parameters.text("authorization_details").is_some() {
            return Err(OAuthError::new(
                ErrorCode::InvalidAuthorizationDetails,
                "authorization_details are not supported here",
            ));
        }
        let scope = scope_within_ceiling(parameters, client)?;
        let requirements = Requirements::of(parameters.text("acr_values"), &ClaimsRequest::default(), client);
        requirements.check_possible()?;
        Ok(Self {
            scope,
            requirements,
            resources: read_resources(parameters, client)?,
        })
    }
}
