//! `[metrics] listen`: the numbers, at an address of their own that the world does not reach.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header;
use tokio::net::TcpListener;

use super::gauges;
use crate::app::App;
use crate::edge::{self, EdgeSettings};

/// Connections to it; a scraper needs one.
const CONNECTIONS: usize = 64;

/// The face of the listener. `/health/*` is there too, so that a probe need not go through the door of the public.
fn router(app: Arc<App>) -> Router {
    let (health, _) = crate::wellknown::probes().split_for_parts();
    health.route("/metrics", get(metrics)).with_state(app)
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    let text = gauges::text(&app);
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    (
        [
            (header::CONTENT_TYPE, media_type),
            (header::CACHE_CONTROL, "no-store"),
        ],
        text,
    )
        .into_response()
}

/// Listens where the configuration says, if it says so.
///
/// # Errors
/// The system's, with the address.
pub(crate) async fn bind(app: &App) -> std::io::Result<Option<TcpListener>> {
    let Some(address) = app.config.metrics.listen else {
        return Ok(None);
    };
    let listener = TcpListener::bind(address).await;
    let listener = listener
        .map_err(|error| std::io::Error::new(error.kind(), format!("metrics.listen {address}: {error}")))?;
    let address = listener.local_addr()?;
    tracing::info!(%address, "metrics are served");
    // Set once: a server serves once.
    let _ = app.metrics_address.set(address);
    Ok(Some(listener))
}

/// Serves until it is dropped.
pub(crate) async fn serve(app: Arc<App>, listener: TcpListener) {
    let settings = EdgeSettings {
        max_connections: CONNECTIONS,
        max_connections_per_address: CONNECTIONS,
        proxies: edge::Proxies::default(),
        ..EdgeSettings::from(&*app.config)
    };
    if let Err(error) = edge::serve(listener, router(app), settings, std::future::pending()).await {
        tracing::error!(%error, "metrics are not served");
    }
}
