//! The metadata documents (OIDC Discovery 4, RFC 8414 3), at the root and for every view of the issuer. Written once: a relying party
//! that asks gets octets that are there already, with `Content-Length`, because Entra refuses a chunked answer.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use idp_types::encoding::base64url;
use oidc::SigningAlgorithm;
use oidc::discovery::{View, metadata};
use serde_json::{Map, Value};

use super::issuer;
use crate::app::App;
use crate::crypto::sha256;
use crate::http::AppState;
use crate::keys::IssuerProfile;
use crate::problem::{Code, Problem};

/// The routes. RFC 8414 3.1 puts the path of an issuer behind the well-known name, OpenID Connect before it: both are answered.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/.well-known/openid-configuration", get(root))
        .route("/.well-known/oauth-authorization-server", get(root))
        .route("/t/{profile}/.well-known/openid-configuration", get(of_view))
        .route(
            "/t/{profile}/.well-known/oauth-authorization-server",
            get(of_view),
        )
        .route(
            "/.well-known/oauth-authorization-server/t/{profile}",
            get(of_view),
        )
}

/// A document as it leaves the server.
struct Document {
    body: Bytes,
    etag: Option<HeaderValue>,
}

/// The documents, written when they are first asked for: what they say is decided by the configuration.
#[derive(Default)]
pub(crate) struct Documents {
    root: OnceLock<Document>,
    views: [OnceLock<Document>; IssuerProfile::ALL.len()],
}

impl Documents {
    fn slot(&self, profile: Option<IssuerProfile>) -> &OnceLock<Document> {
        let place = |profile| IssuerProfile::ALL.iter().position(|own| *own == profile);
        let view = profile.and_then(place).and_then(|place| self.views.get(place));
        view.unwrap_or(&self.root)
    }
}

/// The metadata of a view; without a profile, of the root issuer.
pub(crate) fn metadata_of(app: &App, profile: Option<IssuerProfile>) -> Map<String, Value> {
    let config = &app.config.oidc;
    let tls = app.config.tls.as_ref();
    let asks_for_certificates = tls.is_some_and(|tls| tls.client_certificates.is_some());
    metadata(&View {
        issuer: &issuer::of_profile(app, profile),
        algorithms: profile.map_or(&SigningAlgorithm::ALL, issuer::algorithms),
        registration: config.dynamic_registration && profile.is_none(),
        certificates: config.client_certificate_header.is_some() || asks_for_certificates,
        external: profile == Some(IssuerProfile::EntraMfa),
    })
}

async fn root(State(app): AppState, headers: HeaderMap) -> Response {
    answer(&app, None, &headers)
}

async fn of_view(State(app): AppState, Path(profile): Path<String>, headers: HeaderMap) -> Response {
    match IssuerProfile::parse(&profile) {
        Some(profile) => answer(&app, Some(profile), &headers),
        None => Problem::new(Code::NotFound).into_response(),
    }
}

fn answer(app: &App, profile: Option<IssuerProfile>, request: &HeaderMap) -> Response {
    let document = app.oidc.documents.slot(profile).get_or_init(|| {
        let body = Value::Object(metadata_of(app, profile)).to_string();
        let digest = sha256(body.as_bytes());
        let etag = format!("\"{}\"", base64url(digest.get(..16).unwrap_or_default()));
        Document {
            body: body.into(),
            etag: HeaderValue::try_from(etag).ok(),
        }
    });
    let is_known = document
        .etag
        .as_ref()
        .is_some_and(|tag| crate::wellknown::names(request, tag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(Body::from(document.body.clone()))
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(tag) = &document.etag {
        headers.insert(header::ETAG, tag.clone());
    }
    response
}
