//! A pending session as its holder's phone sees it.

use idp_core::approval::Session;
use idp_core::derive::{OtpContext, choices};
use idp_core::service::Service;
use idp_store::ephemeral::Kind;
use idp_types::{AtomicScope, MatchingMode, SessionId, Timestamp};
use serde::Serialize;

use super::OWN_SERVICE;
use super::initiate::code_of;
use super::internal::own_service;
use crate::app::App;
use crate::problem::{Code, Problem};

/// One question to the person.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PendingView {
    /// The session.
    #[schema(value_type = String)]
    session_id: SessionId,
    /// Who asks.
    service_id: String,
    /// The name to show.
    service_name: String,
    /// The address to show.
    service_url: String,
    /// The logo to show.
    service_logo: Option<String>,
    /// Whether the server vouches for that identity.
    service_verified: bool,
    /// The privacy policy to link.
    privacy_url: Option<String>,
    /// What is asked for, atomic.
    #[schema(value_type = Vec<String>)]
    scopes: Vec<AtomicScope>,
    /// `compare`, `choose` or `transfer`.
    #[schema(value_type = String)]
    mode: MatchingMode,
    /// `login`, `verify`, `enrol_device` or `supersede`.
    purpose: &'static str,
    /// What the service wants shown beside the code (CIBA `binding_message`).
    #[serde(skip_serializing_if = "Option::is_none")]
    binding_message: Option<String>,
    /// The code, in mode `compare`.
    #[serde(skip_serializing_if = "Option::is_none")]
    otp: Option<String>,
    /// Three codes, in mode `choose`.
    #[serde(skip_serializing_if = "Option::is_none")]
    choices: Option<Vec<String>>,
    /// When it began.
    #[schema(value_type = String)]
    created_at: Timestamp,
    /// When it ends.
    #[schema(value_type = String)]
    expires_at: Timestamp,
    /// Requests since the last login that succeeded.
    pushes_since_last_success: u32,
}

async fn service_of(app: &App, session: &Session) -> Result<Service, Problem> {
    if session.service_id.as_str() == OWN_SERVICE {
        return own_service(app);
    }
    let service = app
        .durable
        .service(&session.service_id)
        .await?
        .ok_or(Code::ServiceNotFound)?;
    Ok(service.value.clone())
}

/// Shows a session to its holder's phone.
pub(crate) async fn present(app: &App, session: &Session) -> Result<PendingView, Problem> {
    let service = service_of(app, session).await?;
    let token_id = session.token_id.as_ref().ok_or(Code::SessionNotFound)?;
    let count = app
        .ephemeral
        .read(Kind::PushCount, token_id.as_str(), app.now())
        .await?;
    let count = count
        .and_then(|text| String::from_utf8(text).ok()?.parse().ok())
        .unwrap_or(0);
    let code = code_of(app, session)?;
    let three = match session.mode {
        MatchingMode::Choose => {
            let context = OtpContext {
                session_id: &session.id,
                token_id,
                service_id: &session.service_id,
            };
            let master = app
                .secrets()
                .otp_master(session.created_at)
                .ok_or(Code::Internal)?;
            Some(
                choices(master, &context)
                    .iter()
                    .map(|code| code.reveal().to_owned())
                    .collect(),
            )
        }
        MatchingMode::Compare | MatchingMode::Transfer => None,
    };
    Ok(PendingView {
        session_id: session.id.clone(),
        service_id: service.service_id.to_string(),
        service_name: service.name,
        service_url: service.url,
        service_logo: service.logo,
        service_verified: true,
        privacy_url: service.privacy_policy_url,
        scopes: session.requested.iter().collect(),
        mode: session.mode,
        purpose: purpose_name(session),
        binding_message: binding_message(session),
        otp: (session.mode == MatchingMode::Compare).then(|| code.reveal().to_owned()),
        choices: three,
        created_at: session.created_at,
        expires_at: session.expires_at,
        pushes_since_last_success: count,
    })
}

fn binding_message(session: &Session) -> Option<String> {
    match &session.purpose {
        idp_core::approval::Purpose::Protocol { message } => message.clone(),
        _ => None,
    }
}

const fn purpose_name(session: &Session) -> &'static str {
    match session.purpose {
        idp_core::approval::Purpose::Login | idp_core::approval::Purpose::Protocol { .. } => "login",
        idp_core::approval::Purpose::Verify => "verify",
        idp_core::approval::Purpose::EnrolDevice { .. } => "enrol_device",
        idp_core::approval::Purpose::Supersede { .. } => "supersede",
    }
}
