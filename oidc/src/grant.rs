//! What a person allowed a client, as far as it outlives the code: the refresh family and what token exchange starts from. No attributes.

use idp_types::{ClientId, ServiceId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::authentication::Authentication;

/// `grant_` and 128 bits in base64url. Of a code's grant it is derived from the code, so that a reused code names what it gave.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GrantId(String);

impl GrantId {
    /// From 16 bytes in base64url.
    pub fn new(id: &str) -> Self {
        Self(format!("grant_{id}"))
    }

    /// The identifier.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// To which key the tokens of a grant are bound (RFC 7800).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// SHA-256 thumbprint of a DPoP key (RFC 9449 6).
    Jkt(String),
    /// SHA-256 thumbprint of a client certificate (RFC 8705 3.1).
    X5tS256(String),
}

/// One use of a refresh token replaces it (RFC 9700 4.14.2). Digests are SHA-256 in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshFamily {
    /// How often it was rotated.
    pub generation: u32,
    /// The token that is valid now.
    pub current: String,
    /// The one before it, answered idempotently within the grace window.
    pub previous: Option<String>,
    /// When it was rotated last.
    pub rotated_at: Option<Timestamp>,
    /// When the family ends if it is not used.
    pub idle_until: Timestamp,
}

/// The grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its identifier.
    pub grant_id: GrantId,
    /// To whom.
    pub client_id: ClientId,
    /// In whose name the phone was asked.
    pub service_id: ServiceId,
    /// `sub` as this client sees it.
    pub subject: String,
    /// Who allowed it, when and how.
    pub authentication: Authentication,
    /// The `acr` that was asserted.
    pub acr: String,
    /// Granted scope, space-joined, as the wire has it.
    pub scope: String,
    /// The client's `sid`, where a browser session stands behind it.
    pub sid: Option<String>,
    /// Resources (RFC 8707).
    pub resources: Vec<String>,
    /// `authorization_details` that were granted (RFC 9396).
    pub authorization_details: Option<Value>,
    /// The `claims` request, as it was checked.
    pub claims_request: Option<Value>,
    /// Which key the tokens are bound to.
    pub confirmation: Option<Confirmation>,
    /// The `nonce` of the authentication request.
    pub nonce: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends, used or not.
    pub expires_at: Timestamp,
    /// Until when released claims may be kept with it (profile 1.5: `claims_max_age`).
    pub claims_until: Timestamp,
    /// Set by revocation, reuse of a code or token, logout of an online session.
    pub revoked_at: Option<Timestamp>,
    /// The refresh tokens, where the client gets some.
    pub refresh: Option<RefreshFamily>,
}

impl Grant {
    /// The `sid` of the session that the grant ends with. One with `offline_access` outlives its session (Back-Channel Logout 1.0, 2.7).
    pub fn ends_with(&self) -> Option<&str> {
        session_of(self.sid.as_deref(), &self.scope)
    }
}

/// The same of a token: by its `sid` and its scope, space-joined.
pub(crate) fn session_of<'a>(sid: Option<&'a str>, scope: &str) -> Option<&'a str> {
    let is_offline = scope.split(' ').any(|scope| scope == "offline_access");
    sid.filter(|_| !is_offline)
}
