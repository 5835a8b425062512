//! A message on its way in: opened, its sender loaded, its signature checked.

use std::sync::Arc;

use idp_store::Versioned;
use saml::binding::{BindingError, Received};
use saml::message::{Authenticated, Message, Required};
use saml::provider::ServiceProvider;

use super::crypto::PeerVerifier;
use super::refusal::Refused;
use crate::app::App;
use crate::http::enforce;
use crate::http::network_of;
use crate::oidc::authorize::Visitor;
use crate::problem::Problem;

/// How many times the limit of logins a network may send messages.
const SHARE: u32 = 20;

/// A message and who says that it is theirs.
pub(super) type FromProvider = (Message, Arc<Versioned<ServiceProvider>>);

/// Opens a message and loads its sender.
///
/// # Errors
/// [`Refused`].
pub(super) async fn receive(
    app: &App,
    visitor: Visitor<'_>,
    received: Result<Received, BindingError>,
) -> Result<FromProvider, Refused> {
    limit(app, visitor).await?;
    let message = Message::open(received.map_err(Refused::binding)?).map_err(Refused::unreadable)?;
    let provider = app.durable.service_provider(message.issuer()).await?;
    let provider = provider.ok_or(Refused::unknown())?;
    Ok((message, provider))
}

/// # Errors
/// `rate_limited`.
pub(super) async fn limit(app: &App, visitor: Visitor<'_>) -> Result<(), Problem> {
    let bucket = format!("saml:{}", network_of(visitor.address));
    let count = app.config.limits.initiate_per_minute.saturating_mul(SHARE);
    enforce(app, &bucket, count, 60).await
}

/// Checks who sent it.
///
/// # Errors
/// [`Refused`] when a signature is missing or not good.
pub(super) fn authenticate(
    message: Message,
    provider: &ServiceProvider,
    signed: Required,
) -> Result<Authenticated, Refused> {
    message
        .authenticate(provider, signed, &PeerVerifier)
        .map_err(Refused::unsigned)
}
