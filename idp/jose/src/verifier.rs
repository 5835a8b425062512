//! Checking a signature: the primitive is an argument.
//!
//! Servers check with a native library, the gateway filter and the phone with the portable curve of this crate. Rules of
//! the wire are the same for both because they sit above this trait.

use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};

use crate::alg::Algorithm;
use crate::key::PublicKey;

/// Why a signature was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// Well-formed, but not made by this key over this message.
    #[error("the signature does not match")]
    Invalid,
    /// Not of the shape that the algorithm prescribes, or with a component outside `1..n`.
    #[error("the signature is malformed")]
    Malformed,
    /// This verifier does not offer the algorithm, or the key is of another kind.
    #[error("the algorithm does not fit the key or is not offered")]
    Unsupported,
}

/// Checks signatures. Implementations must refuse an algorithm that does not fit the kind of key.
pub trait Verifier: Send + Sync {
    /// Checks `signature` over `message`. ES256 signatures are the 64 bytes `r || s` (RFC 7518 section 3.4), with any `s`.
    ///
    /// # Errors
    /// [`SignatureError`] unless the signature is valid.
    fn verify(
        &self,
        algorithm: Algorithm,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError>;
}

/// ES256 in portable code, for wasm and phones.
#[derive(Clone, Copy, Debug, Default)]
pub struct P256Verifier;

impl Verifier for P256Verifier {
    fn verify(
        &self,
        algorithm: Algorithm,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        let (Algorithm::Es256, PublicKey::P256(key)) = (algorithm, key) else {
            return Err(SignatureError::Unsupported);
        };
        let point = key.to_affine().ok_or(SignatureError::Unsupported)?;
        let key = VerifyingKey::from_affine(point).map_err(|_| SignatureError::Unsupported)?;
        let signature = Signature::from_slice(signature).map_err(|_| SignatureError::Malformed)?;
        key.verify(message, &signature)
            .map_err(|_| SignatureError::Invalid)
    }
}

/// The 64 bytes `r || s` of a P-256 signature that came either so or as strict DER (RFC 3279 section 2.2.3), as phones
/// and key services produce it. Components of zero or not below the group order are refused.
///
/// Sixty-four bytes are always `r || s`: a DER signature that short would need both components to lack three bytes.
///
/// # Errors
/// [`SignatureError::Malformed`] in every other case.
pub fn ecdsa_signature_to_raw(signature: &[u8]) -> Result<[u8; 64], SignatureError> {
    let parsed = if signature.len() == 64 {
        Signature::from_slice(signature)
    } else {
        Signature::from_der(signature)
    };
    parsed
        .map(|signature| signature.to_bytes().into())
        .map_err(|_| SignatureError::Malformed)
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::SigningKey;
    use p256::ecdsa::signature::Signer as _;

    use super::*;
    use crate::key::EcPublicKey;

    fn pair() -> (SigningKey, PublicKey) {
        let signing = SigningKey::from_slice(&[7; 32]).unwrap();
        let point = signing.verifying_key().to_sec1_point(false);
        (
            signing,
            PublicKey::P256(EcPublicKey::from_sec1(point.as_bytes()).unwrap()),
        )
    }

    #[test]
    fn a_signature_holds_for_its_message_and_either_s() {
        let (signing, key) = pair();
        let signature: Signature = signing.sign(b"message");
        let (r, s) = signature.split_scalars();
        let mirrored = Signature::from_scalars(r, -s).unwrap();
        for signature in [signature, mirrored] {
            let raw = signature.to_bytes();
            assert_eq!(
                P256Verifier.verify(Algorithm::Es256, &key, b"message", &raw),
                Ok(())
            );
            let other = P256Verifier.verify(Algorithm::Es256, &key, b"massage", &raw);
            assert_eq!(other, Err(SignatureError::Invalid));
        }
        let raw = signature.to_bytes();
        let unsupported = P256Verifier.verify(Algorithm::Rs256, &key, b"message", &raw);
        assert_eq!(unsupported, Err(SignatureError::Unsupported));
        let short = P256Verifier.verify(Algorithm::Es256, &key, b"message", &raw[..63]);
        assert_eq!(short, Err(SignatureError::Malformed));
    }

    #[test]
    fn raw_and_der_become_raw() {
        let (signing, _) = pair();
        let signature: Signature = signing.sign(b"message");
        let raw: [u8; 64] = signature.to_bytes().into();
        assert_eq!(ecdsa_signature_to_raw(&raw), Ok(raw));
        let der = signature.to_der();
        assert_eq!(ecdsa_signature_to_raw(der.as_bytes()), Ok(raw));

        let mut trailing = der.as_bytes().to_vec();
        trailing.push(0);
        assert_eq!(ecdsa_signature_to_raw(&trailing), Err(SignatureError::Malformed));
    }

    #[test]
    fn lax_der_and_components_out_of_range_are_refused() {
        let order = p256::elliptic_curve::bigint::U256::from_be_hex(
            "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551",
        );
        let mut above = [1_u8; 64];
        above[..32].copy_from_slice(&order.to_be_bytes());
        let mut zero = [1_u8; 64];
        zero[32..].fill(0);
        let negative = [0x30, 6, 2, 1, 0x81, 2, 1, 1];
        let padded = [0x30, 7, 2, 2, 0, 1, 2, 1, 1];
        let long_length = [0x30, 0x81, 6, 2, 1, 1, 2, 1, 1];
        for signature in [&above[..], &zero, &negative, &padded, &long_length, b""] {
            assert_eq!(ecdsa_signature_to_raw(signature), Err(SignatureError::Malformed));
        }
        let mut smallest = [0; 64];
        smallest[31] = 1;
        smallest[63] = 1;
        assert_eq!(ecdsa_signature_to_raw(&[0x30, 6, 2, 1, 1, 2, 1, 1]), Ok(smallest));
    }
}
