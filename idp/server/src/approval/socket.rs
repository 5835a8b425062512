//! `GET /ws/session/{sessionId}` (profile 4.5): the browser waits. Also for registrations (profile 4.2).
//!
//! Small buffers, a ping every 25 s, a hard end with the session (architecture, "The edge"). Nothing is accepted from the browser
//! but pong and close.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, header};
use idp_core::approval::{Session, State as SessionState};
use idp_core::derive::{RENDEZVOUS_SECONDS, ws_token};
use idp_store::ephemeral::{Kind, Topic, Wakeups};
use idp_types::secret::constant_time_equal;
use idp_types::{SessionId, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until};

use super::deliver::{Approved, collect};
use super::expire::expire;
use super::identity::qr_of;
use super::initiate::code_of;
use crate::app::App;
use crate::edge::Drain;
use crate::http::AppState;
use crate::problem::Problem;
use crate::qr;
use crate::telemetry::metrics::Stage;

const NORMAL: u16 = 1000;
/// Service Restart (RFC 6455 7.4.2, the registry of IANA): connect again, to whoever serves then.
const RESTART: u16 = 1012;
const INVALID_TOKEN: u16 = 4001;
const NOT_FOUND: u16 = 4004;
const EXPIRED: u16 = 4008;
const REPLACED: u16 = 4009;

/// Pings that may stay without an answer.
const MISSED_PINGS: u8 = 2;

/// Seconds that a finished socket waits for the browser's close.
const CLOSE_SECONDS: u64 = 5;

/// Where the token may stand, other than in `Sec-WebSocket-Protocol`.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TokenQuery {
    /// The wsToken. Better as the second value of `Sec-WebSocket-Protocol`, so that it stays out of logs.
    token: Option<String>,
}

/// What the browser is told.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum BrowserMessage {
    /// The code to show.
    #[serde(rename_all = "camelCase")]
    OtpReady {
        auto_password: String,
        #[schema(value_type = String)]
        expires_at: Timestamp,
    },
    /// The QR to show from now on.
    #[serde(rename_all = "camelCase")]
    QrRefresh {
        qr: String,
        qr_svg: String,
        #[schema(value_type = String)]
        expires_at: Timestamp,
    },
    /// The result.
    Approved(Approved),
    /// The same without a token: a protocol takes the result.
    #[serde(rename = "approved")]
    ApprovedElsewhere {},
    /// Declined or failed.
    Rejected { reason: &'static str },
    /// Nobody answered.
    Expired {},
    /// Approved, and the result is lost: begin again.
    Interrupted {},
    /// The person trusts the service now.
    ServiceTrusted {},
}

/// Opens the browser's WebSocket.
#[utoipa::path(
    get, path = "/ws/session/{session_id}", tag = "approval",
    params(("session_id" = String, Path, description = "a sessionId or registrationId"), TokenQuery),
    responses((status = 101, description = "messages: otp_ready, qr_refresh, approved, rejected, expired, interrupted, service_trusted; \
        close codes 1000, 1012 connect again, 4001 token, 4004 not found, 4008 expired, 4009 replaced"))
)]
pub(crate) async fn session_socket(
    State(app): AppState,
    Path(id): Path<String>,
    browser: Browser,
    upgrade: WebSocketUpgrade,
) -> Response {
    let expected = ws_token(&app.secrets().ws, &id);
    let authentic = constant_time_equal(expected.as_bytes(), browser.token.as_bytes());
    let upgrade = upgrade
        .protocols(["idtoken"])
        .read_buffer_size(512)
        .write_buffer_size(0)
        .max_message_size(4096)
        .max_frame_size(4096);
    upgrade.on_upgrade(move |socket| async move {
        if authentic {
            Box::pin(serve(app, id, socket, browser.drain)).await;
        } else {
            close(socket, INVALID_TOKEN).await;
        }
    })
}

/// What a browser brings along.
pub(crate) struct Browser {
    token: String,
    drain: Option<Drain>,
}

