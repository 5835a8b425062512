//! One certificate of a vendor's chain (RFC 5280): read, not yet believed.

use der::asn1::BitString;
use der::oid::ObjectIdentifier;
use der::{Decode, Encode, Reader, SliceReader};
use idp_jose::EcPublicKey;
use idp_types::Timestamp;
use x509_cert::certificate::{TbsCertificate, Version};
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};
use x509_cert::name::Name;
use x509_cert::time::Time;
use x509_cert::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use super::AttestationError;
use crate::trust::CERTIFICATE_LIMIT;

const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");

/// A certificate with the bytes that were signed as they stand.
#[derive(Debug)]
pub(super) struct Certificate<'a> {
    to_be_signed: &'a [u8],
    algorithm: AlgorithmIdentifier,
    signature: Vec<u8>,
    content: TbsCertificate,
}

impl<'a> Certificate<'a> {
    /// Reads a version 3 certificate whose extensions are all distinct (RFC 5280 section 4.2).
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, AttestationError> {
        if bytes.len() > CERTIFICATE_LIMIT {
            return Err(AttestationError::Malformed);
        }
        let mut reader = SliceReader::new(bytes)?;
        let (to_be_signed, algorithm, signature) = reader.sequence(|inner| {
            Ok::<_, der::Error>((
                inner.tlv_bytes()?,
                AlgorithmIdentifier::decode(inner)?,
                BitString::decode(inner)?,
            ))
        })?;
        reader.finish()?;
        let content = TbsCertificate::from_der(to_be_signed)?;
        let signature = signature.as_bytes().ok_or(AttestationError::Malformed)?.to_vec();
        // RFC 5280 section 4.1.1.2: the algorithm stands inside the signed part too.
        if content.version() != Version::V3 || *content.signature() != algorithm || repeats(&content) {
            return Err(AttestationError::Malformed);
        }
        Ok(Self {
            to_be_signed,
            algorithm,
            signature,
            content,
        })
    }

    pub(super) const fn to_be_signed(&self) -> &'a [u8] {
        self.to_be_signed
    }

    pub(super) const fn algorithm(&self) -> &AlgorithmIdentifier {
        &self.algorithm
    }

    pub(super) fn signature(&self) -> &[u8] {
        &self.signature
    }

    pub(super) fn issuer(&self) -> &Name {
        self.content.issuer()
    }

    pub(super) fn subject(&self) -> &Name {
        self.content.subject()
    }

    pub(super) fn serial(&self) -> &[u8] {
        self.content.serial_number().as_bytes()
    }

    pub(super) fn key(&self) -> &SubjectPublicKeyInfo {
        self.content.subject_public_key_info()
    }

    /// The subject's key, where it is one of P-256.
    pub(super) fn p256_key(&self) -> Option<EcPublicKey> {
        EcPublicKey::from_spki_der(&self.key().to_der().ok()?).ok()
    }

    /// The value of an extension.
    pub(super) fn extension(&self, oid: ObjectIdentifier) -> Option<&[u8]> {
        let mut extensions = self.content.extensions().into_iter().flatten();
        let found = extensions.find(|extension| extension.extn_id == oid);
        found.map(|extension| extension.extn_value.as_bytes())
    }

    /// RFC 5280 section 6.1.3 (a) (2).
    pub(super) fn check_validity(&self, now: Timestamp) -> Result<(), AttestationError> {
        let validity = self.content.validity();
        if now.unix_seconds() < seconds(validity.not_before) {
            Err(AttestationError::NotYetValid)
        } else if now.unix_seconds() > seconds(validity.not_after) {
            Err(AttestationError::Expired)
        } else {
            Ok(())
        }
    }

    /// RFC 5280 section 6.1.4 (f) and 6.1.5 (e): a critical extension that is not understood.
    pub(super) fn check_critical(&self) -> Result<(), AttestationError> {
        let mut extensions = self.content.extensions().into_iter().flatten();
        let unknown = extensions.any(|extension| {
            extension.critical && ![BASIC_CONSTRAINTS, KEY_USAGE].contains(&extension.extn_id)
        });
        if unknown {
            Err(AttestationError::Malformed)
        } else {
            Ok(())
        }
    }

    /// RFC 5280 section 6.1.4 (k) to (n): it may issue certificates with `below` authorities between it and the leaf.
    pub(super) fn check_authority(&self, below: usize) -> Result<(), AttestationError> {
        let constraints: Option<BasicConstraints> = self.decode(BASIC_CONSTRAINTS)?;
        let usage: Option<KeyUsage> = self.decode(KEY_USAGE)?;
        let within = |limit: Option<u8>| limit.is_none_or(|limit| below <= usize::from(limit));
        let is_authority =
            constraints.is_some_and(|constraints| constraints.ca && within(constraints.path_len_constraint));
        if is_authority && usage.is_none_or(|usage| usage.key_cert_sign()) {
            Ok(())
        } else {
            Err(AttestationError::NotAuthority)
        }
    }

    fn decode<T: for<'b> Decode<'b, Error = der::Error>>(
        &self,
        oid: ObjectIdentifier,
    ) -> Result<Option<T>, AttestationError> {
        Ok(self.extension(oid).map(T::from_der).transpose()?)
    }
}

fn repeats(content: &TbsCertificate) -> bool {
    let extensions = content.extensions().map(Vec::as_slice).unwrap_or_default();
    extensions.iter().enumerate().any(|(index, extension)| {
        let mut later = extensions.iter().skip(index + 1);
        later.any(|other| other.extn_id == extension.extn_id)
    })
}

fn seconds(time: Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
}
