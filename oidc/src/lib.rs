//! OpenID Provider: parse -> check -> respond, without a clock, randomness, I/O or private key.
//!
//! An endpoint reads as a list of named checks, one clause of a specification each. The crate refuses to know how the person was
//! authenticated (the shell hands in an [`Authentication`]), where records are kept, and who signs (tokens leave as claims).
//!
//! | specification | module |
//! |---|---|
//! | OIDC Core 3.1.2, RFC 6749 4.1, RFC 9207, JARM, form post | [`authorize`], [`response`] |
//! | RFC 9101 (JAR), RFC 9126 (PAR) | [`authorize`] |
//! | RFC 7636 (PKCE) | [`pkce`] |
//! | OIDC Core 5 (claims, scopes), OIDC4IDA, RFC 9068 | [`claims`], [`scope`] |
//! | RFC 6749 2.3, RFC 7523, RFC 8705 (client authentication) | [`client_authentication`] |
//! | RFC 7591, RFC 7592, OIDC Registration (clients) | [`client`] |
//! | RFC 6749 4.1.3, 4.4, 6; RFC 8693; RFC 9449 | [`token`], [`dpop`] |
//! | RFC 7009, RFC 7662, RFC 9701 | [`introspection`] |
//! | RFC 8628 | [`device`], [`polled`], [`polling`] |
//! | CIBA Core, FAPI-CIBA | [`ciba`], [`polled`], [`polling`] |
//! | RP-Initiated, Back-Channel and Front-Channel Logout | [`logout`] |
//! | Entra external authentication methods | [`external`] |
//! | OIDC Discovery 3, RFC 8414 | [`discovery`] |

pub mod authentication;
pub mod authorize;
pub mod ciba;
pub mod claims;
pub mod client;
pub mod client_authentication;
pub mod device;
pub mod discovery;
pub mod dpop;
pub mod error;
pub mod external;
#[doc(hidden)]
pub mod fuzzing;
pub mod grant;
pub mod introspection;
pub mod link;
pub mod logout;
pub mod parameters;
pub mod pkce;
pub mod polled;
pub mod polling;
pub mod registration;
pub mod response;
pub mod scope;
pub mod session;
mod signed_request;
pub mod token;

pub use authentication::{Authentication, Evidence};
pub use client::{AuthenticationMethod, Client, SigningAlgorithm};
pub use error::{ErrorCode, OAuthError};
pub use grant::{Grant, GrantId};
pub use parameters::Parameters;
pub use scope::RequestedScope;
pub use session::BrowserSession;
