//! Microsoft's ID token about the person (`federation-oidc.md` 5a).

use idp_jose::jwt::Claims;
use idp_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::Cloud;
use crate::client::Client;
use crate::error::OAuthError;

/// Seconds that a hint may have been expired: Entra gives up after ten minutes, and issues hints that are about to expire.
pub const AGE_SECONDS: i64 = 600;

/// Seconds by which Microsoft's clock may be ahead.
const AHEAD_SECONDS: i64 = 300;

/// The longest identifier of a person or tenant.
const ID_LIMIT: usize = 255;

const INVALID: OAuthError = OAuthError::invalid_request("id_token_hint is not one that this client may send");

/// Who the person is at Microsoft. Names and addresses in the hint are not kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignHint {
    /// `iss`, with the tenant.
    pub issuer: String,
    /// `sub`: the answer is about this one.
    pub subject: String,
    /// `tid`.
    pub tenant: String,
    /// `oid`.
    pub object: String,
}

impl std::fmt::Debug for ForeignHint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ForeignHint(..)")
    }
}

impl ForeignHint {
    /// Checks the claims of a hint whose signature was verified with keys of `cloud`.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn check(claims: &Claims, cloud: Cloud, client: &Client, now: Timestamp) -> Result<Self, OAuthError> {
        let invalid = |_| INVALID;
        let issuer = claims.required_text("iss").map_err(invalid)?;
        let tenant = cloud.tenant_of(issuer).ok_or(INVALID)?;
        // The tenant must be one that this client was registered for, and the token must say the same twice.
        let is_ours = client
            .entra_tenants
            .iter()
            .any(|own| own.eq_ignore_ascii_case(tenant));
        if !is_ours {
            return Err(INVALID);
        }
        claims.require_text("tid", tenant).map_err(invalid)?;
        claims
            .require_sole_audience(&[client.client_id.as_str()])
            .map_err(invalid)?;
        let now = now.unix_seconds();
        claims.require_unexpired(now, AGE_SECONDS).map_err(invalid)?;
        claims.require_started(now, AHEAD_SECONDS).map_err(invalid)?;
        let identifier = |name| match claims.required_text(name) {
            Ok(text) if !text.is_empty() && text.len() <= ID_LIMIT => Ok(text.to_owned()),
            _ => Err(INVALID),
        };
        Ok(Self {
            issuer: issuer.to_owned(),
            subject: identifier("sub")?,
            tenant: tenant.to_owned(),
            object: identifier("oid")?,
        })
    }

    /// What the link to a holder is looked up by: `(issuer, tid, oid)`. Issuer and tenant have no line ends.
    pub fn link_name(&self) -> String {
        format!("{}\n{}\n{}", self.issuer, self.tenant, self.object)
    }
}
