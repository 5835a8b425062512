//! What certificates and certificate revocation lists share: the signed envelope, names, times, extensions.

use der::asn1::{Any, BitString, GeneralizedTime, OctetString, UtcTime, Utf8StringRef};
use der::oid::ObjectIdentifier;
use der::{Decode, Encode, Reader, Sequence, SliceReader};
use idp_jose::{Algorithm, EcPublicKey, PublicKey, Verifier, ecdsa_signature_to_raw};
use idp_types::Timestamp;
use sha2::{Digest, Sha256};
use x509_cert::AlgorithmIdentifier;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::ext::Extension;
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::time::Time;

use super::certificate::CertificateError;
use crate::signature::{from_der, to_der};

pub(super) const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
pub(super) const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
pub(super) const SUBJECT_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
pub(super) const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// ECDSA with SHA-256, without parameters (RFC 5758 section 3.2).
pub(super) fn algorithm() -> AlgorithmIdentifier {
    AlgorithmIdentifier {
        oid: ECDSA_WITH_SHA256,
        parameters: None,
    }
}

/// `SIGNED { ToBeSigned }`: the outermost structure of certificates and CRLs (RFC 5280 sections 4.1.1 and 5.1.1), with the
/// signed bytes as they stand, so that a signature is checked over what was received and not over what was re-encoded.
pub(super) struct Envelope<'a> {
    pub(super) to_be_signed: &'a [u8],
    signature: [u8; 64],
}

impl<'a> Envelope<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, CertificateError> {
        let mut reader = SliceReader::new(bytes)?;
        let (to_be_signed, algorithm_found, signature) = reader.sequence(|inner| {
            let to_be_signed = inner.tlv_bytes()?;
            Ok::<_, der::Error>((
                to_be_signed,
                AlgorithmIdentifier::decode(inner)?,
                BitString::decode(inner)?,
            ))
        })?;
        reader.finish()?;
        check_algorithm(&algorithm_found)?;
        let signature = signature
            .as_bytes()
            .and_then(from_der)
            .ok_or(CertificateError::Signature)?;
        Ok(Self {
            to_be_signed,
            signature,
        })
    }

    pub(super) fn verify(&self, verifier: &dyn Verifier, key: &EcPublicKey) -> Result<(), CertificateError> {
        verifier
            .verify(
                Algorithm::Es256,
                &PublicKey::P256(key.clone()),
                self.to_be_signed,
                &self.signature,
            )
            .map_err(|_| CertificateError::Signature)
    }
}

/// The algorithm stands inside the signed part too (RFC 5280 section 4.1.2.3), and only one is known here.
pub(super) fn check_algorithm(found: &AlgorithmIdentifier) -> Result<(), CertificateError> {
    if *found == algorithm() {
        Ok(())
    } else {
        Err(CertificateError::Algorithm)
    }
}

#[derive(Sequence)]
struct Signed {
    content: Any,
    algorithm: AlgorithmIdentifier,
    signature: BitString,
}

/// A certificate or revocation list that waits for its signature.
#[derive(Debug, Clone)]
pub struct PreparedDer(Vec<u8>);

impl PreparedDer {
    pub(super) fn new(to_be_signed: &impl Encode) -> Result<Self, CertificateError> {
        Ok(Self(to_be_signed.to_der()?))
    }

    /// What to sign with ECDSA and SHA-256.
    pub fn signing_message(&self) -> &[u8] {
        &self.0
    }

    /// Joins the signature, `r || s` or DER.
    ///
    /// # Errors
    /// [`CertificateError::Signature`] when the bytes are not a signature of P-256.
    pub fn complete(self, signature: &[u8]) -> Result<Vec<u8>, CertificateError> {
        let raw = ecdsa_signature_to_raw(signature).map_err(|_| CertificateError::Signature)?;
        let signed = Signed {
            content: Any::from_der(&self.0)?,
            algorithm: algorithm(),
            signature: BitString::from_bytes(&to_der(&raw)?)?,
        };
        Ok(signed.to_der()?)
    }
}

/// `CN={common_name}, O={organization}`, both UTF-8.
pub(super) fn name(common_name: &str, organization: &str) -> Result<Name, CertificateError> {
    let mut sequence = RdnSequence::default();
    for (oid, text) in [(ORGANIZATION, organization), (COMMON_NAME, common_name)] {
        let value = Any::encode_from(&Utf8StringRef::new(text)?)?;
        let mut part = RelativeDistinguishedName::default();
        part.insert(AttributeTypeAndValue { oid, value })?;
        sequence.push(part);
    }
    Ok(Name::from_der(&sequence.to_der()?)?)
}

/// The one common name of a subject.
pub(super) fn common_name(name: &Name) -> Result<String, CertificateError> {
    let found = name.common_name()?.ok_or(CertificateError::Name)?;
    Ok(found.value().into_owned())
}

/// UTCTime through 2049, GeneralizedTime after (RFC 5280 section 4.1.2.5).
pub(super) fn to_time(moment: Timestamp) -> Result<Time, CertificateError> {
    let seconds = u64::try_from(moment.unix_seconds()).map_err(|_| CertificateError::Validity)?;
    let duration = core::time::Duration::from_secs(seconds);
    match UtcTime::from_unix_duration(duration) {
        Ok(time) => Ok(Time::UtcTime(time)),
        Err(_) => Ok(Time::GeneralTime(GeneralizedTime::from_unix_duration(duration)?)),
    }
}

pub(super) fn from_time(time: Time) -> Timestamp {
    Timestamp::from_unix_seconds(i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX))
}

/// The leftmost 160 bits of SHA-256 of the public key (RFC 7093 section 2, method 1).
pub(super) fn key_identifier(key: &EcPublicKey) -> Vec<u8> {
    let mut digest = Sha256::digest(key.to_sec1()).to_vec();
    digest.truncate(20);
    digest
}

/// An extension of the given value.
pub(super) fn extension(
    extn_id: ObjectIdentifier,
    critical: bool,
    value: &impl Encode,
) -> Result<Extension, CertificateError> {
    Ok(Extension {
        extn_id,
        critical,
        extn_value: OctetString::new(value.to_der()?)?,
    })
}

/// Extensions that are all distinct, and of which the critical ones are all known (RFC 5280 section 4.2).
pub(super) struct Extensions<'a>(&'a [Extension]);

impl<'a> Extensions<'a> {
    pub(super) fn check(
        extensions: Option<&'a Vec<Extension>>,
        known: &[ObjectIdentifier],
    ) -> Result<Self, CertificateError> {
        let extensions = extensions.map(Vec::as_slice).unwrap_or_default();
        for (index, extension) in extensions.iter().enumerate() {
            let again = extensions
                .iter()
                .skip(index + 1)
                .any(|other| other.extn_id == extension.extn_id);
            if again || (extension.critical && !known.contains(&extension.extn_id)) {
                return Err(CertificateError::Extension(extension.extn_id));
            }
        }
        Ok(Self(extensions))
    }

    pub(super) fn find<T: for<'b> Decode<'b, Error = der::Error>>(
        &self,
        oid: ObjectIdentifier,
    ) -> Result<Option<T>, CertificateError> {
        let found = self.0.iter().find(|extension| extension.extn_id == oid);
        Ok(found
            .map(|extension| T::from_der(extension.extn_value.as_bytes()))
            .transpose()?)
    }
}
