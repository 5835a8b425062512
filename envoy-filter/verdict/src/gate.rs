//! The decision: rule, token, status, sender, requirements, in this order.

mod sender;

use std::sync::Arc;

use idp_jose::JwkSet;
use p256_tables::Tables;

use self::sender::{check_sender, proof};
use crate::cache::Cache;
use crate::denials::{Denial, Denials};
use crate::keys::KeyRing;
use crate::path::Segments;
use crate::policy::{self, DenyLists, Issuer, Policy, Rule, VerifierChoice};
use crate::request::{Context, Request};
use crate::status::{ListFault, Publisher, Standing, StatusLists};
use crate::token::{self, Access, Confirmation, Found, Presented, ReplayCache, Scheme, TokenFault};
use crate::verdict::{Missing, Pass, Reason, Refusal, Verdict};

/// A policy with everything that is known beside it.
pub struct Gate {
    policy: Arc<Policy>,
    deny: Denials,
    keys: KeyRing,
    cache: Cache,
    status: StatusLists,
    replay: ReplayCache,
    deny_generation: u32,
    hits: u64,
}

/// Tables were demanded and their self-test failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the self-test of the verification tables failed")]
pub struct SelfTestFailed;

/// Why a request does not pass.
enum Stop {
    Refuse(Reason),
    Wait(Missing),
}

