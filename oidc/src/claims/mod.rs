//! What tokens and userinfo say: protocol claims, released claims under the client's names, `verified_claims`.
//!
//! A claim is there because its scope was granted or because the `claims` parameter names it, and in both cases only if the person
//! released it. Denied claims are absent.

mod access_token;
mod id_token;
mod request;
mod selection;
#[cfg(test)]
mod tests;
mod verified;

pub use access_token::{AccessToken, Audience, Cnf, Status, StatusReference, TYPE, audience};
pub use id_token::{IdToken, token_hash};
pub use request::{Constraint, Place, RequestedClaims};
pub use selection::{Disclosure, released_claims};
pub use verified::TRUST_FRAMEWORKS;
