//! The engine as protocols see it: they ask for a login and take what was released; they never learn how it came about
//! (architecture, "The one shape").

use std::net::IpAddr;

use idp_core::approval::{
    Caller, Event, Opening, Purpose, RejectReason, Release, Session, State as SessionState, Status, begin,
};
use idp_core::derive::ws_token;
use idp_core::service::Service;
use idp_store::ephemeral::Kind;
use idp_types::{MatchingMode, ScopeSet, SessionId, Timestamp, TokenId};
use oidc::authentication::{Authentication, Evidence, Released};

use super::beginning::{enter, fresh_names};
use super::deliver::{mailbox_key, methods};
use super::drive::drive;
use super::expire::expire;
use super::identity::qr_of;
use super::initiate::{Ask, mode_of, open};
use crate::app::App;
use crate::problem::{Code, Problem};
use crate::qr;

/// Seconds that a released login waits for its protocol: browsers come at once, polling clients within their interval.
const KEPT_SECONDS: i64 = 600;

/// A login that a protocol asks for.
pub(crate) struct ProtocolAsk {
    /// Whom.
    pub(crate) token_id: TokenId,
    /// For what.
    pub(crate) requested: ScopeSet,
    /// A stricter matching mode than the service's own.
    pub(crate) mode: Option<MatchingMode>,
    /// Shown beside the code.
    pub(crate) message: Option<String>,
    /// Who started it.
    pub(crate) caller: Caller,
    /// From where.
    pub(crate) address: Option<IpAddr>,
}

/// A login under way.
pub(crate) struct Asked {
    /// The session.
    pub(crate) session_id: SessionId,
    /// The six digits to show.
    pub(crate) code: String,
    /// For the WebSocket.
    pub(crate) ws_token: String,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
}

/// A QR that waits for a phone.
pub(crate) struct AskedByQr {
    /// The session.
    pub(crate) session_id: SessionId,
    /// The QR's content; it changes every 20 s over the WebSocket.
    pub(crate) qr: String,
    /// The QR as SVG.
    pub(crate) qr_svg: String,
    /// For the WebSocket.
    pub(crate) ws_token: String,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
}

/// What came of a login.
pub(crate) enum Answered {
    /// Nobody answered yet.
    Waiting,
    /// The person approved.
    Approved(Box<Released>),
    /// The person declined, or the attempts ran out.
    Rejected(RejectReason),
    /// Nobody answered in time, or nothing is known of it any more.
    Expired,
    /// The person approved, and the result is lost.
    Interrupted,
}

/// Asks a tokenId's phones. The answer is the same whether or not it is enrolled (profile 4).
///
/// # Errors
/// `invalid_mode`, or the stores' problems.
pub(crate) async fn ask(app: &App, service: &Service, ask: ProtocolAsk) -> Result<Asked, Problem> {
    let mode = mode_of(service, ask.mode)?;
    let asked = Ask {
        token_id: ask.token_id,
        purpose: Purpose::Protocol { message: ask.message },
        requested: ask.requested,
        mode,
        caller: ask.caller,
        address: ask.address,
    };
    let (session_id, code, ws_token, expires_at) = open(app, service, asked).await?.into_parts();
    Ok(Asked {
        session_id,
        code,
        ws_token,
        expires_at,
    })
}

/// Shows a QR to whoever has a phone at hand (profile 7, purpose `login`).
///
/// # Errors
/// `invalid_mode`, or the stores' problems.
pub(crate) async fn ask_by_qr(
    app: &App,
    service: &Service,
    (requested, mode): (ScopeSet, Option<MatchingMode>),
    caller: Caller,
    address: Option<IpAddr>,
) -> Result<AskedByQr, Problem> {
    let (id, random) = fresh_names()?;
    let opening = Opening {
        id,
        random,
        purpose: Purpose::Protocol { message: None },
        service_id: service.service_id.clone(),
        token_id: None,
        deliverable: false,
        requested,
        mode: mode_of(service, mode)?,
        caller,
    };
    let now = app.now();
    let (session, effects) = begin(opening, now);
    enter(app, (&session, effects), address, now).await?;
    let qr = qr_of(app, &session);
    Ok(AskedByQr {
        qr_svg: qr::svg(&qr)?,
        qr,
        ws_token: ws_token(&app.secrets().ws, session.id.as_str()),
        session_id: session.id,
        expires_at: session.expires_at,
    })
}

