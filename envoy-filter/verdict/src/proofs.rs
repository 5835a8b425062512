//! Naming proofs of possession, for hosts with several gates: each gate knows only what it saw itself.

use sha2::{Digest as _, Sha256};

use crate::request::Request;

/// SHA-256 over what was signed of the request's DPoP proof; `None` without one. The signature is no part of it: of one and the same
/// content ECDSA has two, and whoever repeats a proof could change it.
pub fn name(request: &Request<'_>) -> Option<[u8; 32]> {
    let proof = request.values("dpop").next()?;
    let end = proof.iter().rposition(|byte| *byte == b'.')?;
    Some(Sha256::digest(proof.get(..end)?).into())
}
