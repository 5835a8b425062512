//! Client-Initiated Backchannel Authentication (CIBA Core 1.0, FAPI-CIBA): the client names the person, the phone asks, the client
//! fetches the tokens. Modes poll and ping; push hands tokens to an address that never proved a key, and FAPI-CIBA 5.2.2 bans it.
//!
//! | clause | module |
//! |---|---|
//! | CIBA 7.1 (parameters) | [`request`] |
//! | CIBA 7.1, 7.2 (exactly one hint) | `hint` |
//! | CIBA 7.1, FAPI-CIBA 5.2.2 (`binding_message`) | `binding_message` |
//! | CIBA 7.1.1, FAPI-CIBA 5.2.2 (signed requests) | [`signed_request`] |
//! | CIBA 10.1, 11 (what the token endpoint answers) | [`transaction`] |
//!
//! `user_code` is not supported and not advertised: the phone's own lock does its work.

mod binding_message;
mod hint;
pub mod request;
pub mod signed_request;
#[cfg(test)]
mod tests;
pub mod transaction;

pub use hint::{Hint, UNKNOWN_USER};
pub use request::BackchannelRequest;
pub use signed_request::{Opened, must_sign};
pub use transaction::Transaction;
