//! The multiples of one point that make every scalar multiplication of it a sum of at most 32 table entries.

use p256::elliptic_curve::BatchNormalize as _;
use p256::elliptic_curve::group::Group as _;
use p256::elliptic_curve::point::AffineCoordinates as _;
use p256::elliptic_curve::scalar::IsHigh as _;
use p256::{AffinePoint, ProjectivePoint, Scalar};

use super::field::Element;
use super::point::{Affine, Sum};

/// Digits of a scalar in radix 2^8.
const WINDOWS: usize = 32;
/// Positive values of a digit; the negative ones are the points with the other y.
const ENTRIES: usize = 128;

/// `entry[window * 128 + k - 1] = k * 2^(8 * window) * point`, 288 KiB.
pub(super) struct Comb(Vec<Affine>);

impl Comb {
    /// Computes the table, with the complete formulas of p256. `None` for the identity, which is no public key.
    pub(super) fn of(point: ProjectivePoint) -> Option<Self> {
        let mut multiples = Vec::with_capacity(ENTRIES);
        let mut entries = Vec::with_capacity(WINDOWS * ENTRIES);
        let mut base = point;
        for _ in 0..WINDOWS {
            multiples.clear();
            let mut multiple = base;
            for _ in 0..ENTRIES {
                multiples.push(multiple);
                multiple += base;
            }
            let affine = ProjectivePoint::batch_normalize(multiples.as_slice());
            for point in &affine {
                entries.push(entry(point)?);
            }
            base = multiples.last()?.double();
        }
        Some(Self(entries))
    }

    /// Adds `scalar * point` to a sum.
    pub(super) fn add(&self, scalar: Scalar, sum: &mut Option<Sum>) {
        // Below half the order the top digit stays within the table.
        let high = bool::from(scalar.is_high());
        let bytes = if high { -scalar } else { scalar }.to_bytes();
        let mut carry = 0_i16;
        for (window, byte) in self.0.chunks_exact(ENTRIES).zip(bytes.iter().rev()) {
            let mut digit = i16::from(*byte) + carry;
            carry = i16::from(digit > 128);
            digit -= carry << 8;
            let entry = usize::from(digit.unsigned_abs())
                .checked_sub(1)
                .and_then(|index| window.get(index));
            if let Some(entry) = entry {
                let negative = (digit < 0) != high;
                match sum {
                    Some(sum) => sum.add(entry, negative),
                    None => *sum = Some(Sum::of(entry, negative)),
                }
            }
        }
    }
}

fn entry(point: &AffinePoint) -> Option<Affine> {
    if bool::from(ProjectivePoint::from(*point).is_identity()) {
        return None;
    }
    Some(Affine {
        x: Element::from_bytes(&point.x().into()),
        y: Element::from_bytes(&point.y().into()),
    })
}
