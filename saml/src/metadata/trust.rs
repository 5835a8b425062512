//! Whose word metadata is.

use crate::signature::{Certificate, SignatureAlgorithm, Verifier};

/// What is asked of metadata before it is believed.
#[derive(Clone, Copy)]
pub struct Trust<'a> {
    /// Who must have signed it; empty where the operator looked at the file or trusts the address (IIP-MD03).
    pub anchors: &'a [Certificate],
    /// The longest validity in seconds; metadata without one is then refused (IIP-MD04).
    pub longest: Option<i64>,
    /// What it may be signed with.
    pub algorithms: &'a [SignatureAlgorithm],
    /// The arithmetic.
    pub verifier: &'a dyn Verifier,
}
