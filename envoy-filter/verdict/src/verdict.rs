//! What is decided.

use std::sync::Arc;

use crate::policy::{Lack, StepUp};
use crate::token::{Access, DpopFault, Scheme, TokenFault};

/// The decision on a request.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It goes on.
    Pass(Pass),
    /// It is answered here.
    Refuse(Refusal),
    /// Something has to be fetched first. Whoever cannot wait asks for [`Missing::refusal`].
    Wait(Missing),
}

/// A request that goes on.
#[derive(Clone, Debug)]
pub struct Pass {
    /// Why.
    pub reason: Reason,
    /// The token behind it.
    pub access: Option<Arc<Access>>,
    /// Headers to replace, or to remove where there is no value; `:path` is among them.
    pub changes: Vec<(String, Option<String>)>,
}

/// Something that is not here yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The keys of an issuer, by its number: none yet, or none of this name.
    Keys {
        /// The issuer's number.
        issuer: usize,
        /// Whether others of its keys are here.
        some: bool,
    },
    /// The status list at an address.
    Status {
        /// The issuer's number.
        issuer: usize,
        /// The list.
        uri: String,
    },
    /// The deny lists.
    Deny,
}

impl Missing {
    /// What is said to a request that does not wait any longer.
    pub const fn refusal(&self) -> Refusal {
        let reason = match self {
            Self::Keys { some: true, issuer } => Reason::Token(TokenFault::UnknownKey(*issuer)),
            Self::Keys { some: false, .. } => Reason::NoKeys,
            Self::Status { .. } => Reason::NoStatus,
            Self::Deny => Reason::NoDenyList,
        };
        Refusal {
            reason,
            rule: None,
            scheme: Scheme::Bearer,
            scope: None,
        }
    }
}

/// A request that is answered here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// The number of the rule.
    pub rule: Option<usize>,
    /// How the token was presented.
    pub scheme: Scheme,
    /// Scopes that would do.
    pub scope: Option<String>,
}

/// Why a request was decided so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The rule is public.
    Public,
    /// A browser asks whether it may ask.
    Preflight,
    /// The rule takes requests without a token.
    Anonymous,
    /// A good token.
    Accepted,
    /// The path can be read in more than one way.
    AmbiguousPath,
    /// No rule is about it.
    NoRule,
    /// No token.
    NoToken,
    /// More than one token, or something that is none.
    UnclearToken,
    /// The token is bad.
    Token(TokenFault),
    /// The token was revoked.
    Revoked,
    /// The token has no status, and the policy asks for one.
    NoStatusClaim,
    /// The token, its session or its subject is on a deny list.
    Denied,
    /// The sender did not prove to have the token's key.
    Proof(DpopFault),
    /// The sender's certificate is not that of the token.
    Certificate,
    /// The rule takes only tokens that are bound to a key.
    Unbound,
    /// The token is good and not enough.
    Lack(Lack),
    /// No key of the issuer is here.
    NoKeys,
    /// The status list is not here.
    NoStatus,
    /// The deny lists are not here.
    NoDenyList,
}

impl Reason {
    /// The stable word for metrics, logs and problem documents.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Preflight => "preflight",
            Self::Anonymous => "anonymous",
            Self::Accepted => "accepted",
            Self::AmbiguousPath => "ambiguous_path",
            Self::NoRule => "no_rule",
            Self::NoToken => "token_missing",
            Self::UnclearToken => "token_unclear",
            Self::Token(fault) => fault.code(),
            Self::Revoked => "token_revoked",
            Self::NoStatusClaim => "token_without_status",
            Self::Denied => "token_denied",
            Self::Proof(_) => "invalid_proof",
            Self::Certificate => "certificate_mismatch",
            Self::Unbound => "token_unbound",
            Self::Lack(Lack::Scope(_) | Lack::ForbiddenScope(_)) => "insufficient_scope",
            Self::Lack(Lack::StepUp(StepUp::Context(_) | StepUp::Recent(_))) => "insufficient_login",
            Self::Lack(Lack::Claim(_)) => "insufficient_claims",
            Self::NoKeys => "keys_unavailable",
            Self::NoStatus => "status_unavailable",
            Self::NoDenyList => "deny_list_unavailable",
        }
    }

    /// Every code that [`Self::code`] gives, for metrics that are named beforehand.
    pub const CODES: [&'static str; 35] = [
        "public",
        "preflight",
        "anonymous",
        "accepted",
        "ambiguous_path",
        "no_rule",
        "token_missing",
        "token_unclear",
        "token_malformed",
        "token_too_long",
        "token_algorithm",
        "token_type",
        "token_issuer",
        "token_audience",
        "token_claim_missing",
        "token_claim_invalid",
        "token_expired",
        "token_not_yet_valid",
        "token_too_old",
        "token_key_unknown",
        "token_signature",
        "token_revoked",
        "token_without_status",
        "token_denied",
        "invalid_proof",
        "certificate_mismatch",
        "token_unbound",
        "insufficient_scope",
        "insufficient_login",
        "insufficient_claims",
        "keys_unavailable",
        "status_unavailable",
        "deny_list_unavailable",
        "waited",
        "failed",
    ];
}

impl TokenFault {
    /// The stable word for it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "token_malformed",
            Self::TooLong => "token_too_long",
            Self::Algorithm => "token_algorithm",
            Self::Type => "token_type",
            Self::Issuer => "token_issuer",
            Self::Audience => "token_audience",
            Self::Missing(_) | Self::MissingRequired => "token_claim_missing",
            Self::Claim(_) => "token_claim_invalid",
            Self::Expired => "token_expired",
            Self::NotYetValid => "token_not_yet_valid",
            Self::TooOld => "token_too_old",
            Self::UnknownKey(_) => "token_key_unknown",
            Self::Signature => "token_signature",
        }
    }
}
