//! Refresh tokens (RFC 6749 6): rotated at every use (but for FAPI's clients), a whole family revoked when an old one comes back (RFC 9700 4.14.2), and a short
//! time in which the token before the last one is answered as before, because an answer that was lost is no theft.

use idp_types::Timestamp;
use idp_types::encoding::{base64url, from_base64url};
use idp_types::secret::constant_time_equal;
use zeroize::Zeroizing;

use crate::client::Client;
use crate::error::{ErrorCode, OAuthError};
use crate::grant::{Grant, GrantId, RefreshFamily};
use crate::parameters::Parameters;
use crate::scope::RequestedScope;

const PREFIX: &str = "rt_";
const PART: usize = 16;

/// A refresh token: `rt_` and base64url of the grant's identifier, 128 random bits, and the server's tag over both. The tag proves that a
/// token was once ours, so that nobody can have a family revoked by making one up. Debug shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken(Zeroizing<[u8; 3 * PART]>);

impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RefreshToken(..)")
    }
}

impl RefreshToken {
    /// A new token of a grant: `tag` is the server's over what it is called with. `None` for a grant whose identifier is not of 16 bytes.
    pub fn new(
        grant_id: &GrantId,
        random: [u8; PART],
        tag: impl FnOnce(&[u8]) -> [u8; PART],
    ) -> Option<Self> {
        let id = from_base64url(grant_id.as_str().strip_prefix("grant_")?)?;
        let mut bytes = Zeroizing::new([0; 3 * PART]);
        let (named, rest) = bytes.split_at_mut(PART);
        (id.len() == PART).then(|| named.copy_from_slice(&id))?;
        rest.get_mut(..PART)?.copy_from_slice(&random);
        let made = tag(bytes.get(..2 * PART)?);
        bytes.get_mut(2 * PART..)?.copy_from_slice(&made);
        Some(Self(bytes))
    }

    /// Reads a token; `None` unless it is one, with the server's tag.
    pub fn parse(text: &str, tag: impl FnOnce(&[u8]) -> [u8; PART]) -> Option<Self> {
        let bytes = Zeroizing::new(from_base64url(text.strip_prefix(PREFIX)?)?);
        let bytes: [u8; 3 * PART] = bytes.as_slice().try_into().ok()?;
        let token = Self(Zeroizing::new(bytes));
        let (signed, own) = token.0.split_at_checked(2 * PART)?;
        constant_time_equal(&tag(signed), own).then_some(())?;
        Some(token)
    }

    /// Under which grant it was given.
    pub fn grant_id(&self) -> GrantId {
        GrantId::new(&base64url(self.0.get(..PART).unwrap_or_default()))
    }

    /// The text on the wire.
    pub fn to_text(&self) -> String {
        format!("{PREFIX}{}", base64url(&*self.0))
    }
}

/// The lifetimes of a family.
#[derive(Debug, Clone, Copy)]
pub struct FamilyLimits {
    /// Seconds after which it ends unused.
    pub idle_seconds: i64,
    /// Seconds in which the token before the last one is answered as before.
    pub grace_seconds: i64,
}

/// What a token of the family's past or present is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshUse {
    /// The one that is valid: rotate.
    Current,
    /// The one before it, within the grace window: answer as before.
    Repeated,
    /// Any other, or one that comes too late: revoke the family.
    Reused,
    /// Nothing any more: the family ended.
    Ended,
}

/// RFC 9700 4.14.2: what the token with this digest is to the grant.
pub fn use_of(grant: &Grant, digest: &str, limits: FamilyLimits, now: Timestamp) -> RefreshUse {
    let Some(family) = &grant.refresh else {
        return RefreshUse::Ended;
    };
    if grant.revoked_at.is_some() || now >= grant.expires_at || now >= family.idle_until {
        return RefreshUse::Ended;
    }
    let same = |own: &str| constant_time_equal(own.as_bytes(), digest.as_bytes());
    if same(&family.current) {
        return RefreshUse::Current;
    }
    let in_grace = family
        .rotated_at
        .is_some_and(|at| now < at.plus_seconds(limits.grace_seconds));
    match &family.previous {
        Some(previous) if same(previous) && in_grace => RefreshUse::Repeated,
        _ => RefreshUse::Reused,
    }
}

/// A family that begins with the token of this digest.
pub fn new_family(digest: String, limits: FamilyLimits, now: Timestamp) -> RefreshFamily {
    RefreshFamily {
        generation: 0,
        current: digest,
        previous: None,
        rotated_at: None,
        idle_until: now.plus_seconds(limits.idle_seconds),
    }
}

/// The grant after the token `used` was exchanged for the token `next`; both digests.
#[must_use]
pub fn rotated(mut grant: Grant, used: String, next: String, limits: FamilyLimits, now: Timestamp) -> Grant {
    if let Some(family) = &mut grant.refresh {
        family.generation = family.generation.saturating_add(1);
        family.current = next;
        family.previous = Some(used);
        family.rotated_at = Some(now);
        family.idle_until = now.plus_seconds(limits.idle_seconds);
    }
    grant
}

/// Whether a use of a client's refresh token replaces it. A client of FAPI keeps its token: it proves a key at every use, and a lost
/// answer must not cost it the grant (FAPI 2.0 Security Profile 5.3.2.1, item 9).
pub const fn is_rotated(client: &Client) -> bool {
    !client.profile.is_fapi()
}

/// The grant after its token was used and stays.
#[must_use]
pub fn kept(mut grant: Grant, limits: FamilyLimits, now: Timestamp) -> Grant {
    if let Some(family) = &mut grant.refresh {
        family.idle_until = now.plus_seconds(limits.idle_seconds);
    }
    grant
}

/// RFC 6749 6: the scope of this refresh, never wider than the grant's. The grant keeps its own.
///
/// # Errors
/// `invalid_scope`.
pub fn narrowed(granted: &RequestedScope, requested: Option<&str>) -> Result<RequestedScope, OAuthError> {
    let Some(text) = requested else {
        return Ok(granted.clone());
    };
    let own: Vec<String> = granted.tokens().map(str::to_owned).collect();
    let scope = RequestedScope::parse(text, &own)?;
    if scope.tokens().all(|token| granted.has(token)) {
        Ok(scope)
    } else {
        Err(OAuthError::new(
            ErrorCode::InvalidScope,
            "the scope is beyond what was granted",
        ))
    }
}

/// RFC 8707 2.2: the resources of this token, among those that were granted.
///
/// # Errors
/// `invalid_target`.
pub fn narrowed_resources(granted: &[String], parameters: &Parameters) -> Result<Vec<String>, OAuthError> {
    let requested: Vec<String> = parameters.all("resource").map(str::to_owned).collect();
    if requested.is_empty() {
        return Ok(granted.to_vec());
    }
    if requested.iter().all(|resource| granted.contains(resource)) {
        Ok(requested)
    } else {
        Err(OAuthError::new(
            ErrorCode::InvalidTarget,
            "a resource is beyond what was granted",
        ))
    }
}
