//! The key that a proof names, by value or by an identifier that contains it.

use idp_jose::{EcPublicKey, Jwk, PublicKey};
use idp_types::encoding::from_base64url;

/// The multicodec prefix of a compressed P-256 point.
const P256_PREFIX: [u8; 2] = [0x80, 0x24];
const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// A P-256 `did:key` has 49 characters behind its prefix.
const BASE58_LIMIT: usize = 64;

/// The key of a DID URL: `did:jwk` or a P-256 `did:key`. Nothing is fetched, so that no other method is known.
pub fn resolve(kid: &str) -> Option<Jwk> {
    let did = kid.split('#').next()?;
    if let Some(encoded) = did.strip_prefix("did:jwk:") {
        return Jwk::parse(&from_base64url(encoded)?).ok();
    }
    let bytes = base58(did.strip_prefix("did:key:z")?)?;
    let point = bytes.strip_prefix(&P256_PREFIX)?;
    let key = EcPublicKey::from_sec1(point).ok()?;
    Some(Jwk::new(PublicKey::P256(key)))
}

fn base58(text: &str) -> Option<Vec<u8>> {
    if text.len() > BASE58_LIMIT {
        return None;
    }
    let mut bytes: Vec<u8> = Vec::new();
    for symbol in text.bytes() {
        let digit = BASE58.iter().position(|own| *own == symbol)?;
        let mut carry = u32::try_from(digit).ok()?;
        for byte in &mut bytes {
            carry += u32::from(*byte) * 58;
            *byte = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        while carry > 0 {
            bytes.push(carry.to_le_bytes()[0]);
            carry >>= 8;
        }
    }
    let zeros = text.bytes().take_while(|symbol| *symbol == b'1').count();
    bytes.extend(std::iter::repeat_n(0, zeros));
    bytes.reverse();
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use idp_types::encoding::{base64url, lowerhex};

    use super::*;

    #[test]
    fn identifiers_give_their_keys() {
        let jwk = Jwk::new(crate::format::tests::public(4));
        let did = format!("did:jwk:{}", base64url(jwk.to_value().to_string().as_bytes()));
        assert_eq!(resolve(&format!("{did}#0")), Some(jwk));
        // The first P-256 example of the did:key specification.
        let example = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169";
        let key = resolve(&format!(
            "{example}#zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169"
        ))
        .unwrap();
        let PublicKey::P256(key) = key.key else { panic!() };
        assert_eq!(
            lowerhex(&key.x()[..4]),
            lowerhex(&from_base64url("fyNYMN0976ci7xqiSdag3buk-ZCwgXU4kz9XNkBlNUI").unwrap()[..4])
        );
        for other in [
            "did:web:a.example",
            "did:key:z6MkhaXg",
            "did:key:z0",
            "did:jwk:e30",
            "kid",
            "",
        ] {
            assert_eq!(resolve(other), None, "{other}");
        }
    }

    #[test]
    fn base58_keeps_leading_zeros() {
        assert_eq!(base58("11"), Some(vec![0, 0]));
        assert_eq!(base58("2g"), Some(vec![0x61]));
        assert_eq!(base58("O"), None);
    }
}
