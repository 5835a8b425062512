//! The policy, with the keys and status lists of this server.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderValue;
use idp_jose::JwkSet;
use idp_types::Timestamp;
use verdict::policy::{Issuer, Policy};
use verdict::{Answer, Context, Gate, Missing, Pass, Refusal, Request, Verdict, answer};

use crate::app::App;
use crate::config::Config;
use crate::crypto::AwsVerifier;
use crate::keys::{IssuerProfile, KeySetView};
use crate::status;

/// The longest policy, in bytes.
const POLICY_LIMIT: u64 = 1024 * 1024;

/// Milliseconds between two looks at the status lists, whatever is revoked meanwhile.
const LOOK: i64 = 1000;

/// The policy cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("gateway.policy_file: {0}")]
pub struct PolicyFileError(pub String);

/// What is decided.
pub(super) enum Decision {
    Pass(Pass),
    /// With its code.
    Refuse(&'static str, Answer),
}

/// Decides for gateways.
pub(crate) struct Decider {
    path: PathBuf,
    state: Mutex<State>,
}

/// Decisions take microseconds: nothing waits while this is held.
struct State {
    gate: Gate,
    policy: Arc<Policy>,
    /// Issuers of the policy that are this server, with the tag of the key set that was taken last.
    own: Vec<(usize, Option<HeaderValue>)>,
    lists: Vec<List>,
    looked_at: i64,
    revocations: u64,
}

struct List {
    issuer: usize,
    uri: String,
    taken_at: i64,
}

impl Decider {
    /// Reads the policy that is configured, if one is.
    ///
    /// # Errors
    /// [`PolicyFileError`].
    pub(crate) fn open(config: &Config) -> Result<Option<Self>, PolicyFileError> {
        let Some(path) = &config.gateway.policy_file else {
            return Ok(None);
        };
        Ok(Some(Self {
            state: Mutex::new(State::read(path, &config.issuer)?),
            path: path.clone(),
        }))
    }

    /// Reads it again; what is in use stays where it cannot be used.
    ///
    /// # Errors
    /// [`PolicyFileError`].
    pub(crate) fn reload(&self, issuer: &str) -> Result<(), PolicyFileError> {
        let state = State::read(&self.path, issuer)?;
        *self.state() = state;
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The policy.
    pub(super) fn policy(&self) -> Arc<Policy> {
        self.state().policy.clone()
    }

    /// Decides on a request, with the lists that it needs.
    pub(super) async fn decide(&self, app: &App, request: &Request<'_>) -> Decision {
        let now = app.now();
        let outdated = self.state().outdated(app, now);
        for (issuer, uri) in outdated {
            // An old list serves as long as the policy says.
            let _ = self.take_list(app, issuer, &uri, now).await;
        }
        let missing = match self.attempt(app, request, now) {
            Ok(decision) => return decision,
            Err(missing) => missing,
        };
        if let Missing::Status { issuer, uri } = &missing
            && self.take_list(app, *issuer, uri, now).await
            && let Ok(decision) = self.attempt(app, request, now)
        {
            return decision;
        }
        refused(&missing.refusal(), &self.policy())
    }

    fn attempt(&self, app: &App, request: &Request<'_>, now: Timestamp) -> Result<Decision, Missing> {
        let mut state = self.state();
        state.take_keys(app, now);
        match state.gate.decide(request, at(now)) {
            Verdict::Pass(pass) => Ok(Decision::Pass(pass)),
            Verdict::Refuse(refusal) => Ok(refused(&refusal, &state.policy)),
            Verdict::Wait(missing) => Err(missing),
        }
    }

    /// Takes a list as this server publishes it now. Whether it is one.
    async fn take_list(&self, app: &App, issuer: usize, uri: &str, now: Timestamp) -> bool {
        let number = status::number(&app.config.issuer, uri);
        let Some(number) = number else { return false };
        let Ok(token) = status::current(app, number).await else {
            return false;
        };
        let mut state = self.state();
        let taken = state.gate.take_status(issuer, uri, token.as_bytes(), at(now));
        let is_new = !state
            .lists
            .iter()
            .any(|list| list.uri == uri && list.issuer == issuer);
        if taken.is_ok() && is_new {
            state.lists.push(List {
                issuer,
                uri: uri.to_owned(),
                taken_at: now.unix_millis(),
            });
        }
        taken.is_ok()
    }
}

impl State {
    fn read(path: &Path, issuer: &str) -> Result<Self, PolicyFileError> {
        let text = text(path).map_err(|error| PolicyFileError(format!("{}: {error}", path.display())))?;
        let policy = Policy::parse(&text).map_err(|error| PolicyFileError(error.to_string()))?;
        let own = own_issuers(&policy, issuer)?;
        let gate = Gate::new(policy.clone()).map_err(|error| PolicyFileError(error.to_string()))?;
        Ok(Self {
            gate,
            policy: Arc::new(policy),
            own: own.into_iter().map(|number| (number, None)).collect(),
            lists: Vec::new(),
            looked_at: 0,
            revocations: 0,
        })
    }