impl Gate {
    /// A gate with the keys of its configuration.
    ///
    /// # Errors
    /// [`SelfTestFailed`] where the policy demands tables.
    pub fn new(policy: Policy) -> Result<Self, SelfTestFailed> {
        let tables = match policy.verifier {
            VerifierChoice::Auto => Tables::new(),
            VerifierChoice::Tables => Some(Tables::new().ok_or(SelfTestFailed)?),
            VerifierChoice::Host | VerifierChoice::Generic => None,
        };
        Ok(Self {
            keys: KeyRing::new(&policy.issuers, tables),
            cache: Cache::new(policy.cache_bytes),
            status: StatusLists::default(),
            replay: ReplayCache::default(),
            deny_generation: 0,
            hits: 0,
            deny: Denials::new(&policy),
            policy: Arc::new(policy),
        })
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The keys.
    pub const fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// The remembered tokens.
    pub const fn cache(&self) -> &Cache {
        &self.cache
    }

    /// How often a token was remembered.
    pub const fn hits(&self) -> u64 {
        self.hits
    }

    /// The status lists.
    pub const fn status(&self) -> &StatusLists {
        &self.status
    }

    /// Takes keys that were fetched. Whether anything changed. An empty set is none: whoever answers so is out of order.
    pub fn take_keys(&mut self, issuer: usize, set: &JwkSet) -> bool {
        let Some(described) = self.policy.issuers.get(issuer) else {
            return false;
        };
        !set.keys().is_empty() && self.keys.replace(issuer, described, set)
    }

    /// Goes back to the keys of the configuration, which may be none.
    pub fn reset_keys(&mut self, issuer: usize) {
        if let Some(described) = self.policy.issuers.get(issuer) {
            self.keys.replace(issuer, described, &described.keys);
        }
    }

    /// Takes a status list that was fetched.
    ///
    /// # Errors
    /// [`ListFault`]; what was held before stays.
    pub fn take_status(
        &mut self,
        issuer: usize,
        uri: &str,
        token: &[u8],
        context: Context<'_>,
    ) -> Result<(), ListFault> {
        let described = self.policy.issuers.get(issuer).ok_or(ListFault::Token)?;
        let policy = described.status.as_ref().ok_or(ListFault::Token)?;
        let of = Publisher {
            number: issuer,
            issuer: described,
            policy,
        };
        self.status.accept((uri, token), &of, &mut self.keys, context)
    }

    /// Takes deny lists that were fetched, beside those of the policy.
    pub fn take_deny(&mut self, deny: DenyLists) {
        if self.deny.take(deny) {
            self.deny_generation = self.deny_generation.wrapping_add(1);
        }
    }

    /// The deny lists that were fetched are too old to be believed.
    pub const fn lose_deny(&mut self) {
        self.deny.lose();
    }

    /// Decides.
    pub fn decide(&mut self, request: &Request<'_>, context: Context<'_>) -> Verdict {
        let bare = |reason| refused(reason, None, Scheme::Bearer, None);
        let Ok(segments) = Segments::parse(request.target) else {
            return bare(Reason::AmbiguousPath);
        };
        if self.policy.preflight && request.is_preflight() {
            return passed(Reason::Preflight);
        }
        let Some(index) = self.policy.rule_for(request, &segments) else {
            return bare(Reason::NoRule);
        };
        let access = self.policy.rules.get(index).map(|rule| rule.access);
        if access == Some(policy::Access::Public) {
            return passed(Reason::Public);
        }
        let policy = self.policy.clone();
        let (presented, scheme) = match token::find(&policy.tokens, request) {
            Found::One(presented) => (presented, presented.scheme),
            Found::Nothing if access == Some(policy::Access::Optional) => return passed(Reason::Anonymous),
            Found::Nothing => return self.refuse(Reason::NoToken, index, Scheme::Bearer),
            Found::Unclear => return self.refuse(Reason::UnclearToken, index, Scheme::Bearer),
        };
        match self.admit(request, &presented, index, context) {
            Ok(access) => Verdict::Pass(Pass {
                reason: Reason::Accepted,
                access: Some(access),
                changes: token::changes(&policy.tokens, request, &presented),
            }),
            Err(Stop::Refuse(reason)) => self.refuse(reason, index, scheme),
            Err(Stop::Wait(missing)) => Verdict::Wait(missing),
        }
    }

    /// Every check of a request with a token.
    fn admit(
        &mut self,
        request: &Request<'_>,
        presented: &Presented<'_>,
        rule: usize,
        context: Context<'_>,
    ) -> Result<Arc<Access>, Stop> {
        let Context { now, verifier } = context;
        let access = self.access(presented.token, context)?;
        let issuer = self
            .policy
            .issuers
            .get(access.issuer)
            .ok_or(Reason::Token(TokenFault::Issuer))?;
        access.is_current(issuer, now).map_err(Reason::Token)?;
        match self.deny.of(&access.claims) {
            Denial::None => {}
            Denial::Listed => return Err(Reason::Denied.into()),
            Denial::Unknown => return Err(Stop::Wait(Missing::Deny)),
        }
        self.check_status(&access, issuer, now)?;
        let rule_is = self.policy.rules.get(rule).ok_or(Reason::NoRule)?;
        check_sender(rule_is, &access, presented, request)?;
        if let Confirmation::Key(thumbprint) = &access.confirmation {
            let address = self.address(request);
            let proof = proof(request, presented, thumbprint, &address, now)?;
            token::check_proof(&proof, &mut self.replay, verifier).map_err(Reason::Proof)?;
        }
        check_rule(rule_is, rule, &access, now)?;
        Ok(access)
    }

    /// A token that is remembered, or read now.
    fn access(&mut self, token: &str, context: Context<'_>) -> Result<Arc<Access>, Stop> {
        self.cache.renew((self.keys.generation(), self.deny_generation));
        if let Some(access) = self.cache.find(token) {
            self.hits += 1;
            return Ok(access);
        }
        match token::read(token, &self.policy, &mut self.keys, context) {
            Ok(access) => {
                let access = Arc::new(access);
                self.cache.keep(token, &access);
                Ok(access)
            }
            Err(TokenFault::UnknownKey(issuer)) if self.may_fetch(issuer) => Err(Stop::Wait(Missing::Keys {
                issuer,
                some: self.keys.count(issuer) > 0,
            })),
            Err(fault) => Err(Reason::Token(fault).into()),
        }
    }

    fn may_fetch(&self, issuer: usize) -> bool {
        self.policy
            .issuers
            .get(issuer)
            .is_some_and(|issuer| issuer.jwks.is_some())
    }

    /// Asked at each use, remembered or not.
    fn check_status(&self, access: &Access, issuer: &Issuer, now: i64) -> Result<(), Stop> {
        let Some(policy) = &issuer.status else {
            return Ok(());
        };
        let Some(reference) = &access.status else {
            return if policy.required {
                Err(Reason::NoStatusClaim.into())
            } else {
                Ok(())
            };
        };
        if !reference.uri.starts_with(&policy.lists.uri) {
            return Err(Reason::Token(TokenFault::Claim("status")).into());
        }
        match self.status.standing(reference, policy, now) {
            Standing::Valid => Ok(()),
            Standing::Revoked => Err(Reason::Revoked.into()),
            Standing::Unknown => Err(Stop::Wait(Missing::Status {
                issuer: access.issuer,
                uri: reference.uri.clone(),
            })),
        }
    }

    /// The address that the client called, as far as the gateway knows.
    fn address(&self, request: &Request<'_>) -> String {
        match &self.policy.origin {
            Some(origin) => [origin, request.target].concat(),
            None => [request.scheme, "://", request.authority, request.target].concat(),
        }
    }

    fn refuse(&self, reason: Reason, rule: usize, scheme: Scheme) -> Verdict {
        let scopes = self.policy.rules.get(rule).map(|rule| {
            let scopes = rule.requirements.iter().flat_map(policy::Requirement::scopes);
            scopes.collect::<Vec<_>>().join(" ")
        });
        refused(reason, Some(rule), scheme, scopes)
    }
}

impl From<Reason> for Stop {
    fn from(reason: Reason) -> Self {
        Self::Refuse(reason)
    }
}

const fn passed(reason: Reason) -> Verdict {
    Verdict::Pass(Pass {
        reason,
        access: None,
        changes: Vec::new(),
    })
}

const fn refused(reason: Reason, rule: Option<usize>, scheme: Scheme, scope: Option<String>) -> Verdict {
    Verdict::Refuse(Refusal {
        reason,
        rule,
        scheme,
        scope,
    })
}

fn check_rule(rule: &Rule, index: usize, access: &Access, now: i64) -> Result<(), Stop> {
    if access.is_known_to_satisfy(index) {
        return Ok(());
    }
    if !rule.issuers.is_empty() && !rule.issuers.contains(&access.issuer) {
        return Err(Reason::Token(TokenFault::Issuer).into());
    }
    token::check_audience(&access.claims, &rule.audiences).map_err(Reason::Token)?;
    if let Some(lack) = rule.lack(&access.claims, now) {
        return Err(Reason::Lack(lack).into());
    }
    if !rule.depends_on_time() {
        access.satisfies(index);
    }
    Ok(())
}
