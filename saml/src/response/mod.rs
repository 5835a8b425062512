//! Responses and assertions, prepared (Core 2.3, 3.3.3): canonical by construction, signed elsewhere.

mod assertion;
mod attributes;
mod encryption;
mod message;
mod read;
mod subject;

pub use crate::signature::Draft;
pub use assertion::{AssertionFacts, assertion};
pub use attributes::{Attribute, Released, release};
pub use encryption::{EncryptionChoice, EncryptionError, PreparedEncryption, choose_encryption, encrypt};
pub use message::{Content, ResponseFacts, response};
pub use read::{ReceivedAssertion, ReceivedResponse, ResponseError, read};
pub use subject::name_person;

/// How long an assertion may be presented, in seconds.
pub const LIFE: i64 = 300;
/// How much earlier than now an assertion begins, for clocks that are behind, in seconds.
pub const EARLIER: i64 = 60;
