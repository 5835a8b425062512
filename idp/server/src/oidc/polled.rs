//! What CIBA and the device flow share: in whose name the phone is asked, and how an answer becomes tokens.

use std::sync::Arc;

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_core::service::Service;
use idp_store::durable::{Consumption, ConsumptionKind};
use idp_store::{Change, Versioned};
use idp_types::ScopeSet;
use oidc::authentication::Released;
use oidc::client::GrantType;
use oidc::polled::{Ends, PolledRequest};
use oidc::token::{TokenResponse, confirmation};
use oidc::{Client, ErrorCode, GrantId, OAuthError, RequestedScope};

use super::failure::OidcFailure;
use super::subject;
use super::token::GrantRequest;
use super::tokens::{IdTokenExtras, IssueError, TokenPlan, try_issue};
use crate::app::App;
use crate::crypto::sha256_hex;
use crate::http::{enforce, network_of};
use crate::problem::Problem;

/// How long a used secret is known to be one.
const REMEMBERED_SECONDS: i64 = 3600;

/// The service in whose name the phone is asked, and what it is asked for, within its ceiling (profile 4).
///
/// # Errors
/// `unauthorized_client` or `invalid_scope`.
pub(super) async fn service_of(
    app: &App,
    client: &Client,
    scope: &RequestedScope,
) -> Result<(Arc<Versioned<Service>>, ScopeSet), OidcFailure> {
    let service = app.durable.service(&client.service_id).await?;
    let service = service
        .filter(|service| service.value.enabled)
        .ok_or(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "the client's service is switched off",
        ))?;
    let requested = service.value.requested(Some(&scope.identity()));
    let requested = requested.map_err(|_| {
        OAuthError::new(
            ErrorCode::InvalidScope,
            "a scope is beyond what the service may ask for",
        )
    })?;
    Ok((service, requested))
}

/// A secret that nobody was given. Guesses from one network are slowed down.
///
/// # Errors
/// `rate_limited`.
pub(super) async fn count_unknown(app: &App, request: &GrantRequest<'_>) -> Result<(), Problem> {
    let bucket = format!("oidc-polled-fail:{}", network_of(request.address));
    enforce(app, &bucket, app.config.limits.verify_failures_per_minute, 60).await
}

/// A request that somebody approved.
pub(super) struct PolledAnswer<'a> {
    /// What was asked for.
    pub(super) request: &'a PolledRequest,
    /// The `acr` to assert.
    pub(super) acr: String,
    /// What the person released.
    pub(super) released: Released,
    /// What the client came back with.
    pub(super) secret: &'a str,
    /// The grant that comes of it.
    pub(super) grant_id: GrantId,
    /// By which grant the client came.
    pub(super) grant: GrantType,
    /// What the secret is used up as.
    pub(super) consumed: ConsumptionKind,
}

/// Answers with tokens, once: to this client, bound to the keys that it proves now.
///
/// # Errors
/// `unknown` to whoever comes second, and those of [`confirmation`].
pub(super) async fn issue(
    app: &App,
    request: &GrantRequest<'_>,
    answer: PolledAnswer<'_>,
    unknown: OAuthError,
) -> Result<TokenResponse, OidcFailure> {
    let plan = plan(app, request, answer)?;
    match try_issue(app, request.client(), plan).await {
        Err(IssueError::Consumed) => Err(unknown.into()),
        outcome => Ok(outcome?),
    }
}

fn plan(app: &App, request: &GrantRequest<'_>, answer: PolledAnswer<'_>) -> Result<TokenPlan, OidcFailure> {
    let (client, config) = (request.client(), &app.config.oidc);
    let PolledAnswer {
        request: asked,
        acr,
        released,
        ..
    } = answer;
    let with_refresh = asked.scope.has("offline_access") && client.may_use(GrantType::RefreshToken);
    let seconds = if with_refresh {
        config.refresh_max_seconds
    } else {
        config.access_token_seconds
    };
    let ends = Ends {
        grant: request.now.plus_seconds(seconds),
        claims: request.now.plus_seconds(config.claims_max_age_seconds),
    };
    let from = (&released, subject::of(app, client, &released.authentication), acr);
    let bound = confirmation(client, request.presenter())?;
    let grant = asked.begin_grant(answer.grant_id, from, bound, (request.now, ends));
    let fact = AuditFact::new(AuditEvent::TokenIssue, Actor::Service)
        .about(&grant.authentication.token_id)
        .from_address(Some(request.address))
        .for_service(&grant.service_id)
        .with("client", client.client_id.as_str())
        .with("grant", answer.grant.as_str());
    let consumption = Consumption {
        kind: answer.consumed,
        id: sha256_hex(answer.secret.as_bytes()),
        expires_at: request.now.plus_seconds(REMEMBERED_SECONDS),
    };
    Ok(TokenPlan {
        resources: request.resources(&grant.resources)?,
        grant,
        released: Some(released),
        with_refresh,
        changes: vec![Change::Consume(consumption)],
        facts: vec![fact],
        id_token: Some(IdTokenExtras::default()),
    })
}
