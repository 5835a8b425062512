//! What an operator sees of a running server: metrics, the log, traces. None of it ever holds a secret, a claim, a tokenId, a client, a
//! query or a path as it was written: routes are named by their pattern, and every label has a fixed set of values.
//!
//! | what | module | tests |
//! |---|---|---|
//! | numbers, in the text form of Prometheus | [`metrics`], `gauges`, `process`, `listener` | `tests/tests/metrics.rs` |
//! | one line a request, its id, the id in problems | `exchange`, `identity` | `tests/tests/logs.rs`, `tests/tests/privacy.rs` |
//! | the log itself; its filter changes while the server runs | `log` | `tests/tests/reload.rs` |
//! | spans by OTLP, W3C Trace Context in and out | `traces`, `export` | `tests/tests/traces.rs` |

mod deadlines;
pub(crate) mod exchange;
mod export;
mod gauges;
pub(crate) mod identity;
mod levels;
pub(crate) mod listener;
pub mod log;
pub mod metrics;
mod process;
pub(crate) mod traces;

pub use metrics::Metrics;