impl<S: Send + Sync> FromRequestParts<S> for Browser {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let query = Query::<TokenQuery>::from_request_parts(parts, state).await.ok();
        let token = protocol_token(&parts.headers).or_else(|| query.and_then(|Query(query)| query.token));
        Ok(Self {
            token: token.unwrap_or_default(),
            drain: parts.extensions.get::<Drain>().cloned(),
        })
    }
}

/// The second value of `Sec-WebSocket-Protocol: idtoken, <wsToken>`.
fn protocol_token(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()?;
    let mut parts = value.split(',').map(str::trim);
    (parts.next()? == "idtoken")
        .then(|| parts.next().map(str::to_owned))
        .flatten()
}

async fn close(mut socket: WebSocket, code: u16) {
    let frame = CloseFrame {
        code,
        reason: "".into(),
    };
    if socket.send(Message::Close(Some(frame))).await.is_ok() {
        let drain = async { while socket.recv().await.is_some_and(|message| message.is_ok()) {} };
        let _ = tokio::time::timeout(Duration::from_secs(CLOSE_SECONDS), drain).await;
    }
}

/// Resolves when the server begins to stop; the browser connects again, to whoever serves then.
pub(super) async fn begun(drain: Option<&Drain>) {
    match drain {
        Some(drain) => drain.begun().await,
        None => std::future::pending().await,
    }
}

/// What a look at the session gave.
enum Look {
    /// Tell this and go on; look again after so many milliseconds at the latest.
    Wait(Option<BrowserMessage>, i64),
    /// Tell this and close with the code.
    End(Option<BrowserMessage>, u16),
}

async fn serve(app: Arc<App>, id: String, mut socket: WebSocket, drain: Option<Drain>) {
    let registered = app.connections.register(&id);
    let Ok(mut wakeups) = app.ephemeral.subscribe(Topic::Session(id.clone())).await else {
        return;
    };
    let code = tokio::select! {
        code = converse(&app, &id, &mut socket, &mut wakeups) => code,
        () = registered.replaced() => Some(REPLACED),
        () = begun(drain.as_ref()) => Some(RESTART),
    };
    drop(registered);
    if let Some(code) = code {
        close(socket, code).await;
    }
}

/// Tells the browser what changes until the session ends; `None` when the browser left.
async fn converse(app: &Arc<App>, id: &str, socket: &mut WebSocket, wakeups: &mut Wakeups) -> Option<u16> {
    let mut told = None;
    loop {
        // Boxed: what a look needs is held while looking, not for as long as the browser waits.
        let look = Box::pin(look(app, id)).await.unwrap_or(Look::Wait(None, 1000));
        let wait = match look {
            Look::Wait(message, wait) => {
                tell(socket, message, &mut told).await?;
                wait
            }
            Look::End(message, code) => {
                tell(socket, message, &mut told).await?;
                return Some(code);
            }
        };
        wait_for_change(app, socket, wakeups, wait).await?;
    }
}

/// Sends a message unless it was the last one told.
async fn tell(
    socket: &mut WebSocket,
    message: Option<BrowserMessage>,
    told: &mut Option<[u8; 32]>,
) -> Option<()> {
    let Some(message) = message else { return Some(()) };
    let text = serde_json::to_string(&message).ok()?;
    let digest = crate::crypto::sha256(text.as_bytes());
    if *told == Some(digest) {
        return Some(());
    }
    *told = Some(digest);
    socket.send(Message::Text(text.into())).await.ok()
}

/// Waits for a wake-up or the time, answering pings; `None` when the browser left or sent what it may not.
async fn wait_for_change(app: &App, socket: &mut WebSocket, wakeups: &mut Wakeups, wait: i64) -> Option<()> {
    let ping = Duration::from_secs(app.config.websocket.ping_seconds);
    let begin = Instant::now();
    let end = begin + Duration::from_millis(u64::try_from(wait).unwrap_or(0).max(1));
    let mut next_ping = begin + ping;
    let mut missed = 0;
    loop {
        tokio::select! {
            woken = wakeups.recv() => return woken.or(Some(())),
            message = socket.recv() => match message?.ok()? {
                Message::Pong(_) => missed = 0,
                Message::Ping(_) => {}
                _ => return None,
            },
            () = sleep_until(end.min(next_ping)) => {
                if end <= next_ping {
                    return Some(());
                }
                next_ping += ping;
                missed += 1;
                if missed > MISSED_PINGS {
                    return None;
                }
                socket.send(Message::Ping(Bytes::new())).await.ok()?;
            }
        }
    }
}

