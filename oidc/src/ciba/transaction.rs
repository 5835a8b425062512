//! A request under way, and what comes of it (CIBA 10.1, 11). That it is redeemed once is decided by the commit.

use idp_types::SessionId;
use serde::{Deserialize, Serialize};

use crate::authentication::Authentication;
use crate::error::OAuthError;
use crate::grant::GrantId;
use crate::polled::{self, EXPIRED, PolledRequest};

/// The grant of an `auth_req_id` is derived from it.
const CONTEXT: &[u8] = b"idt-ciba-grant-v1";

/// What is said of an `auth_req_id` that is unknown, used, or another client's: always the same (CIBA 11).
pub const UNKNOWN: OAuthError =
    OAuthError::invalid_grant("the auth_req_id is unknown, used, or was given to another client");

/// Kept by the digest of its `auth_req_id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// What the client asked for.
    pub request: PolledRequest,
    /// The session that asks the phone.
    pub session_id: SessionId,
}

impl Transaction {
    /// CIBA 11: somebody approved, in time, as surely as the client demands; the `acr` to assert.
    ///
    /// # Errors
    /// `expired_token`, or `access_denied` where no demanded `acr` is met.
    pub fn approved(&self, authentication: &Authentication) -> Result<String, OAuthError> {
        if authentication.auth_time >= self.request.expires_at {
            return Err(EXPIRED);
        }
        self.request.met_by(authentication)
    }
}

/// The grant that an `auth_req_id` gives, or gave.
pub fn grant_of(auth_req_id: &str) -> GrantId {
    polled::grant_of(CONTEXT, auth_req_id)
}
