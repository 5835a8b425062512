//! How browser sessions end (Back-Channel Logout 1.0, 2.7): the session, the logouts that its clients are owed, the grants and access
//! tokens that do not outlive it and the record of it are one commit; the outbox tells the clients.
//!
//! | why | which sessions | which grants and access tokens |
//! |---|---|---|
//! | the person logged out, or another person logged in | the browser's | of the session, without `offline_access` |
//! | its time was over | each | the same |
//! | a device or tokenId was revoked, or superseded | those that the device, or any, approved | all (`Change::RevokeTokens`) |
//! | "this was not me" | the holder's, as far as clients of the service took part that asked | of those sessions, all |
//!
//! "This was not me" says that somebody else asks in a service's name for this tokenId. Nobody knows since when, so every session of
//! the holder in which that service took part ends with everything that was granted in it; sessions with other services stay.

use std::sync::Arc;

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_store::durable::AuditRecord;
use idp_store::{Change, Commit, CommitError, Versioned};
use idp_types::{ClientId, DeviceId, ServiceId, TokenId};
use oidc::logout::LogoutDelivery;
use oidc::session::{SessionClient, SessionEnd};
use oidc::{BrowserSession, Grant};

use super::clients;
use crate::app::App;
use crate::crypto::random_id;
use crate::problem::{Code, Problem};
use crate::saml;
use crate::saml::participant::{Known, is_provider};

/// How often a session that changed meanwhile is read again.
const TRIES: usize = 20;

/// What a commit needs to end sessions.
#[derive(Default)]
pub(crate) struct Ending {
    /// The changes.
    pub(crate) changes: Vec<Change>,
    /// The records.
    pub(crate) audit: Vec<AuditRecord>,
}

impl Ending {
    fn join(&mut self, other: Self) {
        self.changes.extend(other.changes);
        self.audit.extend(other.audit);
    }
}

/// Ends a session. One that has ended, or that began anew before it expired, is left alone.
///
/// # Errors
/// The stores' problems.
pub(crate) async fn end_session(
    app: &App,
    session: Arc<Versioned<BrowserSession>>,
    why: SessionEnd,
) -> Result<(), Problem> {
    end_session_told(app, session, why, None).await
}

