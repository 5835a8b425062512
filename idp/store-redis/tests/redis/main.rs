//! The store against real servers: the contract, the other forms of address, and what becomes of it when servers fail.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "these files hold tests only; what their helpers cannot do is a failure of the test"
)]

mod contract;
mod faults;
mod forms;
mod servers;
