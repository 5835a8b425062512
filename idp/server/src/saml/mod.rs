//! The SAML identity provider's effectful half: one file per endpoint; the rules are the crate `saml`'s.
//!
//! | path | what | file |
//! |---|---|---|
//! | `GET /saml/metadata`, `/saml/{variant}/metadata` | who we are, signed | [`metadata`] |
//! | `GET`, `POST /saml/sso` | a service provider asks for a login | [`sso`] |
//! | `GET /saml/start` | a login that begins here | [`start`] |
//! | `GET`, `POST /saml/slo`, `POST /saml/slo/soap` | logout, both ways | [`slo`] |
//! | `POST /saml/artifact` | a message that waits is fetched | [`artifact`] |
//!
//! Service providers themselves are registered and kept fresh in [`providers`].
//!
//! The login page, the session of the browser and the parked request of another site are those of OpenID Connect. A service provider takes
//! part in a session under its handle (`EntityId::handle`); what it knows the person and the session by stands there sealed
//! ([`participant`]).
//!
//! # Decisions
//!
//! - *Persistent identifiers* are computed, so that none is ever made. `AllowCreate="false"` is met where the provider knows the person
//!   already: it takes part in one of the person's sessions, or an operator linked an account.
//! - *Variants* have their own entityID and metadata, and the same endpoints. Their metadata is there before a provider that needs it: it
//!   is read to register one.
//! - *Enhanced clients* are answered by the same check and the session of their cookies; without a session they would need a screen for the
//!   code, and get `NoPassive`.
//! - *Session indexes* name the session, sealed, so that a service provider's word by SOAP finds it without a browser, and two providers
//!   see nothing in common.
//! - *Logout* tells by SOAP at once, and by the outbox of back-channel logout where that fails; who can be told by the browser alone is,
//!   while there is one. A session that ends without a browser ("not me", a revocation) is told by SOAP.
//! - *EncryptedID* is not read, so that no encryption certificate is published.

pub(crate) mod addresses;
mod artifact;
mod attempt;
mod crypto;
mod deliver;
mod ecp;
mod issue;
mod journey;
mod leave;
mod metadata;
pub(crate) mod participant;
mod person;
pub(crate) mod providers;
mod receive;
mod refusal;
mod send;
pub(crate) mod signing;
mod slo;
mod sso;
mod start;
pub(crate) mod state;

use std::sync::Arc;

use axum::Router;

pub(crate) use attempt::{replayed, strength, use_up};
pub(crate) use deliver::{deliver, owed};
pub(crate) use issue::{Approved, Document, issue};
pub(crate) use journey::{Home, follow};
pub(crate) use person::{Person, accept};
pub(crate) use refusal::refused;
pub(crate) use send::send;

use crate::app::App;

/// The routes of the identity provider.
pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .merge(metadata::router())
        .merge(sso::router())
        .merge(start::router())
        .merge(slo::router())
        .merge(artifact::router())
        .merge(ecp::router())
}
