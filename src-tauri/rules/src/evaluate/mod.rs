//! The evaluator: one pass over the samples, no state kept between calls.
//!
//! Where several answers apply, a breach that fired comes first (it stays), then no data, then unclear, then the rest.

mod aggregate;
mod newest;
mod sustained;
mod traffic;
mod view;
mod window;
mod words;

use crate::{
    At, Condition, Coverage, Evaluation, Interval, Observed, Period, Polarity, Quantity, Rule, Run, Series,
    Span, Traffic, exact::Fraction,
};
use chrono::{DateTime, Utc};
use traffic::Counter;
use view::{Point, View};

/// Evaluates a rule that is bad when true.
pub fn evaluate_guardrail(rule: &Rule, series: &Series, at: &At<'_>) -> Evaluation {
    evaluate(rule, series, at, Polarity::Guardrail)
}

/// Evaluates a rule that is good when true.
pub fn evaluate_criterion(rule: &Rule, series: &Series, at: &At<'_>) -> Evaluation {
    evaluate(rule, series, at, Polarity::Criterion)
}

/// Evaluates a rule over the samples from `at.since` to `at.now`. Its cost is linear in their number.
pub fn evaluate(rule: &Rule, series: &Series, at: &At<'_>, polarity: Polarity) -> Evaluation {
    let Some(metric) = series.get(rule.metric()) else {
        let reason = format!("{} is not measured", rule.metric());
        return finish(rule, polarity, None, Outcome::new(Condition::NoData, reason));
    };
    let limit = match rule.limit().limit_in(metric.spec.unit) {
        Ok(limit) => limit,
        Err(error) => {
            let reason = format!("{} is not measured in the unit of the rule: {error}", rule.metric());
            return finish(rule, polarity, None, Outcome::new(Condition::NoData, reason));
        }
    };
    let view = View::new(metric, *at);
    let counter = Counter::of(rule, series, metric, *at);
    let subject = Subject {
        rule,
        polarity,
        view,
        limit,
        counter,
        weights: metric.spec.traffic.as_deref().and_then(|name| series.get(name)),
    };
    let outcome = match subject.newest() {
        None => Outcome::new(Condition::NoData, words::nothing_valid(&subject)),
        Some(newest) => {
            let age = at.now - newest.at;
            let stale = (age > metric.spec.stale_after.delta()).then(|| words::stale(&subject, age));
            match rule.span() {
                Span::Newest => newest::evaluate(&subject, newest, stale),
                Span::Sustained(needed) => sustained::evaluate(&subject, needed, newest, stale),
                Span::Window(length) => window::evaluate(&subject, length, newest, stale),
            }
        }
    };
    finish(rule, polarity, Some(&subject), outcome.only_as_seen(&subject))
}

/// A rule with everything it needs to be evaluated.
struct Subject<'a> {
    rule: &'a Rule,
    polarity: Polarity,
    view: View<'a>,
    /// The rule's limit in the unit of the metric.
    limit: Fraction,
    counter: Option<Counter<'a>>,
    /// The metric that says how much each sample weighs.
    weights: Option<&'a crate::MetricSeries>,
}

impl Subject<'_> {
    /// Whether the statement is true of a figure; `None` where that cannot be computed exactly.
    fn holds(&self, figure: Fraction) -> Option<bool> {
        figure.compare(self.limit).map(|order| self.rule.comparison().holds(order))
    }

    /// Valid samples in a stretch of time, each with whether the statement is true of it.
    fn judged(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl DoubleEndedIterator<Item = (Point, bool)> {
        self.view.points(from, to).filter_map(|point| self.holds(point.figure).map(|truth| (point, truth)))
    }

    /// Valid samples in a stretch of time. What is compared one by one has to be comparable one by one.
    fn counting(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> impl DoubleEndedIterator<Item = Point> {
        let one_by_one = self.rule.window().is_none();
        self.view.points(from, to).filter(move |point| !one_by_one || self.holds(point.figure).is_some())
    }

    fn newest(&self) -> Option<Point> {
        let at = self.view.at();
        self.counting(at.since, at.now).next_back()
    }

    fn quantity(&self, figure: Fraction) -> Quantity {
        Quantity::new(figure.rounded(), self.view.spec().unit)
    }

    fn observed(&self, point: Point) -> Observed {
        Observed { at: point.at, value: self.quantity(point.figure) }
    }
}

/// The parts of an evaluation that depend on the kind of rule.
struct Outcome {
    condition: Condition,
    reason: String,
    figure: Option<Fraction>,
    met_at: Option<DateTime<Utc>>,
    interval: Option<Interval>,
    run: Option<Run>,
    coverage: Option<Coverage>,
    traffic: Option<Traffic>,
}

impl Outcome {
    fn new(condition: Condition, reason: String) -> Self {
        Self {
            condition,
            reason,
            figure: None,
            met_at: None,
            interval: None,
            run: None,
            coverage: None,
            traffic: None,
        }
    }

    /// A guardrail does not fire on a sample that was fetched later: nobody saw it when it was true.
    fn only_as_seen(self, subject: &Subject<'_>) -> Self {
        let unseen = |at: DateTime<Utc>| !subject.view.was_seen(at);
        if subject.polarity == Polarity::Criterion || !self.met_at.is_some_and(unseen) {
            return self;
        }
        let reason = format!("{}, by what was fetched after a gap", self.reason);
        Self { condition: Condition::Unclear, reason, met_at: None, ..self }
    }

    fn between(mut self, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        self.interval = Some(Interval { from, to });
        self
    }
}

fn finish(rule: &Rule, polarity: Polarity, subject: Option<&Subject<'_>>, outcome: Outcome) -> Evaluation {
    let mut evaluation = Evaluation {
        polarity,
        condition: outcome.condition,
        verdict: outcome.condition.verdict(polarity),
        reason: outcome.reason,
        limit: rule.limit(),
        figure: None,
        met_at: outcome.met_at,
        interval: outcome.interval,
        run: outcome.run,
        coverage: outcome.coverage,
        newest: None,
        traffic: outcome.traffic.unwrap_or_else(|| traffic::unmeasured(rule, subject)),
        counted: 0,
        skipped: 0,
        values: Vec::new(),
    };
    let Some(subject) = subject else { return evaluation };
    evaluation.newest = subject.newest().map(|point| subject.observed(point));
    evaluation.figure = outcome.figure.map(|figure| subject.quantity(figure));
    let at = subject.view.at();
    let Interval { from, to } = outcome.interval.unwrap_or(Interval { from: at.since, to: at.now });
    let (mut counted, mut values) = (0, Vec::new());
    for point in subject.counting(from, to).rev() {
        counted += 1;
        if values.len() < crate::MAX_VALUES {
            values.push(subject.observed(point));
        }
    }
    values.reverse();
    evaluation.counted = counted;
    evaluation.skipped = subject.view.raw(from, to).len() - counted;
    evaluation.values = values;
    evaluation
}

/// Whether two instants are further apart than allowed.
fn apart(earlier: DateTime<Utc>, later: DateTime<Utc>, allowed: Period) -> bool {
    later - earlier > allowed.delta()
}
