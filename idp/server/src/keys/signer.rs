//! Who signs. Asynchronous, because an HSM or a KMS is a network away.

use std::sync::Arc;

use async_trait::async_trait;
use idp_core::keys::KeyPurpose;
use idp_jose::{Algorithm, PublicKey};

use super::software::{Ed25519Signer, RsaScheme, RsaSigner, SoftwareSigner};

/// A signature could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing key is not available")]
pub struct SignError;

/// Signs with one private key and one algorithm.
#[async_trait]
pub trait Signer: Send + Sync {
    /// The signature over `message` as a JWS carries it (RFC 7518 section 3, RFC 8037 section 3.1): for ES256 the 64 bytes
    /// `r || s`.
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
    /// The public half.
    fn public_key(&self) -> &PublicKey;
    /// The one algorithm.
    fn algorithm(&self) -> Algorithm;
}

/// The purpose whose keys sign what an OpenID Connect client gets, by the algorithm that it asked for.
pub const fn client_purpose(algorithm: Algorithm) -> KeyPurpose {
    match algorithm {
        Algorithm::Es256 => KeyPurpose::Token,
        Algorithm::Rs256 => KeyPurpose::OidcRs256,
        Algorithm::Ps256 => KeyPurpose::OidcPs256,
        Algorithm::EdDsa => KeyPurpose::OidcEdDsa,
    }
}

/// The algorithm that keys of a purpose sign with.
pub(super) fn algorithm_of(purpose: KeyPurpose) -> Result<Algorithm, SignError> {
    purpose.algorithm_name().parse().map_err(|_| SignError)
}

/// The software key in PKCS#8 DER.
pub(crate) fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Arc<dyn Signer>, SignError> {
    Ok(match algorithm {
        Algorithm::Es256 => Arc::new(SoftwareSigner::from_pkcs8(der)?),
        Algorithm::Rs256 => Arc::new(RsaSigner::from_pkcs8(RsaScheme::Pkcs1, der)?),
        Algorithm::Ps256 => Arc::new(RsaSigner::from_pkcs8(RsaScheme::Pss, der)?),
        Algorithm::EdDsa => Arc::new(Ed25519Signer::from_pkcs8(der)?),
    })
}

#[cfg(test)]
mod tests {
    use idp_jose::{SignatureError, Verifier as _};

    use super::*;
    use crate::crypto::AwsVerifier;

    #[test]
    fn every_purpose_has_an_algorithm_and_every_algorithm_a_purpose() {
        for purpose in KeyPurpose::ALL {
            assert!(algorithm_of(purpose).is_ok(), "{purpose:?}");
        }
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm_of(client_purpose(algorithm)), Ok(algorithm));
            assert!(client_purpose(algorithm).is_published());
        }
    }

    #[tokio::test]
    async fn every_algorithm_signs_what_the_verifier_accepts() {
        for algorithm in Algorithm::ALL {
            let signer = from_pkcs8(algorithm, &generate(client_purpose(algorithm)).unwrap()).unwrap();
            assert_eq!(signer.algorithm(), algorithm);
            let signature = signer.sign(b"message").await.unwrap();
            let verify = |message: &[u8], signature: &[u8]| {
                AwsVerifier.verify(algorithm, signer.public_key(), message, signature)
            };
            assert_eq!(verify(b"message", &signature), Ok(()), "{algorithm}");
            assert_eq!(verify(b"massage", &signature), Err(SignatureError::Invalid));
            assert!(verify(b"message", &signature[1..]).is_err());
            for other in Algorithm::ALL {
                let wrong = AwsVerifier.verify(other, signer.public_key(), b"message", &signature);
                assert_eq!(wrong.is_ok(), other == algorithm, "{algorithm} as {other}");
            }
        }
    }

    #[test]
    fn a_key_of_another_kind_is_refused() {
        let pkcs8 = generate(KeyPurpose::OidcEdDsa).unwrap();
        for algorithm in [Algorithm::Es256, Algorithm::Rs256, Algorithm::Ps256] {
            assert!(from_pkcs8(algorithm, &pkcs8).is_err(), "{algorithm}");
        }
    }
}
