//! Observed time: what a soak and a watch are paid in.
//!
//! Credit exists only between two neighbouring valid looks that are no further apart than the allowed gap, and only
//! while no guardrail was over its limit. Everything else is lost and says why. Looks that a source's history made up for
//! count like others; they alone bridge a recorded gap.

use chrono::DateTime;
use chrono::Utc;
use rust_decimal::Decimal;
use seaworthy_domain::Gap;
use seaworthy_domain::GapCause;
use seaworthy_domain::policy::Coverage;
use seaworthy_domain::policy::Soak;
use seaworthy_rules::Period;

/// One look at production.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// When.
    pub at: DateTime<Utc>,
    /// Whether it counts, and if not why.
    pub blind: Option<GapCause>,
    /// A guardrail was over its limit.
    pub over: bool,
    /// Nobody looked then; it was fetched later, and counts as the policy says.
    pub filled: bool,
}

/// What was observed of a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Start of the span.
    pub from: DateTime<Utc>,
    /// End of the span so far.
    pub to: DateTime<Utc>,
    /// Credited time.
    pub observed: Period,
    /// Spans without observation, ascending.
    pub gaps: Vec<Gap>,
}

impl Observed {
    /// Calendar time of the span.
    #[must_use]
    pub fn wall(&self) -> Period {
        Period::from_delta(self.to - self.from)
    }

    /// Time in gaps.
    #[must_use]
    pub fn lost(&self) -> Period {
        Period::from_millis(self.gaps.iter().map(|gap| Period::from_delta(gap.length()).as_millis()).sum())
    }

    /// Credited part of the calendar time; all of nothing is nothing.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        let wall = self.wall().as_millis();
        if wall == 0 {
            return Coverage(Decimal::ZERO);
        }
        Coverage(Decimal::from(self.observed.as_millis()) / Decimal::from(wall))
    }

    /// Whether `soak` is met.
    #[must_use]
    pub fn meets(&self, soak: &Soak) -> bool {
        self.observed >= soak.length && self.coverage() >= soak.coverage
    }
}

/// Adds up the looks within `from..=to`. `looks` and `known` are ascending; `known` names causes that the looks
/// themselves cannot tell, such as sleep.
#[must_use]
pub fn observe(
    looks: &[Look],
    known: &[Gap],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    allowed_gap: Period,
) -> Observed {
    let mut credit: u64 = 0;
    let mut gaps = Vec::new();
    let mut last: Option<&Look> = None;
    let mut blind: Option<GapCause> = None;
    let first = looks.partition_point(|look| look.at < from);
    for look in looks[first..].iter().take_while(|look| look.at <= to) {
        if look.blind.is_some() {
            blind = blind.or(look.blind);
            continue;
        }
        let since = last.map_or(from, |l| l.at);
        let span = Period::from_delta(look.at - since);
        let filled = look.filled || last.is_some_and(|before| before.filled);
        if span > allowed_gap || (!filled && overlaps(known, since, look.at)) {
            gaps.push(gap(since, look.at, blind, known));
        } else if let Some(before) = last
            && !before.over
            && !look.over
        {
            credit += span.as_millis();
        }
        last = Some(look);
        blind = None;
    }
    let since = last.map_or(from, |l| l.at);
    if Period::from_delta(to - since) > allowed_gap {
        gaps.push(gap(since, to, blind, known));
    }
    Observed { from, to, observed: Period::from_millis(credit), gaps }
}

fn overlaps(known: &[Gap], from: DateTime<Utc>, to: DateTime<Utc>) -> bool {
    first_within(known, from, to).is_some()
}

/// The first recorded gap that touches the span. Gaps are ascending and do not overlap, so a search is enough: this
/// is asked once for every look of days.
fn first_within(known: &[Gap], from: DateTime<Utc>, to: DateTime<Utc>) -> Option<&Gap> {
    known.get(known.partition_point(|gap| gap.to <= from)).filter(|gap| gap.from < to)
}

