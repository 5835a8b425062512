//! The engine's effectful half: browser and phone routes of the approval session (profile 4 and 7).

mod beginning;
mod chain;
mod connections;
mod deliver;
pub(crate) mod drive;
mod expire;
mod identity;
pub(crate) mod initiate;
mod internal;
mod outcome;
mod pending;
pub(crate) mod protocol;
mod reject;
mod result;
mod socket;
mod verify;
mod view;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use chain::head_of;
pub use connections::Connections;
pub use expire::sweep;
pub(crate) use internal::{DeviceAdmission, end_sessions_of, open_device_admission, open_supersession};
pub(crate) use socket::Registration;

use crate::app::App;

/// The serviceId under which the server itself asks a holder's devices.
pub const OWN_SERVICE: &str = "idtoken-seal";

/// The routes that a service's page or backend calls.
pub fn browser_router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(initiate::initiate))
        .routes(routes!(identity::initiate_identity))
        .routes(routes!(result::result))
        .routes(routes!(socket::session_socket))
}

/// The routes that phones call.
pub fn phone_router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(verify::verify))
        .routes(routes!(reject::reject))
        .routes(routes!(pending::pending))
        .routes(routes!(identity::claim_identity))
}

/// Reads every body of these routes, and the signature encodings.
pub(crate) fn fuzz(data: &[u8]) {
    use crate::http::parse_json;
    drop(parse_json::<initiate::InitiateRequest>(data));
    drop(parse_json::<identity::IdentityRequest>(data));
    drop(parse_json::<identity::ClaimRequest>(data));
    drop(parse_json::<verify::VerifyRequest>(data));
    drop(parse_json::<reject::RejectRequest>(data));
    let _ = verify::decode_signature(&String::from_utf8_lossy(data));
}
