//! Entra's external authentication methods (`federation-oidc.md` 5a): Microsoft asks us for a second factor. A POST to an endpoint of its
//! own, with an ID token of Microsoft's that says who the person is, is answered by a form with an ID token of ours about the very same
//! `sub`. This is the implicit flow in its narrowest form, and it exists for clients of this profile alone.
//!
//! | clause | module |
//! |---|---|
//! | where the answer goes: three documented addresses | `destination` |
//! | the request's fixed parameters, `claims` with `acr` and `amr` | `request` |
//! | Microsoft's clouds and their issuers | `cloud` |
//! | `id_token_hint`: issuer, audience, tenant, age | `hint` |
//! | one `acr` and one `amr` of those that were asked for | `method` |
//! | the ID token of the answer | `answer` |

mod answer;
mod cloud;
mod destination;
mod hint;
mod method;
mod request;
#[cfg(test)]
mod tests;

pub use answer::{error_fields, id_token, token_fields};
pub use cloud::Cloud;
pub use destination::{ExternalDestination, destination};
pub use hint::{AGE_SECONDS, ForeignHint};
pub use method::Method;
pub use request::{ExternalDemand, ExternalRequest, LIMIT as HINT_LIMIT};
