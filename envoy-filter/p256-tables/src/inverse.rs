//! The inverse of a scalar, in variable time: divsteps of Bernstein and Yang (eprint 2019/266) in batches of 30.
//!
//! Numbers are nine signed limbs of 30 bits. The result is multiplied with the scalar by the p256 crate before anybody uses it, so that
//! a fault here refuses to decide and decides nothing.

#![expect(
    clippy::indexing_slicing,
    reason = "arrays of fixed length under constant bounds"
)]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "limbs are masked before they are narrowed, and divsteps look at the lowest bits alone"
)]
#![expect(clippy::many_single_char_names, reason = "the names of the paper")]

use p256::elliptic_curve::ff::PrimeField as _;
use p256::{FieldBytes, Scalar};

use crate::ORDER;

const BITS: u32 = 30;
const MASK: i64 = (1 << BITS) - 1;
const LIMBS: usize = 9;
/// 724 divsteps bring every number below 2^256 to zero (section 11 there).
const BATCHES: usize = 25;

type Number = [i32; LIMBS];

const MODULUS: Number = limbs(&ORDER);
/// 1 / n modulo 2^30.
const MODULUS_INVERSE: i32 = inverse_of_low_bits(MODULUS[0]);

/// What a batch does to a pair of numbers: `2^30 * (f, g)' = ((u, v), (q, r)) * (f, g)`.
struct Batch {
    u: i64,
    v: i64,
    q: i64,
    r: i64,
}

/// `1 / scalar`; `None` for zero, and should it ever come out wrong.
pub(super) fn inverse(scalar: &Scalar) -> Option<Scalar> {
    let (mut f, mut g) = (MODULUS, limbs(&scalar.to_bytes().into()));
    let (mut d, mut e) = ([0; LIMBS], [0; LIMBS]);
    e[0] = 1;
    let mut eta = -1;
    for _ in 0..BATCHES {
        let batch = divsteps(&mut eta, f[0] as u32, g[0] as u32);
        (d, e) = batch.apply_modulo(&d, &e);
        (f, g) = batch.apply(&f, &g);
        if g == [0; LIMBS] {
            break;
        }
    }
    // Now f is 1 or -1, and d = f / scalar.
    let found = Scalar::from_repr(FieldBytes::from(bytes(&normal(&d, f[LIMBS - 1] < 0)))).into_option()?;
    (*scalar * found == Scalar::ONE).then_some(found)
}

/// Thirty steps on the lowest limbs, several at once where `g` allows it.
fn divsteps(eta: &mut i32, mut f: u32, mut g: u32) -> Batch {
    let (mut u, mut v, mut q, mut r) = (1_i32, 0_i32, 0_i32, 1_i32);
    let mut left = BITS;
    loop {
        let zeros = (g | (u32::MAX << left)).trailing_zeros();
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        *eta -= zeros as i32;
        left -= zeros;
        if left == 0 {
            break;
        }
        if *eta < 0 {
            *eta = -*eta;
            (f, g) = (g, f.wrapping_neg());
            (u, q) = (q, -u);
            (v, r) = (r, -v);
        }
        // Clears up to six low bits of g; -1/f modulo 64 is f * (f^2 - 2).
        let clear = (*eta as u32).saturating_add(1).min(left).min(6);
        let negative_inverse = f.wrapping_mul(f.wrapping_mul(f).wrapping_sub(2));
        let times = g.wrapping_mul(negative_inverse) & ((1 << clear) - 1);
        g = g.wrapping_add(f.wrapping_mul(times));
        q += u * times as i32;
        r += v * times as i32;
    }
    Batch {
        u: u.into(),
        v: v.into(),
        q: q.into(),
        r: r.into(),
    }
}

impl Batch {
    /// The lowest 30 bits of both results are zero and fall away.
    fn apply(&self, f: &Number, g: &Number) -> (Number, Number) {
        let (mut upper, mut lower) = ([0; LIMBS], [0; LIMBS]);
        let (mut left, mut right) = (0, 0);
        for limb in 0..LIMBS {
            let (f, g) = (i64::from(f[limb]), i64::from(g[limb]));
            left += self.u * f + self.v * g;
            right += self.q * f + self.r * g;
            if limb > 0 {
                upper[limb - 1] = (left & MASK) as i32;
                lower[limb - 1] = (right & MASK) as i32;
            }
            left >>= BITS;
            right >>= BITS;
        }
        upper[LIMBS - 1] = left as i32;
        lower[LIMBS - 1] = right as i32;
        (upper, lower)
    }

