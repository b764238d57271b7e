//! Metrics of a connection, and checks that ask it about itself.

use super::WHOLE;
use super::parsed;
use super::rendered;
use seaworthy_domain::policy::Backfill;
use seaworthy_domain::policy::CheckKind;
use seaworthy_domain::policy::Identity;
use seaworthy_domain::policy::MetricsCheck;
use seaworthy_domain::policy::ProbeReading;
use seaworthy_domain::policy::Source;
use seaworthy_rules::Aggregate;
use seaworthy_rules::Comparison;
use seaworthy_rules::Period;

const MEASURED: &str = r#"
[metrics.failures]
source = "metrics"
query = 'sum by (version) (rate(errors{version="${version}"}[1m]))'
over = 'sum by (version) (rate(errors{version="${version}"}[${window}]))'
unit = "ratio"
aggregate = "ratio"
interval = "30s"
traffic = "hits"
deployment_label = "version"
backfill = "counts"

[metrics.hits]
source = "metrics"
query = '''
sum(increase(hits{commit=~"${commit}"}[30s]))
'''
unit = "count"
aggregate = "sum"

[guardrails.failing]
rule = "failures > 1% for 5m"
then = "rollback"

[checks.alerts]
kind = "prometheus-rules"
connection = "metrics"
alerts = { HighErrorRate = "failing", "Disk full" = "errors" }

[checks.scraped]
kind = "prometheus-targets"
connection = "metrics"
jobs = ["shop", "shop-db"]

[checks.fresh]
title = "Every figure is fresh"
kind = "metrics-fresh"
"#;

/// The problems of the measuring policy after one replacement.
fn broken(from: &str, to: &str) -> String {
    assert_eq!(MEASURED.matches(from).count(), 1, "`{from}` must stand in the policy once");
    rendered(&format!("{WHOLE}{}", MEASURED.replace(from, to)))
}

macro_rules! broken {
    ($($name:ident: $from:expr => $to:expr;)*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(broken($from, $to));
        }
    )*};
}

broken! {
    source_of_nobody: "source = \"metrics\"\nquery = 'sum by" => "source = \"metrix\"\nquery = 'sum by";
    source_that_is_no_prometheus: "source = \"metrics\"\nquery = 'sum by" => "source = \"vercel\"\nquery = 'sum by";
    placeholder_of_nothing: "query = 'sum by (version) (rate(errors{version=\"${version}\"}" => "query = 'sum by (version) (rate(errors{version=\"${verison}\"}";
    placeholder_outside: "query = 'sum by (version) (rate(errors{version=\"${version}\"}" => "query = 'sum by (version) (rate(errors{version=${version}}";
    no_promql: "[1m]))'" => "[1m])'";
    samples_instead_of_a_figure: "sum by (version) (rate(errors{version=\"${version}\"}[1m]))" => "errors{version=\"${version}\"}[1m]";
    window_in_a_query: "[1m]))'" => "[${window}]))'";
    over_no_window: "[${window}]))'" => "[5m]))'";
    frozen_at_once: "backfill = \"counts\"" => "frozen_after = \"1s\"";
    frozen_never: "backfill = \"counts\"" => "frozen_after = false";
    unit_missing: "unit = \"ratio\"\n" => "";
    unit_unknown: "unit = \"ratio\"" => "unit = \"percentage\"";
    backfill_unknown: "backfill = \"counts\"" => "backfill = \"count\"";
    label_without_identity: "deployment_label = \"version\"" => "deployment_label = \"release\"";
    label_that_is_none: "deployment_label = \"version\"" => "deployment_label = \"the version\"";
    identity_without_label: "deployment_label = \"version\"" => "identity = \"version\"";
    interval_too_short: "interval = \"30s\"" => "interval = \"500ms\"";
    ratio_without_traffic: "over = 'sum by (version) (rate(errors{version=\"${version}\"}[${window}]))'\nunit = \"ratio\"\naggregate = \"ratio\"\ninterval = \"30s\"\ntraffic = \"hits\"" => "unit = \"ratio\"\naggregate = \"ratio\"";
    traffic_of_another_unit: "unit = \"count\"" => "unit = \"ms\"";
    kind_unknown: "kind = \"prometheus-rules\"" => "kind = \"prometheus-rule\"";
    alerts_of_nobody: "alerts = { HighErrorRate = \"failing\", \"Disk full\" = \"errors\" }" => "alerts = []";
    alert_of_no_guardrail: "HighErrorRate = \"failing\"" => "HighErrorRate = \"faling\"";
    jobs_with_rules: "alerts = {" => "jobs = [\"shop\"]\nalerts = {";
    kind_and_run: "kind = \"metrics-fresh\"" => "kind = \"metrics-fresh\"\nrun = \"true\"";
    fresh_of_the_prober: "kind = \"metrics-fresh\"" => "kind = \"metrics-fresh\"\nmetrics = [\"p95\"]";
}

