//! `GET /saml/start?providerId={entityID}&target={RelayState}`: a login that begins here, where the operator lets one (Profiles 4.1.5).

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use http::HeaderMap;
use idp_store::Versioned;
use oidc::Parameters;
use saml::EntityId;
use saml::binding::{BindingError, RelayState};
use saml::provider::ServiceProvider;
use saml::request::{UnsolicitedError, unsolicited};

use super::attempt::attempt;
use super::receive::limit;
use super::refusal::Refused;
use super::sso::words;
use crate::app::App;
use crate::http::{AppState, Peer};
use crate::oidc::authorize::Visitor;
use crate::pages::oidc::Failure;

/// The route.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/saml/start", get(start))
}

async fn start(
    State(app): AppState,
    Peer(address): Peer,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let visitor = Visitor {
        headers: &headers,
        address,
    };
    let query = query.unwrap_or_default();
    let (provider, target) = match read(&app, visitor, &query).await {
        Ok(read) => read,
        Err(refused) => return refused.into_page(&app, visitor, None).await,
    };
    match go_on(&app, visitor, &provider.value, target).await {
        Ok(response) => response,
        Err(refused) => refused.into_page(&app, visitor, Some(&provider.value)).await,
    }
}

async fn read(
    app: &App,
    visitor: Visitor<'_>,
    query: &str,
) -> Result<(Arc<Versioned<ServiceProvider>>, Option<RelayState>), Refused> {
    limit(app, visitor).await?;
    let parameters = Parameters::parse(query.as_bytes())
        .map_err(|error| Refused::Page(Failure::Request, error.description))?;
    let entity_id = parameters
        .text("providerId")
        .and_then(|text| EntityId::parse(text).ok())
        .ok_or(Refused::unknown())?;
    let provider = app.durable.service_provider(&entity_id).await?;
    let provider = provider.ok_or(Refused::unknown())?;
    let target = parameters.text("target").map(RelayState::parse).transpose();
    let target = target.map_err(|_| Refused::binding(BindingError::RelayState))?;
    Ok((provider, target))
}

async fn go_on(
    app: &App,
    visitor: Visitor<'_>,
    provider: &ServiceProvider,
    target: Option<RelayState>,
) -> Result<Response, Refused> {
    let request = unsolicited(provider, target, app.now()).map_err(refusal)?;
    Ok(attempt(app, visitor, provider, request).await?)
}

fn refusal(error: UnsolicitedError) -> Refused {
    match error {
        UnsolicitedError::NotAllowed => Refused::Page(
            Failure::Request,
            "a login at this service provider does not begin here",
        ),
        UnsolicitedError::Expired => Refused::Page(
            Failure::UnknownClient,
            "the metadata of the service provider has expired",
        ),
        UnsolicitedError::Consumer(error) => Refused::Page(Failure::RedirectUri, words(error)),
    }
}
