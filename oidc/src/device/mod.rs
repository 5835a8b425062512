//! Device Authorization Grant (RFC 8628): a device without a browser shows a code, the person types it into a browser of their own, the
//! phone asks, and the device fetches the tokens.
//!
//! | clause | module |
//! |---|---|
//! | RFC 8628 3.1 (the request) | [`request`] |
//! | RFC 8628 6.1, 5.1 (user codes) | [`user_code`] |
//! | RFC 8628 3.3, 3.5 (what the person decided, what the token endpoint answers) | [`transaction`] |

pub mod request;
#[cfg(test)]
mod tests;
pub mod transaction;
pub mod user_code;

pub use request::DeviceRequest;
pub use transaction::{DeviceTransaction, Standing, UNKNOWN, grant_of};
pub use user_code::UserCode;
