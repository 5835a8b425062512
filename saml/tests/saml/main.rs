//! What the crate promises, through its public face. Keys and signatures of peers are made by `xmlsec1`, which also checks ours.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "the crate holds tests only; what their helpers cannot read is a failure of the test"
)]

mod attacks;
mod bindings;
mod consumers;
mod contexts;
mod fixture;
mod logout;
mod metadata;
mod never_panics;
mod requests;
mod responses;
mod xmlsec;
