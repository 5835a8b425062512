//! P-256 public keys (SEC 1 section 2.3, RFC 5480).

use std::fmt;

use crate::base64::BASE64;
use data_encoding::HEXLOWER;
use p256::elliptic_curve::point::AffineCoordinates as _;
use p256::elliptic_curve::sec1::ToSec1Point as _;

use super::KeyError;

/// `SubjectPublicKeyInfo` of an uncompressed P-256 point up to the point itself (RFC 5480 section 2).
const SPKI_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// The same for a compressed point.
const SPKI_PREFIX_COMPRESSED: [u8; 26] = [
    0x30, 0x39, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x22, 0x00,
];
const PEM_BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const PEM_END: &str = "-----END PUBLIC KEY-----";
/// A PEM text of a P-256 key has 178 characters; the rest is room for line ends.
const PEM_LIMIT: usize = 1024;

/// A point of P-256 that is on the curve and not the identity, as 65 uncompressed bytes.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EcPublicKey([u8; 65]);

impl EcPublicKey {
    /// From a SEC 1 point, uncompressed (65 bytes) or compressed (33 bytes).
    ///
    /// # Errors
    /// [`KeyError::Invalid`] for any other encoding and for a point that is not on the curve.
    pub fn from_sec1(bytes: &[u8]) -> Result<Self, KeyError> {
        // The `compact` and `identity` encodings that a library may accept have no place in any profile of ours.
        if !matches!((bytes.first(), bytes.len()), (Some(2 | 3), 33) | (Some(4), 65)) {
            return Err(KeyError::Invalid);
        }
        let point = p256::PublicKey::from_sec1_bytes(bytes).map_err(|_| KeyError::Invalid)?;
        Self::from_point(&point)
    }

    /// From the two coordinates, 32 bytes each.
    ///
    /// # Errors
    /// [`KeyError::Invalid`] when the point is not on the curve.
    pub fn from_coordinates(x: &[u8; 32], y: &[u8; 32]) -> Result<Self, KeyError> {
        // Not by way of SEC 1, so that who reads keys as JWK alone has no square roots aboard.
        point(x, y).ok_or(KeyError::Invalid)?;
        let mut bytes = [4; 65];
        let (left, right) = bytes.split_at_mut(33);
        left.iter_mut().skip(1).zip(x).for_each(|(to, from)| *to = *from);
        right.copy_from_slice(y);
        Ok(Self(bytes))
    }

    /// The point as the p256 crate has it. It is on the curve, so there always is one.
    pub fn to_affine(&self) -> Option<p256::AffinePoint> {
        let (_, coordinates) = self.0.split_first()?;
        let (x, y) = coordinates.split_first_chunk::<32>()?;
        point(x, y.first_chunk()?)
    }

    pub(crate) fn from_point(point: &p256::PublicKey) -> Result<Self, KeyError> {
        let encoded = point.to_sec1_point(false);
        encoded
            .as_bytes()
            .try_into()
            .map(Self)
            .map_err(|_| KeyError::Invalid)
    }

    pub(crate) fn to_point(&self) -> Result<p256::PublicKey, KeyError> {
        p256::PublicKey::from_sec1_bytes(&self.0).map_err(|_| KeyError::Invalid)
    }

    /// From a DER `SubjectPublicKeyInfo` with the named curve (RFC 5480). There is one DER for each form of the point, so
    /// the bytes before the point are compared, not interpreted.
    ///
    /// # Errors
    /// [`KeyError::Unsupported`] for another algorithm or curve, [`KeyError::Invalid`] for a bad point.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        let point = der
            .strip_prefix(&SPKI_PREFIX)
            .filter(|point| point.len() == 65)
            .or_else(|| {
                der.strip_prefix(&SPKI_PREFIX_COMPRESSED)
                    .filter(|point| point.len() == 33)
            })
            .ok_or(KeyError::Unsupported)?;
        Self::from_sec1(point)
    }

    /// From a PEM `PUBLIC KEY` (RFC 7468 section 13). Lines may have any width and either line end, because phones
    /// wrap them in many ways; the base64 inside must be canonical, and nothing may stand around it.
    ///
    /// # Errors
    /// [`KeyError::Invalid`] when it is no such PEM, otherwise as [`Self::from_spki_der`].
    pub fn from_spki_pem(pem: &str) -> Result<Self, KeyError> {
        if pem.len() > PEM_LIMIT {
            return Err(KeyError::Invalid);
        }
        let body = pem
            .trim_ascii()
            .strip_prefix(PEM_BEGIN)
            .and_then(|rest| rest.strip_suffix(PEM_END));
        let text: Vec<u8> = body
            .ok_or(KeyError::Invalid)?
            .bytes()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        let der = BASE64.decode(&text).map_err(|_| KeyError::Invalid)?;
        Self::from_spki_der(&der)
    }

    /// The uncompressed SEC 1 point.
    pub const fn to_sec1(&self) -> &[u8; 65] {
        &self.0
    }

    /// DER `SubjectPublicKeyInfo` with the named curve and the uncompressed point.
    pub fn to_spki_der(&self) -> Vec<u8> {
        [&SPKI_PREFIX[..], &self.0[..]].concat()
    }

    /// PEM `PUBLIC KEY` with lines of 64 characters and a final line end.
    pub fn to_spki_pem(&self) -> String {
        let text = BASE64.encode(&self.to_spki_der());
        let (first, second) = text.split_at(text.len().min(64));
        format!("{PEM_BEGIN}\n{first}\n{second}\n{PEM_END}\n")
    }

    /// The x coordinate, big-endian.
    pub fn x(&self) -> &[u8] {
        self.0.get(1..33).unwrap_or_default()
    }

    /// The y coordinate, big-endian.
    pub fn y(&self) -> &[u8] {
        self.0.get(33..).unwrap_or_default()
    }
}