/// What came of a login that a protocol asked for. It may be asked again: single use is the protocol's to decide.
///
/// # Errors
/// The stores' problems.
pub(crate) async fn answer_of(app: &App, id: &SessionId) -> Result<Answered, Problem> {
    let now = app.now();
    if let Some(sealed) = app.ephemeral.read(Kind::Mailbox, id.as_str(), now).await? {
        let plain = mailbox_key(app, id)?.open(id.as_str().as_bytes(), &sealed)?;
        let released = serde_json::from_slice(&plain).map_err(|_| Problem::new(Code::SessionNotFound))?;
        return Ok(Answered::Approved(Box::new(released)));
    }
    let Some(found) = app.ephemeral.session(id, now).await? else {
        return Ok(Answered::Expired);
    };
    let session = expire(app, found.value).await?;
    Ok(match session.state {
        SessionState::AwaitingScan | SessionState::Pending { .. } => Answered::Waiting,
        SessionState::Rejected { reason, .. } => Answered::Rejected(reason),
        // Approved, and its result is gone: too late.
        SessionState::Approved(_) | SessionState::Expired { .. } => Answered::Expired,
        SessionState::Interrupted { .. } => Answered::Interrupted,
    })
}

/// Takes a question back, in one step with its end: no phone shows it any more, and an approval that comes anyway is refused. One that
/// was answered stays as it is.
///
/// # Errors
/// The stores' problems.
pub(crate) async fn withdraw(app: &App, id: &SessionId) -> Result<(), Problem> {
    match drive(app, id, None, |_| Event::Withdrawn).await {
        Err(problem) if problem.code() != Code::SessionNotFound => Err(problem),
        _ => Ok(()),
    }
}

/// Whether the session's result is a protocol's.
pub(super) const fn is_protocols(session: &Session) -> bool {
    matches!(session.purpose, Purpose::Protocol { .. })
}

/// Keeps what a person released until the protocol fetches it, sealed under the session's wsToken.
pub(super) async fn keep(app: &App, session: &Session, release: Release) -> Result<(), Problem> {
    debug_assert!(session.status() == Status::Approved, "only an approval releases");
    let token_id = session.token_id.as_ref().ok_or(Code::SessionNotFound)?;
    let holder = app.durable.holder(token_id).await?.ok_or(Code::DeviceNotActive)?;
    let holder = &holder.value;
    let device = holder.device(&release.device_id).ok_or(Code::DeviceNotActive)?;
    let released = Released {
        authentication: Authentication {
            token_id: holder.token_id.clone(),
            first_token_id: holder.first_token_id.clone(),
            device_id: release.device_id.clone(),
            auth_time: app.now(),
            trust_level: device.seal.trust_level,
            face_vouched: device.face_vouched,
            aal: session.mode.aal(),
            amr: methods(session, device),
            granted: release.granted,
            evidence: Some(Evidence {
                manifest: device.seal.manifest.clone(),
                scheme_operator: device.seal.scheme_operator.clone(),
                enrolled_at: device.enrolled_at,
            }),
        },
        claims: release.claims,
    };
    let plain = serde_json::to_vec(&released).map_err(|_| Problem::new(Code::Internal))?;
    let sealed = mailbox_key(app, &session.id)?.seal(session.id.as_str().as_bytes(), &plain)?;
    let until = app.now().plus_seconds(KEPT_SECONDS);
    app.ephemeral
        .put(Kind::Mailbox, session.id.as_str(), sealed, until)
        .await?;
    Ok(())
}
