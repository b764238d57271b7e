//! A release that is watched by a metrics service: alone, and beside the prober.

use super::harbor::*;
use super::outside::Past;
use chrono::DateTime;
use chrono::TimeDelta;
use chrono::Utc;
use rust_decimal::Decimal;
use seaworthy_domain::Event;
use seaworthy_domain::Fill;
use seaworthy_domain::GapCause;
use seaworthy_domain::Lifecycle;
use seaworthy_rules::Reading;
use seaworthy_wire::ObservedView;
use seaworthy_wire::Request;
use std::sync::Arc;

const ASKED: &str = r#"error_rate = { source = "metrics", query = 'errors{version="${version}"}', unit = "ratio", aggregate = "mean", backfill = "counts" }"#;
const CONNECTION: &str =
    "\n[connections.metrics]\nservice = \"prometheus\"\norigin = \"http://127.0.0.1:9090\"\n";

/// The policy of the harbor with the service in place of the prober.
fn asked() -> String {
    let (before, rest) = POLICY.split_once("[probe]").unwrap();
    let (_, rest) = rest.split_once("[metrics]").unwrap();
    let rest = rest
        .replace("error_rate = { source = \"probe\", query = \"error_rate\" }", ASKED)
        .replace("requests = { source = \"probe\", query = \"requests\" }\n", "")
        .replace("error_rate > 1% for 1m with >= 20 requests", "error_rate > 1% for 1m");
    format!("{before}[metrics]{rest}{CONNECTION}")
}

/// At the first stage, with the service quiet.
async fn climbing(policy: &str) -> Harbor {
    let harbor = Harbor::under(policy);
    quiet(&harbor);
    harbor.name().await;
    harbor.deploy("production").await.unwrap();
    harbor.advance().await.unwrap();
    harbor
}

fn figure(harbor: &Harbor, reading: Option<&str>) {
    let mut state = harbor.outside.state();
    match reading {
        Some(text) => state.figures.insert("error_rate".into(), Reading::from_text(text)),
        None => state.figures.remove("error_rate"),
    };
}

fn quiet(harbor: &Harbor) {
    figure(harbor, Some("0"));
}

fn remembers(harbor: &Harbor, past: impl Fn(DateTime<Utc>) -> Option<Reading> + Send + Sync + 'static) {
    let past: Past = Arc::new(past);
    harbor.outside.state().past.insert("error_rate".into(), past);
}

fn value(text: &str) -> Option<Reading> {
    Some(Reading::from_text(text))
}

async fn stage(harbor: &Harbor) -> ObservedView {
    let view = harbor.get(Request::Status { which: which() }).await;
    view.rollout.stages[0].observed.clone().unwrap()
}

fn fills(harbor: &Harbor) -> Vec<Fill> {
    harbor.release().fills
}

fn soaked(harbor: &Harbor) -> bool {
    harbor.release().ladder.unwrap().current().unwrap().soaked.is_some()
}