/// The point with these coordinates, which is never the identity; `None` when it is not on the curve.
fn point(x: &[u8; 32], y: &[u8; 32]) -> Option<p256::AffinePoint> {
    p256::AffinePoint::from_coordinates(&(*x).into(), &(*y).into()).into_option()
}

impl fmt::Debug for EcPublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "EcPublicKey({})", HEXLOWER.encode(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> EcPublicKey {
        let secret = p256::SecretKey::from_slice(&[9; 32]).unwrap();
        EcPublicKey::from_point(&secret.public_key()).unwrap()
    }

    #[test]
    fn every_form_leads_back_to_the_key() {
        let key = key();
        let pem = key.to_spki_pem();
        assert_eq!(EcPublicKey::from_sec1(key.to_sec1()), Ok(key.clone()));
        assert_eq!(EcPublicKey::from_spki_der(&key.to_spki_der()), Ok(key.clone()));
        assert_eq!(EcPublicKey::from_spki_pem(&pem), Ok(key.clone()));
        assert_eq!(
            EcPublicKey::from_spki_pem(&pem.replace('\n', "\r\n")),
            Ok(key.clone())
        );
        let one_line = format!("{PEM_BEGIN}\n{}\n{PEM_END}", BASE64.encode(&key.to_spki_der()));
        assert_eq!(EcPublicKey::from_spki_pem(&one_line), Ok(key.clone()));
        let (x, y) = (key.x().try_into().unwrap(), key.y().try_into().unwrap());
        assert_eq!(EcPublicKey::from_coordinates(x, y), Ok(key));
    }

    #[test]
    fn the_library_writes_the_same_der_and_pem() {
        use p256::pkcs8::EncodePublicKey as _;
        let key = key();
        let point = key.to_point().unwrap();
        assert_eq!(point.to_public_key_der().unwrap().as_bytes(), key.to_spki_der());
        let pem = point.to_public_key_pem(p256::pkcs8::LineEnding::LF).unwrap();
        assert_eq!(pem, key.to_spki_pem());
    }

    #[test]
    fn a_compressed_point_is_expanded() {
        let key = key();
        let compressed = key.to_point().unwrap().to_sec1_point(true);
        assert_eq!(EcPublicKey::from_sec1(compressed.as_bytes()), Ok(key.clone()));
        let der = [&SPKI_PREFIX_COMPRESSED[..], compressed.as_bytes()].concat();
        assert_eq!(EcPublicKey::from_spki_der(&der), Ok(key));
    }

    #[test]
    fn what_is_no_point_is_refused() {
        let mut off_curve = *key().to_sec1();
        off_curve[64] ^= 1;
        let mut compact = off_curve[..33].to_vec();
        compact[0] = 5;
        for bytes in [&off_curve[..], &[0], &[], &compact, &off_curve[..64]] {
            assert_eq!(EcPublicKey::from_sec1(bytes), Err(KeyError::Invalid));
        }
        let mut trailing = key().to_spki_der();
        trailing.push(0);
        assert_eq!(EcPublicKey::from_spki_der(&trailing), Err(KeyError::Unsupported));
        let pem = key().to_spki_pem().replace("PUBLIC KEY", "PRIVATE KEY");
        assert_eq!(EcPublicKey::from_spki_pem(&pem), Err(KeyError::Invalid));
    }
}
