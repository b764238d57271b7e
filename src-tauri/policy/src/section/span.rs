//! Spans of time that must be observed: `"30m"`, `"48h..72h"`, `{ length = "24h", coverage = "95%" }`.

use crate::diagnostic::Code;
use crate::sink::Problem;
use crate::table::Table;
use crate::value::Value;
use rust_decimal::Decimal;
use seaworthy_domain::policy::Coverage;
use seaworthy_domain::policy::Soak;
use seaworthy_rules::Period;

/// The rest is left for restarts and short outages of whoever observes.
const DEFAULT_COVERAGE_PERCENT: i64 = 95;
const EXAMPLE: &str = "\"30m\" or { length = \"30m\", coverage = \"95%\" }";

/// A soak as the value of a key.
pub(super) fn soak(value: &Value<'_>) -> Option<Soak> {
    if !value.is_table() {
        let (length, at_most) = length(value)?;
        return Some(Soak { length, at_most, coverage: default_coverage() });
    }
    let table = value.table(format!("`{}`", value.key), EXAMPLE)?;
    let soak = soak_in(&table, "length = \"30m\"");
    table.done();
    soak
}

/// A soak whose `length` and `coverage` stand in this table.
pub(super) fn soak_in(table: &Table<'_>, example: &str) -> Option<Soak> {
    let span = table.need("length", example).and_then(|value| length(&value));
    let coverage = match table.get("coverage") {
        Some(value) => coverage(&value),
        None => Some(default_coverage()),
    };
    let (length, at_most) = span?;
    Some(Soak { length, at_most, coverage: coverage? })
}

fn default_coverage() -> Coverage {
    Coverage(Decimal::new(DEFAULT_COVERAGE_PERCENT, 2))
}

/// A length of time, or the least and the most of it.
fn length(value: &Value<'_>) -> Option<(Period, Option<Period>)> {
    let text = match value.raw {
        toml::de::DeValue::String(_) => value.exact()?,
        _ => return value.period().map(|period| (period, None)),
    };
    let Some((least, most)) = text.split_once("..") else {
        return Some((value.period_in(text, 0)?, None));
    };
    let shortest = value.period_in(least, 0);
    let longest = value.period_in(most, least.len() + 2);
    let (shortest, longest) = (shortest?, longest?);
    if longest <= shortest {
        let span = value.inner(0..text.len());
        let message = format!("`{text}` ends before it begins");
        let problem = Problem::new(Code::BadValue, span, message);
        value.sink.report(problem.help(format!("write \"{longest}..{shortest}\"")));
        return None;
    }
    Some((shortest, Some(longest)))
}

fn coverage(value: &Value<'_>) -> Option<Coverage> {
    let share = value.share()?;
    if share.as_percent().is_zero() {
        value.report(
            Code::BadValue,
            "with a coverage of 0% nothing would have to be observed",
            "write the part that must be observed, such as \"95%\"",
        );
        return None;
    }
    Some(Coverage(share.as_fraction()))
}
