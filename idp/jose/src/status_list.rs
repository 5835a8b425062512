//! Token Status List with one bit for each token (draft-ietf-oauth-status-list, sections 4 and 5).
//!
//! Bits are packed from the least significant one, compressed with zlib, and written as base64url. Reading is bounded
//! before it begins: the caller says how many entries a list may have, and decompression stops there.

use crate::base64::BASE64URL_NOPAD;
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_zlib_with_limit};
use serde_json::Value;

use crate::json::Map;

/// The media type in `typ` of a status list token.
pub const TYP: &str = "statuslist+jwt";

/// The best level of zlib, as the draft recommends.
const COMPRESSION_LEVEL: u8 = 9;
/// Incompressible bytes grow by a few headers under zlib and by a third under base64url; text beyond twice the bytes and
/// this is not worth decoding.
const ENCODED_OVERHEAD: usize = 256;

/// Why a status list or a reference to one was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatusListError {
    /// More entries than the caller allows.
    #[error("more than {limit} entries")]
    TooLarge {
        /// The limit in entries.
        limit: usize,
    },
    /// `lst` is not canonical base64url.
    #[error("the list is not canonical base64url")]
    Base64,
    /// `lst` is not zlib data, or its checksum is wrong.
    #[error("the list is not zlib data")]
    Compression,
    /// Another width than one bit.
    #[error("only one bit for each token is supported")]
    Bits,
    /// A member is missing or of the wrong type.
    #[error("member `{0}` is missing or of the wrong type")]
    Member(&'static str),
    /// The index is not in the list: the token must be refused.
    #[error("the index is not in the list")]
    OutOfRange,
}

/// One bit for each token: set means INVALID, clear means VALID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusList {
    bytes: Vec<u8>,
}

impl StatusList {
    /// A list in which everything is valid, rounded up to whole bytes.
    pub fn new(entries: usize) -> Self {
        Self {
            bytes: vec![0; entries.div_ceil(8)],
        }
    }

    /// A list from packed bytes, as [`Self::as_bytes`] gave them.
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    /// The packed bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many entries the list has.
    pub const fn len(&self) -> usize {
        self.bytes.len().saturating_mul(8)
    }

    /// Whether the list has no entry.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Marks an entry.
    ///
    /// # Errors
    /// [`StatusListError::OutOfRange`].
    pub fn set(&mut self, index: usize, invalid: bool) -> Result<(), StatusListError> {
        let byte = self.bytes.get_mut(index / 8).ok_or(StatusListError::OutOfRange)?;
        let bit = 1 << (index % 8);
        if invalid {
            *byte |= bit;
        } else {
            *byte &= !bit;
        }
        Ok(())
    }

    /// Whether an entry is marked invalid.
    ///
    /// # Errors
    /// [`StatusListError::OutOfRange`]: the draft (section 8.3) then refuses the token.
    pub fn is_invalid(&self, index: usize) -> Result<bool, StatusListError> {
        let byte = self.bytes.get(index / 8).ok_or(StatusListError::OutOfRange)?;
        Ok(byte >> (index % 8) & 1 == 1)
    }

    /// `lst`: zlib, then base64url.
    pub fn encode(&self) -> String {
        BASE64URL_NOPAD.encode(&compress_to_vec_zlib(&self.bytes, COMPRESSION_LEVEL))
    }

    /// Reads `lst` of at most `limit` entries.
    ///
    /// # Errors
    /// [`StatusListError`] for text that is too long, not canonical, or would grow beyond the limit.
    pub fn decode(lst: &str, limit: usize) -> Result<Self, StatusListError> {
        let too_large = StatusListError::TooLarge { limit };
        let bytes_limit = limit.div_ceil(8);
        if lst.len() > bytes_limit.saturating_mul(2).saturating_add(ENCODED_OVERHEAD) {
            return Err(too_large);
        }
        let compressed = BASE64URL_NOPAD
            .decode(lst.as_bytes())
            .map_err(|_| StatusListError::Base64)?;
        match decompress_to_vec_zlib_with_limit(&compressed, bytes_limit) {
            Ok(bytes) => Ok(Self { bytes }),
            Err(error) if error.status == TINFLStatus::HasMoreOutput => Err(too_large),
            Err(_) => Err(StatusListError::Compression),
        }
    }

    /// The `status_list` claim.
    pub fn to_value(&self) -> Value {
        serde_json::json!({"bits": 1, "lst": self.encode()})
    }

    /// Reads the `status_list` claim of a verified status list token.
    ///
    /// # Errors
    /// As [`Self::decode`]; [`StatusListError::Bits`] for another width.
    pub fn from_claims(claims: &Map, limit: usize) -> Result<Self, StatusListError> {
        let claim = claims
            .get("status_list")
            .ok_or(StatusListError::Member("status_list"))?;
        if claim.get("bits").and_then(Value::as_u64) != Some(1) {
            return Err(StatusListError::Bits);
        }
        let lst = claim
            .get("lst")
            .and_then(Value::as_str)
            .ok_or(StatusListError::Member("lst"))?;
        Self::decode(lst, limit)
    }
}

