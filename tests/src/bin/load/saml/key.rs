//! Keys with their certificates.

use ::saml::signature::{Certificate, SignatureAlgorithm, SigningAlgorithm, Verifier};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize};
use serde::Serialize;

use crate::error::LoadError;

/// The kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// RSA with 2048 bits.
    Rsa2048,
    /// RSA with 3072 bits: that of new installations.
    Rsa3072,
    /// P-256, for service providers that read it.
    P256,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Rsa2048, Self::Rsa3072, Self::P256];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Rsa2048 => "RSA-2048",
            Self::Rsa3072 => "RSA-3072",
            Self::P256 => "P-256",
        }
    }

    fn generate(self) -> Result<KeyPair, rcgen::Error> {
        match self {
            Self::Rsa2048 => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048),
            Self::Rsa3072 => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_3072),
            Self::P256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
        }
    }
}

enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

/// A key that signs.
pub(super) struct Key {
    pair: Pair,
    random: SystemRandom,
    pub(super) certificate: Certificate,
}

impl Key {
    pub(super) fn new(kind: Kind) -> Result<Self, LoadError> {
        let failed = || LoadError::Cryptography;
        let pair = kind.generate().map_err(|_| failed())?;
        let params = CertificateParams::new(vec!["seal.example".to_owned()]).map_err(|_| failed())?;
        let certificate = params.self_signed(&pair).map_err(|_| failed())?;
        let der = pair.serialized_der();
        let pair = if kind == Kind::P256 {
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map(Pair::P256)
        } else {
            RsaKeyPair::from_pkcs8(der).map(Pair::Rsa)
        };
        Ok(Self {
            pair: pair.map_err(|_| failed())?,
            random: SystemRandom::new(),
            certificate: Certificate::from_der(certificate.der()).map_err(|_| failed())?,
        })
    }

    pub(super) const fn algorithm(&self) -> SigningAlgorithm {
        match self.pair {
            Pair::Rsa(_) => SigningAlgorithm::RsaSha256,
            Pair::P256(_) => SigningAlgorithm::EcdsaSha256,
        }
    }

    /// The length of its signatures, in bytes.
    pub(super) fn signature_length(&self) -> usize {
        match &self.pair {
            Pair::Rsa(pair) => pair.public_modulus_len(),
            Pair::P256(_) => 64,
        }
    }

    pub(super) fn sign(&self, octets: &[u8]) -> Option<Vec<u8>> {
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &self.random, octets, &mut signature)
                    .ok()?;
                Some(signature)
            }
            Pair::P256(pair) => Some(pair.sign(&self.random, octets).ok()?.as_ref().to_vec()),
        }
    }
}

/// Checks with the algorithms of these keys.
pub(super) struct Checker;

impl Verifier for Checker {
    fn verify(&self, algorithm: SignatureAlgorithm, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        match algorithm {
            SignatureAlgorithm::RsaSha256 => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
                .verify(message, signature)
                .is_ok(),
            SignatureAlgorithm::EcdsaSha256 => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
                .verify(message, signature)
                .is_ok(),
            _ => false,
        }
    }
}
