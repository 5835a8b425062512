//! `client_credentials` (RFC 6749 4.4).

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use oidc::claims::audience;
use oidc::client::GrantType;
use oidc::token::{TokenResponse, confirmation, granted_to_client, narrowed_resources};

use super::GrantRequest;
use crate::app::App;
use crate::oidc::failure::OidcFailure;
use crate::oidc::issuer;
use crate::oidc::tokens::{AccessPlan, issue_access_token};

pub(super) async fn redeem(app: &App, request: &GrantRequest<'_>) -> Result<TokenResponse, OidcFailure> {
    let client = request.client();
    let scope = granted_to_client(client, request.parameters.text("scope"))?;
    // Without a wish the audience is the client's first resource alone.
    let named: Vec<String> = if request.parameters.has("resource") {
        narrowed_resources(&client.resources, request.parameters)?
    } else {
        Vec::new()
    };
    let fact = AuditFact::new(AuditEvent::TokenIssue, Actor::Service)
        .from_address(Some(request.address))
        .for_service(&client.service_id)
        .with("client", client.client_id.as_str())
        .with("grant", GrantType::ClientCredentials.as_str());
    let plan = AccessPlan {
        subject: client.client_id.to_string(),
        audience: audience(client, &named, &scope, &issuer::of(app, client)),
        scope,
        expires_at: None,
        confirmation: confirmation(client, request.presenter())?,
        of: None,
        actor: None,
        facts: vec![fact],
    };
    issue_access_token(app, client, plan).await
}
