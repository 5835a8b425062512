//! Logout requests by SOAP (Bindings 3.2): at once while a browser waits, and by the outbox until the provider took it or a day is over.

use bytes::Bytes;
use futures_util::future::join_all;
use http::{HeaderMap, HeaderValue, header};
use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_store::{Change, Commit};
use idp_types::ClientId;
use idp_types::encoding::base64url;
use oidc::BrowserSession;
use oidc::logout::LogoutDelivery;
use oidc::session::SessionClient;
use saml::binding::{Binding, Direction, Received, soap_envelope};
use saml::logout::{Delivery, Participant};
use saml::message::{Body, Message, Required};
use saml::provider::ServiceProvider;
use saml::{Detail, Status, StatusCode};

use super::crypto::{self, PeerVerifier};
use super::journey::{self, Journey};
use super::participant::{Known, client_id_of};
use super::signing;
use crate::app::App;
use crate::crypto::sha256;
use crate::oidc::outbox::Taken;
use crate::outbound::{ANSWER_LIMIT, post_and_read};
use crate::problem::Problem;

/// Seconds that the outbox leaves a delivery to who is at it now.
const HEAD_START: i64 = 15;

/// What a service provider is owed when its part of a session ends: a logout by SOAP, if it takes one. With `soon`, somebody tells it now
/// and the outbox waits.
///
/// # Errors
/// The store's problems.
pub(crate) async fn owed(
    app: &App,
    (session, part): (&BrowserSession, &SessionClient),
    soon: bool,
) -> Result<Option<LogoutDelivery>, Problem> {
    let Some(known) = Known::from_subject(app, &part.client_id, &part.subject) else {
        return Ok(None);
    };
    let provider = app.durable.service_provider(&known.provider).await?;
    let takes = provider.is_some_and(|provider| provider.value.logout_service(Binding::Soap).is_some());
    let now = app.now();
    let id = delivery_id(session, &part.client_id);
    let mut delivery = LogoutDelivery::of(id, part, now);
    if soon {
        delivery.due_at = now.plus_seconds(HEAD_START);
    }
    Ok(takes.then_some(delivery))
}

fn delivery_id(session: &BrowserSession, client_id: &ClientId) -> String {
    let digest = sha256(format!("saml-logout|{}|{client_id}", session.id).as_bytes());
    base64url(digest.get(..16).unwrap_or_default())
}

/// Tells everybody who is told without a browser, all at once.
///
/// # Errors
/// The stores' problems.
pub(super) async fn back_channel(
    app: &App,
    session: &BrowserSession,
    mut journey: Journey,
) -> Result<Journey, Problem> {
    let deliveries = journey.plan.back_channel();
    let telling = deliveries.iter().map(|delivery| tell(app, delivery));
    let told = join_all(telling).await;
    for (delivery, status) in deliveries.iter().zip(told) {
        let status = status?;
        let entity_id = &delivery.participant.provider;
        if status.is_success() {
            let client_id = client_id_of(entity_id)?;
            close(app, (session, &client_id)).await?;
        }
        journey.plan = journey.plan.answered(entity_id, &status);
    }
    Ok(journey)
}

async fn tell(app: &App, delivery: &Delivery) -> Result<Status, Problem> {
    let entity_id = &delivery.participant.provider;
    match app.durable.service_provider(entity_id).await? {
        Some(provider) => {
            send(
                app,
                &provider.value,
                &delivery.participant,
                &delivery.service.location,
            )
            .await
        }
        None => Ok(journey::failed()),
    }
}

/// The outbox need not try.
async fn close(app: &App, (session, client_id): (&BrowserSession, &ClientId)) -> Result<(), Problem> {
    let id = delivery_id(session, client_id);
    let fact = AuditFact::new(AuditEvent::LogoutSend, Actor::System)
        .with("client", client_id.as_str())
        .with("logout", id.as_str())
        .with("how", "taken");
    let audit = vec![app.audit.record(&*app.durable, fact, app.now()).await?];
    let changes = vec![Change::RemoveLogoutDelivery { id }];
    app.durable.commit(Commit { changes, audit }).await?;
    Ok(())
}

/// Delivers what the outbox holds; what the provider made of it.
///
/// # Errors
/// The stores' problems.
pub(crate) async fn deliver(app: &App, delivery: &LogoutDelivery) -> Result<Taken, Problem> {
    let Some(known) = Known::from_subject(app, &delivery.client_id, &delivery.subject) else {
        return Ok(Taken::Refused);
    };
    let provider = app.durable.service_provider(&known.provider).await?;
    let Some(provider) = provider else {
        return Ok(Taken::Refused);
    };
    let Some(service) = provider.value.logout_service(Binding::Soap) else {
        return Ok(Taken::Refused);
    };
    let participant = Participant {
        provider: known.provider,
        name_id: known.name_id,
        session_index: crypto::session_index(&delivery.sid)?,
    };
    let status = send(app, &provider.value, &participant, &service.location).await?;
    Ok(match status {
        status if status.is_success() => Taken::Yes,
        // It has no such session any more, or will not understand the next request either.
        Status {
            detail: Some(Detail::UnknownPrincipal | Detail::RequestDenied | Detail::RequestUnsupported),
            ..
        }
        | Status {
            code: StatusCode::Requester | StatusCode::VersionMismatch,
            ..
        } => Taken::Refused,
        _ => Taken::NotYet,
    })
}

/// Sends a logout request; the status of the answer, or a failure of ours.
async fn send(
    app: &App,
    provider: &ServiceProvider,
    participant: &Participant,
    address: &str,
) -> Result<Status, Problem> {
    let (id, draft) = journey::request(app, provider, participant, address)?;
    let text = soap_envelope(&signing::sign(app, provider, draft).await?);
    let mut headers = HeaderMap::new();
    let media_type = HeaderValue::from_static("text/xml; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, media_type);
    let action = HeaderValue::from_static("\"http://www.oasis-open.org/committees/security\"");
    headers.insert("soapaction", action);
    let answered = post_and_read(app, address, Bytes::from(text), headers, ANSWER_LIMIT).await;
    let answered = answered.map_err(|error| {
        tracing::warn!(provider = %provider.entity_id, %error, "a service provider did not take a logout");
    });
    let status = answered.ok().and_then(|body| status_of(provider, &id, &body));
    Ok(status.unwrap_or_else(journey::failed))
}

/// What the provider said: its own word, to this request, with a good signature if it has one. The connection vouches for an unsigned one.
fn status_of(provider: &ServiceProvider, asked: &saml::MessageId, body: &[u8]) -> Option<Status> {
    let mut received = Received::from_soap(body).ok()?;
    received.direction = Direction::Response;
    let message = Message::open(received).ok()?;
    let message = message.authenticate(provider, Required::No, &PeerVerifier).ok()?;
    match message.body().ok()? {
        Body::LoggedOut(response) if response.in_response_to == *asked => Some(response.status),
        _ => None,
    }
}
