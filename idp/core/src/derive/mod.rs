//! Values derived from the server's secrets: nothing here is stored, everything can be computed again (profile 4).

mod otp;
mod pairwise;
mod rendezvous;
mod response;
mod ws_token;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub use otp::{Otp, OtpContext, choices, otp};
pub use pairwise::{pairwise_subject, session_subject};
pub use rendezvous::{RENDEZVOUS_SECONDS, rendezvous, rendezvous_matches};
pub use response::response_hash;
pub use ws_token::ws_token;

/// HMAC-SHA256 over the parts one after the other.
fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC accepts a key of any length (RFC 2104 section 2), so the error arm is never taken.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return [0; 32];
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// `LP(field)` (profile, conventions).
fn length_prefixed(field: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(field.len() + 2);
    idp_types::encoding::push_length_prefixed(&mut out, field.as_bytes());
    out
}

#[cfg(test)]
pub(crate) mod tests {
    pub(crate) fn counting<const N: usize>(from: u8) -> [u8; N] {
        std::array::from_fn(|i| from + u8::try_from(i).unwrap())
    }
}
