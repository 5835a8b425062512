//! The arithmetic that the crate asks for: signatures of others, keys wrapped to others, fresh names.

use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey,
};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};
use idp_types::encoding::lowerhex;
use saml::provider::KeyTransport;
use saml::signature::{SignatureAlgorithm, Verifier};
use saml::{MessageId, SessionIndex};

use crate::crypto::random;
use crate::problem::{Code, Problem};

/// Signatures of service providers, by aws-lc-rs.
#[derive(Debug, Clone, Copy)]
pub(super) struct PeerVerifier;

impl Verifier for PeerVerifier {
    fn verify(&self, algorithm: SignatureAlgorithm, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let scheme: &'static dyn VerificationAlgorithm = match algorithm {
            SignatureAlgorithm::RsaSha256 => &RSA_PKCS1_2048_8192_SHA256,
            SignatureAlgorithm::RsaSha384 => &RSA_PKCS1_2048_8192_SHA384,
            SignatureAlgorithm::RsaSha512 => &RSA_PKCS1_2048_8192_SHA512,
            SignatureAlgorithm::EcdsaSha256 => &ECDSA_P256_SHA256_FIXED,
            SignatureAlgorithm::EcdsaSha384 => &ECDSA_P384_SHA384_FIXED,
            SignatureAlgorithm::EcdsaSha512 => &ECDSA_P521_SHA512_FIXED,
        };
        let key = UnparsedPublicKey::new(scheme, key);
        key.verify(message, signature).is_ok()
    }
}

/// A content key wrapped to a public key (SubjectPublicKeyInfo, DER).
///
/// # Errors
/// `internal` when the key takes no such content.
pub(super) fn wrap(transport: KeyTransport, key: &[u8], content_key: &[u8]) -> Result<Vec<u8>, Problem> {
    let wrapped = || {
        let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(key).ok()?).ok()?;
        let scheme = match transport {
            KeyTransport::RsaOaepMgf1p => &OAEP_SHA1_MGF1SHA1,
            KeyTransport::RsaOaep => &OAEP_SHA256_MGF1SHA256,
        };
        let mut output = vec![0; key.ciphertext_size()];
        let length = key.encrypt(scheme, content_key, &mut output, None).ok()?.len();
        output.truncate(length);
        Some(output)
    };
    wrapped().ok_or_else(|| Code::Internal.into())
}

/// `_` and 160 random bits in hexadecimal (Core 1.3.4 asks for 128 at least).
fn fresh() -> Result<String, Problem> {
    Ok(format!("_{}", lowerhex(&random::<20>()?)))
}

/// A fresh identifier of a message.
///
/// # Errors
/// `internal` when the system gives no randomness.
pub(super) fn message_id() -> Result<MessageId, Problem> {
    MessageId::parse(fresh()?).map_err(|_| Code::Internal.into())
}

/// A session index as it stands in a session.
///
/// # Errors
/// `internal` when it is none.
pub(super) fn session_index(sid: &str) -> Result<SessionIndex, Problem> {
    SessionIndex::parse(sid).map_err(|_| Code::Internal.into())
}

/// A fresh value for a transient name.
///
/// # Errors
/// `internal` when the system gives no randomness.
pub(super) fn transient() -> Result<String, Problem> {
    fresh()
}
