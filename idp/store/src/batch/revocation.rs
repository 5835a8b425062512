//! Revocations. A token finds out by itself: it is revoked when a row with a later sequence than the one it was issued after names its
//! holder, its device, its grant or its session.

use idp_types::{ClientId, DeviceId, Timestamp, TokenId};
use oidc::{Grant, GrantId};

/// Whose tokens are revoked.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    /// A holder's, or those of one device. The grants go.
    Holder(&'a TokenId, Option<&'a DeviceId>),
    /// A grant's, which is marked at this time.
    Grant(&'a GrantId, Option<Timestamp>),
    /// Those that end with a client's part of a session.
    Session(&'a str),
    /// Those of all grants of a client. The grants go.
    Client(&'a ClientId),
    /// One token; it takes no place in the order.
    Token(u32, u32),
}

/// A revocation with its place in the order of tokens and revocations.
#[derive(Debug, Clone, Copy)]
pub struct Revocation<'a> {
    /// Its place: tokens that were issued after a lower one are revoked.
    pub sequence: u64,
    /// When the last token of this batch before it ends.
    pub latest: Timestamp,
    /// Whose.
    pub whose: Whose<'a>,
}

/// Whether a revocation of the holder, or of one of its devices, ends a grant.
pub(super) fn is_of_holder(grant: &Grant, token_id: &TokenId, device_id: Option<&DeviceId>) -> bool {
    let login = &grant.authentication;
    login.token_id == *token_id && device_id.is_none_or(|device_id| login.device_id == *device_id)
}
