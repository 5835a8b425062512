//! The one commit of an answer: what it consumes, the token's place in a status list, the audit record.

use idp_core::audit::AuditFact;
use idp_store::durable::TokenStatus;
use idp_store::{Change, Commit, CommitError};
use idp_types::{DeviceId, Timestamp, TokenId};
use oidc::{Grant, GrantId};

use super::IssueError;
use crate::app::App;
use crate::problem::{Code, Problem};

/// How often another place is drawn when another instance took the first.
const DRAWS: usize = 8;

/// Where a token's revocation shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) list: u32,
    pub(super) index: u32,
}

/// Whose token it is.
#[derive(Debug, Clone, Default)]
pub(super) struct Owner {
    pub(super) holder: Option<(TokenId, DeviceId)>,
    pub(super) grant_id: Option<GrantId>,
    /// The `sid` of the session that it ends with.
    pub(super) sid: Option<String>,
}

impl Owner {
    pub(super) fn of(grant: &Grant) -> Self {
        let authentication = &grant.authentication;
        Self {
            holder: Some((authentication.token_id.clone(), authentication.device_id.clone())),
            grant_id: Some(grant.grant_id.clone()),
            sid: grant.ends_with().map(str::to_owned),
        }
    }
}

/// Tokens of a revoked holder or device are never issued, however the race ends.
pub(super) fn require_device(grant: &Grant) -> Change {
    Change::RequireActiveDevice {
        token_id: grant.authentication.token_id.clone(),
        device_id: grant.authentication.device_id.clone(),
    }
}

/// Commits the changes with a token's entry, until `expires_at`.
pub(super) async fn commit_with_place(
    app: &App,
    owner: Owner,
    changes: Vec<Change>,
    facts: Vec<AuditFact>,
    expires_at: Timestamp,
) -> Result<Place, IssueError> {
    let now = app.now();
    let mut audit = Vec::with_capacity(facts.len());
    for fact in facts {
        audit.push(app.audit.record(&*app.durable, fact, now).await?);
    }
    let commit = Commit { changes, audit };
    for _ in 0..DRAWS {
        let (list, index) = app.status.draw(now, expires_at).map_err(Problem::from)?;
        let mut attempt = commit.clone();
        attempt.changes.push(Change::IssueToken(TokenStatus {
            list,
            index,
            holder: owner.holder.clone(),
            grant_id: owner.grant_id.clone(),
            sid: owner.sid.clone(),
            expires_at,
        }));
        match app.durable.commit(attempt).await {
            Ok(_) => return Ok(Place { list, index }),
            Err(CommitError::IndexTaken) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1).into())
}
