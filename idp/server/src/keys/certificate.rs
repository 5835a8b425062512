//! The certificate of the RS256 key, for relying parties that ask for `x5c` (RFC 7517 section 4.7): self-signed, made once with
//! its key and kept beside it, so that its bytes never change. It vouches for nothing; TLS and the issuer's name do.

use der::asn1::{Any, BitString, GeneralizedTime, Null, OctetString, UtcTime, Utf8StringRef};
use der::oid::ObjectIdentifier;
use der::{Decode, Encode, Sequence};
use idp_jose::RsaPublicKey;
use idp_types::Timestamp;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::{Time, Validity};
use x509_cert::{AlgorithmIdentifier, SubjectPublicKeyInfo, Version};

use super::SignError;
use crate::crypto::sha256;

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const SUBJECT_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
/// The longest common name (RFC 5280 appendix A.1, `ub-common-name`).
const COMMON_NAME_LIMIT: usize = 64;

/// What the certificate says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    /// The issuer's host. Cut where it is longer than a common name may be.
    pub(super) host: &'a str,
    /// Its key.
    pub(super) key: &'a RsaPublicKey,
    /// The name of the key, of which the serial number is made.
    pub(super) kid: &'a str,
    /// From when and until when it is valid.
    pub(super) validity: (Timestamp, Timestamp),
}

/// `TBSCertificate` version 3 (RFC 5280 section 4.1).
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

#[derive(Sequence)]
struct Certificate {
    to_be_signed: Any,
    algorithm: AlgorithmIdentifier,
    signature: BitString,
}

/// A certificate that waits for its signature, RSASSA-PKCS1-v1_5 with SHA-256.
pub(super) struct PreparedCertificate(Vec<u8>);

impl PreparedCertificate {
    /// Writes everything but the signature.
    pub(super) fn new(subject: &Subject<'_>) -> Result<Self, SignError> {
        to_be_signed(subject)
            .and_then(|content| content.to_der())
            .map(Self)
            .map_err(|_| SignError)
    }

    /// What to sign.
    pub(super) fn signing_message(&self) -> &[u8] {
        &self.0
    }

    /// The certificate in DER.
    pub(super) fn complete(&self, signature: &[u8]) -> Result<Vec<u8>, SignError> {
        let certificate = || -> der::Result<Vec<u8>> {
            Certificate {
                to_be_signed: Any::from_der(&self.0)?,
                algorithm: algorithm(SHA256_WITH_RSA)?,
                signature: BitString::from_bytes(signature)?,
            }
            .to_der()
        };
        certificate().map_err(|_| SignError)
    }
}

fn to_be_signed(subject: &Subject<'_>) -> der::Result<ToBeSigned> {
    let public = subject.key.to_pkcs1_der();
    let name = name(subject.host)?;
    let (from, until) = subject.validity;
    Ok(ToBeSigned {
        version: Version::V3,
        serial_number: SerialNumber::new(&serial(subject.kid))?,
        signature: algorithm(SHA256_WITH_RSA)?,
        issuer: name.clone(),
        validity: Validity::new(time(from)?, time(until)?),
        subject: name,
        subject_public_key_info: SubjectPublicKeyInfo {
            algorithm: algorithm(RSA_ENCRYPTION)?,
            subject_public_key: BitString::from_bytes(&public)?,
        },
        extensions: extensions(&public)?,
    })
}

/// An algorithm of RSA, whose parameters are NULL (RFC 4055 section 5).
fn algorithm(oid: ObjectIdentifier) -> der::Result<AlgorithmIdentifier> {
    Ok(AlgorithmIdentifier {
        oid,
        parameters: Some(Any::encode_from(&Null)?),
    })
}

/// Sixteen octets of a digest of the `kid`, positive and always of the same length (RFC 5280 section 4.1.2.2).
fn serial(kid: &str) -> Vec<u8> {
    let mut serial = sha256(kid.as_bytes()).to_vec();
    serial.truncate(16);
    if let Some(first) = serial.first_mut() {
        *first = *first & 0x7f | 0x40;
    }
    serial
}

fn name(host: &str) -> der::Result<Name> {
    let end = host.floor_char_boundary(COMMON_NAME_LIMIT);
    let text = host.get(..end).unwrap_or_default();
    let mut part = RelativeDistinguishedName::default();
    part.insert(AttributeTypeAndValue {
        oid: COMMON_NAME,
        value: Any::encode_from(&Utf8StringRef::new(text)?)?,
    })?;
    let mut sequence = RdnSequence::default();
    sequence.push(part);
    Name::from_der(&sequence.to_der()?)
}

/// UTCTime through 2049, GeneralizedTime after (RFC 5280 section 4.1.2.5).
fn time(moment: Timestamp) -> der::Result<Time> {
    let seconds = u64::try_from(moment.unix_seconds()).unwrap_or_default();
    let duration = std::time::Duration::from_secs(seconds);
    match UtcTime::from_unix_duration(duration) {
        Ok(time) => Ok(Time::UtcTime(time)),
        Err(_) => Ok(Time::GeneralTime(GeneralizedTime::from_unix_duration(duration)?)),
    }
}

/// Signs tokens, certifies nobody.
fn extensions(public: &[u8]) -> der::Result<Vec<Extension>> {
    let constraints = BasicConstraints {
        ca: false,
        path_len_constraint: None,
    };
    let mut identifier = sha256(public).to_vec();
    // RFC 7093 section 2, method 1.
    identifier.truncate(20);
    Ok(vec![
        extension(BASIC_CONSTRAINTS, true, &constraints)?,
        extension(KEY_USAGE, true, &KeyUsage(KeyUsages::DigitalSignature.into()))?,
        extension(SUBJECT_KEY_IDENTIFIER, false, &OctetString::new(identifier)?)?,
    ])
}

fn extension(extn_id: ObjectIdentifier, critical: bool, value: &impl Encode) -> der::Result<Extension> {
    Ok(Extension {
        extn_id,
        critical,
        extn_value: OctetString::new(value.to_der()?)?,
    })
}
