//! Running one's own scheme: CA certificates, signing certificates and certificate revocation lists, prepared here and signed
//! by the caller.

use std::collections::BTreeSet;

use der::asn1::{ContextSpecific, OctetString, Uint};
use der::{Decode, Sequence, TagMode, TagNumber};
use idp_jose::EcPublicKey;
use idp_types::{Timestamp, TrustLevel};
use x509_cert::crl::{RevokedCert, TbsCertList};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::Validity;
use x509_cert::{AlgorithmIdentifier, SubjectPublicKeyInfo, Version};

use super::certificate::{
    AuthorityCertificate, BASIC_CONSTRAINTS, CertificateError, KEY_USAGE, TRUST_LEVEL, USAGE_LIST,
    ValidityPeriod,
};
use super::code::{AuthorityCode, CertificateCode};
use super::revocation::CRL_NUMBER;
use super::x509::{
    AUTHORITY_KEY_IDENTIFIER, PreparedDer, SUBJECT_KEY_IDENTIFIER, algorithm, extension, key_identifier,
    name, to_time,
};
use crate::manifest::ManifestId;

/// What every certificate needs.
#[derive(Debug, Clone, Copy)]
pub struct CertificateTemplate<'a> {
    /// The subject's organization, for people.
    pub organization: &'a str,
    /// The subject's key.
    pub key: &'a EcPublicKey,
    /// When it is valid.
    pub validity: ValidityPeriod,
    /// Sixteen random bytes; unique for each CA.
    pub serial: [u8; 16],
}

/// Prepares a self-signed CA certificate; its own key signs it.
///
/// # Errors
/// [`CertificateError`] when a text or a time cannot be written.
pub fn prepare_authority_certificate(
    authority: &AuthorityCode,
    template: &CertificateTemplate<'_>,
) -> Result<PreparedDer, CertificateError> {
    let subject = name(authority.as_str(), template.organization)?;
    let constraints = BasicConstraints {
        ca: true,
        path_len_constraint: Some(0),
    };
    let usage = KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign);
    let extensions = vec![
        extension(BASIC_CONSTRAINTS, true, &constraints)?,
        extension(KEY_USAGE, true, &usage)?,
        subject_key_identifier(template.key)?,
    ];
    prepare(subject.clone(), subject, template, extensions)
}

/// What a signing certificate may sign.
#[derive(Debug, Clone, Copy)]
pub struct SigningRights<'a> {
    /// The manifests of its seals.
    pub manifests: &'a BTreeSet<ManifestId>,
    /// The trust level of its seals.
    pub trust_level: TrustLevel,
}

/// Prepares a certificate that signs seals; the CA's key signs it.
///
/// # Errors
/// [`CertificateError`] when a text or a time cannot be written.
pub fn prepare_signing_certificate(
    authority: &AuthorityCertificate,
    certificate: &CertificateCode,
    template: &CertificateTemplate<'_>,
    rights: SigningRights<'_>,
) -> Result<PreparedDer, CertificateError> {
    let subject = name(
        &format!("{}{certificate}", authority.code()),
        template.organization,
    )?;
    let usage_list: Vec<OctetString> = rights
        .manifests
        .iter()
        .map(|manifest| OctetString::new(manifest.to_bytes()))
        .collect::<Result<_, _>>()?;
    let extensions = vec![
        extension(KEY_USAGE, true, &KeyUsage(KeyUsages::DigitalSignature.into()))?,
        subject_key_identifier(template.key)?,
        authority_key_identifier(authority.key())?,
        extension(USAGE_LIST, false, &usage_list)?,
        extension(TRUST_LEVEL, false, &rights.trust_level.number())?,
    ];
    prepare(authority.subject().clone(), subject, template, extensions)
}

/// A certificate that is revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokedCertificate {
    /// Its serial number.
    pub serial: Vec<u8>,
    /// When it was revoked.
    pub revoked_at: Timestamp,
}

