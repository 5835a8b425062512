//! The certificates of the RS256 key, for relying parties that ask for `x5c` (RFC 7517 section 4.7), and of the keys of SAML (Metadata
//! 2.4.1.1): self-signed, made once with
//! its key and kept beside it, so that its bytes never change. It vouches for nothing; TLS and the issuer's name do.

use der::asn1::{Any, BitString, GeneralizedTime, Null, OctetString, Uint, UtcTime, Utf8StringRef};
use der::oid::ObjectIdentifier;
use der::{Decode, Encode, Sequence};
use idp_jose::PublicKey;
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
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
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
    pub(super) key: &'a PublicKey,
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

/// `ECDSA-Sig-Value` (RFC 3279 section 2.2.3).
#[derive(Sequence)]
struct EcdsaSignature {
    r: Uint,
    s: Uint,
}

/// A certificate that waits for its signature: RSASSA-PKCS1-v1_5 or ECDSA, with SHA-256.
pub(super) struct PreparedCertificate {
    to_be_signed: Vec<u8>,
    kind: Kind,
}

/// The kind of the key, and how it signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
}

impl Kind {
    fn signature(self) -> der::Result<AlgorithmIdentifier> {
        match self {
            Self::Rsa => rsa_algorithm(SHA256_WITH_RSA),
            // RFC 5758 section 3.2: no parameters.
            Self::P256 => Ok(AlgorithmIdentifier {
                oid: ECDSA_WITH_SHA256,
                parameters: None,
            }),
        }
    }
}

impl PreparedCertificate {
    /// Writes everything but the signature.
    pub(super) fn new(subject: &Subject<'_>) -> Result<Self, SignError> {
        let kind = match subject.key {
            PublicKey::Rsa(_) => Kind::Rsa,
            PublicKey::P256(_) => Kind::P256,
            PublicKey::Ed25519(_) => return Err(SignError),
        };
        let to_be_signed = to_be_signed(subject, kind).and_then(|content| content.to_der());
        Ok(Self {
            to_be_signed: to_be_signed.map_err(|_| SignError)?,
            kind,
        })
    }

    /// What to sign.
    pub(super) fn signing_message(&self) -> &[u8] {
        &self.to_be_signed
    }

    /// The certificate in DER. The signature is as a JWS carries it.
    pub(super) fn complete(&self, signature: &[u8]) -> Result<Vec<u8>, SignError> {
        let certificate = || -> der::Result<Vec<u8>> {
            let signature = match self.kind {
                Kind::Rsa => signature.to_vec(),
                Kind::P256 => ecdsa_signature(signature)?,
            };
            Certificate {
                to_be_signed: Any::from_der(&self.to_be_signed)?,
                algorithm: self.kind.signature()?,
                signature: BitString::from_bytes(&signature)?,
            }
            .to_der()
        };
        certificate().map_err(|_| SignError)
    }
}

/// `r || s` in DER.
fn ecdsa_signature(signature: &[u8]) -> der::Result<Vec<u8>> {
    let (r, s) = signature.split_at(signature.len() / 2);
    EcdsaSignature {
        r: Uint::new(r)?,
        s: Uint::new(s)?,
    }
    .to_der()
}

/// The public key, and how it stands in a certificate.
fn key_info(key: &PublicKey) -> der::Result<(Vec<u8>, SubjectPublicKeyInfo)> {
    let (algorithm, public) = match key {
        PublicKey::P256(point) => {
            let curve = AlgorithmIdentifier {
                oid: EC_PUBLIC_KEY,
                parameters: Some(Any::encode_from(&P256)?),
            };
            (curve, point.to_sec1().to_vec())
        }
        PublicKey::Rsa(key) => (rsa_algorithm(RSA_ENCRYPTION)?, key.to_pkcs1_der()),
        PublicKey::Ed25519(_) => return Err(der::ErrorKind::Failed.into()),
    };
    let info = SubjectPublicKeyInfo {
        algorithm,
        subject_public_key: BitString::from_bytes(&public)?,
    };
    Ok((public, info))
}

fn to_be_signed(subject: &Subject<'_>, kind: Kind) -> der::Result<ToBeSigned> {
    let (public, subject_public_key_info) = key_info(subject.key)?;
    let name = name(subject.host)?;
    let (from, until) = subject.validity;
    Ok(ToBeSigned {
        version: Version::V3,
        serial_number: SerialNumber::new(&serial(subject.kid))?,
        signature: kind.signature()?,
        issuer: name.clone(),
        validity: Validity::new(time(from)?, time(until)?),
        subject: name,
        subject_public_key_info,
        extensions: extensions(&public)?,
    })
}

/// An algorithm of RSA, whose parameters are NULL (RFC 4055 section 5).
fn rsa_algorithm(oid: ObjectIdentifier) -> der::Result<AlgorithmIdentifier> {
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
