//! The two kinds of X.509 certificate of a scheme (RFC 5280): its CAs, and the certificates that sign seals.
//!
//! A certificate reference is read from common names: a CA's is its four characters (`XX01`), a signing certificate's the
//! first eight of the reference (`XX010001`). Two private extensions, both non-critical so that other software can look at the
//! certificate, say what it may sign:
//!
//! | object identifier | value |
//! |---|---|
//! | `1.3.6.1.4.1.51528.3.100.1` | usage list: `SEQUENCE OF OCTET STRING`, three bytes for each manifest |
//! | `1.3.6.1.4.1.51528.3.100.2` | trust level of the seals: `INTEGER (1..3)` |

use std::collections::BTreeSet;

use der::asn1::OctetString;
use der::oid::ObjectIdentifier;
use der::{Decode, Encode, pem};
use idp_jose::{EcPublicKey, Verifier};
use idp_types::{Timestamp, TrustLevel};
use x509_cert::certificate::{TbsCertificate, Version};
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};
use x509_cert::name::Name;

use super::code::AuthorityCode;
use super::x509::{Envelope, Extensions, check_algorithm, common_name, from_time};
use crate::manifest::ManifestId;

/// The private extension that lists manifests.
pub const USAGE_LIST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.51528.3.100.1");

/// The private extension that gives seals their trust level.
pub const TRUST_LEVEL: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.51528.3.100.2");

pub(super) const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
pub(super) const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const CERTIFICATE_LABEL: &str = "CERTIFICATE";

/// The largest certificate that is read, in bytes.
pub const CERTIFICATE_LIMIT: usize = 8192;

/// Why a certificate or a certificate revocation list is refused, or cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The bytes are longer than the limit of their kind.
    #[error("is too long")]
    TooLong,
    /// Not DER of the right structure.
    #[error("is not DER of its kind: {0}")]
    Der(#[from] der::Error),
    /// Not PEM of a certificate.
    #[error("is not PEM of a certificate")]
    Pem,
    /// Not version 3 of a certificate, or 2 of a revocation list.
    #[error("has another version")]
    Version,
    /// Not signed with ECDSA and SHA-256.
    #[error("is not signed with ECDSA and SHA-256")]
    Algorithm,
    /// The key is not one of P-256.
    #[error("has no P-256 key")]
    Key,
    /// The issuer did not sign it.
    #[error("is not signed by its issuer")]
    Signature,
    /// The issuer's name is another.
    #[error("has another issuer")]
    Issuer,
    /// The subject's common name is not the reference that its place wants.
    #[error("has another name than its place wants")]
    Name,
    /// An extension that stands twice, or is critical and not known.
    #[error("has extension {0} twice, or critical without need")]
    Extension(ObjectIdentifier),
    /// Basic constraints or key usage do not allow its role.
    #[error("may not be used in its role")]
    Usage,
    /// The usage list is missing or not one.
    #[error("has no usage list")]
    UsageList,
    /// The trust level is missing or not 1, 2 or 3.
    #[error("has no trust level")]
    TrustLevel,
    /// The times are impossible.
    #[error("has impossible times")]
    Validity,
    /// A revocation list without next update or number.
    #[error("has no next update or number")]
    Frame,
}

/// From when to when a certificate is valid, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValidityPeriod {
    /// The first second.
    pub not_before: Timestamp,
    /// The last second.
    pub not_after: Timestamp,
}

impl ValidityPeriod {
    /// Whether the moment lies in it.
    pub fn contains(&self, moment: Timestamp) -> bool {
        self.not_before <= moment && moment.unix_seconds() <= self.not_after.unix_seconds()
    }
}

/// What both kinds have.
#[derive(Debug, Clone)]
struct Common {
    /// The subject's common name.
    name: String,
    subject: Name,
    serial: Vec<u8>,
    validity: ValidityPeriod,
    key: EcPublicKey,
}

fn read_common(certificate: &TbsCertificate) -> Result<Common, CertificateError> {
    if certificate.version() != Version::V3 {
        return Err(CertificateError::Version);
    }
    check_algorithm(certificate.signature())?;
    let spki = certificate.subject_public_key_info().to_der()?;
    let validity = certificate.validity();
    Ok(Common {
        name: common_name(certificate.subject())?,
        subject: certificate.subject().clone(),
        serial: certificate.serial_number().as_bytes().to_vec(),
        validity: ValidityPeriod {
            not_before: from_time(validity.not_before),
            not_after: from_time(validity.not_after),
        },
        key: EcPublicKey::from_spki_der(&spki).map_err(|_| CertificateError::Key)?,
    })
}

fn open(bytes: &[u8]) -> Result<(Envelope<'_>, TbsCertificate), CertificateError> {
    if bytes.len() > CERTIFICATE_LIMIT {
        return Err(CertificateError::TooLong);
    }
    let envelope = Envelope::open(bytes)?;
    let certificate = TbsCertificate::from_der(envelope.to_be_signed)?;
    Ok((envelope, certificate))
}

/// A CA of a trust service list.
#[derive(Debug, Clone)]
pub struct AuthorityCertificate(Common);

