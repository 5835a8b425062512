//! RSA keys of 2048 or 3072 bits (RFC 7518 sections 3.3 and 3.5).

use std::fmt;

use async_trait::async_trait;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding};
use idp_jose::{Algorithm, PublicKey, RsaPublicKey};
use zeroize::Zeroizing;

use super::super::{SignError, Signer};

/// How a digest becomes a number. A key has one scheme for its whole life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::keys) enum RsaScheme {
    /// RSASSA-PKCS1-v1_5 with SHA-256: RS256.
    Pkcs1,
    /// RSASSA-PSS with SHA-256, MGF1 and a salt of 32 bytes: PS256.
    Pss,
}

/// An RSA private key in this process.
pub(in crate::keys) struct RsaSigner {
    pair: KeyPair,
    scheme: RsaScheme,
    public: PublicKey,
    random: SystemRandom,
}

impl fmt::Debug for RsaSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RsaSigner(..)")
    }
}

impl RsaSigner {
    /// A new key of so many bits as PKCS#8 DER. Takes a tenth of a second or more: two primes have to be found.
    pub(in crate::keys) fn generate(bits: u16) -> Result<Zeroizing<Vec<u8>>, SignError> {
        let size = match bits {
            2048 => KeySize::Rsa2048,
            3072 => KeySize::Rsa3072,
            _ => return Err(SignError),
        };
        let pair = KeyPair::generate(size).map_err(|_| SignError)?;
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| SignError)?;
        Ok(Zeroizing::new(der.as_ref().to_vec()))
    }

    /// From PKCS#8 DER.
    pub(in crate::keys) fn from_pkcs8(scheme: RsaScheme, der: &[u8]) -> Result<Self, SignError> {
        let pair = KeyPair::from_pkcs8(der).map_err(|_| SignError)?;
        let public = RsaPublicKey::from_pkcs1_der(pair.public_key().as_ref()).map_err(|_| SignError)?;
        Ok(Self {
            pair,
            scheme,
            public: PublicKey::Rsa(public),
            random: SystemRandom::new(),
        })
    }

    /// Signs without waiting: software keys are at hand.
    pub(in crate::keys) fn sign_now(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let encoding: &'static dyn RsaEncoding = match self.scheme {
            RsaScheme::Pkcs1 => &RSA_PKCS1_SHA256,
            RsaScheme::Pss => &RSA_PSS_SHA256,
        };
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(encoding, &self.random, message, &mut signature)
            .map_err(|_| SignError)?;
        Ok(signature)
    }
}

#[async_trait]
impl Signer for RsaSigner {
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.sign_now(message)
    }

    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn algorithm(&self) -> Algorithm {
        match self.scheme {
            RsaScheme::Pkcs1 => Algorithm::Rs256,
            RsaScheme::Pss => Algorithm::Ps256,
        }
    }
}
