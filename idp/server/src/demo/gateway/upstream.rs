//! The API behind the gateway: it answers what it was told of the caller.

use std::net::{Ipv4Addr, SocketAddr};

use axum::{Json, Router};
use http::{HeaderMap, Method, Uri};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

/// Serves for as long as the process runs.
pub(super) async fn start() -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(echo)).await });
    Ok(address)
}

async fn echo(method: Method, uri: Uri, headers: HeaderMap) -> Json<Value> {
    let told: Map<String, Value> = headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-idp-"))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().into()))
        .collect();
    Json(json!({"upstream": {"method": method.as_str(), "path": uri.path(), "told": told}}))
}
