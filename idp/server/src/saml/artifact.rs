//! The artifact binding (Bindings 3.6, Core 3.5): a response waits here, sealed under its artifact, and its recipient fetches it once.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use http::HeaderMap;
use idp_store::ephemeral::Kind;
use saml::binding::{Artifact, Received, soap_envelope};
use saml::logout::LogoutCircumstances;
use saml::message::{Body as Message, Required};
use saml::provider::ServiceProvider;
use saml::resolve::{ArtifactResolve, ArtifactResponseFacts, LIFE, artifact_response};
use saml::{EntityId, Status};
use serde::{Deserialize, Serialize};

use super::addresses::{ARTIFACT, address, entity_id_for};
use super::issue::Document;
use super::receive::{authenticate, receive};
use super::refusal::{self, Refused};
use super::{crypto, ecp, signing};
use crate::app::App;
use crate::crypto::{SealingKey, random, sha256_hex};
use crate::http::{AppState, Peer, body_bytes};
use crate::oidc::authorize::Visitor;
use crate::oidc::response::see_other;
use crate::pages::oidc::Failure;
use crate::problem::{Code, Problem};

/// The route of the resolution service.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route(ARTIFACT, post(resolve))
}

/// What waits.
#[derive(Serialize, Deserialize)]
struct Waiting {
    provider: EntityId,
    text: String,
}

/// Keeps a response and sends the browser away with its artifact.
pub(super) async fn hand_out(
    app: &App,
    provider: &ServiceProvider,
    document: &Document,
) -> Result<Response, Problem> {
    let issuer = entity_id_for(app, provider)?;
    let artifact = Artifact::new(0, &issuer, random::<20>()?);
    let waiting = Waiting {
        provider: provider.entity_id.clone(),
        text: document.text.clone(),
    };
    let plain = serde_json::to_vec(&waiting).map_err(|_| Problem::new(Code::Internal))?;
    let name = artifact.to_string();
    let key = sha256_hex(name.as_bytes());
    let sealed = SealingKey::of_bearer(&name, b"artifact")?.seal(key.as_bytes(), &plain)?;
    let until = app.now().plus_seconds(LIFE);
    app.ephemeral.put(Kind::SamlArtifact, &key, sealed, until).await?;
    see_other(&artifact.redirect(&document.consumer.location, document.relay_state.as_ref()))
}

async fn resolve(State(app): AppState, Peer(address): Peer, headers: HeaderMap, body: Body) -> Response {
    let visitor = Visitor {
        headers: &headers,
        address,
    };
    match answer(&app, visitor, body).await {
        Ok(text) => ecp::soap(&soap_envelope(&text)),
        Err(refused) => ecp::fault(&app, visitor, refused).await,
    }
}

async fn answer(app: &App, visitor: Visitor<'_>, body: Body) -> Result<String, Refused> {
    let bytes = body_bytes(app, body).await?;
    let (message, provider) = receive(app, visitor, Received::from_soap(&bytes)).await?;
    let provider = &provider.value;
    let message = authenticate(message, provider, Required::Yes)?;
    let Message::Resolve(request) = message.body().map_err(Refused::unreadable)? else {
        let words = "the SAML message is no request for an artifact";
        return Err(Refused::Page(Failure::Request, words));
    };
    let issuer = entity_id_for(app, provider)?;
    let own = address(app, ARTIFACT);
    let circumstances = LogoutCircumstances {
        now: app.now(),
        own: &[&own],
    };
    let (status, response) = match request.check(provider, &issuer, circumstances) {
        Ok(()) => (Status::SUCCESS, fetch(app, provider, &request).await?),
        Err(status) => {
            let words = status.message.clone().unwrap_or_default();
            refusal::record(app, visitor, Some(provider), ("artifact", &words)).await?;
            (status, None)
        }
    };
    let draft = artifact_response(&ArtifactResponseFacts {
        id: &crypto::message_id()?,
        now: app.now(),
        issuer: &issuer,
        in_response_to: &request.head.id,
        status: &status,
        response: response.as_deref(),
    });
    let draft = draft.map_err(|_| Problem::new(Code::Internal))?;
    Ok(signing::sign(app, provider, draft).await?)
}

/// What waits behind the artifact, for whom it was made, once. For anybody else there is nothing, and it is gone: somebody has it who
/// should not.
async fn fetch(
    app: &App,
    provider: &ServiceProvider,
    request: &ArtifactResolve,
) -> Result<Option<String>, Problem> {
    let name = request.artifact.to_string();
    let key = sha256_hex(name.as_bytes());
    let Some(sealed) = app.ephemeral.take(Kind::SamlArtifact, &key, app.now()).await? else {
        return Ok(None);
    };
    let plain = SealingKey::of_bearer(&name, b"artifact")?.open(key.as_bytes(), &sealed)?;
    let waiting: Option<Waiting> = serde_json::from_slice(&plain).ok();
    let waiting = waiting.filter(|waiting| waiting.provider == provider.entity_id);
    Ok(waiting.map(|waiting| waiting.text))
}
