//! An approval becomes an answer to Entra (`federation-oidc.md` 5a). The first one links the account to the holder, in the commit that
//! uses the interaction up.

use axum::response::Response;
use http::header;
use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_store::durable::{Consumption, ConsumptionKind};
use idp_store::{Change, Commit, CommitError};
use oidc::authentication::Released;
use oidc::external::{ExternalRequest, Method, id_token, token_fields};
use oidc::{Authentication, Client, ErrorCode, OAuthError, SigningAlgorithm};

use super::Unavailable;
use super::complete::{answer_of, client_of, remember, remember_answer};
use super::record::Interaction;
use crate::app::App;
use crate::oidc::authorize::Visitor;
use crate::oidc::{entra, issuer, links, response, tokens};
use crate::pages::oidc::Locale;
use crate::problem::Problem;

const SOMEBODY_ELSE: OAuthError =
    OAuthError::new(ErrorCode::AccessDenied, "the account is linked to another person");
const UNMET: OAuthError = OAuthError::new(
    ErrorCode::AccessDenied,
    "the approval does not give what was asked for",
);
const NOT_ACTIVE: OAuthError = OAuthError::new(ErrorCode::AccessDenied, "the device is no longer active");
const UNSIGNED: OAuthError = OAuthError::new(ErrorCode::TemporarilyUnavailable, "try again in a moment");

/// Answers Entra. `None`: another request of this browser was first.
pub(super) async fn with_token(
    app: &App,
    visitor: Visitor<'_>,
    (interaction, request): (&Interaction, &ExternalRequest),
    released: Released,
) -> Result<Option<Response>, Unavailable> {
    let client = client_of(app, interaction).await?;
    let client = &client.value;
    let authentication = &released.authentication;
    let refused = |error| Ok(Some(refuse(visitor, request, error)));
    let name = request.hint.link_name();
    let linked = links::holder_of_foreign(app, &client.client_id, &name).await?;
    let is_new = linked.is_none();
    if linked.is_some_and(|holder| holder != authentication.first_token_id) {
        return refused(SOMEBODY_ELSE);
    }
    let Some(method) = request.demand.met_by(authentication) else {
        return refused(UNMET);
    };
    let link = is_new.then_some(name.as_str());
    match commit(app, (interaction, client), authentication, link).await {
        Ok(()) => {}
        Err(CommitError::AlreadyConsumed) => return Ok(None),
        Err(CommitError::DeviceNotActive) => return refused(NOT_ACTIVE),
        Err(error) => return Err(Problem::from(error).into()),
    }
    let Some(token) = signed(app, (client, request), &method).await else {
        return refused(UNSIGNED);
    };
    remember_answer(app, visitor.headers, (interaction, &token)).await?;
    let mut response = send(visitor, request, token);
    if let Some(cookie) = remember(app, interaction) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(Some(response))
}

/// The answer that was given already.
pub(super) fn again(
    app: &App,
    visitor: Visitor<'_>,
    (interaction, request): (&Interaction, &ExternalRequest),
) -> Result<Response, Unavailable> {
    Ok(send(
        visitor,
        request,
        answer_of(app, visitor.headers, interaction)?,
    ))
}

/// The form that says no.
pub(super) fn refuse(visitor: Visitor<'_>, request: &ExternalRequest, error: OAuthError) -> Response {
    let locale = Locale::of(None, visitor.headers);
    entra::refuse(locale, &request.destination, error)
}

fn send(visitor: Visitor<'_>, request: &ExternalRequest, token: String) -> Response {
    let locale = Locale::of(None, visitor.headers);
    let fields = token_fields(token, request.destination.state.as_deref());
    response::form(locale, &request.destination.redirect_uri, &fields)
}

async fn signed(
    app: &App,
    (client, request): (&Client, &ExternalRequest),
    method: &Method,
) -> Option<String> {
    let claims = id_token(request, method, &issuer::of(app, client), app.now());
    // Microsoft verifies RS256 alone.
    let signed = tokens::sign(app, SigningAlgorithm::Rs256, "JWT", claims).await;
    signed.ok()
}

/// One commit: the interaction is used up, the device still active, the account linked where it was not.
async fn commit(
    app: &App,
    (interaction, client): (&Interaction, &Client),
    authentication: &Authentication,
    link: Option<&str>,
) -> Result<(), CommitError> {
    let refused = |problem: Problem| CommitError::Store(idp_store::StoreError::new(problem.code().as_str()));
    let mut changes = vec![
        Change::Consume(Consumption {
            kind: ConsumptionKind::Interaction,
            id: interaction.id.clone(),
            expires_at: interaction.expires_at.plus_seconds(60),
        }),
        Change::RequireActiveDevice {
            token_id: authentication.token_id.clone(),
            device_id: authentication.device_id.clone(),
        },
    ];
    let issued = AuditFact::new(AuditEvent::TokenIssue, Actor::Device)
        .about(&authentication.token_id)
        .for_service(&client.service_id)
        .with("client", client.client_id.as_str())
        .with("grant", "external");
    let mut facts = vec![issued];
    if let Some(name) = link {
        let whose = (&client.client_id, &authentication.first_token_id);
        let (change, fact) = links::foreign_link(app, whose, name).map_err(refused)?;
        changes.push(change);
        facts.push(fact);
    }
    let mut audit = Vec::with_capacity(facts.len());
    for fact in facts {
        let record = app.audit.record(&*app.durable, fact, app.now()).await;
        audit.push(record.map_err(refused)?);
    }
    app.durable.commit(Commit { changes, audit }).await.map(|_| ())
}