/// The same; whoever began it knows it already.
///
/// # Errors
/// The stores' problems.
pub(crate) async fn end_session_told(
    app: &App,
    mut session: Arc<Versioned<BrowserSession>>,
    why: SessionEnd,
    told: Option<&ClientId>,
) -> Result<(), Problem> {
    for _ in 0..TRIES {
        let is_early = why == SessionEnd::Expired && session.value.is_live(app.now());
        if session.value.ended.is_some() || is_early {
            return Ok(());
        }
        let Ending { changes, audit } = ending_told(app, &session, why, told).await?;
        match app.durable.commit(Commit { changes, audit }).await {
            Ok(_) => {
                announce(app);
                return Ok(());
            }
            Err(CommitError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
        match app.durable.browser_session(&session.value.id).await? {
            Some(found) => session = found,
            None => return Ok(()),
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

/// What ends a session, for a commit that does more than that. Call [`announce`] after it.
///
/// # Errors
/// The stores' problems.
pub(crate) async fn ending(
    app: &App,
    session: &Versioned<BrowserSession>,
    why: SessionEnd,
) -> Result<Ending, Problem> {
    ending_told(app, session, why, None).await
}

async fn ending_told(
    app: &App,
    session: &Versioned<BrowserSession>,
    why: SessionEnd,
    told: Option<&ClientId>,
) -> Result<Ending, Problem> {
    let now = app.now();
    let mut changes = Vec::new();
    for part in &session.value.clients {
        let delivery = if is_provider(&part.client_id) {
            // While a person leaves in a browser, providers are told at once.
            let soon = why == SessionEnd::LoggedOut;
            saml::owed(app, (&session.value, part), soon).await?
        } else if is_told(app, part).await? {
            Some(LogoutDelivery::of(random_id("")?, part, now))
        } else {
            None
        };
        let delivery = delivery.filter(|_| told != Some(&part.client_id));
        changes.extend(delivery.map(|delivery| Change::PutLogoutDelivery {
            delivery: Box::new(delivery),
        }));
    }
    changes.extend(access_tokens_that_end(&session.value, why));
    for grant in grants_that_end(app, &session.value, why).await? {
        let grant_id = grant.value.grant_id;
        changes.push(Change::RevokeGrant { grant_id, at: now });
    }
    changes.push(Change::PutBrowserSession {
        session: Box::new(BrowserSession {
            ended: Some((now, why)),
            ..session.value.clone()
        }),
        expected: session.version,
    });
    let fact = AuditFact::new(AuditEvent::SessionEnd, actor(why))
        .about(&session.value.authentication.token_id)
        .with("session", session.value.id.as_str())
        .with("reason", reason(why));
    let audit = vec![app.audit.record(&*app.durable, fact, now).await?];
    Ok(Ending { changes, audit })
}

/// Whether a client wants to be told.
async fn is_told(app: &App, part: &SessionClient) -> Result<bool, Problem> {
    let client = clients::load(app, &part.client_id).await?;
    Ok(client.is_some_and(|client| client.value.backchannel_logout_uri.is_some()))
}

/// Access tokens that no grant is stored for end with the session, too: at introspection, userinfo and in the status list they are
/// revoked. No specification says so; a person who leaves expects it, and a lost device is no reason to wait for `exp`.
fn access_tokens_that_end(session: &BrowserSession, why: SessionEnd) -> Vec<Change> {
    // Everything of a revoked device ends by `Change::RevokeTokens`.
    if why == SessionEnd::Revoked {
        return Vec::new();
    }
    let parts = session.clients.iter();
    parts
        .map(|part| Change::RevokeSession {
            sid: part.sid.clone(),
        })
        .collect()
}

/// Back-Channel Logout 1.0, 2.7: refresh tokens without `offline_access` end with the session, those with it stay, unless somebody else
/// may have got them.
async fn grants_that_end(
    app: &App,
    session: &BrowserSession,
    why: SessionEnd,
) -> Result<Vec<Versioned<Grant>>, Problem> {
    // Everything of a revoked device ends by `Change::RevokeTokens`.
    if why == SessionEnd::Revoked {
        return Ok(Vec::new());
    }
    let mut grants = app.durable.grants_of(&session.authentication.token_id).await?;
    grants.retain(|grant| {
        let grant = &grant.value;
        let part = session.client(&grant.client_id);
        let is_sessions = part.is_some_and(|part| grant.sid.as_deref() == Some(part.sid.as_str()));
        is_sessions && (grant.ends_with().is_some() || why == SessionEnd::Disowned)
    });
    Ok(grants)
}

/// What ends every session that a device, or with `None` any device of the holder, approved: part of the commit that revokes it.
///
/// # Errors
/// The stores' problems.
pub(crate) async fn endings_of_device(
    app: &App,
    token_id: &TokenId,
    device_id: Option<&DeviceId>,
) -> Result<Ending, Problem> {
    let mut all = Ending::default();
    for session in app.durable.browser_sessions_of(token_id).await? {
        let approved_by = &session.value.authentication.device_id;
        if device_id.is_none_or(|device_id| device_id == approved_by) {
            all.join(ending(app, &session, SessionEnd::Revoked).await?);
        }
    }
    Ok(all)
}

/// "This was not me": ends the holder's sessions in which clients of the service took part.
///
/// # Errors
/// The stores' problems.
pub(crate) async fn disown(app: &App, token_id: &TokenId, service_id: &ServiceId) -> Result<(), Problem> {
    for session in app.durable.browser_sessions_of(token_id).await? {
        let mut takes_part = false;
        for part in &session.value.clients {
            takes_part |= service_of(app, part).await?.as_ref() == Some(service_id);
        }
        if takes_part {
            end_session(app, Arc::new(session), SessionEnd::Disowned).await?;
        }
    }
    Ok(())
}

/// The service that a client or a SAML service provider belongs to.
async fn service_of(app: &App, part: &SessionClient) -> Result<Option<ServiceId>, Problem> {
    if let Some(known) = Known::from_subject(app, &part.client_id, &part.subject) {
        let provider = app.durable.service_provider(&known.provider).await?;
        return Ok(provider.map(|provider| provider.value.service_id.clone()));
    }
    let client = app.durable.client(&part.client_id).await?;
    Ok(client.map(|client| client.value.service_id.clone()))
}

/// What follows from a commit that ended sessions: the outbox looks at once, status lists are made anew.
pub(crate) fn announce(app: &App) {
    app.status.revoked();
    app.oidc.logouts.notify_one();
}

const fn actor(why: SessionEnd) -> Actor {
    match why {
        SessionEnd::LoggedOut => Actor::Anonymous,
        SessionEnd::Disowned | SessionEnd::Replaced => Actor::Device,
        SessionEnd::Expired | SessionEnd::Revoked => Actor::System,
    }
}

const fn reason(why: SessionEnd) -> &'static str {
    match why {
        SessionEnd::LoggedOut => "logged_out",
        SessionEnd::Expired => "expired",
        SessionEnd::Revoked => "revoked",
        SessionEnd::Disowned => "disowned",
        SessionEnd::Replaced => "replaced",
    }
}
