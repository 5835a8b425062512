//! `GET /services/{serviceId}/vds`, `.svg` and `.png`: the Service VDS as text and as a QR code.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header;
use idp_types::ServiceId;

use super::enabled;
use super::seal::{CACHE_SECONDS, ServiceSeals};
use crate::app::App;
use crate::http::AppState;
use crate::problem::Problem;
use crate::qr;

type Seals = Extension<Arc<ServiceSeals>>;

async fn text(app: &App, seals: &ServiceSeals, service_id: &ServiceId) -> Result<Arc<str>, Problem> {
    let service = enabled(app, service_id).await?;
    seals.text(app, &service).await
}

fn respond(media_type: &'static str, body: impl IntoResponse) -> Response {
    let caching = format!("public, max-age={CACHE_SECONDS}");
    (
        [
            (header::CONTENT_TYPE, media_type.to_owned()),
            (header::CACHE_CONTROL, caching),
        ],
        body,
    )
        .into_response()
}

/// The Service VDS in Base32, signed by a key that `/.well-known/jwks.json` lists under the seal's certificate reference.
#[utoipa::path(
    get, path = "/services/{service_id}/vds", tag = "services", params(("service_id" = String, Path)),
    responses((status = 200, body = String, content_type = "text/plain"), (status = 404, description = "service_not_found"))
)]
pub(crate) async fn service_vds(
    State(app): AppState,
    Extension(seals): Seals,
    Path(service_id): Path<ServiceId>,
) -> Result<Response, Problem> {
    let text = text(&app, &seals, &service_id).await?;
    Ok(respond("text/plain; charset=utf-8", text.to_string()))
}

/// The Service VDS as a QR code, SVG.
#[utoipa::path(
    get, path = "/services/{service_id}/vds.svg", tag = "services", params(("service_id" = String, Path)),
    responses((status = 200, description = "a QR code", content_type = "image/svg+xml"),
        (status = 404, description = "service_not_found"))
)]
pub(crate) async fn service_vds_svg(
    State(app): AppState,
    Extension(seals): Seals,
    Path(service_id): Path<ServiceId>,
) -> Result<Response, Problem> {
    let text = text(&app, &seals, &service_id).await?;
    Ok(respond("image/svg+xml", qr::svg(&text)?))
}

/// The Service VDS as a QR code, PNG.
#[utoipa::path(
    get, path = "/services/{service_id}/vds.png", tag = "services", params(("service_id" = String, Path)),
    responses((status = 200, description = "a QR code", content_type = "image/png"),
        (status = 404, description = "service_not_found"))
)]
pub(crate) async fn service_vds_png(
    State(app): AppState,
    Extension(seals): Seals,
    Path(service_id): Path<ServiceId>,
) -> Result<Response, Problem> {
    let text = text(&app, &seals, &service_id).await?;
    Ok(respond("image/png", qr::png(&text)?))
}
