//! Rules and targets as a server may tell them.

use super::*;
use seaworthy_domain::policy::Alert;
use seaworthy_domain::policy::AlertLimit;
use seaworthy_domain::policy::MetricsCheck;
use seaworthy_rules::Comparison;
use seaworthy_rules::Quantity;

async fn inspected(check: MetricsCheck) -> (CheckResult, String, String) {
    let inspection = Inspection {
        check,
        candidate: asking(Vec::new(), now()).candidate,
        at: now(),
        within: Period::from_secs(20),
    };
    let source = prometheus(&Arc::default());
    let found = source.inspect(&inspection, CancellationToken::new()).await;
    (found.result, found.summary, String::from_utf8(found.transcript).unwrap())
}

async fn rules(alert: &str, rules: &'static str) -> (CheckResult, String, String) {
    let body = format!(r#"{{"status":"success","data":{{"groups":[{{"name":"g","rules":[{rules}]}}]}}}}"#);
    let base = serve(move |_, _| json(200, &body)).await;
    let limit = AlertLimit {
        guardrail: "errors".into(),
        comparison: Comparison::Above,
        limit: Quantity::new(rust_decimal::Decimal::new(1, 2), Unit::RATIO),
    };
    let alerts = vec![Alert { name: alert.into(), limit: Some(limit) }];
    inspected(MetricsCheck::Rules { service: service(&base, Auth::None), alerts }).await
}

const QUIET: &str =
    r#"{"type":"alerting","name":"Errors","query":"x > 0.01","state":"inactive","health":"ok"}"#;

#[tokio::test]
async fn an_alert_must_have_the_policys_limit_and_be_quiet() {
    let (result, summary, transcript) = rules("Errors", QUIET).await;
    assert_eq!(
        (result, summary.as_str()),
        (CheckResult::Pass, "the alerting rule is as the policy says and quiet")
    );
    assert!(
        transcript.contains("compares with > 0.01")
            && transcript.contains("sha256")
            && transcript.contains(QUIET)
    );
    for (name, rule, says) in [
        ("Latency", QUIET, "there is no alerting rule Latency"),
        (
            "Errors",
            r#"{"type":"alerting","name":"Errors","query":"x > 0.05","state":"inactive","health":"ok"}"#,
            "compares with > 0.05, the guardrail errors with > 0.01",
        ),
        (
            "Errors",
            r#"{"type":"alerting","name":"Errors","query":"x < 0.01","state":"inactive","health":"ok"}"#,
            "compares with < 0.01",
        ),
        (
            "Errors",
            r#"{"type":"alerting","name":"Errors","query":"absent(x)","state":"inactive","health":"ok"}"#,
            "compares with no number",
        ),
        (
            "Errors",
            r#"{"type":"alerting","name":"Errors","query":"x > 0.01","state":"firing","health":"ok"}"#,
            "Errors is firing",
        ),
        (
            "Errors",
            r#"{"type":"alerting","name":"Errors","query":"x > 0.01","state":"inactive","health":"err"}"#,
            "not evaluated",
        ),
        ("Errors", r#"{"type":"recording","name":"Errors","query":"x","health":"ok"}"#, "no alerting rule"),
    ] {
        let (result, summary, _) = rules(name, rule).await;
        assert_eq!(result, CheckResult::Fail, "{rule}");
        assert!(summary.contains(says), "{summary}");
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_not_known() {
    let alerts = vec![Alert { name: "Errors".into(), limit: None }];
    let nowhere = service("http://127.0.0.1:1", Auth::None);
    let (result, summary, _) = inspected(MetricsCheck::Rules { service: nowhere.clone(), alerts }).await;
    assert_eq!(result, CheckResult::NotRun, "{summary}");
    let jobs = vec!["shop".into()];
    assert_eq!(inspected(MetricsCheck::Targets { service: nowhere, jobs }).await.0, CheckResult::NotRun);
    let metrics = vec![metric("http://127.0.0.1:1", QUERY)];
    assert_eq!(inspected(MetricsCheck::Fresh { metrics }).await.0, CheckResult::NotRun);
}

#[tokio::test]
async fn every_job_has_a_target_and_every_target_is_up() {
    let up = r#"{"labels":{"job":"shop","instance":"a:1"},"health":"up","lastError":""}"#;
    let down =
        r#"{"labels":{"job":"shop","instance":"b:1"},"health":"down","lastError":"connection refused"}"#;
    for (targets, jobs, expected, says) in [
        (up.to_owned(), "shop", CheckResult::Pass, "the target is up"),
        (format!("{up},{down}"), "shop", CheckResult::Fail, "shop b:1 is down: connection refused"),
        (up.to_owned(), "api", CheckResult::Fail, "nothing is scraped for the job api"),
        (String::new(), "shop", CheckResult::Fail, "nothing is scraped"),
    ] {
        let body = format!(r#"{{"status":"success","data":{{"activeTargets":[{targets}]}}}}"#);
        let base = serve(move |_, _| json(200, &body)).await;
        let service = service(&base, Auth::None);
        let (result, summary, _) =
            inspected(MetricsCheck::Targets { service, jobs: vec![jobs.into()] }).await;
        assert_eq!(result, expected, "{summary}");
        assert!(summary.contains(says), "{summary}");
    }
}

#[tokio::test]
async fn metrics_are_fresh_or_named() {
    let base = serve(|_, head| figure_or_age(head, says("0"))).await;
    let stale = serve(|_, head| if head.contains("timestamp%28") { newest(999) } else { says("0") }).await;
    let fresh = inspected(MetricsCheck::Fresh { metrics: vec![metric(&base, QUERY)] }).await;
    assert_eq!((fresh.0, fresh.1.as_str()), (CheckResult::Pass, "the metric is fresh"));
    let both = vec![metric(&base, QUERY), metric(&stale, QUERY)];
    let (result, summary, _) = inspected(MetricsCheck::Fresh { metrics: both }).await;
    assert_eq!(result, CheckResult::Fail);
    assert!(summary.contains("error_rate: the newest sample behind it is 16m39s old"), "{summary}");
}
