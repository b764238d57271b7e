//! A Prometheus of the test's own, with a target of the test's own. Nothing here measures time; what must come is
//! waited for, within a patience that only a broken one exhausts.

use super::*;
use rust_decimal::Decimal;
use seaworthy_clock::Clock as _;
use seaworthy_clock::SystemClock;
use seaworthy_domain::policy::Alert;
use seaworthy_domain::policy::AlertLimit;
use seaworthy_domain::policy::MetricsCheck;
use seaworthy_rules::Comparison;
use seaworthy_rules::Quantity;
use seaworthy_testkit::Metered;
use std::sync::atomic::AtomicBool;

/// Attempts of a quarter second each.
const PATIENCE: u32 = 240;
const ALERTS: &str = r#"
groups:
  - name: shop
    rules:
      - alert: Errors
        expr: sum(rate(errors_total[10s])) / sum(rate(requests_total[10s])) > 0.01
      - alert: Down
        expr: up == 0
"#;

struct Real {
    _metered: Arc<Metered>,
    base: String,
    target_up: Arc<AtomicBool>,
}

impl Real {
    /// Starts one whose target counts, or says why not.
    fn start() -> Option<Self> {
        let Some(metered) = Metered::start(Some(ALERTS)) else {
            println!("skipped: there is no prometheus here");
            return None;
        };
        let (metered, target_up) = (Arc::new(metered), Arc::new(AtomicBool::new(true)));
        let (target, up) = (Arc::downgrade(&metered), target_up.clone());
        tokio::spawn(async move {
            for number in 1_u64.. {
                let Some(target) = target.upgrade() else { return };
                target.say(&if up.load(Ordering::SeqCst) { lines(number) } else { String::new() });
                drop(target);
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        Some(Self { base: metered.base().to_owned(), _metered: metered, target_up })
    }

    fn metric(&self, query: &str) -> Metric {
        let mut metric = labelled(metric(&self.base, query));
        metric.stale_after = Period::from_secs(20);
        metric
    }

    async fn measure(&self, metric: Metric) -> Measured {
        prometheus(&Arc::default()).measure(&asking(vec![metric], today())).await.remove(0)
    }

    /// Asks until it is so.
    async fn until(&self, metric: &Metric, so: impl Fn(&Measured) -> bool) -> Measured {
        let mut last = None;
        for _ in 0..PATIENCE {
            let measured = self.measure(metric.clone()).await;
            if so(&measured) {
                return measured;
            }
            last = Some(measured);
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        panic!("it never came: {last:?}");
    }
}

/// Half of all requests fail.
fn lines(number: u64) -> String {
    format!(
        "requests_total{{version=\"1.4.0\"}} {}\nrequests_total{{version=\"1.3.9\"}} 7\n\
         errors_total{{version=\"1.4.0\"}} {number}\nodd{{name=\"it's \\\"1\\\"\"}} 42\n",
        number * 2
    )
}

/// A real server has real time.
fn today() -> DateTime<Utc> {
    SystemClock.now().wall
}

fn is_valid(measured: &Measured) -> bool {
    matches!(measured.sample.reading, Reading::Value(_))
}

#[tokio::test]
async fn a_real_one_is_asked_for_figures_history_rules_and_targets() {
    let Some(real) = Real::start() else { return };
    let share = "sum by (version) (rate(errors_total{version=\"${version}\"}[10s])) / \
                 sum by (version) (rate(requests_total{version=\"${version}\"}[10s]))";
    let share = real.metric(share);
    let measured = real.until(&share, is_valid).await;
    assert_eq!(measured.sample.reading, Reading::Value(Decimal::new(5, 1)), "one of two");
    labels_and_strings(&real).await;
    history(&share, &measured).await;
    themselves(&real).await;
    // The target goes away: its series end at once, a rate over them does not, and is not believed either.
    real.target_up.store(false, Ordering::SeqCst);
    let gone = real.until(&share, |measured| !is_valid(measured)).await;
    assert_eq!(gone.sample.reading, Reading::Invalid(InvalidReason::Stale), "{gone:?}");
}

async fn labels_and_strings(real: &Real) {
    let old = real.measure(real.metric("requests_total{version=\"1.3.9\"}")).await;
    assert_eq!(old.sample.reading, Reading::Invalid(InvalidReason::WrongVersion), "{old:?}");
    let all = real.measure(real.metric("requests_total")).await;
    assert!(is_valid(&all), "the candidate's is picked: {all:?}");
    let mut unnamed = real.metric("requests_total");
    if let Source::Prometheus(asked) = &mut unnamed.source {
        asked.label = None;
    }
    let both = real.measure(unnamed.clone()).await;
    assert_eq!(both.sample.reading, Reading::Invalid(InvalidReason::Ambiguous), "{both:?}");
    let none = real.measure(real.metric("no_such_thing")).await;
    assert_eq!(none.sample.reading, Reading::Invalid(InvalidReason::Empty), "{none:?}");
    let broken = real.measure(real.metric("sum(")).await;
    assert_eq!(broken.sample.reading, Reading::Invalid(InvalidReason::Unreadable), "{broken:?}");
    // A version may be called anything, and stays one value, plain or in an expression.
    for query in ["odd{name=\"${version}\"}", "odd{name='${version}'}", "odd{name=~\"${version}|x\"}"] {
        if let Source::Prometheus(asked) = &mut unnamed.source {
            asked.query = Query::parse(query).unwrap();
        }
        let mut odd = asking(vec![unnamed.clone()], today());
        odd.candidate.version = "it's \"1\"".to_owned();
        let odd = prometheus(&Arc::default()).measure(&odd).await.remove(0);
        assert_eq!(odd.sample.reading, Reading::Value(Decimal::from(42)), "{query}: {odd:?}");
    }
}

async fn history(share: &Metric, newest: &Measured) {
    let asking = asking(vec![share.clone()], newest.sample.at);
    let to = newest.sample.at;
    let span = Span { from: to - TimeDelta::seconds(60), to, step: Period::from_secs(1) };
    let past = prometheus(&Arc::default()).history(&asking, &span).await.remove(0).samples.unwrap();
    assert!(!past.is_empty() && past.len() < 61, "only since it began: {}", past.len());
    assert_eq!(past.last().map(|sample| sample.at), Some(to), "the steps end where they were asked to");
}

async fn themselves(real: &Real) {
    let inspect = async |check| {
        let candidate = asking(Vec::new(), now()).candidate;
        let within = Period::from_secs(20);
        let inspection = Inspection { check, candidate, at: today(), within };
        prometheus(&Arc::default()).inspect(&inspection, CancellationToken::new()).await
    };
    let at = service(&real.base, Auth::None);
    let targets = inspect(MetricsCheck::Targets { service: at.clone(), jobs: vec!["shop".into()] }).await;
    assert_eq!(targets.result, CheckResult::Pass, "{}", targets.summary);
    let limit = |hundredths| AlertLimit {
        guardrail: "errors".into(),
        comparison: Comparison::Above,
        limit: Quantity::new(Decimal::new(hundredths, 2), Unit::RATIO),
    };
    let alert = |name: &str, limit| vec![Alert { name: name.into(), limit }];
    let rules = async |alerts| inspect(MetricsCheck::Rules { service: at.clone(), alerts }).await;
    let mut quiet = rules(alert("Down", None)).await;
    for _ in 0..PATIENCE {
        // Health is unknown before the first evaluation, and `up` begins with the first scrape.
        if quiet.result == CheckResult::Pass {
            break;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
        quiet = rules(alert("Down", None)).await;
    }
    assert_eq!(quiet.result, CheckResult::Pass, "{}", quiet.summary);
    // Half of all requests fail, so this one fires, whatever its limit.
    let mut loud = rules(alert("Errors", Some(limit(1)))).await;
    for _ in 0..PATIENCE {
        if loud.summary == "Errors is firing" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
        loud = rules(alert("Errors", Some(limit(1)))).await;
    }
    assert_eq!((loud.result, loud.summary.as_str()), (CheckResult::Fail, "Errors is firing"));
}
