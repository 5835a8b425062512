//! The two forms of an ECDSA P-256 signature that this crate writes: low-S `r || s` in seals, DER in certificates.

use der::asn1::UintRef;
use der::{Decode, Encode, Sequence};

/// The order of P-256 (FIPS 186-5, SP 800-186 section 3.2.1.3).
const ORDER: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, //
    0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
];

/// The same signature with the smaller of `s` and `n - s`. Signatures are public, so time may depend on them.
pub(crate) fn with_low_s(signature: [u8; 64]) -> [u8; 64] {
    let mut low = signature;
    if let Some((_, s)) = low.split_last_chunk_mut::<32>() {
        let negated = order_minus(s);
        if negated < *s {
            *s = negated;
        }
    }
    low
}

/// `n - s` for `s <= n`, big-endian.
fn order_minus(s: &[u8; 32]) -> [u8; 32] {
    let mut difference = [0; 32];
    let mut borrow = false;
    for ((out, minuend), subtrahend) in difference.iter_mut().zip(ORDER).zip(s).rev() {
        let (partial, first) = minuend.overflowing_sub(*subtrahend);
        let (digit, second) = partial.overflowing_sub(u8::from(borrow));
        *out = digit;
        borrow = first || second;
    }
    difference
}

#[derive(Sequence)]
struct EcdsaSigValue<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// `Ecdsa-Sig-Value` (RFC 3279 section 2.2.3).
pub(crate) fn to_der(signature: &[u8; 64]) -> der::Result<Vec<u8>> {
    let (r, s) = signature.split_at(32);
    EcdsaSigValue {
        r: UintRef::new(r)?,
        s: UintRef::new(s)?,
    }
    .to_der()
}

/// `r || s` of an `Ecdsa-Sig-Value`, strictly DER. Whether the numbers are in range is the verifier's to say.
pub(crate) fn from_der(bytes: &[u8]) -> Option<[u8; 64]> {
    let value = EcdsaSigValue::from_der(bytes).ok()?;
    let mut raw = [0; 64];
    for (half, number) in raw.as_chunks_mut::<32>().0.iter_mut().zip([value.r, value.s]) {
        let number = number.as_bytes();
        let start = half.len().checked_sub(number.len())?;
        half.get_mut(start..)?.copy_from_slice(number);
    }
    Some(raw)
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::Signature;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn both_forms_agree_with_the_curve_library(r: [u8; 32], s: [u8; 32]) {
            let Ok(signature) = Signature::from_scalars(r, s) else { return Ok(()) };
            let raw: [u8; 64] = signature.to_bytes().into();
            let low: [u8; 64] = signature.normalize_s().to_bytes().into();
            prop_assert_eq!(with_low_s(raw), low);
            prop_assert_eq!(with_low_s(low), low);
            let der = signature.to_der();
            prop_assert_eq!(to_der(&raw).unwrap(), der.as_bytes());
            prop_assert_eq!(from_der(der.as_bytes()), Some(raw));
        }
    }
}
