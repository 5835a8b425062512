//! Client-Initiated Backchannel Authentication (CIBA Core 1.0): the same engine, asked by a client that has no browser before it.
//!
//! A request lives as long as the session that asks the phone; `requested_expiry` shortens it, never lengthens it. The answer has,
//! beside CIBA 7.3's members, `verification_code`: the session's six digits, which the client shows to the person where the service's
//! matching mode compares, chooses or transfers them. Clients that know nothing of it are unharmed (RFC 6749 5.1: unknown members
//! are ignored); their services use mode `compare`, in which the phone has the code already.

mod authentication;
mod ping;
mod redeem;
mod signed;
mod transactions;

pub(super) use authentication::router;
pub(super) use redeem::redeem;
