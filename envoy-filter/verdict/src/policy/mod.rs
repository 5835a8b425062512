//! The configuration, read once: unknown members are refused, names are resolved, patterns are parsed.

mod answers;
mod deny;
mod fields;
mod identity;
mod issuer;
mod predicate;
mod requirement;
mod rule;
mod source;
mod template;

pub use answers::Answers;
pub use deny::DenyLists;
pub use fields::PolicyError;
pub use identity::{Identity, Named};
pub use issuer::{Issuer, Remote, StatusPolicy, split_address};
pub use predicate::{Predicate, StepUp};
pub use requirement::{Lack, Requirement};
pub use rule::{Access, Rule};
pub use source::{Forward, Source, Tokens};

pub(crate) use issuer::short_type;

use crate::path::Segments;
use crate::request::Request;

use fields::{Fields, Read};
use rule::Names;
use template::Paths;

/// Bytes of remembered tokens, where nothing is said.
const CACHE_BYTES: i64 = 1024 * 1024;

/// Seconds between two fetches of deny lists, where nothing is said.
const DENY_REFRESH: i64 = 30;

/// What checks signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifierChoice {
    /// Tables where their self-test passes, else the proxy, else portable code.
    Auto,
    /// Tables; a failed self-test refuses the configuration.
    Tables,
    /// The proxy.
    Host,
    /// Portable code.
    Generic,
}

/// A policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Whose tokens are taken.
    pub issuers: Vec<Issuer>,
    /// Where tokens are looked for.
    pub tokens: Tokens,
    /// What the upstream learns.
    pub identity: Identity,
    /// The first one that is about a request decides.
    pub rules: Vec<Rule>,
    /// How a refusal is said.
    pub answers: Answers,
    /// What checks signatures.
    pub verifier: VerifierChoice,
    /// Bytes of remembered tokens; 0: none is remembered.
    pub cache_bytes: usize,
    /// Who is refused whatever the token says.
    pub deny: DenyLists,
    /// Where more of them are fetched. While they are not here, or too old, nobody passes by a token.
    pub deny_remote: Option<Remote>,
    /// Whether tokens may be bound to certificates (RFC 8705), so that the proxy has to say which one was shown.
    pub certificates: bool,
    /// Whether a browser's preflight passes without a rule.
    pub preflight: bool,
    /// Scheme and authority that clients see, where the proxy does not; for DPoP proofs.
    pub origin: Option<String>,
    /// One in so many refusals is logged; 0: none.
    pub log_every: u32,
    paths: Paths,
}

impl Policy {
    /// Reads a policy from JSON.
    ///
    /// # Errors
    /// [`PolicyError`] with the place and what is wrong there.
    pub fn parse(text: &[u8]) -> Result<Self, PolicyError> {
        Self::read(Fields::parse(text)?)
    }

    fn read(mut fields: Fields) -> Read<Self> {
        let issuers: Vec<Issuer> = fields
            .named_objects("issuers")?
            .into_iter()
            .map(|(name, fields)| Issuer::read(name, fields))
            .collect::<Read<_>>()?;
        let rules = rules(&mut fields, &issuers)?;
        let (deny, deny_remote) = deny(&mut fields)?;
        let read = Self {
            tokens: fields
                .object("token")?
                .map_or_else(|| Ok(Tokens::default()), Tokens::read)?,
            identity: Identity::read(fields.object("identity")?)?,
            answers: fields
                .object("answers")?
                .map_or_else(|| Ok(Answers::default()), Answers::read)?,
            verifier: fields
                .word("verifier", &VERIFIERS)?
                .unwrap_or(VerifierChoice::Auto),
            cache_bytes: cache_bytes(&mut fields)?,
            deny,
            deny_remote,
            certificates: fields.flag("certificates")?,
            preflight: fields.flag("cors_preflight")?,
            origin: fields.text("origin")?,
            log_every: u32::try_from(fields.number("log_every", 0..=1_000_000)?.unwrap_or(100)).unwrap_or(0),
            paths: Paths::of(rules.iter().map(Rule::template)),
            issuers,
            rules,
        };
        fields.finish()?;
        read.check()?;
        Ok(read)
    }

    fn check(&self) -> Read<()> {
        match &self.origin {
            Some(origin)
                if split_address(origin).is_none_or(|(_, _, path)| path != "/" || origin.ends_with('/')) =>
            {
                Err(PolicyError::new(
                    "origin",
                    "must be http(s)://host without a path",
                ))
            }
            _ => Ok(()),
        }
    }

    /// The number of the rule that decides on a request: the first one that is about it.
    pub fn rule_for(&self, request: &Request<'_>, segments: &Segments<'_>) -> Option<usize> {
        let holds = |rule: usize| self.rules.get(rule).is_some_and(|rule| rule.is_about(request));
        self.paths.first(segments, &holds)
    }

    /// Whether a rule asks for the route's name.
    pub fn asks_route(&self) -> bool {
        self.rules.iter().any(Rule::asks_route)
    }

    /// The route's metadata that rules ask for, each name once.
    pub fn asks_metadata(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .rules
            .iter()
            .flat_map(Rule::asks_metadata)
            .map(str::to_owned)
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

const VERIFIERS: [(&str, VerifierChoice); 4] = [
    ("auto", VerifierChoice::Auto),
    ("tables", VerifierChoice::Tables),
    ("host", VerifierChoice::Host),
    ("generic", VerifierChoice::Generic),
];

fn rule_sets(fields: &mut Fields) -> Read<Vec<(String, Requirement)>> {
    let sets = fields.named_objects("rule_sets")?.into_iter();
    sets.map(|(name, mut fields)| {
        let read = Requirement::read(&mut fields)?;
        fields.finish()?;
        Ok((name, read))
    })
    .collect()
}

fn rules(fields: &mut Fields, issuers: &[Issuer]) -> Read<Vec<Rule>> {
    let sets = rule_sets(fields)?;
    let names = Names { issuers, sets: &sets };
    let rules = fields.objects("rules")?.into_iter().enumerate();
    let rules: Vec<Rule> = rules
        .map(|(index, fields)| Rule::read(index, fields, &names))
        .collect::<Read<_>>()?;
    if rules.is_empty() {
        return Err(fields.fault("rules", "at least one is required"));
    }
    if issuers.is_empty() && rules.iter().any(|rule| rule.access != Access::Public) {
        return Err(fields.fault("issuers", "a rule asks for tokens and nobody issues them"));
    }
    Ok(rules)
}

fn deny(fields: &mut Fields) -> Read<(DenyLists, Option<Remote>)> {
    let Some(mut deny) = fields.object("deny")? else {
        return Ok((DenyLists::default(), None));
    };
    let remote = deny
        .object("remote")?
        .map(|fields| Remote::read(fields, DENY_REFRESH));
    Ok((DenyLists::read(deny)?, remote.transpose()?))
}

fn cache_bytes(fields: &mut Fields) -> Read<usize> {
    let Some(mut cache) = fields.object("cache")? else {
        return Ok(usize::try_from(CACHE_BYTES).unwrap_or(0));
    };
    let bytes = cache
        .number("bytes", 0..=256 * CACHE_BYTES)?
        .unwrap_or(CACHE_BYTES);
    cache.finish()?;
    Ok(usize::try_from(bytes).unwrap_or(0))
}
