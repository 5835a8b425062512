//! The SSO session of a browser (profile 1.5 and 1.6): a durable record without attributes, and what was released, sealed under the
//! cookie, client by client.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_store::durable::AuditRecord;
use idp_store::ephemeral::Kind;
use idp_store::{Change, Version, Versioned};
use idp_types::encoding::base64url;
use idp_types::secret::constant_time_equal;
use idp_types::{ClaimSet, ClientId, ScopeSet, ServiceId, Timestamp};
use oidc::authentication::Released;
use oidc::authorize::silent::{HeldApproval, narrowed};
use oidc::session::SessionClient;
use oidc::{BrowserSession, Client};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::cookies::Cookie;
use crate::app::App;
use crate::crypto::{SealingKey, random, random_id, sha256_hex};
use crate::problem::{Code, Problem};
use crate::saml::participant::index_of;

/// A live session whose cookie the browser showed.
pub(crate) struct Visit {
    /// The session as it was read.
    pub(crate) session: Arc<Versioned<BrowserSession>>,
    /// The cookie's value.
    pub(crate) cookie: String,
}

/// Who takes part in a session: a client, or a SAML service provider.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Party<'a> {
    /// Its name in the session.
    pub(crate) client_id: &'a ClientId,
    /// The service that it belongs to.
    pub(crate) service_id: &'a ServiceId,
    /// Whether it is a SAML service provider, whose `sid` is a session index.
    pub(crate) is_provider: bool,
}

impl<'a> From<&'a Client> for Party<'a> {
    fn from(client: &'a Client) -> Self {
        Self {
            client_id: &client.client_id,
            service_id: &client.service_id,
            is_provider: false,
        }
    }
}

/// The session of a browser, if it shows a cookie of one that is live.
///
/// # Errors
/// The stores' problems.
pub(crate) async fn load(app: &App, headers: &HeaderMap) -> Result<Option<Visit>, Problem> {
    let Some(cookie) = Cookie::Session.read(app, headers) else {
        return Ok(None);
    };
    let Some((id, secret)) = cookie.split_once('.') else {
        return Ok(None);
    };
    let Some(session) = app.durable.browser_session(id).await? else {
        return Ok(None);
    };
    let digest = sha256_hex(secret.as_bytes());
    let is_own = constant_time_equal(digest.as_bytes(), session.value.secret_digest.as_bytes());
    let is_live = session.value.is_live(app.now());
    Ok((is_own && is_live).then_some(Visit { session, cookie }))
}

/// The cookie of this very session, if the browser shows it.
pub(crate) fn cookie_of(app: &App, headers: &HeaderMap, session: &BrowserSession) -> Option<String> {
    let cookie = Cookie::Session.read(app, headers)?;
    let (id, secret) = cookie.split_once('.')?;
    let digest = sha256_hex(secret.as_bytes());
    let is_own = constant_time_equal(digest.as_bytes(), session.secret_digest.as_bytes());
    (is_own && id == session.id).then_some(cookie)
}

/// What the session holds of this client's last approval, while the device that gave it is active.
///
/// # Errors
/// The stores' problems.
pub(crate) async fn held<'a>(
    app: &App,
    visit: &Visit,
    party: impl Into<Party<'a>>,
) -> Result<Option<HeldApproval>, Problem> {
    let client_id = party.into().client_id;
    if visit.session.value.client(client_id).is_none() {
        return Ok(None);
    }
    let Some(held) = read::<HeldApproval>(app, &visit.cookie, (client_id, "approval")).await? else {
        return Ok(None);
    };
    let authentication = &held.authentication;
    let holder = app.durable.holder(&authentication.token_id).await?;
    let is_active = holder.is_some_and(|holder| {
        let mut devices = holder.value.active_devices(app.now());
        devices.any(|device| device.device_id == authentication.device_id)
    });
    Ok(is_active.then_some(held))
}

/// The held approval with its claims, narrowed to what is asked for now.
///
/// # Errors
/// The stores' problems.
pub(crate) async fn released<'a>(
    app: &App,
    visit: &Visit,
    (held, asked): (&HeldApproval, ScopeSet),
    party: impl Into<Party<'a>>,
) -> Result<Released, Problem> {
    let client_id = party.into().client_id;
    let claims = if asked.is_empty() {
        None
    } else {
        read::<ClaimSet>(app, &visit.cookie, (client_id, "claims")).await?
    };
    let released = Released {
        authentication: held.authentication.clone(),
        claims: claims.unwrap_or_default(),
    };
    Ok(narrowed(released, asked))
}

/// A session that begins or goes on with an approval: what to commit, and what to tell the browser.
pub(crate) struct Joined {
    /// The client's `sid`.
    pub(crate) sid: String,
    /// The cookie's value.
    pub(crate) cookie: String,
    /// The session in this browser that somebody else's login ends.
    pub(crate) replaced: Option<Visit>,
    session: BrowserSession,
    expected: Version,
}

impl Joined {
    /// The change of the commit.
    pub(crate) fn change(&self) -> Change {
        Change::PutBrowserSession {
            session: Box::new(self.session.clone()),
            expected: self.expected,
        }
    }

    /// When the session ends by itself.
    pub(crate) const fn ends_at(&self) -> Timestamp {
        self.session.expires_at
    }

