//! Certificates as SAML uses them: a container of a key. Who issued one, and whether it is still valid, decides nothing (IIP-MD12); an
//! operator is shown both.

use std::fmt;

use der::{Decode, Encode};
use idp_types::Timestamp;
use idp_types::encoding::lowerhex;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use x509_cert::certificate::{CertificateInner, Raw};

use crate::xml::{base64, from_base64};

/// The longest certificate that is read, in bytes of DER.
const LIMIT: usize = 16 * 1024;

/// `rsaEncryption` and `id-ecPublicKey`.
const RSA: &str = "1.2.840.113549.1.1.1";
const EC: &str = "1.2.840.10045.2.1";

/// Why octets are not a certificate that we can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not base64, not DER, or not an X.509 certificate.
    #[error("not an X.509 certificate")]
    Malformed,
    /// A key that is neither RSA nor on an elliptic curve.
    #[error("the certificate has a key of a kind that is not used here")]
    Key,
}

/// The kind of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA.
    Rsa,
    /// A curve of NIST.
    Ec,
}

/// An X.509 certificate. Stored and shown as base64 of its DER.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    key: Vec<u8>,
    kind: KeyKind,
    not_before: Timestamp,
    not_after: Timestamp,
    subject: String,
}

impl Certificate {
    /// Reads DER.
    ///
    /// # Errors
    /// [`CertificateError`] when it is no certificate or has no key that we can check with.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > LIMIT {
            return Err(CertificateError::Malformed);
        }
        let certificate = CertificateInner::<Raw>::from_der(der).map_err(|_| CertificateError::Malformed)?;
        let content = certificate.tbs_certificate();
        let key = content.subject_public_key_info();
        let kind = match key.algorithm.oid.to_string().as_str() {
            RSA => KeyKind::Rsa,
            EC => KeyKind::Ec,
            _ => return Err(CertificateError::Key),
        };
        let time = |time: &x509_cert::time::Time| {
            let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
            Timestamp::from_unix_seconds(seconds)
        };
        Ok(Self {
            key: key.to_der().map_err(|_| CertificateError::Malformed)?,
            kind,
            not_before: time(&content.validity().not_before),
            not_after: time(&content.validity().not_after),
            subject: content.subject().to_string(),
            der: der.to_vec(),
        })
    }

    /// Reads base64 of DER, as `ds:X509Certificate` has it, or PEM.
    ///
    /// # Errors
    /// As [`Certificate::from_der`].
    pub fn parse(text: &str) -> Result<Self, CertificateError> {
        let body = text
            .trim()
            .strip_prefix("-----BEGIN CERTIFICATE-----")
            .and_then(|rest| rest.split_once("-----END CERTIFICATE-----"))
            .map_or(text, |(body, _)| body);
        Self::from_der(&from_base64(body).ok_or(CertificateError::Malformed)?)
    }

    /// The certificate in DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate as `ds:X509Certificate` has it.
    pub fn to_base64(&self) -> String {
        base64(&self.der)
    }

    /// The SubjectPublicKeyInfo in DER.
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    /// The kind of the key.
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The beginning of the validity.
    pub const fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The end of the validity, for an operator to see.
    pub const fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// The name of the subject (RFC 4514).
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// SHA-256 of the DER in lower-case hexadecimal.
    pub fn fingerprint(&self) -> String {
        lowerhex(&Sha256::digest(&self.der))
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, {})", self.subject, self.fingerprint())
    }
}

impl Serialize for Certificate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_base64())
    }
}

impl<'de> Deserialize<'de> for Certificate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}
