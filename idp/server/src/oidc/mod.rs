//! The OpenID Provider's effectful half: one file per endpoint; the rules are the crate `oidc`'s.

pub(crate) mod authorize;
pub(crate) mod certificate;
mod ciba;
pub(crate) mod client_authentication;
pub(crate) mod clients;
pub(crate) mod codes;
pub(crate) mod cookies;
pub(crate) mod derived;
pub(crate) mod device;
pub(crate) mod discovery;
pub(crate) mod dpop;
mod end_session;
mod entra;
pub(crate) mod failure;
pub(crate) mod form;
mod gather;
pub(crate) mod hint;
pub(crate) mod initial_token;
pub(crate) mod interaction;
mod introspect;
pub(crate) mod issuer;
pub(crate) mod keysets;
pub(crate) mod links;
mod login;
pub(crate) mod logout;
pub(crate) mod outbox;
mod par;
mod polled;
mod register;
pub(crate) mod response;
pub(crate) mod resume;
mod revoke;
pub(crate) mod sessions;
pub(crate) mod state;
pub(crate) mod subject;
pub(crate) mod token;
pub(crate) mod tokens;
mod userinfo;

use std::sync::Arc;

use axum::Router;

use crate::app::App;
use crate::keys::IssuerProfile;

/// The routes of the OpenID Provider: its endpoints at the root, the same ones below every view of the issuer (`/t/{profile}`), and the
/// documents that say where they are.
pub(crate) fn router() -> Router<Arc<App>> {
    let views = IssuerProfile::ALL.into_iter();
    let router = endpoints().merge(discovery::router()).merge(register::router());
    views.fold(router, |router, profile| {
        router.nest(&format!("/t/{}", profile.as_str()), endpoints())
    })
}

/// The endpoints. Each answers for the client, whose registration says which view of the issuer it sees (`issuer`).
fn endpoints() -> Router<Arc<App>> {
    Router::new()
        .merge(authorize::router())
        .merge(par::router())
        .merge(interaction::router())
        .merge(login::router())
        .merge(end_session::router())
        .merge(entra::router())
        .merge(ciba::router())
        .merge(device::router())
        .merge(token::router())
        .merge(userinfo::router())
        .merge(introspect::router())
        .merge(revoke::router())
}
