//! How a login begins: a record, a cookie that binds it to the browser, a redirect to the page.

use axum::response::Response;
use http::header;
use idp_core::service::Service;
use idp_types::encoding::base64url;
use idp_types::{ClientId, MatchingMode, ScopeSet};

use super::record::{Ending, Interaction, save};
use crate::app::App;
use crate::crypto::{random, random_id, sha256_hex};
use crate::http::{enforce, network_of};
use crate::oidc::authorize::Visitor;
use crate::oidc::cookies::Cookie;
use crate::oidc::response::see_other;
use crate::problem::Problem;

/// How many times the limit of logins a network may open login pages.
const SHARE: u32 = 20;

/// A login that begins.
pub(crate) struct NewInteraction<'a> {
    /// Who asks.
    pub(crate) client_id: &'a ClientId,
    /// In whose name.
    pub(crate) service: &'a Service,
    /// What the phone is asked for.
    pub(crate) asked: ScopeSet,
    /// A stricter matching mode than the service's own.
    pub(crate) mode: Option<MatchingMode>,
    /// What comes of an approval.
    pub(crate) ending: Ending,
}

/// Begins a login: 303 to its page.
///
/// # Errors
/// `rate_limited`, or the store's problems.
pub(crate) async fn begin(
    app: &App,
    visitor: Visitor<'_>,
    new: NewInteraction<'_>,
) -> Result<Response, Problem> {
    let bucket = format!("oidc-login:{}", network_of(visitor.address));
    enforce(
        app,
        &bucket,
        app.config.limits.initiate_per_minute.saturating_mul(SHARE),
        60,
    )
    .await?;
    let (cookie, is_new) = match Cookie::Browser.read(app, visitor.headers) {
        Some(cookie) if cookie.len() >= 22 => (cookie, false),
        _ => (base64url(&random::<32>()?), true),
    };
    let interaction = Interaction {
        id: random_id("int_")?,
        browser: sha256_hex(cookie.as_bytes()),
        client_id: new.client_id.clone(),
        service_id: new.service.service_id.clone(),
        asked: new.asked,
        mode: new.mode,
        ending: new.ending,
        asking: None,
        remember: None,
        answered: None,
        expires_at: app.now().plus_seconds(app.config.oidc.interaction_seconds),
    };
    save(app, &interaction).await?;
    let mut response = see_other(&format!("/oidc/login/{}", interaction.id))?;
    if let Some(value) = is_new.then(|| Cookie::Browser.set(app, &cookie, None)).flatten() {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(response)
}
