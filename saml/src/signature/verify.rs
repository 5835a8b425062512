//! Checking one signature value with the keys of a provider.

use super::algorithm::{SignatureAlgorithm, Verifier};
use super::certificate::Certificate;

/// How many keys of a provider are tried.
const KEYS: usize = 8;

/// Whether one of the keys made the signature (IIP-MD07: each is tried).
pub(crate) fn check_with_any(
    certificates: &[Certificate],
    algorithm: SignatureAlgorithm,
    (message, signature): (&[u8], &[u8]),
    verifier: &dyn Verifier,
) -> bool {
    certificates
        .iter()
        .filter(|certificate| certificate.kind() == algorithm.key_kind())
        .take(KEYS)
        .any(|certificate| verifier.verify(algorithm, certificate.key(), message, signature))
}