    /// The cookie to set. It ends with the browser, and the session at its own time.
    pub(crate) fn set_cookie(&self, app: &App) -> Option<HeaderValue> {
        Cookie::Session.set(app, &self.cookie, None)
    }

    /// The record of the commit.
    ///
    /// # Errors
    /// The store's problems.
    pub(crate) async fn record(&self, app: &App, party: Party<'_>) -> Result<AuditRecord, Problem> {
        let fact = AuditFact::new(AuditEvent::SessionBegin, Actor::Device)
            .about(&self.session.authentication.token_id)
            .for_service(party.service_id)
            .with("client", party.client_id.as_str())
            .with("session", self.session.id.as_str());
        app.audit.record(&*app.durable, fact, app.now()).await
    }
}

/// Puts an approval for a client into the browser's session, or into a new one.
///
/// # Errors
/// `internal` when the system gives no randomness.
pub(crate) fn join(
    app: &App,
    visit: Option<Visit>,
    party: Party<'_>,
    (released, subject): (&Released, &str),
) -> Result<Joined, Problem> {
    let now = app.now();
    let authentication = &released.authentication;
    let is_same =
        |visit: &Visit| visit.session.value.authentication.first_token_id == authentication.first_token_id;
    let (visit, replaced) = match visit {
        Some(visit) if is_same(&visit) => (Some(visit), None),
        other => (None, other),
    };
    let (mut session, expected, cookie) = match visit {
        Some(visit) => (visit.session.value.clone(), visit.session.version, visit.cookie),
        None => fresh(app, released)?,
    };
    let known = session.client(party.client_id);
    let part = SessionClient {
        client_id: party.client_id.clone(),
        sid: match known {
            Some(known) => known.sid.clone(),
            None if party.is_provider => index_of(app, party.client_id, &session.id)?,
            None => random_id("")?,
        },
        subject: subject.to_owned(),
        granted: authentication.granted,
        since: known.map_or(now, |known| known.since),
    };
    let sid = part.sid.clone();
    session
        .clients
        .retain(|known| known.client_id != *party.client_id);
    session.clients.push(part);
    session.authentication = authentication.clone();
    session.expires_at = now.plus_seconds(app.config.oidc.session_seconds);
    Ok(Joined {
        sid,
        cookie,
        replaced,
        session,
        expected,
    })
}

fn fresh(app: &App, released: &Released) -> Result<(BrowserSession, Version, String), Problem> {
    let now = app.now();
    let id = random_id("bs_")?;
    let secret = base64url(&random::<32>()?);
    let session = BrowserSession {
        secret_digest: sha256_hex(secret.as_bytes()),
        authentication: released.authentication.clone(),
        clients: Vec::new(),
        created_at: now,
        expires_at: now.plus_seconds(app.config.oidc.session_seconds),
        ended: None,
        id: id.clone(),
    };
    Ok((session, Version::default(), format!("{id}.{secret}")))
}

/// Seals what a client was given under the cookie: the approval until the session ends, the claims until they are too old.
///
/// # Errors
/// The stores' problems.
pub(crate) async fn keep(
    app: &App,
    joined: &Joined,
    party: Party<'_>,
    (approval, claims): (&HeldApproval, &ClaimSet),
) -> Result<(), Problem> {
    let id = party.client_id;
    let ends = joined.session.expires_at;
    write(app, (&joined.cookie, ends), (id, "approval"), approval).await?;
    let until = approval.claims_until.min(ends);
    write(app, (&joined.cookie, until), (id, "claims"), claims).await
}

/// Forgets what is sealed under a cookie: the session ended.
///
/// # Errors
/// The stores' problems.
pub(crate) async fn forget_claims(app: &App, cookie: &str, session: &BrowserSession) -> Result<(), Problem> {
    for client in &session.clients {
        for part in ["approval", "claims"] {
            let key = key_of(cookie, (&client.client_id, part));
            app.ephemeral.take(Kind::SessionClaims, &key, app.now()).await?;
        }
    }
    Ok(())
}

fn key_of(cookie: &str, (client_id, part): (&ClientId, &str)) -> String {
    sha256_hex(format!("{cookie}|{part}|{client_id}").as_bytes())
}

async fn write<T: Serialize>(
    app: &App,
    (cookie, until): (&str, Timestamp),
    name: (&ClientId, &str),
    value: &T,
) -> Result<(), Problem> {
    let key = key_of(cookie, name);
    let plain = serde_json::to_vec(value).map_err(|_| Problem::new(Code::Internal))?;
    let sealed = SealingKey::of_bearer(cookie, b"session")?.seal(key.as_bytes(), &plain)?;
    app.ephemeral
        .put(Kind::SessionClaims, &key, sealed, until)
        .await?;
    Ok(())
}

async fn read<T: DeserializeOwned>(
    app: &App,
    cookie: &str,
    name: (&ClientId, &str),
) -> Result<Option<T>, Problem> {
    let key = key_of(cookie, name);
    let Some(sealed) = app.ephemeral.read(Kind::SessionClaims, &key, app.now()).await? else {
        return Ok(None);
    };
    let plain = SealingKey::of_bearer(cookie, b"session")?.open(key.as_bytes(), &sealed)?;
    Ok(serde_json::from_slice(&plain).ok())
}
