//! Logout: asked for by a relying party, told to the others.
//!
//! | specification | module |
//! |---|---|
//! | RP-Initiated Logout 1.0, 2 | [`EndSessionRequest`], [`Hint`], [`decide`] |
//! | Back-Channel Logout 1.0, 2.4 and 2.8 | [`logout_token`], [`LogoutDelivery`] |
//! | Front-Channel Logout 1.0, 2 | [`frame_address`] |

mod decision;
mod delivery;
mod front_channel;
mod hint;
mod request;
#[cfg(test)]
mod tests;
mod token;

pub use decision::{Decision, Mismatch, Present, decide};
pub use delivery::{DELIVERY_SECONDS, LogoutDelivery};
pub use front_channel::frame_address;
pub use hint::Hint;
pub use request::EndSessionRequest;
pub use token::{LOGOUT_TOKEN_SECONDS, LOGOUT_TOKEN_TYPE, logout_token};
