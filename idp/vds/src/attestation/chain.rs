//! From a leaf to a configured root (RFC 5280 section 6), with the algorithms that the vendors use.

use der::oid::ObjectIdentifier;
use idp_jose::SignatureError;
use idp_types::Timestamp;
use x509_cert::name::Name;
use x509_cert::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use super::certificate::Certificate;
use super::{AttestationError, RevokedSerials};
use crate::trust::from_pem;

/// The most certificates of a chain: the longest that are in use have six.
pub const CHAIN_LIMIT: usize = 8;

/// The longest file of roots, in bytes.
pub const ROOTS_LIMIT: usize = 65_536;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const ELLIPTIC_CURVE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_WITH_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");

/// How a certificate is signed: the issuer's kind of key and the digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureScheme {
    /// ECDSA on P-256 with SHA-256; the key is a SEC 1 point.
    EcdsaP256Sha256,
    /// ECDSA on P-384 with SHA-256; the key is a SEC 1 point.
    EcdsaP384Sha256,
    /// ECDSA on P-384 with SHA-384; the key is a SEC 1 point.
    EcdsaP384Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-256; the key is an `RSAPublicKey` (RFC 8017 appendix A.1.1).
    RsaPkcs1Sha256,
}

impl SignatureScheme {
    fn of(key: &SubjectPublicKeyInfo, algorithm: &AlgorithmIdentifier) -> Option<Self> {
        let curve = key
            .algorithm
            .parameters
            .as_ref()
            .and_then(|parameters| parameters.decode_as::<ObjectIdentifier>().ok());
        match (key.algorithm.oid, curve, algorithm.oid) {
            (RSA, _, RSA_WITH_SHA256) => Some(Self::RsaPkcs1Sha256),
            (ELLIPTIC_CURVE, Some(P256), ECDSA_WITH_SHA256) => Some(Self::EcdsaP256Sha256),
            (ELLIPTIC_CURVE, Some(P384), ECDSA_WITH_SHA256) => Some(Self::EcdsaP384Sha256),
            (ELLIPTIC_CURVE, Some(P384), ECDSA_WITH_SHA384) => Some(Self::EcdsaP384Sha384),
            _ => None,
        }
    }
}

/// Checks the signatures of certificates. The primitive is an argument, as [`idp_jose::Verifier`] is: that one knows the
/// algorithms of tokens, and the vendors use more.
pub trait CertificateVerifier: Send + Sync {
    /// Checks a signature, DER where it is ECDSA, by a key in the form that the scheme names.
    ///
    /// # Errors
    /// [`SignatureError`] unless the signature is valid.
    fn verify(
        &self,
        scheme: SignatureScheme,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError>;
}

/// Why a file of roots is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RootsError {
    /// Longer than [`ROOTS_LIMIT`].
    #[error("is longer than {ROOTS_LIMIT} bytes")]
    TooLong,
    /// It has no certificate.
    #[error("has no certificate in PEM")]
    Empty,
    /// One of the texts between the markers is not a certificate.
    #[error("has a certificate that cannot be read, number {0}")]
    Certificate(usize),
    /// A certificate may not issue others.
    #[error("has a certificate that is no authority's, number {0}")]
    NotAuthority(usize),
}

/// Who issues, as a chain's end is compared with it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Anchor {
    subject: Name,
    key: SubjectPublicKeyInfo,
}

/// The roots that an operator trusts.
///
/// A root is its name and its key (RFC 5280 section 6.1.1 (d)): the dates of a root certificate do not matter, and vendors issue
/// new certificates for old root keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustAnchors(Vec<Anchor>);

