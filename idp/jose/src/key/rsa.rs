//! RSA public keys (RFC 7518 section 6.3.1, RFC 8017 appendix A.1.1).

use std::fmt;

use super::KeyError;

/// RFC 7518 section 3.3 asks for 2048 bits or more; above 8192 a signature check is a way to keep a server busy.
const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;
/// Below 2^16 + 1 an exponent is not approved (FIPS 186-5 section A.1.1); above 2^33 native libraries refuse it.
const EXPONENT: std::ops::Range<u64> = 65_537..(1 << 33);

/// An RSA public key of acceptable size. Whether the modulus is a product of two primes cannot be seen.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RsaPublicKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl RsaPublicKey {
    /// From modulus and exponent, big-endian and without leading zero bytes (RFC 7518 section 6.3.1.1).
    ///
    /// # Errors
    /// [`KeyError::Unsupported`] for a modulus outside 2048 to 8192 bits or an exponent outside 2^16 + 1 to 2^33;
    /// [`KeyError::Invalid`] for an even number or a leading zero.
    pub fn from_components(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        for number in [modulus, exponent] {
            let odd = number.last().is_some_and(|last| last & 1 == 1);
            if !odd || number.first() == Some(&0) {
                return Err(KeyError::Invalid);
            }
        }
        if !MODULUS_BITS.contains(&bits(modulus)) || bits(exponent) > 64 {
            return Err(KeyError::Unsupported);
        }
        let value = exponent
            .iter()
            .fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
        if !EXPONENT.contains(&value) {
            return Err(KeyError::Unsupported);
        }
        Ok(Self {
            modulus: modulus.to_vec(),
            exponent: exponent.to_vec(),
        })
    }

    /// From DER `RSAPublicKey` (RFC 8017 appendix A.1.1), the form native key pairs export.
    ///
    /// # Errors
    /// As [`Self::from_components`]; [`KeyError::Invalid`] for anything but the one DER of the key.
    pub fn from_pkcs1_der(der: &[u8]) -> Result<Self, KeyError> {
        let numbers = read_element(0x30, der).ok_or(KeyError::Invalid)?.0;
        let (modulus, rest) = read_element(0x02, numbers).ok_or(KeyError::Invalid)?;
        let (exponent, _) = read_element(0x02, rest).ok_or(KeyError::Invalid)?;
        let unsigned = |number| <[u8]>::strip_prefix(number, &[0]).unwrap_or(number);
        let key = Self::from_components(unsigned(modulus), unsigned(exponent))?;
        // The reader above is lax on purpose; writing the key again decides whether this was its DER.
        if key.to_pkcs1_der() == der {
            Ok(key)
        } else {
            Err(KeyError::Invalid)
        }
    }

    /// The modulus `n`, big-endian without leading zero.
    pub fn n(&self) -> &[u8] {
        &self.modulus
    }

    /// The exponent `e`, big-endian without leading zero.
    pub fn e(&self) -> &[u8] {
        &self.exponent
    }

    /// DER `RSAPublicKey` (RFC 8017 appendix A.1.1), the form native verifiers read.
    pub fn to_pkcs1_der(&self) -> Vec<u8> {
        let body = [der_unsigned(&self.modulus), der_unsigned(&self.exponent)].concat();
        der_element(0x30, &body)
    }
}

impl fmt::Debug for RsaPublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RsaPublicKey({} bits)", bits(&self.modulus))
    }
}

fn bits(number: &[u8]) -> usize {
    let leading = number.first().map_or(0, |first| first.leading_zeros() as usize);
    number.len() * 8 - leading
}

/// The content of the first element, which must have this tag, and what follows it.
fn read_element(tag: u8, input: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, rest) = input.split_first()?;
    let (short, rest) = rest.split_first()?;
    let count = if *short < 0x80 {
        0
    } else {
        usize::from(*short & 0x7f)
    };
    if *first != tag || count > 2 {
        return None;
    }
    let (long, rest) = rest.split_at_checked(count)?;
    let length = if count == 0 {
        usize::from(*short)
    } else {
        long.iter()
            .fold(0, |length, byte| length << 8 | usize::from(*byte))
    };
    rest.split_at_checked(length)
}

fn der_unsigned(number: &[u8]) -> Vec<u8> {
    let negative = number.first().is_some_and(|first| first & 0x80 != 0);
    let content = if negative {
        [&[0], number].concat()
    } else {
        number.to_vec()
    };
    der_element(0x02, &content)
}

fn der_element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length) if length < 0x80 => out.push(length),
        _ => {
            let length = content.len().to_be_bytes();
            let significant: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
            // At most eight bytes, so that the count always fits.
            out.push(0x80 | u8::try_from(significant.len()).unwrap_or(8));
            out.extend(significant);
        }
    }
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modulus(bytes: usize) -> Vec<u8> {
        let mut modulus = vec![0x81; bytes];
        modulus[0] = 0x80;
        modulus
    }

    #[test]
    fn sizes_and_parity_are_checked() {
        let exponent = [1, 0, 1];
        assert!(RsaPublicKey::from_components(&modulus(256), &exponent).is_ok());
        assert!(RsaPublicKey::from_components(&modulus(1024), &exponent).is_ok());
        let refused =
            |modulus: &[u8], exponent: &[u8]| RsaPublicKey::from_components(modulus, exponent).err();
        assert_eq!(refused(&modulus(255), &exponent), Some(KeyError::Unsupported));
        assert_eq!(refused(&modulus(1025), &exponent), Some(KeyError::Unsupported));
        assert_eq!(refused(&modulus(256), &[3]), Some(KeyError::Unsupported));
        assert_eq!(
            refused(&modulus(256), &[2, 0, 0, 0, 1]),
            Some(KeyError::Unsupported)
        );
        assert_eq!(refused(&modulus(256), &[1; 9]), Some(KeyError::Unsupported));
        assert_eq!(refused(&modulus(256), &[1, 0, 0]), Some(KeyError::Invalid));
        assert_eq!(
            refused(&[&[0], &modulus(256)[..]].concat(), &exponent),
            Some(KeyError::Invalid)
        );
        assert_eq!(refused(&[], &exponent), Some(KeyError::Invalid));
    }

    #[test]
    fn der_has_the_long_length_and_the_sign_byte() {
        let der = RsaPublicKey::from_components(&modulus(256), &[1, 0, 1])
            .unwrap()
            .to_pkcs1_der();
        assert_eq!(der[..9], [0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00]);
        assert_eq!(der[der.len() - 5..], [0x02, 0x03, 1, 0, 1]);
    }

    #[test]
    fn only_the_one_der_is_read() {
        let key = RsaPublicKey::from_components(&modulus(256), &[1, 0, 1]).unwrap();
        let der = key.to_pkcs1_der();
        assert_eq!(RsaPublicKey::from_pkcs1_der(&der), Ok(key));
        for length in 0..der.len() {
            assert!(RsaPublicKey::from_pkcs1_der(&der[..length]).is_err());
        }
        let trailing = [&der[..], &[0]].concat();
        assert_eq!(RsaPublicKey::from_pkcs1_der(&trailing), Err(KeyError::Invalid));
        let mut negative = der;
        negative[8] = 0x80;
        assert_eq!(RsaPublicKey::from_pkcs1_der(&negative), Err(KeyError::Invalid));
    }
}