    /// The same modulo n: the multiple of n is added that clears the lowest 30 bits. Numbers stay between -2n and n.
    fn apply_modulo(&self, d: &Number, e: &Number) -> (Number, Number) {
        let sign = |number: &Number| i64::from(number[LIMBS - 1] >> 31);
        let multiple = |base: i64, low: i64| {
            let wanted = (low as i32)
                .wrapping_mul(MODULUS_INVERSE)
                .wrapping_add(base as i32);
            base - (i64::from(wanted) & MASK)
        };
        let (first, second) = (i64::from(d[0]), i64::from(e[0]));
        let upper = multiple(
            (self.u & sign(d)) + (self.v & sign(e)),
            self.u * first + self.v * second,
        );
        let lower = multiple(
            (self.q & sign(d)) + (self.r & sign(e)),
            self.q * first + self.r * second,
        );
        let (mut left, mut right) = (0, 0);
        let (mut new_d, mut new_e) = ([0; LIMBS], [0; LIMBS]);
        for limb in 0..LIMBS {
            let (d, e, n) = (i64::from(d[limb]), i64::from(e[limb]), i64::from(MODULUS[limb]));
            left += self.u * d + self.v * e + n * upper;
            right += self.q * d + self.r * e + n * lower;
            if limb > 0 {
                new_d[limb - 1] = (left & MASK) as i32;
                new_e[limb - 1] = (right & MASK) as i32;
            }
            left >>= BITS;
            right >>= BITS;
        }
        new_d[LIMBS - 1] = left as i32;
        new_e[LIMBS - 1] = right as i32;
        (new_d, new_e)
    }
}

/// The number between 0 and n that is `number` or its negative modulo n; `number` is between -2n and n.
fn normal(number: &Number, negate: bool) -> Number {
    let plus_modulus_if_negative = |number: &Number| {
        let negative = number[LIMBS - 1] < 0;
        let mut limbs = *number;
        let pairs = limbs.iter_mut().zip(MODULUS);
        pairs.filter(|_| negative).for_each(|(limb, n)| *limb += n);
        carried(&limbs)
    };
    let mut once = plus_modulus_if_negative(number);
    if negate {
        once = carried(&once.map(|limb| -limb));
    }
    plus_modulus_if_negative(&once)
}

fn carried(number: &Number) -> Number {
    let mut limbs = [0; LIMBS];
    let mut carry = 0;
    for limb in 0..LIMBS - 1 {
        let sum = number[limb] + carry;
        limbs[limb] = sum & MASK as i32;
        carry = sum >> BITS;
    }
    limbs[LIMBS - 1] = number[LIMBS - 1] + carry;
    limbs
}

/// From 32 big-endian bytes.
const fn limbs(bytes: &[u8; 32]) -> Number {
    let mut limbs = [0; LIMBS];
    let (mut window, mut filled, mut next, mut byte) = (0_u64, 0, 0, 32);
    while byte > 0 {
        byte -= 1;
        window |= (bytes[byte] as u64) << filled;
        filled += 8;
        if filled >= BITS {
            limbs[next] = (window & MASK as u64) as i32;
            next += 1;
            window >>= BITS;
            filled -= BITS;
        }
    }
    limbs[next] = window as i32;
    limbs
}

/// To 32 big-endian bytes, of a number between 0 and 2^256.
fn bytes(number: &Number) -> [u8; 32] {
    let mut bytes = [0; 32];
    let (mut window, mut filled, mut limbs) = (0_u64, 0, number.iter());
    for byte in bytes.iter_mut().rev() {
        if filled < 8 {
            window |= limbs.next().map_or(0, |limb| u64::from(*limb as u32)) << filled;
            filled += BITS;
        }
        *byte = (window & 0xff) as u8;
        window >>= 8;
        filled -= 8;
    }
    bytes
}

/// By Newton: each turn doubles the bits that are right, three at first.
const fn inverse_of_low_bits(odd: i32) -> i32 {
    let mut inverse = odd;
    let mut turn = 0;
    while turn < 4 {
        inverse = inverse.wrapping_mul(2_i32.wrapping_sub(odd.wrapping_mul(inverse)));
        turn += 1;
    }
    inverse
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_ends_of_the_range_have_their_inverses() {
        assert_eq!(inverse(&Scalar::ZERO), None);
        for small in 1..200_u64 {
            for scalar in [Scalar::from(small), -Scalar::from(small)] {
                assert_eq!(inverse(&scalar), scalar.invert().into_option(), "{small}");
            }
        }
        let mut power = Scalar::ONE;
        for bit in 0..256 {
            assert_eq!(inverse(&power), power.invert().into_option(), "2^{bit}");
            power = power.double();
        }
    }

    proptest! {
        #[test]
        fn inverses_are_those_of_p256(bytes in any::<[u8; 32]>()) {
            if let Some(scalar) = Scalar::from_repr(FieldBytes::from(bytes)).into_option() {
                prop_assert_eq!(inverse(&scalar), scalar.invert().into_option());
            }
        }
    }
}
