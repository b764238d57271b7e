//! How long a hundred rules take over 72 hours of 15-second samples: `cargo run --release --example throughput`.

use std::{collections::BTreeMap, time::Instant};

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use seaworthy_rules::{
    Aggregate, At, Condition, MetricSeries, MetricSpec, Period, Polarity, Reading, Rule, Sample, Series,
    Unit, evaluate,
};

const RULES: u64 = 100;
const SAMPLES: i64 = 72 * 60 * 4;
const ROUNDS: usize = 10;

fn series(start: DateTime<Utc>) -> Series {
    let interval = Period::from_secs(15);
    let mut rate = MetricSpec::new(Unit::RATIO, Aggregate::Ratio, interval);
    rate.traffic = Some("requests".into());
    let mut metrics = BTreeMap::from([
        ("error_rate".to_owned(), MetricSeries::new(rate)),
        (
            "latency".to_owned(),
            MetricSeries::new(MetricSpec::new(Unit::MILLISECOND, Aggregate::Mean, interval)),
        ),
        ("requests".to_owned(), MetricSeries::new(MetricSpec::new(Unit::COUNT, Aggregate::Sum, interval))),
    ]);
    for (name, metric) in &mut metrics {
        metric.extend((0..SAMPLES).map(|n| Sample {
            at: start + TimeDelta::seconds(n * 15),
            reading: match name.as_str() {
                "error_rate" => Reading::share(u64::from(n % 7 == 0), 10),
                "latency" => Reading::Value(Decimal::new(12_345 + n % 991, 2)),
                _ => Reading::Value(Decimal::TEN),
            },
        }));
    }
    metrics
}

#[expect(clippy::disallowed_methods, reason = "measures itself; nothing is decided by it")]
fn main() -> Result<(), seaworthy_rules::RuleError> {
    let start = DateTime::UNIX_EPOCH;
    let metrics = series(start);
    let at = At { now: start + TimeDelta::seconds((SAMPLES - 1) * 15), since: start, gaps: &[] };
    for text in [
        "error_rate > 1% for 5m with >= 100 requests",
        "latency > 1s for 10m",
        "latency < 2s over 72h",
        "latency < 2s",
    ] {
        let rules: Vec<Rule> = (0..RULES).map(|_| Rule::parse(text)).collect::<Result<_, _>>()?;
        let mut best = std::time::Duration::MAX;
        let mut decided = 0;
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            let evaluations = rules.iter().map(|rule| evaluate(rule, &metrics, &at, Polarity::Guardrail));
            decided = evaluations.filter(|evaluation| evaluation.condition != Condition::NoData).count();
            best = best.min(begun.elapsed());
        }
        println!("{RULES} x `{text}` over {SAMPLES} samples: {best:?}, {decided} decided");
    }
    Ok(())
}