/// When a status list token was made and how long it holds, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// `iat`, Unix seconds.
    pub issued_at: i64,
    /// `exp`, Unix seconds.
    pub expires_at: i64,
    /// `ttl`: how long a copy may be kept before it is fetched again.
    pub time_to_live: u32,
}

/// The claims of a status list token; `sub` is the address of the list itself (section 5.1).
pub fn token_claims(uri: &str, lifetime: Lifetime, list: &StatusList) -> Map {
    [
        ("sub", Value::from(uri)),
        ("iat", lifetime.issued_at.into()),
        ("exp", lifetime.expires_at.into()),
        ("ttl", lifetime.time_to_live.into()),
        ("status_list", list.to_value()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// Where the status of a token is found (section 6.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReference {
    /// `idx`.
    pub index: u64,
    /// `uri`.
    pub uri: String,
}

impl StatusReference {
    /// The `status` claim.
    pub fn to_value(&self) -> Value {
        serde_json::json!({"status_list": {"idx": self.index, "uri": self.uri}})
    }

    /// Reads the `status` claim, if there is one with a `status_list`.
    ///
    /// # Errors
    /// [`StatusListError::Member`] when it is not of that shape.
    pub fn from_claims(claims: &Map) -> Result<Option<Self>, StatusListError> {
        let Some(reference) = claims.get("status").and_then(|status| status.get("status_list")) else {
            return Ok(None);
        };
        let index = reference
            .get("idx")
            .and_then(Value::as_u64)
            .ok_or(StatusListError::Member("idx"))?;
        let uri = reference
            .get("uri")
            .and_then(Value::as_str)
            .ok_or(StatusListError::Member("uri"))?;
        Ok(Some(Self {
            index,
            uri: uri.to_owned(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of section 4.1 of the draft: bytes B9 A3.
    const EXAMPLE: &str = "eNrbuRgAAhcBXQ";

    #[test]
    fn the_example_of_the_draft() {
        let marked = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1];
        let mut list = StatusList::new(16);
        for (index, bit) in marked.into_iter().enumerate() {
            list.set(index, bit == 1).unwrap();
        }
        assert_eq!(list.as_bytes(), [0xb9, 0xa3]);
        assert_eq!(list.encode(), EXAMPLE);
        let read = StatusList::decode(EXAMPLE, 16).unwrap();
        for (index, bit) in marked.into_iter().enumerate() {
            assert_eq!(read.is_invalid(index), Ok(bit == 1));
        }
        assert_eq!(read.is_invalid(16), Err(StatusListError::OutOfRange));
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let bomb = StatusList::new(1 << 23).encode();
        assert!(bomb.len() < 2048);
        assert_eq!(
            StatusList::decode(&bomb, 1 << 20),
            Err(StatusListError::TooLarge { limit: 1 << 20 })
        );
        assert_eq!(
            StatusList::decode(&bomb, 1 << 23).map(|list| list.len()),
            Ok(1 << 23)
        );
    }

    #[test]
    fn a_wrong_checksum_and_truncation_are_refused() {
        let mut bytes = BASE64URL_NOPAD.decode(EXAMPLE.as_bytes()).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        let decode = |bytes: &[u8]| StatusList::decode(&BASE64URL_NOPAD.encode(bytes), 16);
        assert_eq!(decode(&bytes), Err(StatusListError::Compression));
        assert_eq!(decode(&bytes[..last]), Err(StatusListError::Compression));
        assert_eq!(StatusList::decode("AA==", 16), Err(StatusListError::Base64));
        assert_eq!(
            StatusList::decode(&"A".repeat(400), 16),
            Err(StatusListError::TooLarge { limit: 16 })
        );
    }

    #[test]
    fn claims_and_references_round_trip() {
        let list = StatusList::new(100);
        let lifetime = Lifetime {
            issued_at: 1,
            expires_at: 2,
            time_to_live: 60,
        };
        let claims = token_claims("https://a.example/status/1", lifetime, &list);
        assert_eq!(StatusList::from_claims(&claims, 104), Ok(list));

        let reference = StatusReference {
            index: 7,
            uri: "https://a.example/status/1".to_owned(),
        };
        let claims = Map::from_iter([("status".to_owned(), reference.to_value())]);
        assert_eq!(StatusReference::from_claims(&claims), Ok(Some(reference)));
        assert_eq!(StatusReference::from_claims(&Map::new()), Ok(None));
    }

    #[test]
    fn other_widths_are_refused() {
        let claims = Map::from_iter([(
            "status_list".to_owned(),
            serde_json::json!({"bits": 2, "lst": EXAMPLE}),
        )]);
        assert_eq!(StatusList::from_claims(&claims, 16), Err(StatusListError::Bits));
    }
}