impl TrustAnchors {
    /// Reads a file of certificates in PEM; text around them is ignored (RFC 7468 section 2).
    ///
    /// # Errors
    /// [`RootsError`] with the number of the certificate, counted from one.
    pub fn from_pem(text: &str) -> Result<Self, RootsError> {
        const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
        if text.len() > ROOTS_LIMIT {
            return Err(RootsError::TooLong);
        }
        let mut anchors = Vec::new();
        for (index, body) in text.split(BEGIN).skip(1).enumerate() {
            let number = index + 1;
            let end = body.find("-----END CERTIFICATE-----");
            let body = end.and_then(|end| body.get(..end));
            let body = body.ok_or(RootsError::Certificate(number))?;
            let pem = format!("{BEGIN}\n{}\n-----END CERTIFICATE-----\n", body.trim());
            let bytes = from_pem(&pem).map_err(|_| RootsError::Certificate(number))?;
            let root = Certificate::read(&bytes).map_err(|_| RootsError::Certificate(number))?;
            root.check_authority(0)
                .map_err(|_| RootsError::NotAuthority(number))?;
            anchors.push(Anchor {
                subject: root.subject().clone(),
                key: root.key().clone(),
            });
        }
        if anchors.is_empty() {
            Err(RootsError::Empty)
        } else {
            Ok(Self(anchors))
        }
    }

    fn contains(&self, certificate: &Certificate<'_>) -> bool {
        let same =
            |anchor: &Anchor| anchor.key == *certificate.key() && anchor.subject == *certificate.subject();
        self.0.iter().any(same)
    }
}

/// What a chain has to fulfil.
pub(super) struct ChainRules<'a> {
    pub(super) roots: &'a TrustAnchors,
    pub(super) verifier: &'a dyn CertificateVerifier,
    pub(super) now: Timestamp,
    /// Whether the leaf's own dates count.
    pub(super) leaf_expires: bool,
    /// What the vendor revoked.
    pub(super) revoked: Option<&'a RevokedSerials>,
}

impl ChainRules<'_> {
    /// Checks a chain, leaf first, that may end with the root itself or below it.
    pub(super) fn check(&self, chain: &[Certificate<'_>]) -> Result<(), AttestationError> {
        if chain.len() > CHAIN_LIMIT {
            return Err(AttestationError::Malformed);
        }
        let is_revoked = |certificate: &Certificate<'_>| {
            self.revoked
                .is_some_and(|revoked| revoked.contains(certificate.serial()))
        };
        if chain.iter().any(is_revoked) {
            return Err(AttestationError::Revoked);
        }
        // What stands at or above a configured root is the operator's word, not the phone's.
        let length = chain
            .iter()
            .position(|certificate| self.roots.contains(certificate));
        let path = chain.get(..length.unwrap_or(chain.len())).unwrap_or(chain);
        let (leaf, authorities) = path.split_first().ok_or(AttestationError::UnknownRoot)?;
        for (below, authority) in authorities.iter().enumerate() {
            authority.check_authority(below)?;
            authority.check_critical()?;
            authority.check_validity(self.now)?;
        }
        leaf.check_critical()?;
        if self.leaf_expires {
            leaf.check_validity(self.now)?;
        }
        self.check_signatures(path)
    }

    /// RFC 5280 section 6.1.3 (a) (1) and (4): each signed by the next and named by it, the last by a root.
    fn check_signatures(&self, path: &[Certificate<'_>]) -> Result<(), AttestationError> {
        for (certificate, issuer) in path.iter().zip(path.iter().skip(1)) {
            if certificate.issuer() != issuer.subject() {
                return Err(AttestationError::UnknownRoot);
            }
            self.check_signature(certificate, issuer.key())?;
        }
        let last = path.last().ok_or(AttestationError::UnknownRoot)?;
        let roots = self.roots.0.iter().filter(|root| root.subject == *last.issuer());
        let mut outcome = Err(AttestationError::UnknownRoot);
        for root in roots {
            outcome = self.check_signature(last, &root.key);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    fn check_signature(
        &self,
        certificate: &Certificate<'_>,
        issuer: &SubjectPublicKeyInfo,
    ) -> Result<(), AttestationError> {
        let scheme =
            SignatureScheme::of(issuer, certificate.algorithm()).ok_or(AttestationError::Signature)?;
        let key = issuer
            .subject_public_key
            .as_bytes()
            .ok_or(AttestationError::Malformed)?;
        self.verifier
            .verify(scheme, key, certificate.to_be_signed(), certificate.signature())
            .map_err(|_| AttestationError::Signature)
    }
}
