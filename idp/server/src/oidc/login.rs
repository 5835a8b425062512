//! `GET /oidc/login/{id}`: the login page of an interaction, for the browser that began it.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use http::HeaderMap;

use super::interaction::{InteractionView, view};
use crate::app::App;
use crate::http::AppState;
use crate::pages::oidc::{Asker, Locale, LoginView, login};

/// The route of the page.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/oidc/login/{id}", get(page))
}

async fn page(State(app): AppState, Path(id): Path<String>, headers: HeaderMap) -> Response {
    match view(&app, &headers, &id).await {
        Ok(interaction) => render(&headers, &id, &interaction),
        Err(unavailable) => unavailable.into_page(Locale::of(None, &headers)),
    }
}

fn render(headers: &HeaderMap, id: &str, interaction: &InteractionView) -> Response {
    let service = &interaction.service.value;
    let path = format!("/oidc/login/{id}");
    let locale = Locale::of(Some(&interaction.ui_locales), headers);
    let shown = LoginView {
        asker: Asker {
            name: &service.name,
            logo: service.logo.as_deref(),
            url: Some(&service.url),
            privacy_policy_url: service.privacy_policy_url.as_deref(),
        },
        path: &path,
        requested: interaction.asked,
        token_id: interaction
            .token_id
            .as_ref()
            .map_or("", |token_id| token_id.as_str()),
        remembered: interaction.remembered,
        mode: interaction.mode,
        expires_at: interaction.expires_at,
        return_to: interaction.return_to.as_deref(),
    };
    login(locale, shown)
}
