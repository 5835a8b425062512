//! Bitstring Status List 1.0: gzip, multibase, and a credential around it.

use data_encoding::BASE64URL_NOPAD;
use idp_jose::Algorithm;
use idp_jose::jws::{Header, Prepared};
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use serde_json::{Value, json};

use super::{Publication, StatusTable};
use crate::format::SigningKey;
use crate::issuer::Issuer;

/// The media type of the list.
pub const MEDIA_TYPE: &str = "application/vc+jwt";

const BASE_CONTEXT: &str = "https://www.w3.org/ns/credentials/v2";
/// Magic number, deflate, no flags, no time, best compression, unknown system (RFC 1952 section 2.3): the same list is the same text.
const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];
const LEVEL: u8 = 9;

/// `encodedList` (section 3.1.3 and 3.3).
pub fn encode(table: &StatusTable) -> String {
    let bits = table.bitstring();
    let mut gzip = GZIP_HEADER.to_vec();
    gzip.extend(compress_to_vec(&bits, LEVEL));
    gzip.extend(crc32fast::hash(&bits).to_le_bytes());
    // Modulo 2^32, as the format wants it.
    let size = u32::try_from(bits.len() & 0xffff_ffff).unwrap_or_default();
    gzip.extend(size.to_le_bytes());
    format!("u{}", BASE64URL_NOPAD.encode(&gzip))
}

/// The octets of an `encodedList` of at most `limit` octets, as [`encode`] writes them; other gzip members have optional parts that
/// we do not read.
pub fn decode(text: &str, limit: usize) -> Option<Vec<u8>> {
    let encoded = text
        .strip_prefix('u')
        .filter(|text| text.len() <= limit.saturating_mul(2) + 256)?;
    let gzip = BASE64URL_NOPAD.decode(encoded.as_bytes()).ok()?;
    let (header, rest) = gzip.split_at_checked(GZIP_HEADER.len())?;
    let (deflated, trailer) = rest.split_at_checked(rest.len().checked_sub(8)?)?;
    if header.get(..4) != GZIP_HEADER.get(..4) {
        return None;
    }
    let bits = decompress_to_vec_with_limit(deflated, limit).ok()?;
    let size = u32::try_from(bits.len() & 0xffff_ffff).ok()?;
    let expected = [crc32fast::hash(&bits).to_le_bytes(), size.to_le_bytes()].concat();
    (expected == trailer).then_some(bits)
}

/// Prepares list `number` as a credential (section 2.2), secured as our credentials are. `ttl` is in milliseconds here.
pub fn prepare(
    issuer: &Issuer,
    key: &SigningKey,
    number: u32,
    table: &StatusTable,
    publication: Publication,
) -> Prepared {
    let address = issuer.bitstring_list(number);
    let payload: Value = json!({
        "@context": [BASE_CONTEXT],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer.did(),
        "iss": issuer.did(),
        "validFrom": publication.at.to_rfc3339(),
        "validUntil": publication.expires_at.to_rfc3339(),
        "iat": publication.at.unix_seconds(),
        "exp": publication.expires_at.unix_seconds(),
        "credentialSubject": {
            "id": format!("{address}#list"),
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encode(table),
            "ttl": u64::from(publication.time_to_live) * 1000,
        },
    });
    let kid = format!("{}#{}", issuer.did(), key.thumbprint());
    let header = Header::new(Algorithm::Es256)
        .with_typ("vc+jwt")
        .with_kid(kid)
        .with("cty", "vc");
    Prepared::new(&header, payload.to_string().as_bytes())
}

/// Why a list was not given (section 4, as RFC 9457 problem types).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusProblem {
    /// The list cannot be had.
    Retrieval,
    /// The list is malformed or too short.
    Length,
    /// The index is outside.
    Range,
}

impl StatusProblem {
    /// `type` of the problem.
    pub const fn type_uri(self) -> &'static str {
        match self {
            Self::Retrieval => "https://www.w3.org/ns/credentials/status-list#STATUS_RETRIEVAL_ERROR",
            Self::Length => "https://www.w3.org/ns/credentials/status-list#STATUS_LIST_LENGTH_ERROR",
            Self::Range => "https://www.w3.org/ns/credentials/status-list#RANGE_ERROR",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::table::ENTRIES;

    #[test]
    fn a_list_reads_back_bit_for_bit() {
        let table = StatusTable::with_revoked((0..ENTRIES).step_by(977)).unwrap();
        let text = encode(&table);
        let bits = decode(&text, 1 << 17).unwrap();
        assert_eq!(bits, table.bitstring());
        for index in [0, 1, 977, 978] {
            let bit = bits[usize::try_from(index / 8).unwrap()] >> (7 - index % 8) & 1 == 1;
            assert_eq!(table.is_revoked(index), Ok(bit));
        }
        assert_eq!(text, encode(&table));
        assert!(encode(&StatusTable::new()).len() < 400);
    }

    #[test]
    fn damage_and_bombs_are_refused() {
        let text = encode(&StatusTable::new());
        assert_eq!(decode(&text, (1 << 17) - 1), None);
        assert_eq!(decode(&text[1..], 1 << 17), None);
        let mut damaged = BASE64URL_NOPAD.decode(&text.as_bytes()[1..]).unwrap();
        let last = damaged.len() - 6;
        damaged[last] ^= 1;
        assert_eq!(
            decode(&format!("u{}", BASE64URL_NOPAD.encode(&damaged)), 1 << 17),
            None
        );
        assert_eq!(decode("u", 10), None);
        assert_eq!(decode("uH4sIAAAAAAAA", 10), None);
    }
}