impl AuthorityCertificate {
    /// Reads a CA certificate. Its own signature is not checked: the signed list that contains it vouches for every byte.
    ///
    /// # Errors
    /// [`CertificateError`] when it is not a CA of this profile with the name `authority`.
    pub fn read(bytes: &[u8], authority: &AuthorityCode) -> Result<Self, CertificateError> {
        let (_, certificate) = open(bytes)?;
        let extensions = Extensions::check(certificate.extensions(), &[BASIC_CONSTRAINTS, KEY_USAGE])?;
        let constraints: Option<BasicConstraints> = extensions.find(BASIC_CONSTRAINTS)?;
        let usage: Option<KeyUsage> = extensions.find(KEY_USAGE)?;
        let signs = usage.is_some_and(|usage| usage.key_cert_sign() && usage.crl_sign());
        if !(signs && constraints.is_some_and(|constraints| constraints.ca)) {
            return Err(CertificateError::Usage);
        }
        let common = read_common(&certificate)?;
        if common.name != authority.as_str() {
            return Err(CertificateError::Name);
        }
        Ok(Self(common))
    }

    /// Its four characters.
    pub fn code(&self) -> &str {
        &self.0.name
    }

    /// The key that signs certificates and revocation lists.
    pub const fn key(&self) -> &EcPublicKey {
        &self.0.key
    }

    /// When it is valid.
    pub const fn validity(&self) -> ValidityPeriod {
        self.0.validity
    }

    pub(super) const fn subject(&self) -> &Name {
        &self.0.subject
    }
}

/// A certificate whose key signs seals, checked against its CA.
#[derive(Debug, Clone)]
pub struct SigningCertificate {
    common: Common,
    manifests: BTreeSet<ManifestId>,
    trust_level: TrustLevel,
}

impl SigningCertificate {
    /// Reads a signing certificate and checks that the CA issued it. Validity and revocation depend on the moment, so the
    /// trust store checks them for each seal.
    ///
    /// # Errors
    /// [`CertificateError`] when it is not a signing certificate of this profile and CA.
    pub fn read(
        bytes: &[u8],
        authority: &AuthorityCertificate,
        verifier: &dyn Verifier,
    ) -> Result<Self, CertificateError> {
        let (envelope, certificate) = open(bytes)?;
        if certificate.issuer() != authority.subject() {
            return Err(CertificateError::Issuer);
        }
        envelope.verify(verifier, authority.key())?;
        let known = [BASIC_CONSTRAINTS, KEY_USAGE, USAGE_LIST, TRUST_LEVEL];
        let extensions = Extensions::check(certificate.extensions(), &known)?;
        let constraints: Option<BasicConstraints> = extensions.find(BASIC_CONSTRAINTS)?;
        let usage: Option<KeyUsage> = extensions.find(KEY_USAGE)?;
        let signs = usage.is_some_and(|usage| usage.digital_signature() && !usage.key_cert_sign());
        if !signs || constraints.is_some_and(|constraints| constraints.ca) {
            return Err(CertificateError::Usage);
        }
        let common = read_common(&certificate)?;
        let name = common.name.strip_prefix(authority.code());
        if name.is_none_or(|name| name.parse::<super::code::CertificateCode>().is_err()) {
            return Err(CertificateError::Name);
        }
        Ok(Self {
            common,
            manifests: usage_list(&extensions)?,
            trust_level: trust_level(&extensions)?,
        })
    }

    /// The first eight characters of the certificate reference of its seals.
    pub fn certificate_key(&self) -> &str {
        &self.common.name
    }

    /// The key that signs seals.
    pub const fn key(&self) -> &EcPublicKey {
        &self.common.key
    }

    /// The serial number, as a revocation list has it.
    pub fn serial(&self) -> &[u8] {
        &self.common.serial
    }

    /// When it is valid.
    pub const fn validity(&self) -> ValidityPeriod {
        self.common.validity
    }

    /// The manifests of the seals that it may sign.
    pub const fn manifests(&self) -> &BTreeSet<ManifestId> {
        &self.manifests
    }

    /// The trust level of the seals that it signs; the CA's ceiling applies on top.
    pub const fn trust_level(&self) -> TrustLevel {
        self.trust_level
    }
}

fn usage_list(extensions: &Extensions<'_>) -> Result<BTreeSet<ManifestId>, CertificateError> {
    let list: Vec<OctetString> = extensions.find(USAGE_LIST)?.ok_or(CertificateError::UsageList)?;
    list.iter()
        .map(|manifest| manifest.as_bytes().try_into().map(ManifestId::new))
        .collect::<Result<_, _>>()
        .map_err(|_| CertificateError::UsageList)
}

fn trust_level(extensions: &Extensions<'_>) -> Result<TrustLevel, CertificateError> {
    let number: u8 = extensions
        .find(TRUST_LEVEL)?
        .ok_or(CertificateError::TrustLevel)?;
    TrustLevel::try_from(number).map_err(|_| CertificateError::TrustLevel)
}

/// The DER inside a PEM certificate (RFC 7468 section 5).
///
/// # Errors
/// [`CertificateError::Pem`] when the text is not exactly one certificate.
pub fn from_pem(text: &str) -> Result<Vec<u8>, CertificateError> {
    match pem::decode_vec(text.as_bytes()) {
        Ok((CERTIFICATE_LABEL, bytes)) => Ok(bytes),
        _ => Err(CertificateError::Pem),
    }
}

/// A certificate as PEM.
///
/// # Errors
/// [`CertificateError::Pem`] when the bytes are too long for PEM.
pub fn to_pem(certificate: &[u8]) -> Result<String, CertificateError> {
    pem::encode_string(CERTIFICATE_LABEL, pem::LineEnding::LF, certificate).map_err(|_| CertificateError::Pem)
}
