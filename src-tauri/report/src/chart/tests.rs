//! What a chart draws.

use super::*;
use proptest::prelude::*;
use seaworthy_wire::PointView;

fn point(at: Millis, value: f64) -> PointView {
    PointView { at, value: Some(value), invalid: None, filled: false }
}

fn series(points: Vec<PointView>, gaps: Vec<GapView>) -> SeriesView {
    SeriesView {
        guardrail: "errors".to_owned(),
        source: "prober".to_owned(),
        unit: "%".to_owned(),
        limit: 1.0,
        points,
        gaps,
        excesses: Vec::new(),
        from: 0,
        to: 1_000,
    }
}

fn gap(from: Millis, to: Millis) -> GapView {
    GapView { from, to, cause: "asleep".to_owned() }
}

#[test]
fn the_line_stops_at_a_gap_and_starts_anew_after_it() {
    let points = [0, 100, 200, 700, 800].map(|at| point(at, 0.5)).to_vec();
    let series = series(points, vec![gap(250, 600)]);
    assert_eq!(path(&Chart::new(&series, 1_000)), "M0 140.0h0L100 140.0L200 140.0M700 140.0h0L800 140.0");
}

#[test]
fn a_gap_inside_one_column_breaks_the_line_too() {
    let series = series(vec![point(500, 0.5), point(501, 0.5)], vec![gap(500, 501)]);
    assert_eq!(path(&Chart::new(&series, 1_000)).matches('M').count(), 2);
}

#[test]
fn what_is_not_a_number_is_marked_and_not_drawn() {
    let broken = PointView { at: 5, value: None, invalid: Some("other version".to_owned()), filled: false };
    let series = series(vec![point(1, f64::NAN), broken, point(9, 0.2)], Vec::new());
    let chart = Chart::new(&series, 1_000);
    assert_eq!((chart.valid.len(), chart.invalid.len()), (1, 2));
    assert!(!draw(&chart, &Times::new("UTC")).into_string().contains("NaN"));
}

#[test]
fn a_series_without_samples_or_time_can_be_drawn() {
    let mut empty = series(Vec::new(), vec![gap(0, Millis::MAX)]);
    empty.to = 0;
    empty.limit = f64::INFINITY;
    let drawn = draw(&Chart::new(&empty, 0), &Times::new("UTC")).into_string();
    assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
}

#[test]
fn nothing_is_drawn_after_the_end() {
    let series = series(vec![point(100, 0.5), point(900, 0.5)], vec![gap(150, 1_000)]);
    let chart = Chart::new(&series, 500);
    assert_eq!((chart.to, chart.valid.len(), chart.gaps[0].to), (500, 1, 500));
}

proptest! {
    #[test]
    fn no_peak_disappears(values in proptest::collection::vec(0.0..1e6, 1..2_000)) {
        let points = values.iter().zip(0..).map(|(value, at)| point(at, *value)).collect();
        let mut series = series(points, Vec::new());
        series.to = Millis::try_from(values.len()).unwrap();
        let chart = Chart::new(&series, Millis::MAX);
        let highest = values.iter().copied().fold(0.0, f64::max);
        let drawn = path(&chart);
        prop_assert!(drawn.contains(&format!(" {:.1}", chart.y(highest))), "{highest} in {drawn}");
        prop_assert!(drawn.matches(['L', 'M']).count() <= 2 * COLUMNS as usize + 2);
    }
}
