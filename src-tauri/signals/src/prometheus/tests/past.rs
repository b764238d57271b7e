//! What is fetched after a gap.

use super::*;
use rust_decimal::Decimal;

fn span(seconds: i64, step: u64) -> Span {
    Span { from: now() - TimeDelta::seconds(seconds), to: now(), step: Period::from_secs(step) }
}

async fn past(base: &str, span: &Span) -> History {
    let asking = asking(vec![metric(base, QUERY)], now());
    prometheus(&Arc::default()).history(&asking, span).await.remove(0)
}

#[tokio::test]
async fn steps_without_a_sample_are_absent_and_old_ones_are_stale() {
    let at = now().timestamp();
    let matrix = |values: String| success("matrix", &format!(r#"[{{"metric":{{}},"values":[{values}]}}]"#));
    let base = serve(move |_, head| match head.contains("timestamp%28") {
        // Fresh, then stuck, then gone.
        true => matrix(format!(r#"[{0},"{0}"],[{1},"{2}"]"#, at - 60, at - 45, at - 45 - 76)),
        false => matrix(format!(r#"[{},"0.5"],[{},"0.25"],[{},"NaN"]"#, at - 60, at - 45, at - 30)),
    })
    .await;
    let samples = past(&base, &span(60, 15)).await.samples.unwrap();
    let readings: Vec<Reading> = samples.iter().map(|sample| sample.reading).collect();
    let stale = Reading::Invalid(InvalidReason::Stale);
    assert_eq!(readings, [Reading::Value(Decimal::new(5, 1)), stale, stale]);
    assert_eq!(samples[0].at.timestamp(), at - 60);
}

#[tokio::test]
async fn an_error_is_an_error_and_no_empty_past() {
    let base = serve(|_, _| json(422, r#"{"status":"error","errorType":"execution","error":"no"}"#)).await;
    assert!(past(&base, &span(60, 15)).await.samples.unwrap_err().contains("execution"));
    let empty = serve(|_, _| success("matrix", "[]")).await;
    assert_eq!(past(&empty, &span(60, 15)).await.samples, Ok(Vec::new()));
}

#[test]
fn a_long_past_is_asked_for_in_pieces_and_the_newest_first_dropped_last() {
    let whole = parts(&span(60, 15));
    assert_eq!(whole.len(), 1);
    assert_eq!((whole[0].from, whole[0].to), (now() - TimeDelta::seconds(60), now()));
    let steps = i64::try_from(STEPS_MAX * 2).unwrap();
    let two = parts(&span(steps, 1));
    assert_eq!(two.len(), 3, "both ends are steps");
    assert_eq!((two[1].from - two[0].to, two[2].to), (TimeDelta::seconds(1), now()));
    let endless = parts(&span(steps * 100, 1));
    assert_eq!(u64::try_from(endless.len()).unwrap(), CHUNKS_MAX);
    assert_eq!(endless.last().unwrap().to, now());
}
