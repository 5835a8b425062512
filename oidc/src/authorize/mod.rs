//! The authorization endpoint (OIDC Core 3.1.2, RFC 6749 4.1, RFC 9126, RFC 9101): one check, one file.
//!
//! Two failures are told on a page, because nobody knows where else to send them: an unknown client and a redirect URI that is not
//! the client's ([`destination`]). Every other one goes back to the client with `error`, `state` and `iss`.
//!
//! | clause | module |
//! |---|---|
//! | RFC 6749 3.1.2, RFC 9700 4.1.3, RFC 8252 7.3 (redirect URIs) | [`destination`] |
//! | RFC 6749 3.1.1 (`response_type`), OIDC Core 3.1.2.6 (what is not supported) | `response_type` |
//! | RFC 6749 3.3 (scope, the client's ceiling), OIDC Core 11 | `ceiling` |
//! | OIDC Core 3.1.2.1 (`prompt`, `max_age`, hints) | [`prompt`], [`request`] |
//! | OIDC Core 5.5 (`claims`) | [`claims_parameter`] |
//! | RFC 7636 4.3, RFC 9700 2.1.1, RFC 9449 10 | `proof_key` |
//! | RFC 8707 2, RFC 9396 2 | `resources`, `authorization_details` |
//! | RFC 9101 (request objects) | [`request_object`] |
//! | profile 4.1 (`acr` as a minimum) | [`requirements`] |
//! | profile 1.6 (a cookie is not a consent) | [`silent`] |

mod authorization_details;
mod ceiling;
pub mod claims_parameter;
pub mod code_grant;
pub mod destination;
pub mod prompt;
mod proof_key;
pub mod request;
pub mod request_object;
pub mod requirements;
mod resources;
mod response_type;
pub mod silent;
#[cfg(test)]
mod tests;

pub(crate) use ceiling::scope as scope_within_ceiling;
pub use claims_parameter::ClaimsRequest;
pub use code_grant::CodeGrant;
pub use destination::{BadDestination, STATE_LIMIT};
pub use prompt::{Prompt, Prompts};
pub use request::{AuthorizationRequest, Display};
pub(crate) use resources::read as read_resources;
