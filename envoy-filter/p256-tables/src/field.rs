//! The field of P-256 in nine signed limbs of 29 bits, Montgomery form with R = 2^261.
//!
//! Why so: a 29-bit product leaves room for nine of them in an `i64`, which is the widest multiplication that wasm has, and
//! p = -1 modulo 2^29, so that Montgomery's quotient digit is the lowest limb itself and p's multiples are shifts.
//!
//! Bounds. A *carried* element has limbs in `[-2^28, 2^28)`, the top one below 2^28 in size; every function of products and
//! [`Element::carried`] give such. A sum or difference of two carried elements has limbs up to 2^29 in size and may be multiplied
//! (9 * 2^58 < 2^63) without a carry; of three or four, only after one.

#![expect(
    clippy::indexing_slicing,
    reason = "arrays of fixed length under constant bounds; a check per limb would cost more than the limb"
)]
#![expect(
    clippy::cast_possible_truncation,
    reason = "limbs are masked or bounded before they are narrowed, see the bounds above"
)]
#![expect(
    clippy::inline_always,
    reason = "a product that is called would leave its seventeen columns in memory and read them again"
)]

/// Bits of a limb.
const BITS: u32 = 29;
const MASK: i64 = (1 << BITS) - 1;
const LIMBS: usize = 9;

type Columns = [i64; 2 * LIMBS - 1];

/// p in unsigned limbs.
const MODULUS: [i64; LIMBS] = [
    0x1fff_ffff,
    0x1fff_ffff,
    0x1fff_ffff,
    0x1ff,
    0,
    0,
    0x4_0000,
    0x1fe0_0000,
    0xff_ffff,
];

/// R^2 modulo p, which brings a number into Montgomery form.
const R_SQUARED: Element = Element([
    0xc00,
    0,
    0x1fff_0000,
    0x1fdf_ffff,
    0x1fbf_ffff,
    0x1fff_ffff,
    0x1fff_ffff,
    0x1fff_fffe,
    0x13,
]);

/// A number modulo p, in no unique form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element([i32; LIMBS]);

impl Element {
    /// One, in Montgomery form.
    pub(super) const ONE: Self = Self([
        0x20,
        0,
        0,
        0x1fff_c000,
        0x1fff_ffff,
        0x1fff_ffff,
        0x1f7f_ffff,
        0x3ff_ffff,
        0,
    ]);

    /// From 32 big-endian bytes of a number below 2^256.
    pub(super) fn from_bytes(bytes: &[u8; 32]) -> Self {
        let mut limbs = [0; LIMBS];
        let mut window = 0_u64;
        let mut filled = 0;
        let mut next = 0;
        for byte in bytes.iter().rev() {
            window |= u64::from(*byte) << filled;
            filled += 8;
            if filled >= BITS {
                limbs[next] = (window & MASK.unsigned_abs()) as i32;
                next += 1;
                window >>= BITS;
                filled -= BITS;
            }
        }
        limbs[next] = window as i32;
        multiply(&Self(limbs), &R_SQUARED)
    }

    /// The same number with carried limbs.
    pub(super) fn carried(&self) -> Self {
        let mut limbs = [0; LIMBS];
        let mut carry = 0;
        for (limb, value) in limbs.iter_mut().zip(self.0).take(LIMBS - 1) {
            let sum = value + carry;
            carry = (sum + (1 << (BITS - 1))) >> BITS;
            *limb = sum - (carry << BITS);
        }
        limbs[LIMBS - 1] = self.0[LIMBS - 1] + carry;
        Self(limbs)
    }

    /// The difference, not carried.
    pub(super) fn minus(&self, other: &Self) -> Self {
        let mut limbs = self.0;
        limbs
            .iter_mut()
            .zip(other.0)
            .for_each(|(limb, other)| *limb -= other);
        Self(limbs)
    }

    /// The negative, carried where the number was.
    pub(super) fn negated(&self) -> Self {
        Self(self.0.map(|limb| -limb))
    }

    /// Whether the number is zero modulo p. Up to four carried terms may have been added.
    pub(super) fn is_zero(&self) -> bool {
        // Leaving Montgomery form gives a number in 0..=p, so that zero is one of the two ends.
        let one = Self([1, 0, 0, 0, 0, 0, 0, 0, 0]);
        let left = multiply(&self.carried(), &one);
        let mut digits = [0; LIMBS];
        let mut carry = 0;
        for (digit, limb) in digits.iter_mut().zip(left.0) {
            let sum = i64::from(limb) + carry;
            *digit = sum & MASK;
            carry = sum >> BITS;
        }
        carry == 0 && (digits == [0; LIMBS] || digits == MODULUS)
    }
}

// Each of these is one function without calls, and is called: its columns live in registers and never in memory.

