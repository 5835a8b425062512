//! Refresh tokens: made, rotated, answered as before within the grace window.

use std::time::Duration;

use idp_core::audit::AuditFact;
use idp_store::ephemeral::Kind;
use idp_store::{Change, Versioned};
use idp_types::{Secret, Timestamp};
use oidc::authentication::Released;
use oidc::token::{FamilyLimits, RefreshToken, TokenResponse, is_rotated, kept, new_family, rotated};
use oidc::{Client, Grant, RequestedScope};

use super::{IdTokenExtras, Issue, IssueError, commit};
use crate::app::App;
use crate::crypto::{SealingKey, random, sha256_hex};
use crate::oidc::derived::tag;
use crate::problem::{Code, Problem};

const LABEL: &[u8] = b"idt-refresh-v1";
const CLAIMS: &[u8] = b"refresh-claims";
const REPLAY: &[u8] = b"refresh-replay";

/// How long the loser of a race waits for the winner's answer, and how often it looks.
const PATIENCE: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(5);

/// The configured lifetimes.
pub(crate) fn limits(app: &App) -> FamilyLimits {
    FamilyLimits {
        idle_seconds: app.config.oidc.refresh_idle_seconds,
        grace_seconds: app.config.oidc.refresh_grace_seconds,
    }
}

/// A refresh token of ours, current or not.
pub(crate) fn parse_refresh_token(app: &App, text: &str) -> Option<RefreshToken> {
    RefreshToken::parse(text, |signed| tag(app, LABEL, signed))
}

fn fresh(app: &App, grant: &Grant) -> Result<String, Problem> {
    let random = Secret::new(random::<16>()?);
    let token = RefreshToken::new(&grant.grant_id, *random.expose(), |signed| {
        tag(app, LABEL, signed)
    });
    Ok(token.ok_or(Code::Internal)?.to_text())
}

/// Gives a grant its refresh family; the first token.
pub(super) fn begin(app: &App, grant: &mut Grant, now: Timestamp) -> Result<String, Problem> {
    let token = fresh(app, grant)?;
    grant.refresh = Some(new_family(sha256_hex(token.as_bytes()), limits(app), now));
    Ok(token)
}

/// What a refresh gives of its grant.
pub(crate) struct Refreshed {
    /// The scope of the new tokens.
    pub(crate) scope: RequestedScope,
    /// Their resources.
    pub(crate) resources: Vec<String>,
    /// What is recorded.
    pub(crate) fact: AuditFact,
}

/// The grant after a use of the token `used`, and the token that the client has from now on.
fn after_use(app: &App, client: &Client, grant: Grant, used: &str) -> Result<(Grant, String), Problem> {
    let (limits, now) = (limits(app), app.now());
    if !is_rotated(client) {
        return Ok((kept(grant, limits, now), used.to_owned()));
    }
    let token = fresh(app, &grant)?;
    let digests = (sha256_hex(used.as_bytes()), sha256_hex(token.as_bytes()));
    Ok((rotated(grant, digests.0, digests.1, limits, now), token))
}

/// Exchanges the token `used` for the next one, where tokens are rotated, and keeps the answer for those who lost the race.
///
/// # Errors
/// [`IssueError::Conflict`] when the grant changed meanwhile.
pub(crate) async fn rotate(
    app: &App,
    client: &Client,
    (found, grant): (&Versioned<Grant>, Grant),
    used: &str,
    refreshed: Refreshed,
) -> Result<TokenResponse, IssueError> {
    let now = app.now();
    let (next, token) = after_use(app, client, grant, used)?;
    let changes = vec![
        commit::require_device(&next),
        Change::PutGrant {
            grant: Box::new(next.clone()),
            expected: found.version,
        },
    ];
    let released = claims_of(app, used, next.claims_until, now).await?;
    let issue = Issue {
        client,
        grant: &next,
        scope: refreshed.scope,
        resources: refreshed.resources,
        released: released.as_ref(),
        refresh_token: Some(token),
        id_token: Some(IdTokenExtras::default()),
        is_first: false,
        now,
    };
    let response = issue.commit_and_sign(app, changes, vec![refreshed.fact]).await?;
    if !is_rotated(client) {
        return Ok(response);
    }
    keep_replay(app, used, &response).await?;
    if let Some(released) = &released {
        // Only for the grace window: should the answer be lost with this process, the old token is rotated once more.
        let until = next.claims_until.min(now.plus_seconds(limits(app).grace_seconds));
        keep_claims(app, used, released, until).await?;
    }
    Ok(response)
}

/// Keeps released claims under a refresh token.
pub(super) async fn keep_claims(
    app: &App,
    token: &str,
    released: &Released,
    until: Timestamp,
) -> Result<(), Problem> {
    if until <= app.now() {
        return Ok(());
    }
    let plain = serde_json::to_vec(released).map_err(|_| Problem::new(Code::Internal))?;
    keep(app, (Kind::RefreshClaims, CLAIMS), token, &plain, until).await
}

async fn keep(
    app: &App,
    (kind, purpose): (Kind, &'static [u8]),
    token: &str,
    plain: &[u8],
    until: Timestamp,
) -> Result<(), Problem> {
    let key = sha256_hex(token.as_bytes());
    let sealed = SealingKey::of_bearer(token, purpose)?.seal(key.as_bytes(), plain)?;
    if let Err(error) = app.ephemeral.put(kind, &key, sealed, until).await {
        tracing::warn!(%error, "what belongs to a refresh token is not kept");
    }
    Ok(())
}

async fn open(
    app: &App,
    (kind, purpose): (Kind, &'static [u8]),
    token: &str,
) -> Result<Option<Vec<u8>>, Problem> {
    let key = sha256_hex(token.as_bytes());
    let Some(sealed) = app.ephemeral.read(kind, &key, app.now()).await? else {
        return Ok(None);
    };
    Ok(Some(
        SealingKey::of_bearer(token, purpose)?.open(key.as_bytes(), &sealed)?,
    ))
}

/// The claims under a refresh token, while they may be kept.
async fn claims_of(
    app: &App,
    token: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<Option<Released>, Problem> {
    if until <= now {
        return Ok(None);
    }
    let plain = open(app, (Kind::RefreshClaims, CLAIMS), token).await?;
    Ok(plain.and_then(|plain| serde_json::from_slice(&plain).ok()))
}

async fn keep_replay(app: &App, used: &str, response: &TokenResponse) -> Result<(), Problem> {
    let plain = serde_json::to_vec(response).map_err(|_| Problem::new(Code::Internal))?;
    let until = app.now().plus_seconds(limits(app).grace_seconds);
    keep(app, (Kind::RefreshReplay, REPLAY), used, &plain, until).await
}

/// The answer that a token was exchanged for, within the grace window. Who lost a race waits for the winner; `None` when no answer
/// comes, because the process that had it is gone.
///
/// # Errors
/// The ephemeral store's problems.
pub(crate) async fn replay(app: &App, used: &str) -> Result<Option<TokenResponse>, Problem> {
    let answer = async {
        loop {
            if let Some(plain) = open(app, (Kind::RefreshReplay, REPLAY), used).await? {
                return Ok(serde_json::from_slice(&plain).ok());
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(PATIENCE, answer).await.unwrap_or(Ok(None))
}