#[test]
fn the_probers_metrics_have_no_keys_of_a_connection() {
    let text = WHOLE.replace("query = \"requests\" }", "query = \"requests\", backfill = \"counts\" }");
    insta::assert_snapshot!(rendered(&text));
}

#[test]
fn nothing_fresh_to_ask_for() {
    insta::assert_snapshot!(rendered(&format!("{WHOLE}\n[checks.fresh]\nkind = \"metrics-fresh\"\n")));
}

#[test]
fn a_query_about_nobody_is_doubtful() {
    let text = format!("{WHOLE}{}", MEASURED.replace("commit=~\"${commit}\"", ""));
    insta::assert_snapshot!(parsed(&text).warnings);
}

#[test]
fn metrics_of_a_connection_stand_beside_the_probers() {
    let read = parsed(&format!("{WHOLE}{MEASURED}"));
    assert!(read.warnings.is_empty(), "{}", read.warnings);
    let policy = read.policy;
    let failures = &policy.metrics["failures"];
    let asked = failures.asked().unwrap();
    assert_eq!((asked.service.connection.as_str(), asked.service.path.as_str()), ("metrics", "/prometheus"));
    assert_eq!(asked.label.as_ref().unwrap().identity, Identity::Version);
    assert_eq!((asked.backfill, failures.traffic.as_deref()), (Backfill::Counts, Some("hits")));
    assert!(asked.over.as_ref().unwrap().has_window());
    assert_eq!(failures.interval, Period::from_secs(30));
    assert_eq!(failures.allowed_gap, Period::from_secs(60));
    let hits = &policy.metrics["hits"];
    assert_eq!((hits.interval, hits.aggregate), (Period::from_secs(15), Some(Aggregate::Sum)));
    assert_eq!(hits.asked().unwrap().backfill, Backfill::Shown);
    assert_eq!(policy.metrics["requests"].source, Source::Probe(ProbeReading::Requests));
    assert_eq!(policy.pace(), Some(Period::from_secs(15)));
    let CheckKind::Metrics(MetricsCheck::Rules { alerts, .. }) = &policy.checks["alerts"].kind else {
        panic!()
    };
    let limit = |name: &str| alerts.iter().find(|alert| alert.name == name).unwrap().limit.clone().unwrap();
    assert_eq!(limit("HighErrorRate").comparison, Comparison::Above);
    assert_eq!(limit("HighErrorRate").limit.to_string(), "0.01 ratio", "in the unit the query answers in");
    let CheckKind::Metrics(MetricsCheck::Fresh { metrics }) = &policy.checks["fresh"].kind else { panic!() };
    assert_eq!(metrics.len(), 2);
}

#[test]
fn a_soak_needs_no_prober_where_a_connection_looks() {
    let (before, rest) = WHOLE.split_once("[probe]").unwrap();
    let (_, rest) = rest.split_once("[metrics]").unwrap();
    let rest = rest
        .replace("error_rate = { source = \"probe\", query = \"error_rate\" }\n", "")
        .replace("p95 = { source = \"probe\", query = \"latency_p95\", stale_after = \"5m\" }\n", "")
        .replace("requests = { source = \"probe\", query = \"requests\" }\n", "")
        .replace("error_rate < 1% over 30m with >= 50 requests", "failures < 1% over 30m")
        .replace("error_rate > 1% for 5m with >= 100 requests", "failures > 1% for 5m")
        .replace("p95 > 800ms for 10m", "failures > 2%");
    let policy = parsed(&format!("{before}[metrics]{rest}{MEASURED}")).policy;
    assert!(policy.probe.is_none() && policy.watches_production());
}
