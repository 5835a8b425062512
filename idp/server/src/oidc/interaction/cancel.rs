//! `POST /oidc/login/{id}/cancel`: the person does not want to (RFC 6749 4.1.2.1, `access_denied`).

use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;
use idp_store::ephemeral::Kind;
use oidc::{ErrorCode, OAuthError};

use super::record::{Ending, load};
use super::{Unavailable, complete, external, guard};
use crate::app::App;
use crate::http::{AppState, Peer};
use crate::oidc::authorize::Visitor;
use crate::oidc::clients;
use crate::pages::oidc::Locale;

const DENIED: OAuthError = OAuthError::new(ErrorCode::AccessDenied, "the person declined");

/// Ends the login; an approval session that still asks ends by itself within its minute.
pub(super) async fn cancel(
    State(app): AppState,
    Peer(address): Peer,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let visitor = Visitor {
        headers: &headers,
        address,
    };
    match end(&app, visitor, &id).await {
        Ok(response) => response,
        Err(unavailable) => unavailable.into_page(Locale::of(None, &headers)),
    }
}

async fn end(app: &App, visitor: Visitor<'_>, id: &str) -> Result<Response, Unavailable> {
    guard::same_origin(app, visitor.headers)?;
    let interaction = load(app, visitor.headers, id).await?;
    if interaction.answered.is_some() {
        return Err(Unavailable::Gone);
    }
    let client = clients::load(app, &interaction.client_id)
        .await?
        .ok_or(Unavailable::Gone)?;
    app.ephemeral.take(Kind::Interaction, id, app.now()).await?;
    match &interaction.ending {
        Ending::Code(request) => complete::refuse(app, visitor, (&client.value, request), DENIED).await,
        Ending::External(request) => Ok(external::refuse(visitor, request, DENIED)),
    }
}
