//! An approval becomes a SAML response. As with a code, the interaction is used up in the commit that begins or extends the session.

use std::sync::Arc;

use axum::response::Response;
use http::header;
use idp_store::Versioned;
use oidc::authentication::Released;
use oidc::authorize::silent::HeldApproval;
use saml::provider::ServiceProvider;
use saml::request::{CheckedRequest, satisfy};
use saml::{Detail, Status};

use super::Unavailable;
use super::complete::{Committed, answer_of, commit, remember, remember_answer};
use super::record::Interaction;
use crate::app::App;
use crate::oidc::authorize::Visitor;
use crate::oidc::sessions;
use crate::problem::{Code, Problem};
use crate::saml::participant::{Known, client_id_of, party};
use crate::saml::{Approved, Document, Person, accept, issue, refused, replayed, send, strength, use_up};

/// Answers the provider. `None`: another request of this browser was first.
pub(super) async fn with_response(
    app: &App,
    visitor: Visitor<'_>,
    (interaction, request): (&Interaction, &CheckedRequest),
    released: Released,
) -> Result<Option<Response>, Unavailable> {
    let provider = provider_of(app, request).await?;
    let provider = &provider.value;
    let authentication = &released.authentication;
    let class = satisfy(request.context.as_ref(), strength(authentication), provider);
    let person = accept(app, provider, request, authentication).await?;
    let (class, person) = match class.and_then(|class| person.map(|person| (class, person))) {
        Ok(accepted) => accepted,
        Err(status) => return no(app, visitor, (provider, request), &status).await.map(Some),
    };
    let joined = match join(app, visitor, (interaction, provider), (&released, &person)).await? {
        Committed::Joined(joined) => joined,
        Committed::UsedUp => return Ok(None),
        Committed::NotActive => {
            let status = Status::responder(Detail::AuthnFailed, "the device is no longer active");
            return no(app, visitor, (provider, request), &status).await.map(Some);
        }
    };
    if !use_up(app, request).await? {
        return no(app, visitor, (provider, request), &replayed()).await.map(Some);
    }
    let approved = Approved {
        released: &released,
        person,
        sid: &joined.sid,
        ends_at: joined.ends_at(),
        class,
    };
    let document = issue(app, provider, request, &approved).await?;
    let kept = serde_json::to_string(&document).map_err(|_| Problem::new(Code::Internal))?;
    remember_answer(app, visitor.headers, (interaction, &kept)).await?;
    let mut response = send(app, visitor, provider, &document).await?;
    let cookies = [joined.set_cookie(app), remember(app, interaction)];
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(Some(response))
}

/// Begins or extends the session, and keeps what the provider was granted.
async fn join(
    app: &App,
    visitor: Visitor<'_>,
    (interaction, provider): (&Interaction, &ServiceProvider),
    (released, person): (&Released, &Person),
) -> Result<Committed, Unavailable> {
    let client_id = client_id_of(&provider.entity_id)?;
    let subject = Known::of(provider, person.name_id.clone()).to_subject(app, &client_id)?;
    let party = party(&client_id, &provider.service_id);
    let committed = commit(app, visitor, (interaction, party, None), (released, &subject)).await?;
    if let Committed::Joined(joined) = &committed {
        let held = HeldApproval {
            authentication: released.authentication.clone(),
            subject,
            sid: joined.sid.clone(),
            scope: oidc::RequestedScope::default(),
            authorization_details: None,
            claims_until: app.now().plus_seconds(app.config.oidc.claims_max_age_seconds),
        };
        sessions::keep(app, joined, party, (&held, &released.claims)).await?;
    }
    Ok(committed)
}

/// The answer that was given already.
pub(super) async fn again(
    app: &App,
    visitor: Visitor<'_>,
    (interaction, request): (&Interaction, &CheckedRequest),
) -> Result<Response, Unavailable> {
    let kept = answer_of(app, visitor.headers, interaction)?;
    let document: Document = serde_json::from_str(&kept).map_err(|_| Unavailable::Gone)?;
    let provider = provider_of(app, request).await?;
    Ok(send(app, visitor, &provider.value, &document).await?)
}

/// The person does not want to (Core 3.2.2.2, `AuthnFailed`).
pub(super) async fn refuse(
    app: &App,
    visitor: Visitor<'_>,
    request: &CheckedRequest,
) -> Result<Response, Unavailable> {
    let provider = provider_of(app, request).await?;
    let status = Status::responder(Detail::AuthnFailed, "the person declined");
    no(app, visitor, (&provider.value, request), &status).await
}

async fn no(
    app: &App,
    visitor: Visitor<'_>,
    whom: (&ServiceProvider, &CheckedRequest),
    status: &Status,
) -> Result<Response, Unavailable> {
    Ok(refused(app, visitor, whom, status).await?)
}

async fn provider_of(
    app: &App,
    request: &CheckedRequest,
) -> Result<Arc<Versioned<ServiceProvider>>, Unavailable> {
    let provider = app.durable.service_provider(&request.provider).await?;
    provider.ok_or(Unavailable::Gone)
}
