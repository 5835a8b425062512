//! Questions that the server itself asks a holder's devices: a further device (profile 2), a supersession (profile 11). They are
//! sessions like any other, of a service that is the server.

use idp_core::approval::{Caller, Event, Purpose};
use idp_core::enrolment::Holder;
use idp_core::service::{CallerAuthentication, DirectTokenType, Service, SubjectType};
use idp_types::{MatchingMode, ScopeSet, ServiceId, SessionId, Timestamp, TokenId};

use super::OWN_SERVICE;
use super::drive::drive;
use super::initiate::{Ask, open};
use crate::app::App;
use crate::problem::{Code, Problem};

/// A question to a holder's devices.
pub(crate) struct DeviceAdmission {
    pub(crate) session_id: SessionId,
    pub(crate) otp: String,
    pub(crate) ws_token: String,
    pub(crate) expires_at: Timestamp,
}

/// The server as a service: its phones know it by this identity.
pub(super) fn own_service(app: &App) -> Result<Service, Problem> {
    Ok(Service {
        service_id: ServiceId::parse(OWN_SERVICE).map_err(|_| Problem::new(Code::Internal))?,
        name: "IDToken Seal".to_owned(),
        url: app.config.issuer.clone(),
        logo: None,
        privacy_policy_url: None,
        allowed_scopes: Vec::new(),
        default_scopes: Vec::new(),
        audience: None,
        caller_authentication: CallerAuthentication::Secret,
        origins: Vec::new(),
        secrets: Vec::new(),
        caller_key: None,
        response_secrets: Vec::new(),
        matching_mode: MatchingMode::Compare,
        trust_required: false,
        subject_type: SubjectType::Pairwise,
        token_type: DirectTokenType::IdToken,
        enabled: true,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
    })
}

/// Each question stands in a queue of its own, so that nobody who raises another one displaces or silences it.
async fn ask(
    app: &App,
    holder: &Holder,
    purpose: Purpose,
    (mode, handle): (MatchingMode, String),
) -> Result<DeviceAdmission, Problem> {
    let service = own_service(app)?;
    let ask = Ask {
        token_id: holder.token_id.clone(),
        purpose,
        requested: ScopeSet::EMPTY,
        mode,
        caller: Caller {
            authenticated: true,
            handle,
        },
        address: None,
    };
    let (session_id, otp, ws_token, expires_at) = open(app, &service, ask).await?.into_parts();
    Ok(DeviceAdmission {
        session_id,
        otp,
        ws_token,
        expires_at,
    })
}

/// Asks the holder's devices to admit another one; `binding` says which.
pub(crate) async fn open_device_admission(
    app: &App,
    holder: &Holder,
    binding: String,
) -> Result<DeviceAdmission, Problem> {
    // The person carries the code from the new phone to the old one: a blind tap admits nobody (profile 4.1).
    let asking = (MatchingMode::Transfer, format!("enrol:{binding}"));
    ask(app, holder, Purpose::EnrolDevice { binding }, asking).await
}

/// Asks the holder's devices whether a new seal may take over.
pub(crate) async fn open_supersession(
    app: &App,
    holder: &Holder,
    by: TokenId,
) -> Result<DeviceAdmission, Problem> {
    // No screen shows a code here: an operator asks, not a browser.
    let asking = (MatchingMode::Compare, format!("supersede:{by}"));
    ask(app, holder, Purpose::Supersede { by }, asking).await
}

/// Ends every pending session of a holder: it was revoked.
pub(crate) async fn end_sessions_of(app: &App, token_id: &TokenId) -> Result<(), Problem> {
    let now = app.now();
    for session in app.ephemeral.sessions_of(token_id, now).await? {
        if session.value.is_terminal() {
            continue;
        }
        // One session that cannot be told now ends by itself within the minute, and approves nothing: its device is revoked.
        if let Err(problem) = drive(app, &session.value.id, None, |_| Event::HolderRevoked).await {
            tracing::warn!(
                code = problem.code().as_str(),
                "a session of a revoked holder was not ended"
            );
        }
    }
    Ok(())
}
