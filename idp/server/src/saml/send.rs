//! How a response leaves: a page that posts it, or an artifact for it (Bindings 3.5, 3.6).

use axum::response::Response;
use saml::binding::{Binding, Direction, PostForm};
use saml::provider::ServiceProvider;

use super::artifact;
use super::issue::Document;
use crate::app::App;
use crate::oidc::authorize::Visitor;
use crate::oidc::response::form;
use crate::pages::oidc::Locale;
use crate::problem::Problem;

/// Sends a response to where it belongs.
///
/// # Errors
/// The ephemeral store's problems.
pub(crate) async fn send(
    app: &App,
    visitor: Visitor<'_>,
    provider: &ServiceProvider,
    document: &Document,
) -> Result<Response, Problem> {
    if document.consumer.binding == Binding::Artifact {
        return artifact::hand_out(app, provider, document).await;
    }
    let page = PostForm::new(
        &document.consumer.location,
        Direction::Response,
        &document.text,
        document.relay_state.as_ref(),
    );
    let locale = Locale::of(None, visitor.headers);
    Ok(form(locale, &page.action, &page.fields))
}
