//! What a client asked for and comes back for: what CIBA and the device flow have in common (RFC 8628 3.5, CIBA 10.1, 11). That the
//! answer is given once is decided by the commit.

use idp_types::encoding::base64url;
use idp_types::{ClientId, ServiceId, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::authentication::{Authentication, Released};
use crate::authorize::requirements::Requirements;
use crate::client::Client;
use crate::error::{ErrorCode, OAuthError};
use crate::grant::{Confirmation, Grant, GrantId};
use crate::polling::Pace;
use crate::scope::RequestedScope;

/// RFC 8628 3.5, CIBA 11: the person did not allow it.
pub const DENIED: OAuthError = OAuthError::new(ErrorCode::AccessDenied, "the person declined");

/// RFC 8628 3.5, CIBA 11: nobody answered in time.
pub const EXPIRED: OAuthError = OAuthError::new(ErrorCode::ExpiredToken, "nobody answered in time");

/// Kept by the digest of the secret that the client comes back with. It has no attribute of the person, and no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolledRequest {
    /// Whose it is.
    pub client_id: ClientId,
    /// In whose name the phone is asked.
    pub service_id: ServiceId,
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

impl PolledRequest {
    /// RFC 8628 3.5, CIBA 11: the request of the client that asks, and nobody else's.
    ///
    /// # Errors
    /// `unknown`: what is said of a request that nobody made.
    pub fn check_client(&self, client: &Client, unknown: OAuthError) -> Result<(), OAuthError> {
        if self.client_id == client.client_id {
            Ok(())
        } else {
            Err(unknown)
        }
    }

    /// RFC 8628 3.5, CIBA 11: nobody answered yet. Expired, or the client's pace.
    pub fn waiting(&mut self, now: Timestamp) -> OAuthError {
        if now >= self.expires_at {
            return EXPIRED;
        }
        self.pace.ask(now)
    }

    /// Somebody approved, as surely as the client demands; the `acr` to assert.
    ///
    /// # Errors
    /// `access_denied` where no demanded `acr` is met.
    pub fn met_by(&self, authentication: &Authentication) -> Result<String, OAuthError> {
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
        grant_id: GrantId,
        (released, subject, acr): (&Released, String, String),
        confirmation: Option<Confirmation>,
        (now, ends): (Timestamp, Ends),
    ) -> Grant {
        Grant {
            grant_id,
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

/// The grant that a secret gives, or gave: derived from it, under the context of its kind.
pub(crate) fn grant_of(context: &[u8], secret: &str) -> GrantId {
    let digest = Sha256::new()
        .chain_update(context)
        .chain_update(secret.as_bytes())
        .finalize();
    GrantId::new(&base64url(digest.get(..16).unwrap_or_default()))
}
