//! What the login page shows of an interaction.

use std::sync::Arc;

use http::HeaderMap;
use idp_core::service::Service;
use idp_store::Versioned;
use idp_types::{MatchingMode, ScopeSet, Timestamp, TokenId};
use oidc::authorize::{AuthorizationRequest, Prompt};
use oidc::external::ExternalRequest;

use super::record::{Ending, Interaction, load};
use super::{Unavailable, start};
use crate::app::App;
use crate::oidc::cookies::Cookie;
use crate::oidc::{clients, links, sessions};

/// An interaction as its page shows it.
pub(crate) struct InteractionView {
    /// In whose name: name, logo, address, privacy policy.
    pub(crate) service: Arc<Versioned<Service>>,
    /// What the phone is asked for.
    pub(crate) asked: ScopeSet,
    /// Whom to suggest: `login_hint`, who is signed in here, or who is remembered here. Nobody where the person is to choose.
    pub(crate) token_id: Option<TokenId>,
    /// Whether a tokenId is remembered on this device.
    pub(crate) remembered: bool,
    /// How the code travels.
    pub(crate) mode: MatchingMode,
    /// When the login ends.
    pub(crate) expires_at: Timestamp,
    /// Where the answer goes: a registered address. A device's goes to no browser.
    pub(crate) return_to: Option<String>,
    /// `ui_locales`, space-joined.
    pub(crate) ui_locales: String,
}

/// What the page shows.
///
/// # Errors
/// [`Unavailable`].
pub(crate) async fn view(app: &App, headers: &HeaderMap, id: &str) -> Result<InteractionView, Unavailable> {
    let interaction = load(app, headers, id).await?;
    if interaction.answered.is_some() || !is_known(app, &interaction).await? {
        return Err(Unavailable::Gone);
    }
    let service = app.durable.service(&interaction.service_id).await?;
    let service = service
        .filter(|service| service.value.enabled)
        .ok_or(Unavailable::Gone)?;
    let remembered = Cookie::Remembered
        .read(app, headers)
        .and_then(|id| TokenId::parse(id).ok());
    let is_remembered = remembered.is_some();
    let (token_id, return_to, ui_locales) = match &interaction.ending {
        Ending::Code(request) => (
            suggested(app, headers, request)
                .await?
                .or(remembered.filter(|_| !chooses(request))),
            Some(request.destination.redirect_uri.clone()),
            request.ui_locales.join(" "),
        ),
        Ending::External(request) => (
            linked(app, &interaction, request).await?.or(remembered),
            Some(request.destination.redirect_uri.clone()),
            String::new(),
        ),
        Ending::Device(entered) => (
            signed_in(app, headers).await?.or(remembered),
            None,
            entered.ui_locales.clone(),
        ),
        Ending::Saml(request) => (
            signed_in(app, headers).await?.or(remembered),
            Some(request.consumer.location.clone()),
            String::new(),
        ),
    };
    Ok(InteractionView {
        asked: interaction.asked,
        remembered: is_remembered,
        token_id,
        mode: start::effective_mode(&service.value, interaction.mode),
        expires_at: interaction.expires_at,
        return_to,
        ui_locales,
        service,
    })
}

/// Whether who asks is still registered.
async fn is_known(app: &App, interaction: &Interaction) -> Result<bool, Unavailable> {
    Ok(match &interaction.ending {
        Ending::Saml(request) => app.durable.service_provider(&request.provider).await?.is_some(),
        _ => clients::load(app, &interaction.client_id).await?.is_some(),
    })
}

/// Whom the foreign account is linked to: Microsoft says that it is this person who sits before the browser.
async fn linked(
    app: &App,
    interaction: &Interaction,
    request: &ExternalRequest,
) -> Result<Option<TokenId>, Unavailable> {
    let name = request.hint.link_name();
    Ok(links::holder_of_foreign(app, &interaction.client_id, &name).await?)
}

/// OIDC Core 3.1.2.1, `prompt=select_account`: nobody is suggested.
fn chooses(request: &AuthorizationRequest) -> bool {
    request.prompts.has(Prompt::SelectAccount)
}

/// The client's hint first, then who is signed in in this browser.
async fn suggested(
    app: &App,
    headers: &HeaderMap,
    request: &AuthorizationRequest,
) -> Result<Option<TokenId>, Unavailable> {
    if chooses(request) {
        return Ok(None);
    }
    if request.login_hint.is_some() {
        return Ok(request.login_hint.clone());
    }
    signed_in(app, headers).await
}

/// Who is signed in in this browser.
async fn signed_in(app: &App, headers: &HeaderMap) -> Result<Option<TokenId>, Unavailable> {
    let visit = sessions::load(app, headers).await?;
    Ok(visit.map(|visit| visit.session.value.authentication.token_id.clone()))
}
