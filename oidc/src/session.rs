//! The SSO session of a browser. A cookie is not a consent: it answers only for what the same client was granted (profile 1.6).

use idp_types::{ClientId, ScopeSet, Timestamp};
use serde::{Deserialize, Serialize};

use crate::authentication::Authentication;

/// Why a browser session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// The person logged out.
    LoggedOut,
    /// Its time was over.
    Expired,
    /// An operator or a revocation of the holder or device ended it.
    Revoked,
    /// "This was not me".
    Disowned,
    /// Another login in the same browser took its place.
    Replaced,
}

/// A client that took part in the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionClient {
    /// Which client (an OIDC client_id, or a SAML SP's handle).
    pub client_id: ClientId,
    /// Its own `sid`: no two clients see the same.
    pub sid: String,
    /// Its `sub`.
    pub subject: String,
    /// What it was granted with the phone.
    pub granted: ScopeSet,
    /// When it first took part.
    pub since: Timestamp,
}

/// One session of one browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrowserSession {
    /// `bs_` and 128 bits in base64url; the cookie is `id.secret`.
    pub id: String,
    /// SHA-256 of the cookie's secret, lower-case hexadecimal.
    pub secret_digest: String,
    /// The login.
    pub authentication: Authentication,
    /// Who took part.
    pub clients: Vec<SessionClient>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When and why it ended.
    pub ended: Option<(Timestamp, SessionEnd)>,
}

impl BrowserSession {
    /// Whether it still answers at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ended.is_none() && now < self.expires_at
    }

    /// A client's part in it.
    pub fn client(&self, client_id: &ClientId) -> Option<&SessionClient> {
        self.clients.iter().find(|client| client.client_id == *client_id)
    }
}
