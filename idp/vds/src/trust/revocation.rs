//! Certificate revocation lists (RFC 5280 section 5): complete ones, of one CA, with number and next update.

use std::collections::BTreeSet;

use der::Decode;
use der::asn1::Uint;
use der::oid::ObjectIdentifier;
use idp_jose::Verifier;
use idp_types::Timestamp;
use x509_cert::Version;
use x509_cert::crl::TbsCertList;

use super::bundle::FILE_LIMIT;
use super::certificate::{AuthorityCertificate, CertificateError};
use super::x509::{Envelope, Extensions, check_algorithm, from_time};

pub(super) const CRL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");

/// A revocation list that the CA signed.
#[derive(Debug, Clone)]
pub struct CertificateRevocationList {
    number: u64,
    this_update: Timestamp,
    next_update: Timestamp,
    serials: BTreeSet<Vec<u8>>,
}

impl CertificateRevocationList {
    /// Reads a list and checks that the CA signed it.
    ///
    /// # Errors
    /// [`CertificateError`] when it is not a complete list of this CA. A critical extension refuses the list, because those
    /// make it a partial or an indirect one (RFC 5280 sections 5.2.4 and 5.2.5).
    pub fn read(
        bytes: &[u8],
        authority: &AuthorityCertificate,
        verifier: &dyn Verifier,
    ) -> Result<Self, CertificateError> {
        if bytes.len() > FILE_LIMIT {
            return Err(CertificateError::TooLong);
        }
        let envelope = Envelope::open(bytes)?;
        envelope.verify(verifier, authority.key())?;
        let list = TbsCertList::from_der(envelope.to_be_signed)?;
        if list.version != Version::V2 {
            return Err(CertificateError::Version);
        }
        check_algorithm(&list.signature)?;
        if list.issuer != *authority.subject() {
            return Err(CertificateError::Issuer);
        }
        let extensions = Extensions::check(list.crl_extensions.as_ref(), &[])?;
        let number: Uint = extensions.find(CRL_NUMBER)?.ok_or(CertificateError::Frame)?;
        Ok(Self {
            number: small(&number)?,
            this_update: from_time(list.this_update),
            next_update: from_time(list.next_update.ok_or(CertificateError::Frame)?),
            serials: serials(&list)?,
        })
    }

    /// Its number, which grows with every issue.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// When it was issued.
    pub const fn this_update(&self) -> Timestamp {
        self.this_update
    }

    /// When the next is due.
    pub const fn next_update(&self) -> Timestamp {
        self.next_update
    }

    /// Whether the certificate with this serial number is revoked. The date of revocation does not matter: who has the key
    /// of a revoked certificate can write any signing time into a seal.
    pub fn revokes(&self, serial: &[u8]) -> bool {
        self.serials.contains(serial)
    }
}

fn serials(list: &TbsCertList) -> Result<BTreeSet<Vec<u8>>, CertificateError> {
    let entries = list.revoked_certificates.as_deref().unwrap_or_default();
    entries
        .iter()
        .map(|entry| {
            Extensions::check(entry.crl_entry_extensions.as_ref(), &[])?;
            Ok(entry.serial_number.as_bytes().to_vec())
        })
        .collect()
}

/// A list number of at most 64 bits; RFC 5280 allows twenty bytes, and nobody counts that far.
fn small(number: &Uint) -> Result<u64, CertificateError> {
    let bytes = number.as_bytes();
    if bytes.len() > 8 {
        return Err(CertificateError::Frame);
    }
    Ok(bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}
