//! `/gateway/forward-auth`: the gateway's decision for proxies that ask before they let a request through.
//!
//! It decides by `verdict`, as the Envoy filter and `idp gateway check` do, with the keys and status lists that this server publishes; so it
//! fetches nothing, and takes tokens of this server's own issuers (the views at `/t/{view}` among them) and of those whose keys stand in the
//! policy. Only proxies of `proxies.trusted` may ask, because a request is what they say it is.
//!
//! | what | module | tests |
//! |---|---|---|
//! | the answer: 200 with identity headers, or RFC 6750, RFC 9470, RFC 9728 challenges | `forward_auth` | `tests/tests/forward_auth.rs` |
//! | the request as `X-Forwarded-Method`, `-Proto`, `-Host` and `-Uri` tell it | `facts` | `facts::tests`, `tests/tests/forward_auth.rs` |
//! | the policy with this server's keys and lists | `decider` | `tests/tests/forward_auth.rs` |

mod decider;
mod facts;
mod forward_auth;

pub(crate) use decider::Decider;
pub use decider::PolicyFileError;
pub(crate) use forward_auth::router;
