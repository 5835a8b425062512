//! Requests that change something come from our own page (profile 8). The cookie is Lax, so another site's form carries none; this is
//! the second lock.

use http::{HeaderMap, header};

use super::Unavailable;
use crate::app::App;

/// `Sec-Fetch-Site` says `same-origin` (Fetch Metadata); a browser that does not send it names the origin.
///
/// # Errors
/// [`Unavailable::CrossSite`].
pub(crate) fn same_origin(app: &App, headers: &HeaderMap) -> Result<(), Unavailable> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_ours = match text("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => text(header::ORIGIN.as_str()) == Some(app.config.issuer.as_str()),
    };
    is_ours.then_some(()).ok_or(Unavailable::CrossSite)
}
