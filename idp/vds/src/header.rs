//! The header of a seal (profile 3): who signed, what it claims to be, when, and how long the payload is.
//!
//! Layouts are behind [`HeaderCodec`], because the one of ISO 22376:2023 is not public; [`HeaderV2`] is the only layout with
//! public proof. A seal of another version is a typed refusal, never a guess.

use std::fmt;
use std::str::FromStr;

use idp_types::Timestamp;

use crate::c40;
use crate::manifest::ManifestId;

/// The first byte of every seal.
pub const MARKER: u8 = 0xDE;

/// Why bytes are not a header, or a header cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// The bytes end inside the header.
    #[error("the header is cut short")]
    Truncated,
    /// The first byte is not 0xDE.
    #[error("the first byte is not the seal marker 0xDE")]
    Marker,
    /// The layout of this version is unknown here.
    #[error("header version {0:#04x} is not supported")]
    Version(u8),
    /// The certificate reference is not nine characters of the C40 basic set.
    #[error("the certificate reference is not C40 text")]
    CertificateReference,
    /// The signing time is outside the 32 bits that the layout has for it.
    #[error("the signing time does not fit into 32 bits")]
    SigningTime,
}

/// Which certificate signed: four characters of CA identifier, four of certificate identifier, one of padding.
///
/// Deployed software splits the nine characters 4 + 4 + 1 and ignores the last, so equality of certificates is equality of
/// [`Self::certificate_key`]; `0` is written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CertificateReference([u8; 9]);

impl CertificateReference {
    /// From the CA identifier and the certificate identifier, four characters each of `A-Z`, `0-9`.
    ///
    /// # Errors
    /// [`HeaderError::CertificateReference`] when either is not.
    pub fn new(authority: &str, certificate: &str) -> Result<Self, HeaderError> {
        if authority.len() != 4 || certificate.len() != 4 {
            return Err(HeaderError::CertificateReference);
        }
        Self::parse(&format!("{authority}{certificate}0"))
    }

    /// From the nine characters.
    ///
    /// # Errors
    /// [`HeaderError::CertificateReference`] when the text is not nine characters of `A-Z`, `0-9` and space.
    pub fn parse(text: &str) -> Result<Self, HeaderError> {
        let bytes: [u8; 9] = text
            .as_bytes()
            .try_into()
            .map_err(|_| HeaderError::CertificateReference)?;
        c40::encode(&bytes)
            .map(|_| Self(bytes))
            .ok_or(HeaderError::CertificateReference)
    }

    /// All nine characters.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The four characters that name the CA.
    pub fn authority(&self) -> &str {
        self.as_str().get(..4).unwrap_or_default()
    }

    /// The eight characters that name the certificate among all of a trust list.
    pub fn certificate_key(&self) -> &str {
        self.as_str().get(..8).unwrap_or_default()
    }

    fn from_packed(packed: [u8; 6]) -> Result<Self, HeaderError> {
        c40::decode(packed)
            .map(Self)
            .ok_or(HeaderError::CertificateReference)
    }

    fn packed(&self) -> Result<[u8; 6], HeaderError> {
        c40::encode(&self.0).ok_or(HeaderError::CertificateReference)
    }
}

impl fmt::Display for CertificateReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CertificateReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateReference({})", self.as_str())
    }
}

impl FromStr for CertificateReference {
    type Err = HeaderError;
    fn from_str(text: &str) -> Result<Self, HeaderError> {
        Self::parse(text)
    }
}

/// What a header says, whatever its layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Who signed.
    pub certificate: CertificateReference,
    /// What the payload's fields mean.
    pub manifest: ManifestId,
    /// When it was signed, whole seconds.
    pub signed_at: Timestamp,
    /// The length of the payload in bytes.
    pub payload_length: u16,
}

/// One layout of the header.
pub trait HeaderCodec: Send + Sync {
    /// The version byte of this layout.
    fn version(&self) -> u8;

    /// Reads the header at the start of `bytes`; answers with it and the number of bytes that it takes.
    ///
    /// # Errors
    /// [`HeaderError`] when the bytes are not a header of this layout.
    fn read(&self, bytes: &[u8]) -> Result<(Header, usize), HeaderError>;

    /// Writes the header.
    ///
    /// # Errors
    /// [`HeaderError::SigningTime`] when the layout cannot express the signing time.
    fn write(&self, header: &Header) -> Result<Vec<u8>, HeaderError>;
}

/// Version byte 0x02, 17 bytes: marker, version, six bytes of C40, manifest id and version, `u32` Unix time, `u16` length.
#[derive(Debug, Clone, Copy, Default)]
pub struct HeaderV2;

impl HeaderV2 {
    /// The length of this layout.
    pub const LENGTH: usize = 17;
}

impl HeaderCodec for HeaderV2 {
    fn version(&self) -> u8 {
        0x02
    }

