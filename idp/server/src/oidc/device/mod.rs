//! Device Authorization Grant (RFC 8628): the same engine, asked for a device that has no browser.
//!
//! | request | answer |
//! |---|---|
//! | `POST /oidc/device_authorization`, a client | device code, user code, where to type it (RFC 8628 3.1, 3.2) |
//! | `GET /oidc/device` | the form for the code; one that the address brings along is only shown, to be compared (3.3.1) |
//! | `POST /oidc/device`, the form | 303 to the login page (`interaction`), or the form again |
//! | `POST /oidc/token`, the client | the tokens, once there is an approval (3.4, 3.5) |
//!
//! The phone is always asked: a session of the browser suggests who is there and allows nothing (profile 1.6). What the phone says
//! counts for the device at once, whether or not the browser is still there; who declines on the phone has declined, so that nobody is
//! asked again for a device that is not theirs (RFC 8628 5.4). The browser gets no session of its own from it. The codes are kept as
//! digests, the user code's keyed, because so few of them could be tried out.

mod authorization;
mod enter;
mod redeem;
mod transactions;

use std::sync::Arc;

use axum::Router;
use serde::{Deserialize, Serialize};

use crate::app::App;

pub(super) use redeem::redeem;
pub(super) use transactions::{approve, ask, deny, is_open};

/// A code that was typed: for which device a login is, and in which language it speaks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Entered {
    /// The transaction's key.
    pub(super) key: String,
    /// `ui_locales` of the form.
    pub(super) ui_locales: String,
}

/// The routes of the device flow.
pub(super) fn router() -> Router<Arc<App>> {
    authorization::router().merge(enter::router())
}
