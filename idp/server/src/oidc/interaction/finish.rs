//! `POST /oidc/login/{id}/continue`: the person approved, and the page brings the browser back to the client.

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;

use super::button::Button;
use super::record::{Ending, Interaction, load};
use super::{Unavailable, complete, device, external, saml};
use crate::app::App;
use crate::approval::protocol::{Answered, answer_of};
use crate::http::AppState;
use crate::oidc::authorize::Visitor;
use crate::oidc::response::see_other;

/// How often a second request looks for the answer that the first one is about to give, and how long it waits between.
const LOOKS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(10);

/// Goes on with what the phone said.
pub(super) async fn proceed(State(app): AppState, button: Button) -> Response {
    button.page(go_on(&app, button.visitor(), &button.id).await)
}

async fn go_on(app: &App, visitor: Visitor<'_>, id: &str) -> Result<Response, Unavailable> {
    let interaction = load(app, visitor.headers, id).await?;
    if interaction.answered.is_some() {
        return again(app, visitor, &interaction).await;
    }
    let answered = match &interaction.asking {
        Some(asking) => answer_of(app, &asking.session_id).await?,
        None => Answered::Waiting,
    };
    let Answered::Approved(released) = answered else {
        // Not approved: the page says how it stands, and offers another try.
        return Ok(see_other(&format!("/oidc/login/{id}"))?);
    };
    let finished = match &interaction.ending {
        Ending::Code(request) => {
            complete::with_code(app, visitor, (&interaction, request), *released).await?
        }
        Ending::External(request) => {
            external::with_token(app, visitor, (&interaction, request), *released).await?
        }
        Ending::Device(entered) => {
            Some(device::approve(app, visitor, (&interaction, entered), &released).await?)
        }
        Ending::Saml(request) => {
            saml::with_response(app, visitor, (&interaction, request), *released).await?
        }
    };
    match finished {
        Some(response) => Ok(response),
        None => wait_for_the_first(app, visitor, id).await,
    }
}

/// Somebody pressed twice: the second request gets the first one's answer.
async fn wait_for_the_first(app: &App, visitor: Visitor<'_>, id: &str) -> Result<Response, Unavailable> {
    for _ in 0..LOOKS {
        let interaction = load(app, visitor.headers, id).await?;
        if interaction.answered.is_some() {
            return again(app, visitor, &interaction).await;
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(Unavailable::Gone)
}

/// The answer that was given already.
async fn again(app: &App, visitor: Visitor<'_>, interaction: &Interaction) -> Result<Response, Unavailable> {
    match &interaction.ending {
        Ending::Code(request) => complete::code_again(app, visitor, (interaction, request)).await,
        Ending::External(request) => external::again(app, visitor, (interaction, request)),
        // A device's answer is not kept in its interaction.
        Ending::Device(_) => Err(Unavailable::Gone),
        Ending::Saml(request) => saml::again(app, visitor, (interaction, request)).await,
    }
}