    fn read(&self, bytes: &[u8]) -> Result<(Header, usize), HeaderError> {
        version_of(bytes).and_then(|found| match found {
            0x02 => Ok(()),
            other => Err(HeaderError::Version(other)),
        })?;
        let fixed = bytes
            .first_chunk::<{ Self::LENGTH }>()
            .ok_or(HeaderError::Truncated)?;
        let [_, _, reference @ .., m0, m1, m2, t0, t1, t2, t3, l0, l1] = *fixed;
        let header = Header {
            certificate: CertificateReference::from_packed(reference)?,
            manifest: ManifestId::new([m0, m1, m2]),
            signed_at: Timestamp::from_unix_seconds(i64::from(u32::from_be_bytes([t0, t1, t2, t3]))),
            payload_length: u16::from_be_bytes([l0, l1]),
        };
        Ok((header, Self::LENGTH))
    }

    fn write(&self, header: &Header) -> Result<Vec<u8>, HeaderError> {
        let seconds = u32::try_from(header.signed_at.unix_seconds()).map_err(|_| HeaderError::SigningTime)?;
        let mut out = Vec::with_capacity(Self::LENGTH);
        out.extend_from_slice(&[MARKER, self.version()]);
        out.extend_from_slice(&header.certificate.packed()?);
        out.extend_from_slice(&header.manifest.to_bytes());
        out.extend_from_slice(&seconds.to_be_bytes());
        out.extend_from_slice(&header.payload_length.to_be_bytes());
        Ok(out)
    }
}

fn version_of(bytes: &[u8]) -> Result<u8, HeaderError> {
    match bytes {
        [MARKER, version, ..] => Ok(*version),
        [] | [MARKER] => Err(HeaderError::Truncated),
        _ => Err(HeaderError::Marker),
    }
}

/// The layout that the first two bytes name.
///
/// # Errors
/// [`HeaderError::Version`] for a layout that is not known here, [`HeaderError::Marker`] and [`HeaderError::Truncated`] for
/// bytes that are no seal at all.
pub fn codec_of(bytes: &[u8]) -> Result<&'static dyn HeaderCodec, HeaderError> {
    match version_of(bytes)? {
        0x02 => Ok(&HeaderV2),
        other => Err(HeaderError::Version(other)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn published() -> Header {
        Header {
            certificate: CertificateReference::parse("CA0100040").unwrap(),
            manifest: "FFFF01".parse().unwrap(),
            signed_at: Timestamp::parse_rfc3339("2023-01-11T09:05:24Z").unwrap(),
            payload_length: 0x00A4,
        }
    }

    #[test]
    fn the_published_example_reads_and_writes() {
        let bytes = [
            0xDE, 0x02, 0x66, 0x35, 0x1F, 0xE5, 0x1A, 0x45, 0xFF, 0xFF, 0x01, 0x63, 0xBE, 0x7B, 0xD4, 0x00,
            0xA4,
        ];
        assert_eq!(HeaderV2.read(&bytes), Ok((published(), 17)));
        assert_eq!(HeaderV2.write(&published()).unwrap(), bytes);
        assert_eq!(HeaderV2.read(&bytes[..16]), Err(HeaderError::Truncated));
    }

    #[test]
    fn the_reference_splits_four_four_one() {
        let reference = CertificateReference::new("FR05", "FIN1").unwrap();
        assert_eq!(reference.as_str(), "FR05FIN10");
        assert_eq!(reference.authority(), "FR05");
        assert_eq!(reference.certificate_key(), "FR05FIN1");
        assert!(CertificateReference::new("FR055", "IN1").is_err());
        assert!(CertificateReference::new("fr05", "FIN1").is_err());
    }

    #[test]
    fn other_versions_are_a_typed_refusal() {
        for version in [0x00, 0x01, 0x03, 0x04, 0x23, 0xAF] {
            let bytes = [MARKER, version, 0, 0];
            assert_eq!(codec_of(&bytes).err(), Some(HeaderError::Version(version)));
            assert_eq!(HeaderV2.read(&bytes), Err(HeaderError::Version(version)));
        }
        assert_eq!(codec_of(b"DC04").err(), Some(HeaderError::Marker));
        assert_eq!(codec_of(&[MARKER]).err(), Some(HeaderError::Truncated));
        assert_eq!(codec_of(&[]).err(), Some(HeaderError::Truncated));
    }

    #[test]
    fn times_outside_the_field_are_not_written() {
        for seconds in [-1, 1 << 32] {
            let header = Header {
                signed_at: Timestamp::from_unix_seconds(seconds),
                ..published()
            };
            assert_eq!(HeaderV2.write(&header), Err(HeaderError::SigningTime));
        }
    }

    proptest! {
        #[test]
        fn what_reads_writes_the_same(tail: [u8; 15]) {
            let bytes = [[MARKER, 2].as_slice(), &tail].concat();
            if let Ok((header, length)) = HeaderV2.read(&bytes) {
                prop_assert_eq!(length, HeaderV2::LENGTH);
                prop_assert_eq!(HeaderV2.write(&header).unwrap(), bytes);
            }
        }
    }
}