/// The product, carried.
#[inline(never)]
pub(super) fn multiply(a: &Element, b: &Element) -> Element {
    carry(&reduce(product(a, b)))
}

/// `a * b - c`, carried.
#[inline(never)]
pub(super) fn multiply_minus(a: &Element, b: &Element, c: &Element) -> Element {
    let mut columns = reduce(product(a, b));
    for (column, limb) in columns.iter_mut().zip(c.0) {
        *column -= i64::from(limb);
    }
    carry(&columns)
}

/// The square, carried.
#[inline(never)]
pub(super) fn square(a: &Element) -> Element {
    carry(&reduce(squared(a)))
}

/// `a^2 - b - 2 * c`, carried.
#[inline(never)]
pub(super) fn square_minus(a: &Element, b: &Element, c: &Element) -> Element {
    let mut columns = reduce(squared(a));
    for ((column, b), c) in columns.iter_mut().zip(b.0).zip(c.0) {
        *column -= i64::from(b) + (i64::from(c) << 1);
    }
    carry(&columns)
}

/// `a * b - c * d`, carried, with one reduction. Of `c` and `d` both have to be carried.
#[inline(never)]
pub(super) fn difference_of_products(a: &Element, b: &Element, c: &Element, d: &Element) -> Element {
    let mut columns = product(a, b);
    let others = product(c, d);
    columns
        .iter_mut()
        .zip(others)
        .for_each(|(column, other)| *column -= other);
    carry(&reduce(columns))
}

#[inline(always)]
fn product(a: &Element, b: &Element) -> Columns {
    let [a0, a1, a2, a3, a4, a5, a6, a7, a8] = a.0.map(i64::from);
    let [b0, b1, b2, b3, b4, b5, b6, b7, b8] = b.0.map(i64::from);
    [
        a0 * b0,
        a0 * b1 + a1 * b0,
        a0 * b2 + a1 * b1 + a2 * b0,
        a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0,
        a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0,
        a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0,
        a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0,
        a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0,
        a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0,
        a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1,
        a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2,
        a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3,
        a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4,
        a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5,
        a6 * b8 + a7 * b7 + a8 * b6,
        a7 * b8 + a8 * b7,
        a8 * b8,
    ]
}

#[inline(always)]
fn squared(a: &Element) -> Columns {
    let [a0, a1, a2, a3, a4, a5, a6, a7, a8] = a.0.map(i64::from);
    let [d0, d1, d2, d3, d4, d5, d6, d7] = [a0, a1, a2, a3, a4, a5, a6, a7].map(|limb| limb << 1);
    [
        a0 * a0,
        d0 * a1,
        d0 * a2 + a1 * a1,
        d0 * a3 + d1 * a2,
        d0 * a4 + d1 * a3 + a2 * a2,
        d0 * a5 + d1 * a4 + d2 * a3,
        d0 * a6 + d1 * a5 + d2 * a4 + a3 * a3,
        d0 * a7 + d1 * a6 + d2 * a5 + d3 * a4,
        d0 * a8 + d1 * a7 + d2 * a6 + d3 * a5 + a4 * a4,
        d1 * a8 + d2 * a7 + d3 * a6 + d4 * a5,
        d2 * a8 + d3 * a7 + d4 * a6 + a5 * a5,
        d3 * a8 + d4 * a7 + d5 * a6,
        d4 * a8 + d5 * a7 + a6 * a6,
        d5 * a8 + d6 * a7,
        d6 * a8 + a7 * a7,
        d7 * a8,
        a8 * a8,
    ]
}

/// Montgomery's reduction: adds the multiple of p that clears the low nine columns, p = 2^256 - 2^224 + 2^192 + 2^96 - 1.
#[inline(always)]
fn reduce(mut columns: Columns) -> [i64; LIMBS] {
    for low in 0..LIMBS {
        let digit = columns[low] & MASK;
        columns[low + 1] += columns[low] >> BITS;
        columns[low + 3] += digit << 9;
        columns[low + 6] += digit << 18;
        columns[low + 7] -= digit << 21;
        columns[low + 8] += digit << 24;
    }
    let [.., c9, c10, c11, c12, c13, c14, c15, c16] = columns;
    [c9, c10, c11, c12, c13, c14, c15, c16, 0]
}

#[inline(always)]
fn carry(columns: &[i64; LIMBS]) -> Element {
    let mut limbs = [0; LIMBS];
    let mut carry = 0;
    for (limb, column) in limbs.iter_mut().zip(columns).take(LIMBS - 1) {
        let sum = column + carry;
        carry = (sum + (1 << (BITS - 1))) >> BITS;
        *limb = (sum - (carry << BITS)) as i32;
    }
    limbs[LIMBS - 1] = (columns[LIMBS - 1] + carry) as i32;
    Element(limbs)
}
