//! A request under way, and what comes of it (CIBA 10.1, 11). That it is redeemed once is decided by the commit.

use idp_types::encoding::base64url;
use idp_types::{ClientId, ServiceId, SessionId, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::authentication::{Authentication, Released};
use crate::authorize::requirements::Requirements;
use crate::client::Client;
use crate::error::{ErrorCode, OAuthError};
use crate::grant::{Confirmation, Grant, GrantId};
use crate::polling::Pace;
use crate::scope::RequestedScope;

/// The grant of an `auth_req_id` is derived from it.
const CONTEXT: &[u8] = b"idt-ciba-grant-v1";

/// What is said of an `auth_req_id` that is unknown, used, or another client's: always the same (CIBA 11).
pub const UNKNOWN: OAuthError =
    OAuthError::invalid_grant("the auth_req_id is unknown, used, or was given to another client");

/// CIBA 11: the person did not allow it.
pub const DENIED: OAuthError = OAuthError::new(ErrorCode::AccessDenied, "the person declined");

/// CIBA 11: nobody answered in time.
pub const EXPIRED: OAuthError = OAuthError::new(ErrorCode::ExpiredToken, "nobody answered in time");

/// Kept by the digest of its `auth_req_id`. It has no attribute of the person, and no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// Whose it is.
    pub client_id: ClientId,
    /// In whose name the phone is asked.
    pub service_id: ServiceId,
    /// The session that asks the phone.
    pub session_id: SessionId,
    /// What is asked for.
    pub scope: RequestedScope,
    /// What is demanded of the authentication.
    pub requirements: Requirements,
    /// For whom the access token will be.
    pub resources: Vec<String>,
    /// When it ends: an answer that comes later is none.
    pub expires_at: Timestamp,
    /// How often the client may ask.
    pub pace: Pace,
}

/// When a grant's parts end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// The grant itself.
    pub grant: Timestamp,
    /// The claims that were released.
    pub claims: Timestamp,
}

impl Transaction {
    /// CIBA 11: the request of the client that asks, and nobody else's.
    ///
    /// # Errors
    /// `invalid_grant`.
    pub fn check_client(&self, client: &Client) -> Result<(), OAuthError> {
        if self.client_id == client.client_id {
            Ok(())
        } else {
            Err(UNKNOWN)
        }
    }

    /// CIBA 11: nobody answered yet. Expired, or the client's pace.
    pub fn waiting(&mut self, now: Timestamp) -> OAuthError {
        if now >= self.expires_at {
            return EXPIRED;
        }
        self.pace.ask(now)
    }

    /// CIBA 11: somebody approved, in time, as surely as the client demands; the `acr` to assert.
    ///
    /// # Errors
    /// `expired_token`, or `access_denied` where no demanded `acr` is met.
    pub fn approved(&self, authentication: &Authentication) -> Result<String, OAuthError> {
        if authentication.auth_time >= self.expires_at {
            return Err(EXPIRED);
        }
        self.requirements.met_by(authentication).map_err(|_| {
            OAuthError::new(
                ErrorCode::AccessDenied,
                "no authentication meets the requested acr",
            )
        })
    }

    /// The grant that comes of it.
    pub fn begin_grant(
        &self,
        auth_req_id: &str,
        (released, subject, acr): (&Released, String, String),
        confirmation: Option<Confirmation>,
        (now, ends): (Timestamp, Ends),
    ) -> Grant {
        Grant {
            grant_id: grant_of(auth_req_id),
            client_id: self.client_id.clone(),
            service_id: self.service_id.clone(),
            subject,
            authentication: released.authentication.clone(),
            acr,
            scope: self.scope.granted(released.authentication.granted).to_string(),
            sid: None,
            resources: self.resources.clone(),
            authorization_details: None,
            claims_request: None,
            confirmation,
            nonce: None,
            created_at: now,
            expires_at: ends.grant,
            claims_until: ends.claims,
            revoked_at: None,
            refresh: None,
        }
    }
}

/// The grant that an `auth_req_id` gives, or gave.
pub fn grant_of(auth_req_id: &str) -> GrantId {
    let digest = Sha256::new()
        .chain_update(CONTEXT)
        .chain_update(auth_req_id.as_bytes())
        .finalize();
    GrantId::new(&base64url(digest.get(..16).unwrap_or_default()))
}
