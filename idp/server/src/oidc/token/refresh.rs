//! `refresh_token` (RFC 6749 6, RFC 9700 4.14.2).

use std::sync::Arc;

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_store::{Change, Commit, Versioned};
use oidc::client::GrantType;
use oidc::token::{RefreshUse, TokenResponse, confirmation, is_held, narrowed, narrowed_resources, use_of};
use oidc::{Grant, OAuthError, RequestedScope};

use super::GrantRequest;
use crate::app::App;
use crate::crypto::sha256_hex;
use crate::oidc::failure::OidcFailure;
use crate::oidc::tokens::{IssueError, Refreshed, limits, parse_refresh_token, replay, rotate};
use crate::problem::{Code, Problem};

/// How often the grant is read again after it changed under our hands: where tokens are not rotated, as many refreshes may run at once.
const TRIES: usize = 64;

/// The longest refresh token that is looked at.
const LIMIT: usize = 256;

/// What is said of a refresh token that is unknown, ended, used or another client's: always the same.
const UNKNOWN: OAuthError =
    OAuthError::invalid_grant("the refresh token is unknown, expired, revoked, or another client's");

pub(super) async fn redeem(app: &App, request: &GrantRequest<'_>) -> Result<TokenResponse, OidcFailure> {
    let text = request
        .parameters
        .required("refresh_token", "refresh_token is missing")?;
    if text.len() > LIMIT {
        return Err(UNKNOWN.into());
    }
    let token = parse_refresh_token(app, text).ok_or(UNKNOWN)?;
    let digest = sha256_hex(text.as_bytes());
    for _ in 0..TRIES {
        let found = app.durable.grant(&token.grant_id()).await?.ok_or(UNKNOWN)?;
        check_party(request, &found.value)?;
        let refreshed = refreshed(request, &found.value)?;
        match use_of(&found.value, &digest, limits(app), request.now) {
            RefreshUse::Ended => return Err(UNKNOWN.into()),
            RefreshUse::Reused => return reused(app, request, &found).await,
            RefreshUse::Repeated => {
                if let Some(answer) = replay(app, text).await? {
                    return Ok(answer);
                }
            }
            RefreshUse::Current => {}
        }
        let grant = bound(request, &found.value)?;
        match rotate(app, request.client(), (&found, grant), text, refreshed).await {
            Err(IssueError::Conflict) => {}
            outcome => return Ok(outcome?),
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1).into())
}

/// RFC 6749 6: issued to this client. RFC 9449 5: a public client's is bound to its key; a confidential client authenticated itself.
fn check_party(request: &GrantRequest<'_>, grant: &Grant) -> Result<(), OAuthError> {
    let client = request.client();
    let is_bound = client.is_public() && !is_held(grant.confirmation.as_ref(), request.presenter());
    if grant.client_id == client.client_id && !is_bound {
        Ok(())
    } else {
        Err(UNKNOWN)
    }
}

fn refreshed(request: &GrantRequest<'_>, grant: &Grant) -> Result<Refreshed, OAuthError> {
    let own: Vec<String> = grant.scope.split(' ').map(str::to_owned).collect();
    let granted = RequestedScope::parse(&grant.scope, &own)?;
    let fact = AuditFact::new(AuditEvent::TokenRefresh, Actor::Service)
        .about(&grant.authentication.token_id)
        .from_address(Some(request.address))
        .for_service(&grant.service_id)
        .with("client", grant.client_id.as_str())
        .with("grant", GrantType::RefreshToken.as_str());
    Ok(Refreshed {
        scope: narrowed(&granted, request.parameters.text("scope"))?,
        resources: narrowed_resources(&grant.resources, request.parameters)?,
        fact,
    })
}

/// The grant, bound to the key that the client proves now.
fn bound(request: &GrantRequest<'_>, grant: &Grant) -> Result<Grant, OAuthError> {
    let mut grant = grant.clone();
    grant.confirmation = confirmation(request.client(), request.presenter())?;
    Ok(grant)
}

/// RFC 9700 4.14.2: nobody can tell the thief from the client, so that the whole family ends.
async fn reused(
    app: &App,
    request: &GrantRequest<'_>,
    found: &Arc<Versioned<Grant>>,
) -> Result<TokenResponse, OidcFailure> {
    let grant = &found.value;
    let fact = AuditFact::new(AuditEvent::TokenReuse, Actor::Service)
        .about(&grant.authentication.token_id)
        .from_address(Some(request.address))
        .for_service(&grant.service_id)
        .with("client", grant.client_id.as_str())
        .with("grant_id", grant.grant_id.as_str())
        .with("what", "refresh_token");
    let audit = vec![app.audit.record(&*app.durable, fact, request.now).await?];
    let changes = vec![Change::RevokeGrant {
        grant_id: grant.grant_id.clone(),
        at: request.now,
    }];
    app.durable.commit(Commit { changes, audit }).await?;
    app.status.revoked();
    Err(UNKNOWN.into())
}