/// What a certificate revocation list says.
#[derive(Debug, Clone)]
pub struct RevocationTemplate<'a> {
    /// Its number, larger than every earlier one.
    pub number: u64,
    /// When it is issued.
    pub this_update: Timestamp,
    /// When the next is due.
    pub next_update: Timestamp,
    /// Every revoked certificate of the CA.
    pub revoked: &'a [RevokedCertificate],
}

/// Prepares a certificate revocation list; the CA's key signs it.
///
/// # Errors
/// [`CertificateError`] when a serial number or a time cannot be written.
pub fn prepare_revocation_list(
    authority: &AuthorityCertificate,
    template: &RevocationTemplate<'_>,
) -> Result<PreparedDer, CertificateError> {
    let revoked: Vec<RevokedCert> = template
        .revoked
        .iter()
        .map(|entry| {
            Ok(RevokedCert {
                serial_number: SerialNumber::new(&entry.serial)?,
                revocation_date: to_time(entry.revoked_at)?,
                crl_entry_extensions: None,
            })
        })
        .collect::<Result<_, CertificateError>>()?;
    let list = TbsCertList {
        version: Version::V2,
        signature: algorithm(),
        issuer: authority.subject().clone(),
        this_update: to_time(template.this_update)?,
        next_update: Some(to_time(template.next_update)?),
        // RFC 5280 section 5.1.2.6: absent when nothing is revoked.
        revoked_certificates: (!revoked.is_empty()).then_some(revoked),
        crl_extensions: Some(vec![
            authority_key_identifier(authority.key())?,
            extension(CRL_NUMBER, false, &Uint::new(&template.number.to_be_bytes())?)?,
        ]),
    };
    PreparedDer::new(&list)
}

/// `TBSCertificate` version 3 (RFC 5280 section 4.1), without the unique identifiers that nobody writes any more.
#[derive(Sequence)]
struct ToBeSigned {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: Version,
    serial_number: SerialNumber,
    signature: AlgorithmIdentifier,
    issuer: Name,
    validity: Validity,
    subject: Name,
    subject_public_key_info: SubjectPublicKeyInfo,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

fn prepare(
    issuer: Name,
    subject: Name,
    template: &CertificateTemplate<'_>,
    extensions: Vec<Extension>,
) -> Result<PreparedDer, CertificateError> {
    let period = template.validity;
    if period.not_after < period.not_before {
        return Err(CertificateError::Validity);
    }
    PreparedDer::new(&ToBeSigned {
        version: Version::V3,
        serial_number: SerialNumber::new(&positive(template.serial))?,
        signature: algorithm(),
        issuer,
        validity: Validity::new(to_time(period.not_before)?, to_time(period.not_after)?),
        subject,
        subject_public_key_info: SubjectPublicKeyInfo::from_der(&template.key.to_spki_der())?,
        extensions,
    })
}

/// A positive number of always the same length (RFC 5280 section 4.1.2.2).
fn positive(mut serial: [u8; 16]) -> [u8; 16] {
    if let Some(first) = serial.first_mut() {
        *first = *first & 0x7F | 0x40;
    }
    serial
}

fn subject_key_identifier(key: &EcPublicKey) -> Result<Extension, CertificateError> {
    extension(
        SUBJECT_KEY_IDENTIFIER,
        false,
        &OctetString::new(key_identifier(key))?,
    )
}

/// `AuthorityKeyIdentifier` with the key identifier alone (RFC 5280 section 4.2.1.1).
fn authority_key_identifier(key: &EcPublicKey) -> Result<Extension, CertificateError> {
    let identifier = ContextSpecific {
        tag_number: TagNumber(0),
        tag_mode: TagMode::Implicit,
        value: OctetString::new(key_identifier(key))?,
    };
    extension(AUTHORITY_KEY_IDENTIFIER, false, &vec![identifier])
}
