//! Arithmetic that is exact or says that it is not.
//!
//! `Decimal` rounds silently once a product or a sum needs more than 96 bits. A limit must not be crossed by rounding,
//! so everything that leads to a comparison goes through here, and `None` means "cannot be computed exactly".

use std::cmp::Ordering;

use rust_decimal::Decimal;

/// `a × b`, or `None` where a `Decimal` cannot hold the exact product.
pub(crate) fn mul(a: Decimal, b: Decimal) -> Option<Decimal> {
    let product =
        |a: Decimal, b: Decimal| fit(a.mantissa().checked_mul(b.mantissa())?, a.scale() + b.scale());
    product(a, b).or_else(|| product(a.normalize(), b.normalize()))
}

/// The figure, without the trailing zeros that would make it too long.
fn fit(mut mantissa: i128, mut scale: u32) -> Option<Decimal> {
    loop {
        if let Ok(decimal) = Decimal::try_from_i128_with_scale(mantissa, scale) {
            return Some(decimal);
        }
        if scale == 0 || mantissa % 10 != 0 {
            return None;
        }
        mantissa /= 10;
        scale -= 1;
    }
}

/// `a ÷ b`, or `None` where the quotient has no exact decimal form that fits.
pub(crate) fn div(a: Decimal, b: Decimal) -> Option<Decimal> {
    a.checked_div(b).filter(|quotient| mul(*quotient, b) == Some(a)).map(|quotient| quotient.normalize())
}

/// A number as a quotient of two decimals, so that shares such as 1 of 30 stay exact.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fraction {
    pub(crate) num: Decimal,
    /// Positive; `None` is one, the common case.
    pub(crate) den: Option<Decimal>,
}

impl Fraction {
    pub(crate) fn whole(num: Decimal) -> Self {
        Self { num, den: None }
    }

    /// `None` unless `den` is positive.
    pub(crate) fn new(num: Decimal, den: Decimal) -> Option<Self> {
        (den > Decimal::ZERO).then_some(Self { num, den: (den != Decimal::ONE).then_some(den) })
    }

    /// Exact order of two fractions.
    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        let left = other.den.map_or(Some(self.num), |den| mul(self.num, den))?;
        let right = self.den.map_or(Some(other.num), |den| mul(other.num, den))?;
        Some(left.cmp(&right))
    }

    /// For showing only: rounded where the quotient does not end.
    pub(crate) fn rounded(self) -> Decimal {
        self.den.map_or(self.num, |den| self.num.checked_div(den).unwrap_or(Decimal::MAX)).normalize()
    }
}

/// An exact running sum.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    mantissa: i128,
    scale: u32,
}

impl Sum {
    pub(crate) fn add(&mut self, value: Decimal) -> Option<()> {
        if self.scale == value.scale() {
            self.mantissa = self.mantissa.checked_add(value.mantissa())?;
            return Some(());
        }
        let scale = self.scale.max(value.scale());
        let raise = |mantissa: i128, from: u32| mantissa.checked_mul(10_i128.checked_pow(scale - from)?);
        self.mantissa =
            raise(self.mantissa, self.scale)?.checked_add(raise(value.mantissa(), value.scale())?)?;
        self.scale = scale;
        Some(())
    }

    pub(crate) fn total(self) -> Option<Decimal> {
        fit(self.mantissa, self.scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        Decimal::from_str_exact(text).unwrap()
    }

    #[test]
    fn a_product_is_exact_or_refused() {
        assert_eq!(mul(d("0.01"), d("110")), Some(d("1.10")));
        assert_eq!(mul(d("0.0000000000000000000000000001"), d("0.1")), None);
        assert_eq!(mul(Decimal::MAX, d("2")), None);
        assert_eq!(
            mul(d("1.0000000000000000000000000000"), d("0.1")),
            Some(d("0.1")),
            "trailing zeros are no digits"
        );
    }

    #[test]
    fn a_quotient_is_exact_or_refused() {
        assert_eq!(div(d("1"), d("1024")), Some(d("0.0009765625")));
        assert_eq!(div(d("1"), d("3")), None);
        assert_eq!(div(d("1"), d("0")), None);
    }

    #[test]
    fn thirds_are_compared_without_rounding() {
        let third = Fraction::new(d("1"), d("3")).unwrap();
        let rounded = Fraction::whole(d("0.3333333333333333333333333333"));
        assert_eq!(third.compare(rounded), Some(Ordering::Greater));
        assert_eq!(third.compare(Fraction::new(d("2"), d("6")).unwrap()), Some(Ordering::Equal));
    }

    #[test]
    fn a_sum_keeps_every_digit_or_is_refused() {
        let mut sum = Sum::default();
        for text in ["0.1", "0.02", "1000000", "-0.12"] {
            sum.add(d(text)).unwrap();
        }
        assert_eq!(sum.total(), Some(d("1000000")));
        let mut sum = Sum::default();
        sum.add(Decimal::MAX).unwrap();
        assert_eq!(sum.add(d("0.0000000000000000000000000001")), None);
    }
}
