//! Issuing tokens: decided, committed with its audit record, then signed. Every grant shares this one path.

mod access;
mod commit;
mod record;
mod refresh;
mod sign;
mod verify;

use idp_core::audit::AuditFact;
use idp_store::{Change, CommitError, Version};
use idp_types::Timestamp;
use oidc::authentication::Released;
use oidc::token::TokenResponse;
use oidc::{Client, Grant, OAuthError, RequestedScope};
use serde_json::{Map, Value};

pub(crate) use access::{AccessPlan, issue_access_token};
pub(crate) use record::{forget_record, open_record};
pub(crate) use refresh::{Refreshed, limits, parse_refresh_token, replay, rotate};
pub(crate) use sign::{sign, sign_id_token};
pub(crate) use verify::{is_revoked, place_of, verified};

use super::failure::OidcFailure;
use crate::app::App;
use crate::problem::Problem;

/// What an ID token says beside what every one says.
#[derive(Debug, Clone, Default)]
pub(crate) struct IdTokenExtras {
    /// Further claims, such as CIBA's `auth_req_id`.
    pub(crate) claims: Map<String, Value>,
}

/// A grant that is to yield its first tokens.
pub(crate) struct TokenPlan {
    /// The grant, not stored yet.
    pub(crate) grant: Grant,
    /// The resources of the first tokens, among the grant's.
    pub(crate) resources: Vec<String>,
    /// What the person released.
    pub(crate) released: Option<Released>,
    /// Whether there is a refresh token.
    pub(crate) with_refresh: bool,
    /// What is consumed with it. A second consumption is `invalid_grant`.
    pub(crate) changes: Vec<Change>,
    /// What is recorded with it.
    pub(crate) facts: Vec<AuditFact>,
    /// Whether there is an ID token, where the scope has `openid`.
    pub(crate) id_token: Option<IdTokenExtras>,
}

/// Why tokens were not issued.
#[derive(Debug)]
pub(crate) enum IssueError {
    /// What was to be consumed was consumed before.
    Consumed,
    /// The grant changed meanwhile.
    Conflict,
    /// Anything else.
    Failure(OidcFailure),
}

/// The person behind a grant can no longer vouch for it.
const GONE: OAuthError = OAuthError::invalid_grant("the login behind it is no longer valid");

impl From<CommitError> for IssueError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::AlreadyConsumed => Self::Consumed,
            CommitError::Conflict => Self::Conflict,
            CommitError::DeviceNotActive => Self::Failure(GONE.into()),
            error => Self::Failure(error.into()),
        }
    }
}

impl From<Problem> for IssueError {
    fn from(problem: Problem) -> Self {
        Self::Failure(problem.into())
    }
}

impl From<OidcFailure> for IssueError {
    fn from(failure: OidcFailure) -> Self {
        Self::Failure(failure)
    }
}

impl From<IssueError> for OidcFailure {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Consumed => OAuthError::invalid_grant("it was used before").into(),
            IssueError::Conflict => CommitError::Conflict.into(),
            IssueError::Failure(failure) => failure,
        }
    }
}

/// Issues the first tokens of a grant, in one commit with what it consumes. Who needs not know why it failed turns the error into an
/// [`OidcFailure`].
///
/// # Errors
/// [`IssueError::Consumed`] when something was consumed before; `invalid_grant` when the device that approved is no longer active.
pub(crate) async fn try_issue(
    app: &App,
    client: &Client,
    plan: TokenPlan,
) -> Result<TokenResponse, IssueError> {
    let now = app.now();
    let mut grant = plan.grant;
    let mut changes = plan.changes;
    let refresh_token = if plan.with_refresh {
        Some(refresh::begin(app, &mut grant, now)?)
    } else {
        None
    };
    changes.push(commit::require_device(&grant));
    if refresh_token.is_some() {
        changes.push(Change::PutGrant {
            grant: Box::new(grant.clone()),
            expected: Version::default(),
        });
    }
    let scope = access::stored_scope(&grant.scope);
    let issue = Issue {
        client,
        scope,
        resources: plan.resources,
        grant: &grant,
        released: plan.released.as_ref(),
        refresh_token,
        id_token: plan.id_token,
        is_first: true,
        now,
    };
    issue.commit_and_sign(app, changes, plan.facts).await
}

/// One answer with tokens of a grant.
struct Issue<'a> {
    client: &'a Client,
    grant: &'a Grant,
    scope: RequestedScope,
    resources: Vec<String>,
    released: Option<&'a Released>,
    refresh_token: Option<String>,
    id_token: Option<IdTokenExtras>,
    /// Whether it answers the authentication request itself: `nonce` is of that answer alone.
    is_first: bool,
    now: Timestamp,
}
