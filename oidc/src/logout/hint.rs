//! The ID token that comes back as `id_token_hint` (RP-Initiated Logout 1.0, 2).

use idp_jose::jwt::Claims;
use idp_types::ClientId;

/// What an ID token of ours says. Its signature was verified; that it expired does not matter here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Which view of the issuer made it.
    pub issuer: String,
    /// For whom.
    pub client_id: ClientId,
    /// About whom.
    pub subject: String,
    /// In which session.
    pub sid: Option<String>,
}

impl Hint {
    /// Reads the claims of a token whose signature is ours. `None` when it is none that we issue as an ID token: other tokens of the
    /// same type have no `exp`, no `sub`, or another audience.
    pub fn of(claims: &Claims) -> Option<Self> {
        let audiences = claims.audiences().ok()?;
        let [audience] = audiences.as_slice() else {
            return None;
        };
        claims.required_time("exp").ok()?;
        claims.required_time("iat").ok()?;
        Some(Self {
            issuer: claims.required_text("iss").ok()?.to_owned(),
            client_id: ClientId::parse(*audience).ok()?,
            subject: claims.required_text("sub").ok()?.to_owned(),
            sid: claims.text("sid").ok()?.map(str::to_owned),
        })
    }
}
