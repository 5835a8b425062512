//! `POST /oidc/login/{id}/cancel`: the person does not want to (RFC 6749 4.1.2.1, `access_denied`).

use axum::extract::State;
use axum::response::Response;
use idp_store::ephemeral::Kind;
use oidc::{ErrorCode, OAuthError};

use super::button::Button;
use super::complete::client_of;
use super::record::{Ending, load};
use super::{Unavailable, complete, device, external, saml};
use crate::app::App;
use crate::approval::protocol::withdraw;
use crate::http::AppState;
use crate::oidc::authorize::Visitor;

const DENIED: OAuthError = OAuthError::new(ErrorCode::AccessDenied, "the person declined");

/// Ends the login, and takes back what the phone is asked: an approval that comes anyway is refused.
pub(super) async fn cancel(State(app): AppState, button: Button) -> Response {
    button.page(end(&app, button.visitor(), &button.id).await)
}

async fn end(app: &App, visitor: Visitor<'_>, id: &str) -> Result<Response, Unavailable> {
    let interaction = load(app, visitor.headers, id).await?;
    if interaction.answered.is_some() {
        return Err(Unavailable::Gone);
    }
    if let Some(asking) = &interaction.asking {
        withdraw(app, &asking.session_id).await?;
    }
    app.ephemeral.take(Kind::Interaction, id, app.now()).await?;
    match &interaction.ending {
        Ending::Code(request) => {
            let client = client_of(app, &interaction).await?;
            complete::refuse(app, visitor, (&client.value, request), DENIED).await
        }
        Ending::External(request) => Ok(external::refuse(visitor, request, DENIED)),
        Ending::Device(entered) => device::refuse(app, visitor, entered).await,
        Ending::Saml(request) => saml::refuse(app, visitor, request).await,
    }
}
