//! What an authorization code stands for, until it is redeemed (RFC 6749 4.1.2).

use idp_types::{ClientId, ServiceId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::authentication::Released;
use crate::pkce::CodeChallenge;
use crate::scope::RequestedScope;

/// Everything that redemption needs. It lives in the ephemeral store alone, sealed under the code (profile 1.5).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CodeGrant {
    /// To whom.
    pub client_id: ClientId,
    /// In whose name the phone was asked.
    pub service_id: ServiceId,
    /// The redirect URI of the request, which redemption must repeat.
    pub redirect_uri: String,
    /// The proof key that redemption must answer.
    pub code_challenge: Option<CodeChallenge>,
    /// `nonce` of the request.
    pub nonce: Option<String>,
    /// Granted scope.
    pub scope: RequestedScope,
    /// The `claims` request.
    pub claims_request: Option<Value>,
    /// The `acr` to assert.
    pub acr: String,
    /// The client's `sid`, where a browser session stands behind it.
    pub sid: Option<String>,
    /// `sub` as the client sees it.
    pub subject: String,
    /// Resources (RFC 8707).
    pub resources: Vec<String>,
    /// `authorization_details` (RFC 9396).
    pub authorization_details: Option<Value>,
    /// The DPoP key that must redeem it (RFC 9449 10).
    pub dpop_jkt: Option<String>,
    /// The approval with its claims.
    pub released: Released,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it can no longer be redeemed.
    pub expires_at: Timestamp,
    /// Until when the released claims may be kept (profile 1.5).
    pub claims_until: Timestamp,
}
