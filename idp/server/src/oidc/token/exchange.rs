//! Token exchange (RFC 8693).

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_types::{DeviceId, TokenId};
use oidc::OAuthError;
use oidc::claims::AccessToken;
use oidc::client::GrantType;
use oidc::token::{ACCESS_TOKEN_TYPE, ExchangeRequest, TokenResponse, exchange};

use super::GrantRequest;
use crate::app::App;
use crate::oidc::failure::OidcFailure;
use crate::oidc::tokens::{AccessPlan, is_revoked, issue_access_token, open_record, place_of, verified};
use crate::problem::Problem;

/// RFC 8693 2.2.2.
const UNACCEPTABLE: OAuthError =
    OAuthError::invalid_request("the subject_token is not a valid access token of a person's grant");

pub(super) async fn redeem(app: &App, request: &GrantRequest<'_>) -> Result<TokenResponse, OidcFailure> {
    let client = request.client();
    let asked = ExchangeRequest::read(request.parameters)?;
    let subject = verified(app, asked.subject_token).ok_or(UNACCEPTABLE)?;
    let place = place_of(app, &subject).ok_or(UNACCEPTABLE)?;
    if is_revoked(app, place).await? {
        return Err(UNACCEPTABLE.into());
    }
    let exchanged = exchange(client, request.presenter(), &asked, &subject)?;
    let holder = holder(app, asked.subject_token, &subject)
        .await?
        .ok_or(UNACCEPTABLE)?;
    let fact = AuditFact::new(AuditEvent::TokenIssue, Actor::Service)
        .about(&holder.0)
        .from_address(Some(request.address))
        .for_service(&client.service_id)
        .with("client", client.client_id.as_str())
        .with("grant", GrantType::TokenExchange.as_str());
    let plan = AccessPlan {
        subject: subject.sub.clone(),
        audience: exchanged.audience,
        scope: exchanged.scope,
        expires_at: Some(exchanged.expires_at),
        confirmation: exchanged.confirmation,
        of: Some((Box::new(subject), holder)),
        actor: exchanged.actor,
        facts: vec![fact],
    };
    let mut tokens = issue_access_token(app, client, plan).await?;
    tokens.issued_token_type = Some(ACCESS_TOKEN_TYPE.to_owned());
    Ok(tokens)
}

/// Whose login is behind a token: revoking the person or the device ends the new token, too.
async fn holder(
    app: &App,
    token: &str,
    subject: &AccessToken,
) -> Result<Option<(TokenId, DeviceId)>, Problem> {
    if let Some((record, _)) = open_record(app, token).await? {
        return Ok(Some(record.holder));
    }
    let Some(grant_id) = &subject.grant_id else {
        return Ok(None);
    };
    let grant = app.durable.grant(grant_id).await?;
    Ok(grant.map(|grant| {
        let authentication = &grant.value.authentication;
        (authentication.token_id.clone(), authentication.device_id.clone())
    }))
}
