//! Tokens: found in a request, read, verified, and what is kept of them.

mod access;
mod dpop;
mod find;
mod read;

pub use access::{Access, Confirmation};
pub use dpop::{DpopFault, ReplayCache};
pub use find::{Found, Presented, Scheme};
pub use read::{TOKEN_LIMIT, TokenFault, read};

pub(crate) use dpop::{Proof, check as check_proof};
pub(crate) use find::{changes, find};
pub(crate) use read::check_audience;