#[tokio::test(start_paused = true)]
async fn a_breach_of_measured_figures_goes_back_once() {
    let harbor = climbing(&asked()).await;
    harbor.look(3).await;
    figure(&harbor, Some("0.02"));
    harbor.look(4).await;
    assert_eq!(harbor.release().lifecycle, Lifecycle::RollingOut, "45 s of a minute");
    harbor.look(1).await;
    assert_eq!(harbor.release().lifecycle, Lifecycle::RolledBack);
    assert_eq!((harbor.outside.backward(), harbor.kinds("guardrail.breached")), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn one_look_after_the_breach_the_rollback_is_sent() {
    let harbor = climbing(&asked().replace("error_rate > 1% for 1m", "error_rate > 1%")).await;
    harbor.look(3).await;
    figure(&harbor, Some("0.02"));
    assert_eq!(harbor.outside.backward(), 0);
    harbor.look(1).await;
    assert_eq!((harbor.outside.backward(), harbor.release().lifecycle), (1, Lifecycle::RolledBack));
}

/// Figures that never stay equal for longer than a minute while somebody comes.
fn moving(traffic: bool) -> String {
    let counted = r#"hits = { source = "metrics", query = 'hits{version="${version}"}', unit = "count" }"#;
    let more =
        if traffic { ", frozen_after = \"1m\", traffic = \"hits\" }" } else { ", frozen_after = \"1m\" }" };
    let policy = asked().replace(ASKED, &ASKED.replace(" }", more));
    if traffic { policy.replace("[metrics]\n", &format!("[metrics]\n{counted}\n")) } else { policy }
}

/// Why the newest figure does not count.
async fn said(harbor: &Harbor) -> String {
    let view = harbor.get(Request::Status { which: which() }).await;
    view.rollout.metrics.iter().find(|metric| metric.name == "error_rate").unwrap().line.clone()
}

#[tokio::test(start_paused = true)]
async fn a_frozen_figure_is_no_health() {
    let mut harbor = climbing(&moving(false)).await;
    figure(&harbor, Some("0.001"));
    harbor.look(4).await;
    assert_eq!(said(&harbor).await, "", "three quarters of a minute");
    harbor.look(1).await;
    assert!(said(&harbor).await.contains("exactly the same for 1m"), "{}", said(&harbor).await);
    let before = stage(&harbor).await.observed_ms;
    harbor.look(14).await;
    assert_eq!(stage(&harbor).await.observed_ms, before);
    assert!(harbor.release().hold.is_some_and(|hold| hold.reason.contains("no measurement")));
    // A new start does not take the hang for news.
    harbor.reopen(TimeDelta::seconds(15));
    harbor.look(1).await;
    assert!(said(&harbor).await.contains("exactly the same"), "{}", said(&harbor).await);
    assert!(harbor.advance().await.is_err());
    figure(&harbor, Some("0.002"));
    harbor.look(1).await;
    assert_eq!((said(&harbor).await.as_str(), harbor.outside.backward()), ("", 0));
}

#[tokio::test(start_paused = true)]
async fn a_figure_that_nobody_moves_is_not_frozen() {
    for (hits, frozen) in [("0", false), ("12", true)] {
        let harbor = climbing(&moving(true)).await;
        harbor.outside.state().figures.insert("hits".into(), Reading::from_text(hits));
        figure(&harbor, Some("0.001"));
        harbor.look(8).await;
        assert_eq!(said(&harbor).await.contains("exactly the same"), frozen, "{hits}");
    }
}

#[tokio::test(start_paused = true)]
async fn figures_that_do_not_count_are_no_health_and_end_in_a_hold() {
    let harbor = climbing(&asked()).await;
    harbor.look(8).await;
    let before = stage(&harbor).await.observed_ms;
    assert_eq!(before, 7 * 15_000);
    figure(&harbor, Some("NaN"));
    harbor.look(12).await;
    assert_eq!(stage(&harbor).await.observed_ms, before);
    assert!(harbor.release().hold.is_some_and(|hold| hold.reason.contains("no measurement")));
    assert_eq!((harbor.outside.backward(), harbor.kinds("guardrail.breached")), (0, 0));
    assert!(harbor.advance().await.is_err());
    quiet(&harbor);
    harbor.look(1).await;
    assert_eq!(harbor.release().gaps.last().unwrap().cause, GapCause::SourceFailed);
}

#[tokio::test(start_paused = true)]
async fn one_unanswered_question_is_no_gap() {
    let harbor = climbing(&asked()).await;
    harbor.look(4).await;
    figure(&harbor, None);
    harbor.look(1).await;
    quiet(&harbor);
    harbor.look(3).await;
    assert!(harbor.release().gaps.is_empty());
    assert_eq!(stage(&harbor).await.observed_ms, 7 * 15_000);
}

#[tokio::test(start_paused = true)]
async fn what_was_fetched_pays_the_soak_and_enters_nothing() {
    let policy = asked().replacen("coverage = \"90%\" }", "coverage = \"90%\" }\nauto_advance = true", 1);
    let harbor = climbing(&policy).await;
    remembers(&harbor, |_| value("0.001"));
    harbor.look(4).await;
    harbor.clock.advance(TimeDelta::hours(9));
    harbor.look(1).await;
    let [fill] = fills(&harbor).try_into().unwrap();
    assert_eq!((fill.gap.cause, fill.counts, fill.held.len()), (GapCause::Suspended, true, 0));
    assert_eq!(fill.samples, 9 * 240);
    let seen = stage(&harbor).await;
    assert_eq!(seen.observed_ms, 3 * 15_000 + fill.gap.length().num_milliseconds());
    assert!(seen.gaps.is_empty());
    assert_eq!((harbor.release().position(), soaked(&harbor)), ("1.0.0/rc.1/stage:1".to_owned(), false));
    harbor.look(1).await;
    assert_eq!(harbor.release().position(), "1.0.0/rc.1/stage:2", "one stage, seen with one's own eyes");
    harbor.look(3).await;
    assert_eq!(harbor.release().position(), "1.0.0/rc.1/stage:2");
}

#[tokio::test(start_paused = true)]
async fn what_is_only_shown_pays_nothing() {
    let harbor = climbing(&asked().replace("backfill = \"counts\"", "backfill = \"shown\"")).await;
    remembers(&harbor, |_| value("0"));
    harbor.look(4).await;
    let before = stage(&harbor).await.observed_ms;
    harbor.clock.advance(TimeDelta::hours(1));
    harbor.look(1).await;
    assert_eq!(fills(&harbor).first().map(|fill| (fill.counts, fill.samples)), Some((false, 240)));
    let seen = stage(&harbor).await;
    assert_eq!((seen.observed_ms, seen.gaps.len()), (before, 1));
    let series = Request::Series { which: which(), guardrail: "errors".into(), window_ms: None };
    let (pushes, _) = tokio::sync::mpsc::channel(1);
    let seaworthy_wire::Reply::Series(series) = harbor.engine().call(series, pushes).await.unwrap() else {
        panic!("no series")
    };
    assert_eq!(series.points.iter().filter(|point| point.filled).count(), 240);
    assert_eq!(series.points.iter().filter(|point| !point.filled).count(), 5);
    assert_eq!(series.source, "metrics");
}

#[tokio::test(start_paused = true)]
async fn holes_in_the_past_stay_holes() {
    let harbor = climbing(&asked()).await;
    harbor.look(4).await;
    let begun = harbor.release().ladder.unwrap().current().unwrap().at;
    let hole = begun + TimeDelta::minutes(20)..begun + TimeDelta::minutes(30);
    remembers(&harbor, move |at| if hole.contains(&at) { None } else { value("0") });
    harbor.clock.advance(TimeDelta::hours(1));
    harbor.look(1).await;
    let seen = stage(&harbor).await;
    assert_eq!(seen.gaps.len(), 1);
    let hole = seen.gaps[0].to - seen.gaps[0].from;
    assert!((600_000..=630_000).contains(&hole), "{hole}");
    assert_eq!(seen.gaps[0].cause, "asleep");
}

#[tokio::test(start_paused = true)]
async fn what_held_while_nobody_looked_is_told_and_never_fires() {
    let harbor = climbing(&asked()).await;
    harbor.look(4).await;
    let begun = harbor.release().ladder.unwrap().current().unwrap().at;
    let bad = begun + TimeDelta::minutes(10)..begun + TimeDelta::minutes(31);
    remembers(&harbor, move |at| if bad.contains(&at) { value("0.5") } else { value("0") });
    harbor.clock.advance(TimeDelta::hours(1));
    harbor.look(3).await;
    let [held] = fills(&harbor)[0].held.clone().try_into().unwrap();
    assert_eq!(held.guardrail, "errors");
    assert!((20 * 60..=21 * 60).contains(&(held.to - held.from).num_seconds()), "{held:?}");
    assert_eq!((harbor.kinds("guardrail.breached"), harbor.outside.backward()), (0, 0));
    let said: Vec<String> = harbor.outside.state().notices.iter().map(|notice| notice.body.clone()).collect();
    assert!(
        said.iter().any(|body| body.contains(" held from ") && body.contains("while asleep")),
        "{said:?}"
    );
    assert!(!said.iter().any(|body| body.contains("fired")));
    let lost = 3_600_000 - stage(&harbor).await.observed_ms;
    assert!(lost > 19 * 60_000, "time over a limit is not paid: {lost}");
}

#[tokio::test(start_paused = true)]
async fn what_lasts_until_somebody_looks_fires_then() {
    let harbor = climbing(&asked()).await;
    remembers(&harbor, |_| value("0.5"));
    harbor.look(4).await;
    harbor.clock.advance(TimeDelta::hours(1));
    figure(&harbor, Some("0.5"));
    harbor.look(1).await;
    assert_eq!((harbor.kinds("guardrail.breached"), harbor.outside.backward()), (1, 1));
    let breach = harbor.release().breaches[0].clone();
    assert!(breach.from < fills(&harbor)[0].gap.to, "it began while nobody looked: {breach:?}");
    assert_eq!(breach.at, fills(&harbor)[0].gap.to, "and somebody saw it last");
}

#[tokio::test(start_paused = true)]
async fn a_past_that_cannot_be_had_is_asked_for_a_few_times() {
    let harbor = climbing(&asked()).await;
    harbor.look(4).await;
    harbor.clock.advance(TimeDelta::hours(1));
    harbor.look(40).await;
    assert_eq!(harbor.outside.state().histories.len(), 5, "once a minute, five times");
    assert!(fills(&harbor).is_empty());
    assert_eq!(stage(&harbor).await.gaps.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_was_fetched_outlasts_a_restart() {
    let mut harbor = climbing(&asked()).await;
    harbor.look(4).await;
    remembers(&harbor, |_| value("0"));
    harbor.reopen(TimeDelta::hours(2));
    harbor.look(2).await;
    let before = stage(&harbor).await;
    assert_eq!((fills(&harbor).len(), before.gaps.len()), (1, 0), "{before:?} {:?}", fills(&harbor));
    assert_eq!(fills(&harbor)[0].gap.cause, GapCause::AppClosed);
    harbor.outside.state().past.clear();
    harbor.reopen(TimeDelta::zero());
    assert_eq!(stage(&harbor).await.observed_ms, before.observed_ms);
    harbor.look(2).await;
    assert_eq!(fills(&harbor).len(), 1);
    assert!(soaked(&harbor) && stage(&harbor).await.gaps.is_empty());
}

/// Prober and service side by side.
fn both() -> String {
    let more = ASKED.replace("error_rate =", "failures =");
    let policy = POLICY.replace("[metrics]\n", &format!("[metrics]\n{more}\n"));
    let guardrail = "[guardrails.failing]\nrule = \"failures > 1% for 1m\"\nthen = \"rollback\"\n\n[watches";
    format!("{}{CONNECTION}", policy.replacen("[watches", guardrail, 1))
}

fn failures(harbor: &Harbor, value: Decimal) {
    harbor.outside.state().figures.insert("failures".into(), Reading::Value(value));
}

#[tokio::test(start_paused = true)]
async fn prober_and_service_watch_together() {
    let harbor = climbing(&both()).await;
    failures(&harbor, Decimal::ZERO);
    harbor.look(8).await;
    let before = stage(&harbor).await.observed_ms;
    assert_eq!(before, 7 * 15_000);
    // One of two eyes is shut.
    harbor.outside.state().figures.clear();
    harbor.look(4).await;
    assert_eq!(stage(&harbor).await.observed_ms, before);
    failures(&harbor, Decimal::ZERO);
    harbor.look(8).await;
    failures(&harbor, Decimal::new(5, 1));
    harbor.look(6).await;
    assert_eq!(harbor.release().lifecycle, Lifecycle::RolledBack);
    assert_eq!(harbor.release().breaches[0].guardrail, "failing");
}

#[tokio::test(start_paused = true)]
async fn a_prober_remembers_nothing_so_nothing_counts() {
    let harbor = climbing(&both()).await;
    failures(&harbor, Decimal::ZERO);
    let past: Past = Arc::new(|_| value("0"));
    harbor.outside.state().past.insert("failures".into(), past);
    harbor.look(4).await;
    harbor.clock.advance(TimeDelta::hours(1));
    harbor.look(2).await;
    assert_eq!(fills(&harbor).first().map(|fill| fill.counts), Some(false));
    assert_eq!(stage(&harbor).await.gaps.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_fill_reads_as_one_sentence() {
    let harbor = climbing(&asked()).await;
    remembers(&harbor, |_| value("0.5"));
    harbor.look(4).await;
    harbor.clock.advance(TimeDelta::minutes(10));
    harbor.look(1).await;
    let fill = fills(&harbor)[0].clone();
    let said = crate::known::told(&Event::GapFilled { fill }, None);
    assert!(
        said.starts_with("Fetched 40 samples of the gap (asleep), which count. errors held from "),
        "{said}"
    );
}
