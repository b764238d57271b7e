//! Several figures become one, exactly or not at all.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::view::Point;
use crate::{
    Aggregate,
    exact::{self, Fraction, Sum},
};

pub(super) struct Accumulator {
    aggregate: Aggregate,
    count: u64,
    parts: Sum,
    wholes: Sum,
    chosen: Option<Fraction>,
    /// Nothing pushed so far lies below zero, so further counts cannot lower a sum.
    pub(super) never_negative: bool,
    failed: bool,
}

impl Accumulator {
    pub(super) fn new(aggregate: Aggregate) -> Self {
        Self {
            aggregate,
            count: 0,
            parts: Sum::default(),
            wholes: Sum::default(),
            chosen: None,
            never_negative: true,
            failed: false,
        }
    }

    /// Adds a sample. `weight` is the traffic behind it, which only shares without counts need.
    pub(super) fn push(&mut self, point: Point, weight: Option<Decimal>) {
        self.count += 1;
        self.never_negative &= !point.figure.num.is_sign_negative();
        if self.add(point, weight).is_none() {
            self.failed = true;
        }
    }

    fn add(&mut self, Point { figure, counts, .. }: Point, weight: Option<Decimal>) -> Option<()> {
        match self.aggregate {
            Aggregate::Ratio if counts => {
                self.parts.add(figure.num)?;
                self.wholes.add(figure.den.unwrap_or(Decimal::ONE))
            }
            Aggregate::Ratio => {
                let weight = weight.filter(|weight| *weight >= Decimal::ZERO)?;
                self.parts.add(exact::mul(figure.num, weight)?)?;
                self.wholes.add(weight)
            }
            Aggregate::Mean | Aggregate::Sum => match figure.den {
                None => self.parts.add(figure.num),
                Some(den) => self.parts.add(exact::div(figure.num, den)?),
            },
            Aggregate::Max => self.choose(figure, Ordering::Greater),
            Aggregate::Min => self.choose(figure, Ordering::Less),
            Aggregate::Last => {
                self.chosen = Some(figure);
                Some(())
            }
        }
    }

    fn choose(&mut self, figure: Fraction, better: Ordering) -> Option<()> {
        let replace = match self.chosen {
            None => true,
            Some(chosen) => figure.compare(chosen)? == better,
        };
        if replace {
            self.chosen = Some(figure);
        }
        Some(())
    }

    /// The one figure, or `None` where there is nothing or it cannot be computed exactly.
    pub(super) fn figure(&self) -> Option<Fraction> {
        if self.failed || self.count == 0 {
            return None;
        }
        match self.aggregate {
            Aggregate::Ratio => Fraction::new(self.parts.total()?, self.wholes.total()?),
            Aggregate::Mean => Fraction::new(self.parts.total()?, Decimal::from(self.count)),
            Aggregate::Sum => self.parts.total().map(Fraction::whole),
            Aggregate::Max | Aggregate::Min | Aggregate::Last => self.chosen,
        }
    }
}
