//! Conditional requests (RFC 9110 13, RFC 6585 3): what a caller demands of a resource before it is read or written.
//!
//! | specification | module |
//! |---|---|
//! | RFC 9110 8.8.3, strong entity tags | [`etag`] |
//! | RFC 9110 13.1, `If-Match`, `If-None-Match`; RFC 6585 3 | [`header`] |
//! | a condition that holds until the commit | [`write`] |

mod etag;
mod header;
mod write;

pub(crate) use etag::{Etag, Tagged};
pub(crate) use header::{Conditions, fuzz};
pub(crate) use write::{Effect, Guard, Writer, forget};
