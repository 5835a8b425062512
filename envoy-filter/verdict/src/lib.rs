//! The gateway's decision: request facts, keys, policy and time in, verdict out.
//!
//! The crate refuses to know proxies, sockets, clocks and randomness. The proxy filter, the forward-auth endpoint and
//! `idp gateway check` are shells around one [`Gate`], so that an explanation on the command line is the decision of the gateway.
//!
//! Whatever is not understood refuses: an unknown member of the policy, a path that servers read differently, a `cnf` of another kind,
//! a request that no rule is about, a status list that is too old.
//!
//! | specification | module | tests |
//! |---|---|---|
//! | the policy | [`policy`] | `policy::*::tests`, `tests/gate/policy.rs` |
//! | RFC 3986 section 6 (paths that are read in one way) | [`path`] | `path::tests` |
//! | RFC 7515, RFC 7519, RFC 8725, RFC 9068; profile section 5 | [`token`], [`keys`] | `tests/tests/gateway/hostile.rs` of the workspace |
//! | RFC 6750 sections 2 and 3, RFC 9470, RFC 9728, RFC 9457 | [`answer`](mod@answer) | `tests/tests/gateway/answers.rs` |
//! | draft-ietf-oauth-status-list | [`status`] | `tests/gate/revocation.rs` |
//! | RFC 9449, RFC 8705 | [`token`] | `tests/gate/senders.rs`, `tests/tests/gateway/senders.rs` |
//! | deny lists, given and fetched | `denials` | `tests/gate/revocation.rs`, `tests/tests/gateway/deny.rs` |
//! | proofs that several gates take once | [`proofs`] | `tests/tests/gateway/senders.rs` |
//! | remembered tokens | [`cache`] | `tests/gate/cache.rs` |
//! | FIPS 186-5 (ECDSA verification) | [`p256_tables`] | `../p256-tables/tests/vectors.rs` |
//! | every parser: no panic | [`fuzzing`] | `tests/gate/properties.rs` |

pub mod answer;
pub mod cache;
mod denials;
#[doc(hidden)]
pub mod fuzzing;
pub mod gate;
pub mod keys;
pub mod path;
pub mod policy;
pub mod proofs;
pub mod request;
pub mod status;
pub mod token;
pub mod verdict;

pub use answer::{Answer, answer};
pub use gate::{Gate, SelfTestFailed};
pub use policy::{Policy, PolicyError};
pub use request::{Context, Request};
pub use verdict::{Missing, Pass, Reason, Refusal, Verdict};
