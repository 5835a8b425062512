//! What every handler shares: reading bodies, knowing callers and devices, answering.

mod caller;
mod device;
mod headers;
mod json;
mod limit;
mod pad;

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use axum::extract::State;

pub use caller::{caller_of, identify_caller};
pub(crate) use device::verify_device;
pub use device::{DeviceRequest, SignedJson, parse_device_authorization};
pub use headers::Origins;
pub(crate) use headers::around;
pub use json::{JsonBody, body_bytes, parse_json, read_json};
pub use limit::{enforce, network_of};
pub(crate) use pad::Pad;

use crate::app::App;

/// The application, as handlers take it.
pub type AppState = State<Arc<App>>;

/// The client's address, as the edge knows it.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

impl<S: Sync> axum::extract::FromRequestParts<S> for Peer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut http::request::Parts,
        _state: &S,
    ) -> Result<Self, Self::Rejection> {
        let address = parts
            .extensions
            .get::<crate::edge::ClientAddress>()
            .map(|client| client.0);
        Ok(Self(address.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED))))
    }
}
