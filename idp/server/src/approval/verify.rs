//! `POST /auth/verify` (profile 4.3): the phone approves.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use http::HeaderMap;
use idp_core::approval::{
    Accepted, Answer, ApprovalMessage, Event, Purpose, Refusal, Session, State as SessionState,
    approval_message, scopes_text,
};
use idp_core::claims::PresentedClaims;
use idp_core::derive::Otp;
use idp_core::enrolment::{Device, Holder};
use idp_jose::ecdsa_signature_to_raw;
use idp_store::Versioned;
use idp_types::{DeviceId, Scope, ScopeSet, SessionId, Timestamp, TokenId};
use serde::{Deserialize, Serialize};

use super::drive::{Driven, drive, load};
use super::initiate::{code_of, parse_scopes};
use crate::app::App;
use crate::crypto::{sha256, sha256_hex};
use crate::http::{AppState, Pad, Peer, enforce, network_of, read_json};
use crate::problem::{Code, Problem};

/// A phone's approval.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VerifyRequest {
    /// The session.
    #[schema(value_type = String)]
    session_id: SessionId,
    /// The holder.
    #[schema(value_type = String)]
    token_id: TokenId,
    /// The code.
    otp: String,
    /// Integer Unix seconds, as signed.
    timestamp: i64,
    /// What is granted, in the order that was signed.
    granted_scopes: Vec<String>,
    /// ECDSA-SHA-256, DER or raw, any base64.
    signature: String,
    /// Which device; absent means any of the holder's.
    #[schema(value_type = Option<String>)]
    device_id: Option<DeviceId>,
    /// The enrolment credential with the granted disclosures and a key-binding JWT.
    presentation: Option<String>,
    /// The seal itself, from apps that hold nothing else.
    vds_data: Option<String>,
}

/// The phone's answer; the token never goes to the phone.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VerifyResponse {
    /// Always `true`.
    approved: bool,
    /// When what was released expires.
    #[schema(value_type = String)]
    expires_at: Timestamp,
}

/// Approves a pending session.
///
/// Checks in order: session pending, device enrolled, signature, signed time, code, granted within requested, presentation.
/// The same bytes again after success get the same answer.
#[utoipa::path(
    post, path = "/auth/verify", tag = "approval", request_body = VerifyRequest,
    responses((status = 200, body = VerifyResponse),
        (status = 400, description = "invalid_request, invalid_timestamp, invalid_scope, invalid_presentation, claims_not_presented"),
        (status = 401, description = "invalid_signature, invalid_otp (with attemptsLeft), device_not_active"),
        (status = 404, description = "session_not_found"), (status = 429, description = "too_many_attempts, rate_limited"))
)]
pub(crate) async fn verify(
    State(app): AppState,
    Peer(address): Peer,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<VerifyResponse>, Problem> {
    let pad = Pad::begin();
    let answered = approve(&app, address, &headers, body).await;
    if answered.is_err() {
        pad.hold().await;
    }
    answered.map(Json)
}

async fn approve(
    app: &Arc<App>,
    address: IpAddr,
    headers: &HeaderMap,
    body: Body,
) -> Result<VerifyResponse, Problem> {
    let (bytes, request) = read_json::<VerifyRequest>(app, headers, body).await?;
    if request.otp.len() > 16 || request.signature.len() > 256 {
        return Err(Code::InvalidRequest.into());
    }
    let granted = parse_scopes(&request.granted_scopes)?;
    let session = load(app, &request.session_id).await?;
    refuse_disabled(app, &session).await?;
    let submission = Submission::of(&request, granted, &bytes);
    let proven = prove(app, &session, &submission).await?;
    if proven.is_none() {
        let bucket = format!("verify-fail:{}", network_of(address));
        enforce(app, &bucket, app.config.limits.verify_failures_per_minute, 60).await?;
    }
    let presented = match &proven {
        Some(proven) if !session.is_terminal() => proven.presented(app, &request, &session),
        _ => None,
    };
    let driven = drive(app, &request.session_id, Some(address), |session| {
        event(app, session, &submission, proven.as_ref(), presented.clone())
    })
    .await?;
    render(&driven)
}

/// A service that an operator disabled gets nothing any more, whatever was asked for before.
async fn refuse_disabled(app: &App, session: &Session) -> Result<(), Problem> {
    if session.service_id.as_str() == super::OWN_SERVICE {
        return Ok(());
    }
    let service = app.durable.service(&session.service_id).await?;
    let answers = service.is_some_and(|service| service.value.enabled);
    if answers {
        Ok(())
    } else {
        Err(Code::SessionNotFound.into())
    }
}

/// A request with what is computed of it once.
struct Submission<'a> {
    request: &'a VerifyRequest,
    granted: ScopeSet,
    scopes: String,
    digest: String,
    presentation_digest: [u8; 32],
    signature: Option<[u8; 64]>,
}

impl<'a> Submission<'a> {
    fn of(request: &'a VerifyRequest, granted: Vec<Scope>, bytes: &[u8]) -> Self {
        let shown = request
            .presentation
            .as_deref()
            .or(request.vds_data.as_deref())
            .unwrap_or_default();
        Self {
            request,
            scopes: scopes_text(&granted),
            granted: ScopeSet::expanding(granted),
            digest: sha256_hex(bytes),
            presentation_digest: sha256(shown.as_bytes()),
            signature: decode_signature(&request.signature),
        }
    }

    fn message(&self, app: &App, session: &Session, device: &Device) -> Vec<u8> {
        let message = ApprovalMessage {
            issuer: &app.config.issuer,
            session_id: self.request.session_id.as_str(),
            token_id: self.request.token_id.as_str(),
            service_id: session.service_id.as_str(),
            otp: &self.request.otp,
            timestamp: self.request.timestamp,
            scopes: &self.scopes,
            presentation_digest: &self.presentation_digest,
        };
        approval_message(&message, device.signed_message)
    }
}

