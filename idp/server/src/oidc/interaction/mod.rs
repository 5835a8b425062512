//! A login of a browser that is under way: what was asked, by which browser, and which approval session asks the phone. It lives for
//! minutes in the ephemeral store and answers only to the browser that began it.
//!
//! The page is `GET /oidc/login/{id}`; its script speaks with these:
//!
//! | request | answer |
//! |---|---|
//! | `POST .../start` `{tokenId, remember}` | `{sessionId, code, wsToken, expiresAt, mode}` |
//! | `POST .../qr` | `{sessionId, qr, qrSvg, wsToken, expiresAt}` |
//! | `GET .../status` | `{state, reason?, expiresAt?, code?}` |
//! | `POST .../continue`, a form | the client's answer, or 303 to the page while there is none |
//! | `POST .../cancel`, a form | the client's `access_denied`; no phone is asked any more |
//!
//! What may be done again: looking, starting (after an expiry or refusal, a few times) and continuing (the same answer, for a while).

mod begin;
mod button;
mod cancel;
mod complete;
mod device;
mod external;
mod finish;
mod guard;
mod record;
mod saml;
mod start;
mod status;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

pub(crate) use begin::{NewInteraction, begin};
pub(crate) use guard::same_origin;
pub(crate) use record::{Ending, Unavailable};
pub(crate) use view::{InteractionView, view};

use crate::app::App;

/// The routes of the login page's script and forms.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/oidc/login/{id}/start", post(start::start))
        .route("/oidc/login/{id}/qr", post(start::qr))
        .route("/oidc/login/{id}/status", get(status::status))
        .route("/oidc/login/{id}/continue", post(finish::proceed))
        .route("/oidc/login/{id}/cancel", post(cancel::cancel))
}
