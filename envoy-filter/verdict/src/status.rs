//! Token Status Lists (draft-ietf-oauth-status-list), as they were last fetched: a bit a token.

use idp_jose::json::Map;
use idp_jose::status_list::{self, StatusList, StatusReference};
use idp_jose::{Verifier, jws};
use serde_json::Value;

use crate::keys::{KeyRing, Signed};
use crate::policy::{Issuer, StatusPolicy, short_type};
use crate::request::Context;

/// Lists held at most; the identity provider has one for each million live tokens.
const LISTS: usize = 64;
/// A list of the largest size that is configured may not compress at all.
const OVERHEAD: usize = 4096;

/// What a list says of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Valid.
    Valid,
    /// Revoked, or not in the list.
    Revoked,
    /// The list is not here, or too old to be believed.
    Unknown,
}

/// Why a list was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListFault {
    /// Not a status list token of the issuer for this address.
    #[error("not a status list of this issuer")]
    Token,
    /// Signed by nobody known.
    #[error("the signature was refused")]
    Signature,
    /// Not made for now.
    #[error("not valid now")]
    Time,
    /// Not a list of the size that is allowed.
    #[error("not a list")]
    List,
    /// More lists than are held.
    #[error("too many lists")]
    TooMany,
}

/// Who publishes a list.
#[derive(Clone, Copy, Debug)]
pub struct Publisher<'a> {
    /// The issuer's number.
    pub number: usize,
    /// The issuer.
    pub issuer: &'a Issuer,
    /// What is believed of its lists.
    pub policy: &'a StatusPolicy,
}

/// All lists.
#[derive(Default)]
pub struct StatusLists {
    held: Vec<Held>,
}

struct Held {
    uri: String,
    list: StatusList,
    fetched_at: i64,
    time_to_live: i64,
    expires_at: Option<i64>,
}

impl StatusLists {
    /// What is known of a token.
    pub fn standing(&self, reference: &StatusReference, policy: &StatusPolicy, now: i64) -> Standing {
        let Some(held) = self.of(&reference.uri).filter(|held| held.serves(policy, now)) else {
            return Standing::Unknown;
        };
        match usize::try_from(reference.index).map(|index| held.list.is_invalid(index)) {
            Ok(Ok(false)) => Standing::Valid,
            _ => Standing::Revoked,
        }
    }

    /// Takes a list that was fetched from `uri`.
    ///
    /// # Errors
    /// [`ListFault`]; what was held before stays.
    pub fn accept(
        &mut self,
        (uri, token): (&str, &[u8]),
        of: &Publisher<'_>,
        keys: &mut KeyRing,
        context: Context<'_>,
    ) -> Result<(), ListFault> {
        let claims = verified(token, of, keys, context.verifier)?;
        if claims.get("sub").and_then(Value::as_str) != Some(uri) {
            return Err(ListFault::Token);
        }
        let seconds = |name: &str| claims.get(name).and_then(Value::as_i64);
        let expires_at = seconds("exp");
        if expires_at.is_some_and(|end| context.now >= end.saturating_add(of.issuer.leeway)) {
            return Err(ListFault::Time);
        }
        let list = StatusList::from_claims(&claims, of.policy.max_entries).map_err(|_| ListFault::List)?;
        if self.held.len() >= LISTS && self.of(uri).is_none() {
            return Err(ListFault::TooMany);
        }
        let held = Held {
            uri: uri.to_owned(),
            list,
            fetched_at: context.now,
            time_to_live: seconds("ttl").unwrap_or(of.policy.lists.refresh).clamp(1, 86_400),
            expires_at,
        };
        self.held.retain(|held| held.uri != uri);
        self.held.push(held);
        Ok(())
    }

    fn of(&self, uri: &str) -> Option<&Held> {
        self.held.iter().find(|held| held.uri == uri)
    }

    /// When a list is to be fetched again, and how old it is: `(due, fetched_at)`.
    pub fn times(&self, uri: &str) -> Option<(i64, i64)> {
        let held = self.of(uri)?;
        Some((held.fetched_at.saturating_add(held.time_to_live), held.fetched_at))
    }

    /// The addresses of all lists.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        self.held.iter().map(|held| held.uri.as_str())
    }
}

/// The claims of a status list token (section 5.1), whose type and signature were checked.
fn verified(
    token: &[u8],
    of: &Publisher<'_>,
    keys: &mut KeyRing,
    verifier: &dyn Verifier,
) -> Result<Map, ListFault> {
    let token = std::str::from_utf8(token)
        .map_err(|_| ListFault::Token)?
        .trim_ascii();
    let parsed = jws::parse(token, of.policy.max_entries / 2 + OVERHEAD).map_err(|_| ListFault::Token)?;
    let header = parsed.header();
    if header.typ.as_deref().map(short_type).as_deref() != Some(status_list::TYP) {
        return Err(ListFault::Token);
    }
    let (message, signature) = parsed.signed();
    let signed = Signed {
        kid: header.kid.as_deref(),
        algorithm: header.alg,
        message,
        signature,
    };
    keys.verify(of.number, &signed, verifier)
        .map_err(|_| ListFault::Signature)?;
    parsed.peek_unverified_claims().map_err(|_| ListFault::Token)
}

impl Held {
    /// A list serves for its time to live and, while no newer one is had, as long as the policy says; never after `exp`.
    fn serves(&self, policy: &StatusPolicy, now: i64) -> bool {
        let most = self.time_to_live.max(policy.lists.max_stale);
        now.saturating_sub(self.fetched_at) <= most && self.expires_at.is_none_or(|end| now < end)
    }
}
