//! Client-Initiated Backchannel Authentication (CIBA Core 1.0): the same engine, asked by a client that has no browser before it.
//!
//! A request lives as long as the session that asks the phone; `requested_expiry` shortens it, never lengthens it. The answer has,
//! beside CIBA 7.3's members, `verification_code`: the session's six digits, which the client shows to the person where the service's
//! matching mode compares, chooses or transfers them. Clients that know nothing of it are unharmed (RFC 6749 5.1: unknown members
//! are ignored); their services use mode `compare`, in which the phone has the code already. That code is the unique authorization
//! context of FAPI-CIBA 5.2.2, so that a `binding_message` stays optional.
//!
//! The phone reads the `binding_message` where it reads what waits for it; a push never carries it: profile 4 lists what a push body
//! has, and a text of a client that passes through a vendor's servers could be about the person.

mod authentication;
mod ping;
mod redeem;
mod signed;
mod transactions;

pub(super) use authentication::router;
pub(super) use redeem::redeem;
