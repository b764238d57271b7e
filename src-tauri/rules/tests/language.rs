//! Reading and printing rules and lengths of time.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::Decimal;
use seaworthy_rules::{
    Comparison, MAX_PERIOD, Measure, Per, Period, Quantity, Rule, RuleError, Span, Unit, format_duration,
    parse_duration,
};

use crate::common::{d, rule};

#[test]
fn the_parts_of_a_rule_are_understood() {
    let read = rule("error_rate > 1% for 5m with >= 100 requests");
    assert_eq!((read.metric(), read.comparison()), ("error_rate", Comparison::Above));
    assert_eq!(read.limit(), Quantity::new(d("1"), Unit::PERCENT));
    assert_eq!((read.duration(), read.window()), (Some(Period::from_secs(300)), None));
    assert_eq!(
        read.traffic_minimum().map(|minimum| (minimum.count, minimum.metric.as_str())),
        Some((100, "requests"))
    );
    assert_eq!(read.metrics(), ["error_rate", "requests"]);
    assert_eq!(rule("p75_latency < 2.5s over 24h").span(), Span::Window(Period::from_secs(86_400)));
    assert_eq!(rule("queue.depth <= 10").span(), Span::Newest);
}

#[test]
fn spellings_of_one_rule_are_one_rule() {
    for (written, canonical) in [
        ("error_rate>1%for 5m", "error_rate > 1% for 5m"),
        ("error_rate  >  1.0 %  for  300s", "error_rate > 1% for 5m"),
        ("error_rate > 0.01 ratio", "error_rate > 0.01 ratio"),
        ("bundle.gzip < 500 KB", "bundle.gzip < 500KB"),
        ("jobs > 60 /h over 2d", "jobs > 60/h over 48h"),
        ("growth < 1MB/h", "growth < 1MB/h"),
        ("level >= -4.50", "level >= -4.5"),
        ("up == 1 over 90s", "up == 1 over 1m30s"),
        ("count_p0 == 0 count", "count_p0 == 0"),
    ] {
        assert_eq!(rule(written).to_string(), canonical);
        assert_eq!(rule(written), rule(canonical));
    }
}

/// Draws the error the way the policy room does.
fn drawn(text: &str, error: &RuleError) -> String {
    let marks = text.get(error.span.clone()).map_or(0, |marked| marked.chars().count()).max(1);
    let help = error.help.as_ref().map(|help| format!("\n    help: {help}")).unwrap_or_default();
    format!("{text}\n{}{} {}{help}\n", " ".repeat(error.column - 1), "^".repeat(marks), error.message)
}

fn gallery(texts: &[&str]) -> String {
    let refused = |text: &&str| drawn(text, &Rule::parse(text).expect_err(text));
    texts.iter().map(refused).collect::<Vec<_>>().join("\n")
}

#[test]
#[rustfmt::skip]
fn mistakes_in_what_is_compared_are_named_at_their_place() {
    insta::assert_snapshot!(gallery(&[
        "", "   ", "> 1%", "5 > error_rate", "error_rate", "error_rate 1%", "error_rate over 1%",
        "error_rate => 1%", "error_rate = 1%", "error_rate ≥ 1%", "error_rate >>> 1%", "error_rate > ",
        "error_rate > baseline", "p99 > 5x baseline", "p99 > 5 x baseline", "p75 < 110% baseline",
        "error_rate within 10% of baseline", "count(incident.p0) == 0", "LOG_LEVEL in {warn, error}",
        "prometheus.targets is up", "rating >= 4.5 of 5", "p99-latency > 1s", "a..b > 1", "a. > 1",
        "größe > 1",
    ]));
}

#[test]
#[rustfmt::skip]
fn mistakes_in_clauses_are_named_at_their_place() {
    insta::assert_snapshot!(gallery(&[
        "error_rate > 1% sustained", "error_rate > 1% for", "error_rate > 1% for with >= 100 requests",
        "error_rate > 1% for sustained", "error_rate > 1% for 0m", "error_rate > 1% over 0s",
        "error_rate > 1% for 5", "error_rate > 1% for 5 m", "error_rate > 1% for 5 min",
        "error_rate > 1% for 5min", "error_rate > 1% for 1.5h", "error_rate > 1% for 5%",
        "error_rate > 1% for 5KB", "error_rate > 1% for 1h 30m", "error_rate > 1% for 30m1h",
        "error_rate > 1% for 9999999w", "error_rate > 1% for a while", "error_rate > 1% over stage",
        "error_rate > 1% over first 1h", "error_rate > 1% for 5m over 1h",
        "error_rate > 1% with >= 100 requests for 5m", "error_rate > 1% for 5m for 6m",
        "error_rate > 1% with > 100 requests", "error_rate > 1% with 100 requests",
        "error_rate > 1% with >= 0 requests", "error_rate > 1% with >= 5% requests",
        "error_rate > 1% with >= 1.5 requests", "error_rate > 1% with >= 100",
        "error_rate > 1% with >= 100 over", "error_rate > 1% ovre 5m", "error_rate > 1% please",
        "error_rate > 1% 2%", "error_rate > 1% for 5m 6m",
    ]));
}

#[test]
#[rustfmt::skip]
fn mistakes_in_figures_are_named_at_their_place() {
    insta::assert_snapshot!(gallery(&[
        "error_rate > 1pct", "lcp < 2.5 sec", "size < 500kB", "size < 5 parsec", "size < 5mbb",
        "jobs > 5/", "jobs > 5/hour", "error_rate > 1,000", "error_rate > 1_000", "error_rate > 1e3",
        "error_rate > .5", "error_rate > 1.", "error_rate > 1.2.3",
        "error_rate > 0.00000000000000000000000000001", "error_rate > 1% & up == 1",
        "error_rate > 1% for 5m; drop",
    ]));
}

