//! Token Status Lists (profile 5): revocation of a token before it expires, without naming whose it is.

mod lists;
pub(crate) mod publish;

pub use lists::{LIST_SIZE, StatusLists};
pub(crate) use publish::{current, keep_fresh, number, uri};
