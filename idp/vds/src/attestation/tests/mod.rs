//! Every rule of an attestation, broken once. Chains are signed by keys made here; the vendors' algorithms beyond P-256 are
//! exercised by the whole-flow tests, where there is a library for them.

mod android;
mod apple;
mod chain;
pub(crate) mod forge;
mod never_panics;

use idp_jose::{Algorithm, EcPublicKey, P256Verifier, PublicKey, SignatureError, Verifier as _};
use idp_types::Timestamp;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};

use self::forge::{Body, ECDSA_SHA256, Issuer};
use super::*;
use crate::trust::to_pem;

const CHALLENGE: [u8; 32] = [0x11; 32];

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-06-01T00:00:00Z").unwrap()
}

/// A key by its number.
fn public(number: u8) -> EcPublicKey {
    let signing = SigningKey::from_slice(&[number; 32]).unwrap();
    EcPublicKey::from_sec1(signing.verifying_key().to_sec1_point(false).as_bytes()).unwrap()
}

fn issuer(name: &str, number: u8) -> Issuer {
    let signing = SigningKey::from_slice(&[number; 32]).unwrap();
    Issuer {
        name: name.to_owned(),
        spki: public(number).to_spki_der(),
        algorithm: ECDSA_SHA256,
        sign: Box::new(move |message| {
            let signature: Signature = signing.sign(message);
            signature.to_der().as_bytes().to_vec()
        }),
    }
}

/// Checks P-256 alone.
struct Portable;

impl CertificateVerifier for Portable {
    fn verify(
        &self,
        scheme: SignatureScheme,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        if scheme != SignatureScheme::EcdsaP256Sha256 {
            return Err(SignatureError::Unsupported);
        }
        let key = EcPublicKey::from_sec1(key).map_err(|_| SignatureError::Unsupported)?;
        let raw = idp_jose::ecdsa_signature_to_raw(signature)?;
        P256Verifier.verify(Algorithm::Es256, &PublicKey::P256(key), message, &raw)
    }
}

fn anchors(roots: &[&Issuer]) -> TrustAnchors {
    let text: String = roots.iter().map(|root| to_pem(&root.root()).unwrap()).collect();
    TrustAnchors::from_pem(&text).unwrap()
}

/// A vendor: a root and an authority below it.
struct Vendor {
    root: Issuer,
    batch: Issuer,
}

impl Vendor {
    fn new() -> Self {
        Self {
            root: issuer("Vendor root", 1),
            batch: issuer("Batch", 2),
        }
    }

    /// Leaf, authority, root.
    fn chain(&self, leaf: &Body) -> Vec<Vec<u8>> {
        vec![
            leaf.signed_by(&self.batch),
            self.batch.authority(Some(0)).signed_by(&self.root),
            self.root.root(),
        ]
    }
}