#[test]
fn unknown_metrics_and_units_that_do_not_fit_are_named_at_their_place() {
    let metrics: BTreeMap<String, Unit> = [
        ("error_rate", Unit::RATIO),
        ("lcp", Unit::MILLISECOND),
        ("requests", Unit::COUNT),
        ("bundle", Unit::BYTE),
    ]
    .map(|(name, unit)| (name.to_owned(), unit))
    .into();
    assert!(Rule::parse_for("lcp < 2.5s for 5m with >= 10 requests", &metrics).is_ok());
    let gallery: Vec<String> = [
        "eror_rate > 1%",
        "latency > 1s",
        "error_rate > 0.01",
        "error_rate > 5ms",
        "lcp < 2.5",
        "bundle < 500KB/h",
        "error_rate > 1% for 5m with >= 100 reqests",
        "error_rate > 1% for 5m with >= 100 lcp",
        "requests < 5%",
    ]
    .into_iter()
    .map(|text| drawn(text, &Rule::parse_for(text, &metrics).expect_err(text)))
    .collect();
    insta::assert_snapshot!(gallery.join("\n"));
}

#[test]
fn a_rule_of_any_length_is_refused_politely() {
    let long = format!("error_rate > 1{}%", "0".repeat(600));
    assert_eq!(Rule::parse(&long).unwrap_err().message, "the rule is longer than 512 bytes");
}

#[test]
fn lengths_of_time_are_read_and_written() {
    for (text, millis, written) in [
        ("5m", 300_000, "5m"),
        ("48h", 172_800_000, "48h"),
        ("1d", 86_400_000, "24h"),
        ("7d", 604_800_000, "7d"),
        ("1w", 604_800_000, "7d"),
        ("90s", 90_000, "1m30s"),
        ("1h30m", 5_400_000, "1h30m"),
        ("1500ms", 1_500, "1s500ms"),
        ("0s", 0, "0s"),
    ] {
        let period = parse_duration(text).unwrap();
        assert_eq!((period.as_millis(), format_duration(period).as_str()), (millis, written), "{text}");
    }
    for text in
        ["", "m", "5", "5 m", "-5m", "5M", "1.5h", "5m1h", "5m5m", "999999999999999999999d", "3661d", "5µs"]
    {
        assert!(parse_duration(text).is_err(), "{text}");
    }
    insta::assert_snapshot!(
        ["", "5", "5min", "5x", "1.5h", "5m1h", "4000d"]
            .map(|text| parse_duration(text).unwrap_err().to_string())
            .join("\n")
    );
}

fn units() -> impl Strategy<Value = Unit> {
    let per = prop::option::of(prop::sample::select(vec![Per::Second, Per::Minute, Per::Hour, Per::Day]));
    (prop::sample::select(Measure::ALL), per).prop_map(|(measure, per)| Unit { measure, per })
}

fn rules() -> impl Strategy<Value = String> {
    let limit = (any::<i64>(), 0_u32..10, units())
        .prop_map(|(n, scale, unit)| Quantity::new(Decimal::new(n, scale), unit));
    let span = (0_u8..3, 1_u64..MAX_PERIOD.as_millis()).prop_map(|(kind, millis)| match kind {
        0 => String::new(),
        1 => format!(" for {}", Period::from_millis(millis)),
        _ => format!(" over {}", Period::from_millis(millis)),
    });
    let traffic = prop::option::of((1_u64.., "[a-z]{3}_[a-z0-9]{1,9}")).prop_map(|minimum| {
        minimum.map_or(String::new(), |(count, metric)| format!(" with >= {count} {metric}"))
    });
    (
        "[a-z]{2,5}_[a-z0-9_]{1,8}(\\.[a-z0-9_]{1,8})?",
        prop::sample::select(&Comparison::ALL),
        limit,
        span,
        traffic,
    )
        .prop_map(|(metric, comparison, limit, span, traffic)| {
            format!("{metric} {comparison} {limit}{span}{traffic}")
        })
}

proptest! {
    #[test]
    fn printing_and_reading_back_is_the_identity(text in rules()) {
        let read = Rule::parse(&text).unwrap();
        prop_assert_eq!(read.to_string(), text);
        let json = serde_json::to_string(&read).unwrap();
        prop_assert_eq!(serde_json::from_str::<Rule>(&json).unwrap(), read);
    }

    #[test]
    fn no_text_is_too_strange(text in "\\PC{0,60}") {
        if let Err(error) = Rule::parse(&text) {
            prop_assert!(text.get(error.span.clone()).is_some(), "{:?}", error.span);
            prop_assert!(error.column <= text.chars().count() + 1);
        }
    }

    #[test]
    fn no_mixture_of_its_own_words_is_too_strange(
        words in prop::collection::vec(prop::sample::select(vec![
            "error_rate", ">", ">=", "1", "5m", "%", "for", "over", "with", "100", "requests", "/", "h", "-", "x",
            "baseline", "sustained", "1h30m", "KB", "5 min", "(", "2.5s", "é", "of", "=>", "stage",
        ]), 0..10),
        spaced: bool,
    ) {
        let text = words.join(if spaced { " " } else { "" });
        match Rule::parse(&text) {
            Ok(read) => prop_assert_eq!(Rule::parse(&read.to_string()).unwrap(), read),
            Err(error) => prop_assert!(text.get(error.span.clone()).is_some(), "{:?}", error.span),
        }
    }

    #[test]
    fn a_length_of_time_is_read_as_it_is_written(millis in 0..=MAX_PERIOD.as_millis()) {
        let period = Period::from_millis(millis);
        prop_assert_eq!(parse_duration(&format_duration(period)), Ok(period));
    }
}
