//! The authorization endpoint through its public face: OIDC Core 3.1.2, RFC 6749 4.1, RFC 9126, RFC 9207, profile 1.6 and 8.

mod carriers;
mod interaction;
mod pages;
mod pushed;
mod session;
mod whole;
