//! Rules: statements about metrics such as `error_rate > 1% for 5m with >= 100 requests`, and what they say about
//! samples. Guardrails are bad when true, criteria are good when true; one evaluator serves both.
//!
//! Pure: no IO, no clock. Every instant comes in as an argument, every comparison is exact on decimals.

mod check;
mod error;
mod evaluate;
mod evaluation;
mod exact;
mod lexer;
mod parse;
mod period;
mod rule;
mod series;
mod suggest;
mod unit;
mod verdict;

pub use error::RuleError;
pub use evaluate::{evaluate, evaluate_criterion, evaluate_guardrail};
pub use evaluation::{
    Condition, Coverage, Evaluation, Interval, MAX_VALUES, Observed, Polarity, Run, Traffic,
};
pub use period::{MAX_PERIOD, Period, PeriodError, format_duration, parse_duration};
pub use rule::{DEFAULT_TRAFFIC, Expr, Rule, Span, TrafficMinimum};
pub use series::{
    At, DEFAULT_GAP_INTERVALS, DEFAULT_STALE_INTERVALS, Gap, InvalidReason, MAX_SAMPLES, MetricSeries,
    MetricSpec, Reading, Sample, Series,
};
pub use unit::{Dimension, Measure, Per, Quantity, Unit, UnitError};
pub use verdict::{Aggregate, Comparison, Verdict};
