//! What an answer says about one figure: a number with its digits, or why it does not count.

use super::api::told;
use crate::identity::Expected;
use chrono::DateTime;
use chrono::Utc;
use seaworthy_domain::policy::Asked;
use seaworthy_domain::policy::CandidateFacts;
use seaworthy_rules::InvalidReason;
use seaworthy_rules::Reading;
use seaworthy_rules::Unit;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Series and labels named in a reason.
const NAMED_MAX: usize = 3;

/// `data` of a query.
#[derive(Deserialize)]
pub(super) struct QueryData {
    #[serde(rename = "resultType")]
    kind: String,
    result: Value,
}

/// A time in Unix seconds and a figure as text.
pub(super) type Pair = (f64, String);

/// One series of an instant answer, or of a range.
#[derive(Debug, Deserialize)]
pub(super) struct Series {
    #[serde(default, rename = "metric")]
    labels: BTreeMap<String, String>,
    value: Option<Pair>,
    #[serde(default)]
    values: Vec<Pair>,
}

/// A moment, and the time of the newest raw sample then.
pub(super) type Newest = (DateTime<Utc>, DateTime<Utc>);

/// Why something does not count, for programs and for people.
pub(super) type Bad = (InvalidReason, String);

/// The figure of one moment.
pub(super) fn figure(
    data: QueryData,
    asked: &Asked,
    candidate: &CandidateFacts,
    unit: Unit,
) -> Result<Reading, Bad> {
    let series: Vec<Series> = match data.kind.as_str() {
        "vector" => decoded(data.result)?,
        "scalar" => {
            let value: Pair = decoded(data.result)?;
            vec![Series { labels: BTreeMap::new(), value: Some(value), values: Vec::new() }]
        }
        kind => return Err(mistyped(kind, "one figure")),
    };
    let one = pick(&series, asked, candidate)?;
    let Some((_, text)) = &one.value else {
        return Err((
            InvalidReason::Unreadable,
            "the answer is a histogram; ask for one figure of it".into(),
        ));
    };
    counting(text, unit)
}

/// The figures of a stretch of time, each with its moment.
pub(super) fn figures(
    data: QueryData,
    asked: &Asked,
    candidate: &CandidateFacts,
    unit: Unit,
) -> Result<Vec<(DateTime<Utc>, Reading)>, Bad> {
    if data.kind != "matrix" {
        return Err(mistyped(&data.kind, "a stretch of time"));
    }
    let series: Vec<Series> = decoded(data.result)?;
    if series.is_empty() {
        return Ok(Vec::new());
    }
    let one = pick(&series, asked, candidate)?;
    let readings = one.values.iter().filter_map(|(at, text)| {
        let reading = counting(text, unit).unwrap_or_else(|(reason, _)| Reading::Invalid(reason));
        Some((moment(*at)?, reading))
    });
    Ok(readings.collect())
}

/// The times that a freshness query answers with: for one moment, or for each step.
pub(super) fn times(data: QueryData) -> Result<Vec<Newest>, Bad> {
    let series: Vec<Series> = decoded(data.result)?;
    let Some(one) = series.first() else { return Ok(Vec::new()) };
    let pairs = one.value.iter().chain(&one.values);
    let pairs = pairs.filter_map(|(at, text)| Some((moment(*at)?, moment(text.parse().ok()?)?)));
    Ok(pairs.collect())
}

fn decoded<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Bad> {
    serde_json::from_value(value)
        .map_err(|error| (InvalidReason::Unreadable, format!("the result has another shape: {error}")))
}

fn mistyped(kind: &str, needed: &str) -> Bad {
    (InvalidReason::Unreadable, format!("the answer is a {}, and {needed} is needed", told(kind)))
}

#[expect(clippy::cast_possible_truncation, reason = "checked to lie within what a date can be")]
fn moment(seconds: f64) -> Option<DateTime<Utc>> {
    let millis = (seconds * 1_000.0).round();
    (millis.abs() < 1e15).then(|| DateTime::from_timestamp_millis(millis as i64))?
}

/// The one series that is about the candidate.
fn pick<'a>(series: &'a [Series], asked: &Asked, candidate: &CandidateFacts) -> Result<&'a Series, Bad> {
    if series.is_empty() {
        return Err((InvalidReason::Empty, "no series answers the query".to_owned()));
    }
    let ours: Vec<&Series> = match &asked.label {
        None => series.iter().collect(),
        Some(label) => {
            let expected = Expected::among(label.identity, candidate);
            let is_ours = |one: &&Series| one.labels.get(&label.name).is_some_and(|value| expected.is(value));
            let ours: Vec<&Series> = series.iter().filter(is_ours).collect();
            if ours.is_empty() {
                return Err(foreign(series, &label.name, expected.text()));
            }
            ours
        }
    };
    match ours.as_slice() {
        [one] => Ok(one),
        several => {
            let named: Vec<String> = several.iter().take(NAMED_MAX).map(|one| labels(one)).collect();
            let more = if several.len() > NAMED_MAX { ", …" } else { "" };
            let why = format!("{} series answer: {}{more}; make it one", several.len(), named.join(", "));
            Err((InvalidReason::Ambiguous, why))
        }
    }
}

fn foreign(series: &[Series], label: &str, expected: &str) -> Bad {
    let mut seen: Vec<String> = series
        .iter()
        .filter_map(|one| one.labels.get(label))
        .map(|value| format!("{label}={:?}", told(value)))
        .collect();
    seen.sort();
    seen.dedup();
    let why = match seen.as_slice() {
        [] => format!("the answer has no label {label}; group the query by it"),
        seen => {
            let shown = seen.get(..NAMED_MAX.min(seen.len())).unwrap_or_default().join(", ");
            format!("the answer is about {shown}, not about {:?}", told(expected))
        }
    };
    (InvalidReason::WrongVersion, why)
}

fn labels(series: &Series) -> String {
    let pairs: Vec<String> = series
        .labels
        .iter()
        .take(NAMED_MAX)
        .map(|(name, value)| format!("{}={:?}", told(name), told(value)))
        .collect();
    let more = if series.labels.len() > NAMED_MAX { ", …" } else { "" };
    format!("{{{}{more}}}", pairs.join(", "))
}

fn counting(text: &str, unit: Unit) -> Result<Reading, Bad> {
    match Reading::from_text(text) {
        Reading::Value(value) if value.is_sign_negative() && !value.is_zero() && !may_be_negative(unit) => {
            Err((
                InvalidReason::OutOfRange,
                format!("the answer is {value}, and less than nothing cannot be"),
            ))
        }
        Reading::Value(value) => Ok(Reading::Value(value)),
        Reading::Invalid(InvalidReason::NotANumber) => {
            let why = "the answer is NaN, as a share of nothing is".to_owned();
            Err((InvalidReason::NotANumber, why))
        }
        Reading::Invalid(reason) => Err((reason, format!("the answer is {}", told(text)))),
        share @ Reading::Share { .. } => Ok(share),
    }
}

/// Counts, shares, sizes and lengths of time begin at zero; changes per time do not.
fn may_be_negative(unit: Unit) -> bool {
    unit.per.is_some()
}
