//! All routes, in one table, and the document that describes them.

mod description;

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::problem::{Code, Problem};
use crate::{admin, approval, demo, enrolment, gateway, http as web, pages, services, wellknown};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "IDToken Seal",
        description = "Identity provider for Visible Digital Seals: enrolment, approval on a phone, verified tokens. \
            Errors are problem details (RFC 9457) with a stable `code`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "enrolment", description = "Phones enrol, prove and leave (profile 2)"),
        (name = "approval", description = "Services ask, browsers wait (profile 4 and 7)"),
        (name = "phone", description = "Phones answer; every request is signed by the device"),
        (name = "services", description = "Who asks (profile 4.2)"),
        (name = "tokens", description = "Keys and status of tokens (profile 5)"),
        (name = "gateway", description = "Proxies ask before they let a request through"),
        (name = "admin", description = "Operators (product.md 15, profile 11 and 12)"),
        (name = "oidc", description = "The OpenID Provider; below every view of the issuer as well, at /t/{view}"),
        (name = "health", description = "Probes")
    )
)]
struct Description;

fn documented() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(Description::openapi())
        .merge(enrolment::router())
        .merge(approval::phone_router())
        .merge(admin::router())
        .merge(wellknown::router())
        .merge(gateway::router())
}

fn for_browsers() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .merge(approval::browser_router())
        .merge(services::router())
}

/// The OpenAPI 3.1 document, pretty-printed: what is committed and what `/openapi.json` answers.
pub fn openapi_json() -> String {
    let (_, mut document) = documented().merge(for_browsers()).split_for_parts();
    let schemes = document.components.get_or_insert_default();
    let device = ApiKeyValue::with_description(
        "Authorization",
        "`Device tokenId=\"...\", deviceId=\"...\", ts=\"...\", nonce=\"...\", sig=\"...\"` (profile 2)",
    );
    schemes.add_security_scheme("device", SecurityScheme::ApiKey(ApiKey::Header(device)));
    schemes.add_security_scheme(
        "operator",
        SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
    );
    let described = serde_json::to_value(&document).map(description::complete);
    described
        .and_then(|document| serde_json::to_string_pretty(&document))
        .map(|text| text + "\n")
        .unwrap_or_default()
}

/// The whole face of the server.
pub fn router(app: &Arc<App>) -> Router {
    let (documented, _) = documented().split_for_parts();
    let (for_browsers, _) = for_browsers().split_for_parts();
    let description = openapi_json();
    let mut router = Router::new()
        .merge(documented)
        .merge(for_browsers)
        .merge(pages::router())
        .merge(crate::oidc::router())
        .merge(crate::saml::router())
        .route("/openapi.json", get(move || async move { json(description) }));
    if app.config.demo {
        router = router.merge(demo::router());
    }
    router
        .method_not_allowed_fallback(|| async { Problem::new(Code::MethodNotAllowed) })
        .fallback(|| async { Problem::new(Code::NotFound) })
        .layer(middleware::from_fn_with_state(app.clone(), web::around))
        .with_state(app.clone())
}

fn json(body: String) -> Response {
    (
        [
            (header::CONTENT_TYPE, "application/json"),
            (header::CACHE_CONTROL, "public, max-age=300"),
        ],
        body,
    )
        .into_response()
}
