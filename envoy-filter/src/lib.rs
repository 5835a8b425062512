//! The gateway's decision as an Envoy filter: a proxy-wasm 0.2.1 module without an SDK.
//!
//! The crate translates between host calls and [`verdict`]; it decides nothing. It exports the callbacks that it needs and no
//! others, because a proxy skips what is missing and every callback costs time.
//!
//! It fails closed: a request that meets a filter which is not ready, not configured or in trouble is answered 503, a configuration with an
//! unknown member is refused, and there is no panic path. One policy decides for one root context; filters that share a VM are told
//! apart by the context that the proxy created them under.
//!
//! | concern | module |
//! |---|---|
//! | the proxy's functions and callbacks, the only unsafe code | `abi` (wasm32 alone) |
//! | what is asked of a proxy | [`host`] |
//! | requests: strip, decide, apply | [`filter`] |
//! | keys and status lists: one VM fetches, the others read | [`fetch`] |
//! | signatures checked by the proxy | [`signature`] |
//! | proofs of possession: once for all workers | [`proofs`] |
//! | lists of headers as the proxy writes them | [`pairs`] |
//! | counters | [`metrics`] |
//!
//! Tests: `tests/tests/gateway.rs`, against a real Envoy.

#[cfg(target_arch = "wasm32")]
mod abi;
pub mod fetch;
pub mod filter;
pub mod host;
pub mod metrics;
pub mod pairs;
pub mod proofs;
pub mod signature;