async fn look(app: &Arc<App>, id: &str) -> Result<Look, Problem> {
    if id.starts_with("reg_") {
        return look_at_registration(app, id).await;
    }
    let Ok(session_id) = SessionId::parse(id) else {
        return Ok(Look::End(None, NOT_FOUND));
    };
    let Some(found) = app.ephemeral.session(&session_id, app.now()).await? else {
        return Ok(Look::End(None, NOT_FOUND));
    };
    let session = expire(app, found.value).await?;
    match &session.state {
        SessionState::AwaitingScan => show_qr(app, &session),
        SessionState::Pending { .. } => show_code(app, &session),
        SessionState::Approved(_) if super::protocol::is_protocols(&session) => {
            app.metrics.login_reached(Stage::Delivered, &session, app.now());
            Ok(Look::End(Some(BrowserMessage::ApprovedElsewhere {}), NORMAL))
        }
        SessionState::Approved(_) => match collect(app, &session).await? {
            Some(approved) => {
                app.metrics.login_reached(Stage::Delivered, &session, app.now());
                Ok(Look::End(Some(BrowserMessage::Approved(approved)), NORMAL))
            }
            None => Ok(Look::End(None, NORMAL)),
        },
        SessionState::Rejected { reason, .. } => Ok(Look::End(
            Some(BrowserMessage::Rejected {
                reason: reason.as_str(),
            }),
            NORMAL,
        )),
        SessionState::Expired { .. } => Ok(Look::End(Some(BrowserMessage::Expired {}), EXPIRED)),
        SessionState::Interrupted { .. } => Ok(Look::End(Some(BrowserMessage::Interrupted {}), NORMAL)),
    }
}

fn show_qr(app: &App, session: &Session) -> Result<Look, Problem> {
    let now = app.now();
    let qr = qr_of(app, session);
    let message = BrowserMessage::QrRefresh {
        qr_svg: qr::svg(&qr)?,
        qr,
        expires_at: session.expires_at,
    };
    let step = RENDEZVOUS_SECONDS * 1000;
    let next = step - now.unix_millis().rem_euclid(step);
    Ok(Look::Wait(
        Some(message),
        next.min(session.expires_at.millis_since(now)) + 1,
    ))
}

fn show_code(app: &App, session: &Session) -> Result<Look, Problem> {
    let code = code_of(app, session)?;
    let mut text = code.reveal().to_owned();
    if app.config.websocket.mask_otp {
        text.replace_range(4.., "**");
    }
    let message = BrowserMessage::OtpReady {
        auto_password: text,
        expires_at: session.expires_at,
    };
    Ok(Look::Wait(
        Some(message),
        session.expires_at.millis_since(app.now()) + 1,
    ))
}

/// What the store remembers of a registration.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Registration {
    /// For which service.
    pub(crate) service_id: idp_types::ServiceId,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
    /// Whether the person trusted the service.
    pub(crate) trusted: bool,
}

async fn look_at_registration(app: &App, id: &str) -> Result<Look, Problem> {
    let now = app.now();
    let stored = app.ephemeral.read(Kind::Registration, id, now).await?;
    let registration: Option<Registration> = stored.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    Ok(match registration {
        None => Look::End(None, NOT_FOUND),
        Some(registration) if registration.trusted => {
            Look::End(Some(BrowserMessage::ServiceTrusted {}), NORMAL)
        }
        Some(registration) if registration.expires_at <= now => {
            Look::End(Some(BrowserMessage::Expired {}), EXPIRED)
        }
        Some(registration) => Look::Wait(None, registration.expires_at.millis_since(now) + 1),
    })
}
