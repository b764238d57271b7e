//! Everything an answer can be but a figure.

use super::*;
use rust_decimal::Decimal;

async fn of(body: Option<String>) -> Measured {
    let base = serve(move |_, head| figure_or_age(head, body.clone())).await;
    one(metric(&base, QUERY)).await
}

async fn of_labelled(body: Option<String>) -> Measured {
    let base = serve(move |_, head| figure_or_age(head, body.clone())).await;
    one(labelled(metric(&base, QUERY))).await
}

#[track_caller]
fn invalid(measured: &Measured, reason: InvalidReason, says: &str) {
    assert_eq!(measured.sample.reading, Reading::Invalid(reason), "{measured:?}");
    let why = measured.why.as_deref().unwrap();
    assert!(why.contains(says), "{why}");
    assert!(measured.cause.is_some());
}

#[tokio::test]
async fn a_figure_keeps_its_digits_and_its_moment() {
    for text in ["0.0123456789", "0", "1e-3", "17"] {
        let measured = of(says(text)).await;
        let value = Decimal::from_scientific(text).or_else(|_| text.parse()).unwrap();
        assert_eq!(measured.sample, Sample { at: now(), reading: Reading::Value(value) });
        assert_eq!((measured.why, measured.cause), (None, None));
    }
    let scalar = of(success("scalar", r#"[1800000000.25,"0.5"]"#)).await;
    assert_eq!(scalar.sample.reading, Reading::Value(Decimal::new(5, 1)));
}

#[tokio::test]
async fn nothing_is_never_zero() {
    invalid(&of(success("vector", "[]")).await, InvalidReason::Empty, "no series");
    invalid(&of(says("NaN")).await, InvalidReason::NotANumber, "NaN");
    invalid(&of(says("+Inf")).await, InvalidReason::Infinite, "+Inf");
    invalid(&of(says("-Inf")).await, InvalidReason::Infinite, "-Inf");
    invalid(&of(says("-0.5")).await, InvalidReason::OutOfRange, "less than nothing");
    invalid(&of(says("1e400")).await, InvalidReason::OutOfRange, "1e400");
    invalid(&of(says("soon")).await, InvalidReason::NotANumber, "");
}

#[tokio::test]
async fn several_series_are_named_and_none_is_picked() {
    let two = r#"[{"metric":{"pod":"a"},"value":[1,"0"]},{"metric":{"pod":"b"},"value":[1,"0.5"]}]"#;
    let measured = of(success("vector", two)).await;
    invalid(&measured, InvalidReason::Ambiguous, r#"2 series answer: {pod="a"}, {pod="b"}"#);
}

#[tokio::test]
async fn another_shape_is_no_figure() {
    let matrix = r#"[{"metric":{},"values":[[1,"0"]]}]"#;
    invalid(&of(success("matrix", matrix)).await, InvalidReason::Unreadable, "matrix");
    invalid(&of(success("string", r#"[1,"0"]"#)).await, InvalidReason::Unreadable, "string");
    let histogram = r#"[{"metric":{},"histogram":[1,{"count":"1"}]}]"#;
    invalid(&of(success("vector", histogram)).await, InvalidReason::Unreadable, "histogram");
    invalid(
        &of(success("vector", r#"[{"metric":{},"value":[1,0]}]"#)).await,
        InvalidReason::Unreadable,
        "shape",
    );
}

#[tokio::test]
async fn only_the_candidates_series_counts() {
    let old = r#"{"metric":{"version":"1.3.9"},"value":[1,"0"]}"#;
    let new = r#"{"metric":{"version":"1.4.0"},"value":[1,"0.5"]}"#;
    let both = of_labelled(success("vector", &format!("[{old},{new}]"))).await;
    assert_eq!(both.sample.reading, Reading::Value(Decimal::new(5, 1)));
    let old_alone = of_labelled(success("vector", &format!("[{old}]"))).await;
    invalid(&old_alone, InvalidReason::WrongVersion, r#"about version="1.3.9", not about "1.4.0""#);
    let neither = of_labelled(success("vector", r#"[{"metric":{},"value":[1,"0"]}]"#)).await;
    invalid(&neither, InvalidReason::WrongVersion, "no label version");
    let twice = of_labelled(success("vector", &format!("[{new},{new}]"))).await;
    invalid(&twice, InvalidReason::Ambiguous, "2 series");
}

#[tokio::test]
async fn a_figure_of_old_samples_is_stale() {
    let aged = async |age| {
        let base = serve(move |_, head| if head.contains("timestamp%28") { newest(age) } else { says("0") });
        one(metric(&base.await, QUERY)).await
    };
    assert_eq!(aged(74).await.sample.reading, Reading::Value(Decimal::ZERO));
    let old = aged(76).await;
    invalid(&old, InvalidReason::Stale, "1m16s old, more than 1m15s");
    assert_eq!(old.cause, Some(GapCause::Stale));
    let base = serve(|_, head| match head.contains("timestamp%28") {
        true => success("vector", "[]"),
        false => says("0"),
    });
    invalid(&one(metric(&base.await, QUERY)).await, InvalidReason::Stale, "stopped coming");
}

#[tokio::test]
async fn errors_are_told_in_the_services_words() {
    let error = |status, kind: &str, text: &str| {
        json(status, &format!(r#"{{"status":"error","errorType":"{kind}","error":"{text}"}}"#))
    };
    let bad = of(error(400, "bad_data", "parse error at char 3")).await;
    invalid(&bad, InvalidReason::Unreadable, "bad_data: parse error at char 3");
    invalid(&of(error(422, "execution", "too many")).await, InvalidReason::Unreadable, "execution");
    invalid(&of(error(503, "timeout", "query timed out")).await, InvalidReason::Unreadable, "timed out");
    invalid(&of(error(200, "internal", "oh")).await, InvalidReason::Unreadable, "internal: oh");
    for status in [429, 502, 503, 504] {
        let busy = of(answer(status, "content-type: text/plain\r\n", "later")).await;
        invalid(&busy, InvalidReason::NoAnswer, &format!("busy (status {status})"));
    }
}

#[tokio::test]
async fn strangers_and_cuts_are_no_answers() {
    let html = of(answer(200, "content-type: text/html\r\n", "<html>log in</html>")).await;
    invalid(&html, InvalidReason::Unreadable, "no Prometheus");
    invalid(&of(json(404, "{}")).await, InvalidReason::Unreadable, "no Prometheus");
    invalid(
        &of(json(200, r#"{"status":"success","data":{"resultT"#)).await,
        InvalidReason::Unreadable,
        "JSON",
    );
    invalid(&of(json(200, r#"{"status":"success"}"#)).await, InvalidReason::Unreadable, "no data");
    invalid(
        &of(json(200, r#"{"status":"success","status":"success"}"#)).await,
        InvalidReason::Unreadable,
        "twice",
    );
    let elsewhere = "location: http://evil.example/\r\ncontent-length: 0\r\n";
    invalid(
        &of(Some(format!("HTTP/1.1 302 X\r\n{elsewhere}\r\n"))).await,
        InvalidReason::Unreadable,
        "redirect",
    );
    let cut = "HTTP/1.1 200 X\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{";
    let base = serve(move |number, _| (number == 0).then(|| cut.to_owned())).await;
    let mut patient = asking(vec![metric(&base, QUERY)], now());
    patient.within = Period::from_millis(300);
    let lost = prometheus(&Arc::default()).measure(&patient).await.remove(0);
    invalid(&lost, InvalidReason::NoAnswer, "could not");
    let huge = format!(
        "{}{}",
        "HTTP/1.1 200 X\r\ncontent-type: application/json\r\n", "content-length: 99999999\r\n\r\n"
    );
    invalid(&of(Some(huge)).await, InvalidReason::Unreadable, "exceeds");
    let nobody = one(metric("http://127.0.0.1:1", QUERY)).await;
    invalid(&nobody, InvalidReason::NoAnswer, "could not reach");
    assert_eq!(nobody.cause, Some(GapCause::SourceFailed));
}

#[tokio::test]
async fn warnings_are_kept() {
    let data = r#""data":{"resultType":"scalar","result":[1,"1"]}"#;
    let body = format!(r#"{{"status":"success","warnings":["part is missing"],"infos":["a note"],{data}}}"#);
    let measured = of(json(200, &body)).await;
    assert_eq!(measured.warnings, ["part is missing", "a note"]);
}

#[tokio::test]
async fn one_thing_is_asked_at_a_time_and_what_lasts_is_not_asked_again() {
    let under_way = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let (count, peak) = (under_way.clone(), most.clone());
    let base = serve(move |_, head| {
        peak.fetch_max(count.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(std::time::Duration::from_millis(5));
        count.fetch_sub(1, Ordering::SeqCst);
        figure_or_age(head, says("1"))
    })
    .await;
    let source = prometheus(&Arc::default());
    let (two, again) = (
        asking(vec![metric(&base, QUERY), metric(&base, "up")], now()),
        asking(vec![metric(&base, QUERY)], now()),
    );
    let (a, b) = tokio::join!(source.measure(&two), source.measure(&again));
    assert!(a.iter().chain(&b).all(|measured| measured.why.is_none()), "{a:?} {b:?}");
    assert_eq!(most.load(Ordering::SeqCst), 1);
    let served = Arc::new(AtomicUsize::new(0));
    let seen = served.clone();
    let broken = serve(move |_, _| {
        seen.fetch_add(1, Ordering::SeqCst);
        None
    })
    .await;
    let both = source.measure(&asking(vec![metric(&broken, QUERY), metric(&broken, "up")], now())).await;
    assert!(both.iter().all(|measured| measured.sample.reading == Reading::Invalid(InvalidReason::NoAnswer)));
    assert_eq!(served.load(Ordering::SeqCst), 1);
}