/// DER or raw, in any base64 (profile 4.3).
pub(super) fn decode_signature(text: &str) -> Option<[u8; 64]> {
    let normal: String = text.trim_end_matches('=').replace('-', "+").replace('_', "/");
    let bytes = data_encoding::BASE64_NOPAD.decode(normal.as_bytes()).ok()?;
    ecdsa_signature_to_raw(&bytes).ok()
}

/// A holder and the device whose signature verified.
struct Proven {
    holder: Arc<Versioned<Holder>>,
    device_id: DeviceId,
}

impl Proven {
    fn device(&self) -> Option<&Device> {
        self.holder.value.device(&self.device_id)
    }

    /// The verified presentation; `None` when one was sent that does not verify for this holder, device and session.
    fn presented(&self, app: &App, request: &VerifyRequest, session: &Session) -> Option<PresentedClaims> {
        let device = self.device()?;
        let now = app.now();
        match (&request.presentation, &request.vds_data) {
            (Some(presentation), _) => crate::enrolment::verify_presentation(
                app,
                presentation,
                (&self.holder.value, device),
                &session.id,
                now,
            ),
            (None, Some(vds_data)) => {
                crate::enrolment::presented_from_seal(app, vds_data, (&self.holder.value, device), now)
            }
            (None, None) => Some(PresentedClaims::default()),
        }
    }
}

/// Finds the device that signed. A session of somebody else, an unknown device and a wrong signature are one thing.
async fn prove(app: &App, session: &Session, submission: &Submission<'_>) -> Result<Option<Proven>, Problem> {
    let request = submission.request;
    let (Some(signature), true) = (
        submission.signature,
        session.token_id.as_ref() == Some(&request.token_id),
    ) else {
        return Ok(None);
    };
    let Some(holder) = app.durable.holder(&request.token_id).await? else {
        return Ok(None);
    };
    let named = |device: &&Device| {
        request
            .device_id
            .as_ref()
            .is_none_or(|name| *name == device.device_id)
    };
    let signed = holder.value.devices.iter().filter(named).find(|device| {
        let message = submission.message(app, session, device);
        crate::http::verify_device(&device.key, &message, &signature)
    });
    let device_id = signed.map(|device| device.device_id.clone());
    Ok(device_id.map(|device_id| Proven { holder, device_id }))
}

fn event(
    app: &App,
    session: &Session,
    submission: &Submission<'_>,
    proven: Option<&Proven>,
    presented: Option<PresentedClaims>,
) -> Event {
    let Some((proven, device)) = proven.and_then(|proven| Some((proven, proven.device()?))) else {
        return Event::SignatureInvalid;
    };
    let now = app.now();
    let code = code_of(app, session).ok();
    let needs_no_claims = matches!(
        session.purpose,
        Purpose::EnrolDevice { .. } | Purpose::Supersede { .. }
    );
    Event::Answered(Box::new(Answer {
        device_id: proven.device_id.clone(),
        standing: device.standing(now),
        signed_at: Timestamp::from_unix_seconds(submission.request.timestamp),
        code_matches: code
            .as_ref()
            .is_some_and(|code: &Otp| code.matches(&submission.request.otp)),
        granted: submission.granted,
        presented: if needs_no_claims {
            Some(PresentedClaims::default())
        } else {
            presented
        },
        trust_level: device.seal.trust_level,
        request_digest: submission.digest.clone(),
        token_expires_at: now.plus_seconds(app.config.tokens.lifetime_seconds),
    }))
}

fn render(driven: &Driven) -> Result<VerifyResponse, Problem> {
    match driven.verdict {
        Ok(Accepted::Done | Accepted::Repeated) => match &driven.session.state {
            SessionState::Approved(approval) => Ok(VerifyResponse {
                approved: true,
                expires_at: approval.token_expires_at,
            }),
            _ => Err(Code::SessionNotFound.into()),
        },
        Err(refusal) => Err(problem(refusal)),
    }
}

/// The one match from the engine's refusals to the wire.
pub(super) fn problem(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::TooManyAttempts => Problem::new(Code::TooManyAttempts).retry_after(60),
        Refusal::InvalidSignature { attempts_left } => {
            Problem::new(Code::InvalidSignature).with("attemptsLeft", attempts_left)
        }
        Refusal::InvalidOtp { attempts_left } => {
            Problem::new(Code::InvalidOtp).with("attemptsLeft", attempts_left)
        }
        Refusal::DeviceNotActive(_) => Code::DeviceNotActive.into(),
        Refusal::TimestampOutOfRange => Code::InvalidTimestamp.into(),
        Refusal::ScopeNotRequested => {
            Problem::new(Code::InvalidScope).detail("more was granted than was asked for")
        }
        Refusal::InvalidPresentation => Code::InvalidPresentation.into(),
        Refusal::ClaimsNotPresented(missing) => {
            Problem::new(Code::ClaimsNotPresented).with("scope", missing.0.as_str())
        }
        // Over, never there, or somebody else's: one answer.
        _ => Code::SessionNotFound.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_base64_of_either_form_is_a_signature() {
        let mut raw = [1_u8; 64];
        raw[0] = 0xfb;
        raw[1] = 0xff;
        for text in [
            data_encoding::BASE64.encode(&raw),
            data_encoding::BASE64_NOPAD.encode(&raw),
            data_encoding::BASE64URL.encode(&raw),
            data_encoding::BASE64URL_NOPAD.encode(&raw),
        ] {
            assert_eq!(decode_signature(&text), Some(raw), "{text}");
        }
        assert_eq!(decode_signature("%%%"), None);
        assert_eq!(decode_signature(""), None);
    }
}
