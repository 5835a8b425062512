//! Pages and their files, all inside the binary. Strict CSP: nothing inline, nothing from elsewhere.

mod assets;
pub(crate) mod oidc;

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderValue, StatusCode, header};

pub(crate) use assets::find;

use crate::app::App;
use crate::problem::{Code, Problem};

/// Scripts, styles, images and connections of this origin, images as `data:`, and nothing else.
pub const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// The routes of every installation.
pub fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/assets/{*path}", get(asset))
        .route("/i/{session}", get(landing))
        .route("/r/{registration}", get(landing))
}

/// A page by its name among the embedded files.
pub(crate) fn page(name: &str) -> Response {
    let Some((_, body)) = find(name) else {
        return Problem::new(Code::NotFound).into_response();
    };
    let mut response = (StatusCode::OK, body).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(PAGE_POLICY),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

async fn asset(Path(path): Path<String>) -> Response {
    let is_page = std::path::Path::new(&path)
        .extension()
        .is_some_and(|extension| extension == "html");
    match find(&path).filter(|_| !is_page) {
        Some((media_type, body)) => {
            let headers = [
                (header::CONTENT_TYPE, media_type),
                (header::CACHE_CONTROL, "public, max-age=300"),
            ];
            (headers, body).into_response()
        }
        None => Problem::new(Code::NotFound).into_response(),
    }
}

/// A person scanned a QR with an ordinary camera.
async fn landing() -> Response {
    page("landing.html")
}
