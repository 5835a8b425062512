//! Who authenticated, when and how: what the engine hands to the protocol.

use idp_types::{Aal, Acr, Amr, ClaimSet, DeviceId, ScopeSet, Timestamp, TokenId, TrustLevel};
use serde::{Deserialize, Serialize};

/// What the seal says of itself, for `verified_claims` (OIDC4IDA): never an attribute of the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The manifest, as `0A0001`.
    pub manifest: String,
    /// Who operates the trust scheme.
    pub scheme_operator: String,
    /// When the device was enrolled with the seal.
    pub enrolled_at: Timestamp,
}

/// One approval on a phone, as every protocol sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// The holder: the head of its chain.
    pub token_id: TokenId,
    /// The first tokenId of the chain: the source of every subject (profile 11).
    pub first_token_id: TokenId,
    /// The device that approved.
    pub device_id: DeviceId,
    /// When it approved.
    pub auth_time: Timestamp,
    /// The trust level of the seal.
    pub trust_level: TrustLevel,
    /// Whether the attested app's policy vouches for a face verification.
    pub face_vouched: bool,
    /// Authenticator assurance.
    pub aal: Aal,
    /// What happened (RFC 8176).
    pub amr: Vec<Amr>,
    /// What the person granted.
    pub granted: ScopeSet,
    /// What the seal says of itself.
    pub evidence: Option<Evidence>,
}

impl Authentication {
    /// The trust level's URN: the `acr` where none was asked for (profile 4.1).
    pub fn acr(&self) -> Acr {
        Acr::of(self.trust_level, self.face_vouched)
    }
}

/// An approval with the claims it released. Kept in the ephemeral store only, sealed under the secret that redeems it (profile 1.5).
#[derive(Clone, Serialize, Deserialize)]
pub struct Released {
    /// Who, when, how.
    pub authentication: Authentication,
    /// What was released.
    pub claims: ClaimSet,
}

impl std::fmt::Debug for Released {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Released(..)")
    }
}
