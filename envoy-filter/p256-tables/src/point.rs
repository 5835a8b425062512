//! A running sum of points in XYZZ coordinates: x = X / ZZ, y = Y / ZZZ, ZZ^3 = ZZZ^2.

use super::field::{Element, difference_of_products, multiply, multiply_minus, square, square_minus};

/// A point other than the identity.
#[derive(Clone, Copy, Debug)]
pub(super) struct Affine {
    pub(super) x: Element,
    pub(super) y: Element,
}

impl Affine {
    /// The point with the other y.
    fn negated(&self) -> Self {
        Self {
            x: self.x,
            y: self.y.negated(),
        }
    }
}

/// A sum. Where an addition met equal or opposite points, ZZ is zero from then on and says nothing more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sum {
    x: Element,
    y: Element,
    zz: Element,
    zzz: Element,
}

impl Sum {
    /// A sum of one point.
    pub(super) fn of(point: &Affine, negative: bool) -> Self {
        let point = if negative { point.negated() } else { *point };
        Self {
            x: point.x,
            y: point.y,
            zz: Element::ONE,
            zzz: Element::ONE,
        }
    }

    /// Adds a point or its negative: 8 products and 2 squares, two of the products under one reduction.
    #[expect(clippy::many_single_char_names, reason = "the names of the formulas")]
    #[inline]
    pub(super) fn add(&mut self, point: &Affine, negative: bool) {
        let y = if negative { point.y.negated() } else { point.y };
        let p = multiply_minus(&point.x, &self.zz, &self.x);
        let r = multiply_minus(&y, &self.zzz, &self.y);
        let pp = square(&p);
        let ppp = multiply(&p, &pp);
        let q = multiply(&self.x, &pp);
        let x = square_minus(&r, &ppp, &q);
        self.y = difference_of_products(&r, &q.minus(&x), &self.y, &ppp);
        self.x = x;
        self.zz = multiply(&self.zz, &pp);
        self.zzz = multiply(&self.zzz, &ppp);
    }

    /// Whether the sum says nothing: an addition was degenerate.
    pub(super) fn is_degenerate(&self) -> bool {
        self.zz.is_zero()
    }

    /// Whether the point's x is this number, without an inversion.
    pub(super) fn has_x(&self, x: &[u8; 32]) -> bool {
        multiply_minus(&Element::from_bytes(x), &self.zz, &self.x).is_zero()
    }
}