/// A recorded cause is better than what a failed look said, and that is better than silence.
fn gap(from: DateTime<Utc>, to: DateTime<Utc>, blind: Option<GapCause>, known: &[Gap]) -> Gap {
    let recorded = first_within(known, from, to).map(|gap| gap.cause);
    Gap { from, to, cause: recorded.or(blind).unwrap_or(GapCause::AppClosed) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn look(seconds: i64) -> Look {
        Look { at: at(seconds), blind: None, over: false, filled: false }
    }

    fn allowed() -> Period {
        Period::from_secs(30)
    }

    #[test]
    fn credit_lies_between_neighbours_and_the_gap_says_why() {
        let mut looks = vec![look(0), look(15), look(30)];
        looks.push(Look { blind: Some(GapCause::Offline), ..look(45) });
        looks.extend([look(90), look(105)]);
        let seen = observe(&looks, &[], at(0), at(110), allowed());
        assert_eq!(seen.observed, Period::from_secs(45));
        assert_eq!(seen.gaps, [Gap { from: at(30), to: at(90), cause: GapCause::Offline }]);
        assert_eq!(seen.lost(), Period::from_secs(60));
    }

    #[test]
    fn a_recorded_sleep_is_named_and_breaks_even_a_short_span() {
        let known = [Gap { from: at(15), to: at(30), cause: GapCause::Suspended }];
        let seen = observe(&[look(0), look(15), look(30)], &known, at(0), at(30), allowed());
        assert_eq!(seen.observed, Period::from_secs(15));
        assert_eq!(seen.gaps[0].cause, GapCause::Suspended);
    }

    #[test]
    fn time_over_a_limit_pays_nothing() {
        let over = Look { over: true, ..look(15) };
        let seen = observe(&[look(0), over, look(30), look(45)], &[], at(0), at(45), allowed());
        assert_eq!(seen.observed, Period::from_secs(15));
        assert!(seen.gaps.is_empty());
    }

    #[test]
    fn the_end_without_looks_is_a_gap_too() {
        let seen = observe(&[look(0)], &[], at(0), at(3_600), allowed());
        assert_eq!(seen.observed, Period::ZERO);
        assert_eq!(seen.gaps, [Gap { from: at(0), to: at(3_600), cause: GapCause::AppClosed }]);
        let nothing = observe(&[], &[], at(0), at(3_600), allowed());
        assert_eq!(nothing.lost(), Period::from_secs(3_600));
    }

    #[test]
    fn fetched_looks_bridge_a_recorded_gap_as_far_as_they_reach() {
        let known = [Gap { from: at(15), to: at(90), cause: GapCause::Suspended }];
        let fetched = |seconds| Look { filled: true, ..look(seconds) };
        let whole = [look(0), look(15), fetched(30), fetched(45), fetched(60), fetched(75), look(90)];
        let seen = observe(&whole, &known, at(0), at(90), allowed());
        assert_eq!((seen.observed, seen.gaps.len()), (Period::from_secs(90), 0));
        let part = [look(0), look(15), fetched(30), fetched(75), look(90)];
        let seen = observe(&part, &known, at(0), at(90), allowed());
        assert_eq!(seen.observed, Period::from_secs(45));
        assert_eq!(seen.gaps, [Gap { from: at(30), to: at(75), cause: GapCause::Suspended }]);
        let shown = whole.map(|look| Look { blind: look.filled.then_some(GapCause::Suspended), ..look });
        assert_eq!(observe(&shown, &known, at(0), at(90), allowed()).observed, Period::from_secs(15));
        let over = whole.map(|look| Look { over: look.at == at(60), ..look });
        assert_eq!(observe(&over, &known, at(0), at(90), allowed()).observed, Period::from_secs(60));
    }

    proptest! {
        #[test]
        fn never_more_credit_than_time_and_gaps_never_count(
            steps in proptest::collection::vec((1_i64..90, 0_u8..4), 0..60),
        ) {
            let mut second = 0;
            let looks: Vec<_> = steps
                .iter()
                .map(|(step, kind)| {
                    second += step;
                    let blind = (*kind == 0).then_some(GapCause::SourceFailed);
                    Look { at: at(second), blind, over: *kind == 1, filled: false }
                })
                .collect();
            let seen = observe(&looks, &[], at(0), at(second), allowed());
            prop_assert!(seen.observed.as_millis() + seen.lost().as_millis() <= seen.wall().as_millis());
            for gap in &seen.gaps {
                prop_assert!(gap.length() > allowed().delta());
                let inside = looks.iter().filter(|l| l.blind.is_none() && l.at > gap.from && l.at < gap.to).count();
                prop_assert_eq!(inside, 0);
            }
            // More looks never pay less.
            let mut denser = looks.clone();
            denser.extend(looks.windows(2).filter(|w| w.iter().all(|l| l.blind.is_none() && !l.over)).map(|w| Look {
                at: w[0].at + (w[1].at - w[0].at) / 2,
                ..w[0]
            }));
            denser.sort_by_key(|l| l.at);
            prop_assert!(observe(&denser, &[], at(0), at(second), allowed()).observed >= seen.observed);
        }
    }
}
