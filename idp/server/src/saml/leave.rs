//! A service provider's word that a person leaves: which session it means, and its end (Core 3.7.3.2).

use std::sync::Arc;

use idp_store::Versioned;
use idp_store::ephemeral::{Kind, Lifetime};
use oidc::BrowserSession;
use oidc::session::SessionEnd;
use saml::binding::Binding;
use saml::logout::{Initiator, LogoutCircumstances, LogoutRequest, SessionName, check_logout};
use saml::message::Authenticated;
use saml::provider::ServiceProvider;
use saml::request::ReplayKey;
use saml::{Detail, SessionIndex, Status};

use super::addresses::{SLO, SLO_SOAP, address};
use super::journey::{Answer, Journey};
use super::participant::{self, client_id_of};
use super::{deliver, refusal};
use crate::app::App;
use crate::oidc::authorize::Visitor;
use crate::oidc::{logout, sessions};
use crate::problem::Problem;

/// What came of it.
pub(super) enum Left {
    /// The provider is told no.
    Refused(Answer),
    /// The session ended; the others are told.
    Ended(Box<Journey>),
}

/// Ends the session that a request means, and tells whoever can be told without a browser.
pub(super) async fn leave(
    app: &App,
    visitor: Visitor<'_>,
    (provider, message): (&ServiceProvider, &Authenticated),
    request: &LogoutRequest,
) -> Result<Left, Problem> {
    let initiator = Initiator {
        provider: provider.entity_id.clone(),
        request: request.head.id.clone(),
        relay_state: message.relay_state().cloned(),
        binding: message.binding(),
    };
    let session = match meant(app, visitor, provider, request, message.binding()).await? {
        Ok(session) => session,
        Err(status) => {
            let words = status.message.clone().unwrap_or_default();
            refusal::record(app, visitor, Some(provider), ("logout", &words)).await?;
            return Ok(Left::Refused(Answer { initiator, status }));
        }
    };
    let own = client_id_of(&provider.entity_id)?;
    logout::end_session_told(app, session.clone(), SessionEnd::LoggedOut, Some(&own)).await?;
    if let Some(visit) = sessions::cookie_of(app, visitor.headers, &session.value) {
        sessions::forget_claims(app, &visit, &session.value).await?;
    }
    let waits = (!request.asynchronous).then_some(initiator);
    let journey = Journey::of(app, waits, &session.value, Some(&provider.entity_id)).await?;
    Ok(Left::Ended(Box::new(
        deliver::back_channel(app, &session.value, journey).await?,
    )))
}

/// The session that a request means, or the status that its sender is told.
async fn meant(
    app: &App,
    visitor: Visitor<'_>,
    provider: &ServiceProvider,
    request: &LogoutRequest,
    binding: Binding,
) -> Result<Result<Arc<Versioned<BrowserSession>>, Status>, Problem> {
    let path = if binding == Binding::Soap { SLO_SOAP } else { SLO };
    let own = address(app, path);
    let now = app.now();
    let circumstances = LogoutCircumstances { now, own: &[&own] };
    let session = named(app, visitor, provider, request).await?;
    let client_id = client_id_of(&provider.entity_id)?;
    let part = session
        .as_ref()
        .and_then(|session| session.value.client(&client_id));
    let part = part.and_then(|part| participant::participant(app, part));
    let names: Vec<SessionName<'_>> = part
        .iter()
        .map(|part| SessionName {
            name_id: &part.name_id,
            session_index: &part.session_index,
        })
        .collect();
    if let Err(status) = check_logout(request, circumstances, &names) {
        return Ok(Err(status));
    }
    let replay = ReplayKey::of(&request.head);
    let life = Lifetime {
        now,
        until: replay.until,
    };
    let is_new = app
        .ephemeral
        .put_new(Kind::SamlRequest, &replay.key, Vec::new(), life)
        .await?;
    Ok(match session.filter(|_| is_new) {
        Some(session) => Ok(session),
        None => Err(Status::requester(
            Detail::RequestDenied,
            "the request was answered before",
        )),
    })
}

/// By the index, which only the server can read; without one, the browser's own.
async fn named(
    app: &App,
    visitor: Visitor<'_>,
    provider: &ServiceProvider,
    request: &LogoutRequest,
) -> Result<Option<Arc<Versioned<BrowserSession>>>, Problem> {
    let client_id = client_id_of(&provider.entity_id)?;
    for index in &request.session_indexes {
        let Ok(index) = SessionIndex::parse(index.clone()) else {
            continue;
        };
        let Some(id) = participant::session_of(app, &client_id, &index) else {
            continue;
        };
        let found = app.durable.browser_session(&id).await?;
        if let Some(found) = found.filter(|session| session.value.is_live(app.now())) {
            return Ok(Some(found));
        }
    }
    if !request.session_indexes.is_empty() {
        return Ok(None);
    }
    let visit = sessions::load(app, visitor.headers).await?;
    Ok(visit.map(|visit| visit.session))
}
