//! The arithmetic of signatures that service providers and federations make.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};
use saml::signature::{SignatureAlgorithm, Verifier};

use crate::crypto::AwsVerifier;

impl Verifier for AwsVerifier {
    fn verify(&self, algorithm: SignatureAlgorithm, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let scheme: &'static dyn VerificationAlgorithm = match algorithm {
            SignatureAlgorithm::RsaSha256 => &RSA_PKCS1_2048_8192_SHA256,
            SignatureAlgorithm::RsaSha384 => &RSA_PKCS1_2048_8192_SHA384,
            SignatureAlgorithm::RsaSha512 => &RSA_PKCS1_2048_8192_SHA512,
            SignatureAlgorithm::EcdsaSha256 => &ECDSA_P256_SHA256_FIXED,
            SignatureAlgorithm::EcdsaSha384 => &ECDSA_P384_SHA384_FIXED,
            SignatureAlgorithm::EcdsaSha512 => &ECDSA_P521_SHA512_FIXED,
        };
        UnparsedPublicKey::new(scheme, key)
            .verify(message, signature)
            .is_ok()
    }
}