    /// The keys that are published now. Status lists are signed with ES256 whatever the tokens are, so that every key counts; which
    /// algorithms tokens may have the policy says.
    fn take_keys(&mut self, app: &App, now: Timestamp) {
        let published = app.keys.published_view(KeySetView::NoX5c, now);
        for (number, tag) in &mut self.own {
            if tag.is_some() && tag.as_ref() == published.etag() {
                continue;
            }
            if let Ok(set) = JwkSet::parse(published.body(), JwkSet::LIMIT) {
                self.gate.take_keys(*number, &set);
                *tag = published.etag().cloned();
            }
        }
    }

    /// The lists that are to be taken anew: half their life is over, or something was revoked here. Whoever asks first takes them.
    fn outdated(&mut self, app: &App, now: Timestamp) -> Vec<(usize, String)> {
        let now = now.unix_millis();
        if (now - self.looked_at).abs() < LOOK {
            return Vec::new();
        }
        self.looked_at = now;
        let revocations = app.status.revocations();
        let is_newer = std::mem::replace(&mut self.revocations, revocations) != revocations;
        let half = app.config.tokens.status_ttl_seconds * 500;
        let mut outdated = Vec::new();
        for list in &mut self.lists {
            if is_newer || (now - list.taken_at).abs() >= half {
                list.taken_at = now;
                outdated.push((list.issuer, list.uri.clone()));
            }
        }
        outdated
    }
}

/// A gateway takes every 200 for a yes, so that gRPC callers are refused by the HTTP status as well.
fn refused(refusal: &Refusal, policy: &Policy) -> Decision {
    Decision::Refuse(refusal.reason.code(), answer(refusal, &policy.answers, false))
}

const fn at(now: Timestamp) -> Context<'static> {
    Context {
        now: now.unix_seconds(),
        verifier: &AwsVerifier,
    }
}

fn text(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut text = Vec::new();
    std::fs::File::open(path)?
        .take(POLICY_LIMIT)
        .read_to_end(&mut text)?;
    Ok(text)
}

/// Which issuers are this server. What it could not decide is refused now, and not with the first token.
fn own_issuers(policy: &Policy, issuer: &str) -> Result<Vec<usize>, PolicyFileError> {
    let is_own = |named: &Issuer| {
        let mut views = IssuerProfile::ALL.iter();
        named.issuer == issuer || views.any(|view| view.issuer(issuer) == named.issuer)
    };
    let mut own = Vec::new();
    for (number, named) in policy.issuers.iter().enumerate() {
        if is_own(named) {
            own.push(number);
        } else if named.keys.keys().is_empty() || named.jwks.is_some() || named.status.is_some() {
            return Err(PolicyFileError(format!(
                "issuers.{}: is not this server, so its keys have to stand in `keys`, without `jwks` and `status`: nothing is fetched here",
                named.name
            )));
        }
    }
    if policy.deny_remote.is_some() {
        return Err(PolicyFileError("deny.remote: nothing is fetched here".to_owned()));
    }
    if policy.asks_route() || !policy.asks_metadata().is_empty() {
        let fault =
            "rules: `routes` and `metadata` are what Envoy knows of a request; nobody tells them here";
        return Err(PolicyFileError(fault.to_owned()));
    }
    Ok(own)
}
