//! Ed25519 public keys (RFC 8032 section 5.1.5, RFC 8037 section 2).

use std::fmt;

use data_encoding::HEXLOWER;

use super::KeyError;

/// 2^255 - 19, little-endian: an encoded y coordinate lies below it (RFC 8032 section 5.1.3).
const PRIME: [u8; 32] = {
    let mut prime = [0xff; 32];
    prime[0] = 0xed;
    prime[31] = 0x7f;
    prime
};
/// One of the two y coordinates of the points of order eight, little-endian. The other is its negative.
const ORDER_EIGHT: [u8; 32] = [
    0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
    0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
];

/// An encoded point of edwards25519 in its one canonical form, not of small order. Whether there is a point with this y
/// coordinate is for the verifier to see, so that this crate needs no arithmetic of that curve.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Ed25519PublicKey([u8; 32]);

impl Ed25519PublicKey {
    /// From the 32 bytes of RFC 8032 section 5.1.2.
    ///
    /// # Errors
    /// [`KeyError::Invalid`] for another length, for a coordinate that is not reduced, and for a point of small order, for
    /// which anybody can make a signature that holds for many messages.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| KeyError::Invalid)?;
        let mut y = bytes;
        // The highest bit is the sign of x.
        if let Some(last) = y.last_mut() {
            *last &= 0x7f;
        }
        if !is_below(&y, &PRIME) || is_of_small_order(&y) {
            return Err(KeyError::Invalid);
        }
        Ok(Self(bytes))
    }

    /// The encoded point.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Ed25519PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Ed25519PublicKey({})", HEXLOWER.encode(&self.0))
    }
}

/// Compares little-endian numbers.
fn is_below(left: &[u8; 32], right: &[u8; 32]) -> bool {
    left.iter().rev().lt(right.iter().rev())
}

/// The points whose order divides eight have y = 1, -1, 0 or one of the two of order eight.
fn is_of_small_order(y: &[u8; 32]) -> bool {
    let mut one = [0; 32];
    one[0] = 1;
    [[0; 32], one, negative(&one), ORDER_EIGHT, negative(&ORDER_EIGHT)].contains(y)
}

/// The prime minus a number that is below it and not zero.
fn negative(number: &[u8; 32]) -> [u8; 32] {
    let mut borrow = false;
    let mut difference = [0; 32];
    for ((to, minuend), subtrahend) in difference.iter_mut().zip(PRIME).zip(number) {
        let (once, first) = minuend.overflowing_sub(*subtrahend);
        let (twice, second) = once.overflowing_sub(u8::from(borrow));
        *to = twice;
        borrow = first || second;
    }
    difference
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> [u8; 32] {
        HEXLOWER.decode(hex.as_bytes()).unwrap().try_into().unwrap()
    }

    #[test]
    fn the_key_of_rfc_8032_is_taken_as_it_is() {
        // Section 7.1, test 1.
        let key = bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        assert_eq!(Ed25519PublicKey::from_bytes(&key).unwrap().as_bytes(), &key);
        assert_eq!(Ed25519PublicKey::from_bytes(&key[1..]), Err(KeyError::Invalid));
    }

    #[test]
    fn coordinates_that_are_not_reduced_are_refused() {
        let below = bytes("ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
        assert!(Ed25519PublicKey::from_bytes(&below).is_ok());
        for number in [
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        ] {
            let refused = Ed25519PublicKey::from_bytes(&bytes(number));
            assert_eq!(refused, Err(KeyError::Invalid), "{number}");
        }
    }

    #[test]
    fn points_of_small_order_are_refused_with_either_sign() {
        for y in [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        ] {
            let mut point = bytes(y);
            for _ in 0..2 {
                assert_eq!(
                    Ed25519PublicKey::from_bytes(&point),
                    Err(KeyError::Invalid),
                    "{y}"
                );
                point[31] ^= 0x80;
            }
        }
    }
}
