//! P-256 signatures under public keys that are known long before: ECDSA verification by tables of multiples.
//!
//! The product writes no cryptographic primitive of its own; this is the one exception, because verification time decides whether
//! one bad client can occupy a gateway worker: 14 us in wasm where the portable crate needs 337 us. It is bounded so:
//!
//! - only verification, which knows nothing but public data, so that variable time is right;
//! - tables and scalars come from the p256 crate; what is ours is the sum of table entries (`field`, `point`, `comb`) and the inverse of a scalar
//!   (`inverse`), which p256 multiplies out before it is used;
//! - an addition that its formulas do not cover makes the verdict [`Outcome::Undecided`], and the caller has to ask a complete
//!   implementation: it never means valid;
//! - every Wycheproof vector, random and degenerate cases agree with p256 and aws-lc-rs (`tests/vectors.rs`, and a fuzz target);
//! - [`Tables::new`] refuses to exist unless known answers come out right on the machine that it runs on.

mod comb;
mod field;
mod inverse;
mod known;
mod point;

use std::sync::Arc;

use idp_jose::EcPublicKey;
use p256::elliptic_curve::ops::Reduce;
use p256::{FieldBytes, ProjectivePoint, Scalar};

use comb::Comb;

/// n, the order of the group, big-endian.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
/// p - n, big-endian: below it r and r + n are two x coordinates with the same r.
const FIELD_MINUS_ORDER: [u8; 32] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x43, 0x19, 0x05, 0x53, 0x58, 0xe8, 0x61, 0x7b, 0x0c,
    0x46, 0x35, 0x3d, 0x03, 0x9c, 0xda, 0xae,
];

/// What the tables say of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Made by the key over the message.
    Valid,
    /// Not made by the key over the message.
    Invalid,
    /// Not for the tables to say; a complete implementation has to be asked.
    Undecided,
}

/// The table of the base point, shared by all keys.
#[derive(Clone)]
pub struct Tables {
    base: Arc<Comb>,
}

/// The tables of one public key.
#[derive(Clone)]
pub struct KeyTables {
    base: Arc<Comb>,
    key: Arc<Comb>,
}

impl Tables {
    /// Computes the table of the base point and proves itself by known answers. `None` when an answer is wrong: then nothing of this
    /// module is to be used on this machine.
    pub fn new() -> Option<Self> {
        let tables = Self {
            base: Arc::new(Comb::of(ProjectivePoint::GENERATOR)?),
        };
        self_test(&tables).then_some(tables)
    }

    /// Computes the tables of a key. `None` when it is not a point of the curve.
    pub fn for_key(&self, key: &EcPublicKey) -> Option<KeyTables> {
        Some(KeyTables {
            base: self.base.clone(),
            key: Arc::new(Comb::of(key.to_affine()?.into())?),
        })
    }
}

impl KeyTables {
    /// Checks the 64 bytes `r || s` over a SHA-256 digest.
    pub fn verify(&self, digest: &[u8; 32], signature: &[u8]) -> Outcome {
        let Ok(signature) = p256::ecdsa::Signature::from_slice(signature) else {
            return Outcome::Invalid;
        };
        let (r, s) = signature.split_scalars();
        let Some(inverse) = inverse::inverse(&s) else {
            return Outcome::Undecided;
        };
        let message = <Scalar as Reduce<FieldBytes>>::reduce(&FieldBytes::from(*digest));
        let mut sum = None;
        self.base.add(message * inverse, &mut sum);
        self.key.add(*r * inverse, &mut sum);
        match sum {
            Some(sum) if !sum.is_degenerate() => decided(matches_r(&sum, &r.to_bytes().into())),
            _ => Outcome::Undecided,
        }
    }
}

const fn decided(valid: bool) -> Outcome {
    if valid { Outcome::Valid } else { Outcome::Invalid }
}

/// The sum's x is r modulo n: it is r, or r + n where that is still below p.
fn matches_r(sum: &point::Sum, r: &[u8; 32]) -> bool {
    sum.has_x(r) || (*r < FIELD_MINUS_ORDER && sum.has_x(&plus_order(r)))
}

fn plus_order(r: &[u8; 32]) -> [u8; 32] {
    let mut result = [0; 32];
    let mut carry = 0;
    for ((digit, left), right) in result.iter_mut().zip(r).zip(ORDER).rev() {
        let sum = u16::from(*left) + u16::from(right) + carry;
        let [high, low] = sum.to_be_bytes();
        *digit = low;
        carry = u16::from(high);
    }
    result
}

/// RFC 6979 appendix A.2.5, message `sample` with SHA-256; then the same with one bit of each part changed.
fn self_test(tables: &Tables) -> bool {
    let Some(key) = EcPublicKey::from_coordinates(&known::X, &known::Y)
        .ok()
        .and_then(|key| tables.for_key(&key))
    else {
        return false;
    };
    let changed = |index: usize| {
        let mut signature = known::SIGNATURE;
        signature
            .iter_mut()
            .skip(index)
            .take(1)
            .for_each(|byte| *byte ^= 1);
        signature
    };
    let mut other = known::DIGEST;
    other.iter_mut().take(1).for_each(|byte| *byte ^= 0x80);
    key.verify(&known::DIGEST, &known::SIGNATURE) == Outcome::Valid
        && key.verify(&other, &known::SIGNATURE) == Outcome::Invalid
        && key.verify(&known::DIGEST, &changed(31)) == Outcome::Invalid
        && key.verify(&known::DIGEST, &changed(63)) == Outcome::Invalid
}
