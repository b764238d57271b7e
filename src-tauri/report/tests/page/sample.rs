//! A release that broke, went back, came again and was closed: one gap, one breach, two candidates.

use crate::history::errors;
use crate::history::events;
use crate::history::latency;
use seaworthy_report::Report;
use seaworthy_wire::*;

pub(crate) const MINUTE: Millis = 60_000;
pub(crate) const HOUR: Millis = 60 * MINUTE;
/// Mon 14 Sep 2026 08:00 UTC
pub(crate) const START: Millis = 1_789_372_800_000;

const RC2: &str = "9d7e41c05b6a4f3e8d2c1b0a99887766554433ee";

pub(crate) fn at(hours: i64, minutes: i64) -> Millis {
    START + hours * HOUR + minutes * MINUTE
}

pub(crate) fn hash(seed: u64) -> String {
    let word = |n: u64| (seed + n).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    format!("sha256:{:016x}{:016x}{:016x}{:016x}", word(1), word(2), word(3), word(4))
}

pub(crate) fn report() -> Report {
    let view = ReleaseView {
        notices: seaworthy_wire::NoticesView::default(),
        head: head(),
        bearing: bearing(),
        phases: phases(),
        acts: Vec::new(),
        checks: Vec::new(),
        rollout: rollout(),
        recent: Vec::new(),
        doubt: None,
        also: Vec::new(),
        now: at(103, 0),
    };
    Report {
        view,
        series: vec![errors(), latency()],
        events: events(),
        made_at: at(103, 0),
        zone: "Europe/Berlin".to_owned(),
        ledger_head: Some(hash(900)),
        product_version: "0.1.0".to_owned(),
    }
}

fn head() -> ReleaseHead {
    ReleaseHead {
        id: "01994b6e-6a00-7cc1-9a55-6f0b8f6f2d11".to_owned(),
        project: "harbour-ferry".to_owned(),
        version: "2.4.0".to_owned(),
        candidate: Some("rc.2".to_owned()),
        commit: Some(RC2.to_owned()),
        policy: "Web service v3".to_owned(),
        frozen: Some(at(0, 12)),
        lifecycle: "closed".to_owned(),
        position: "closed".to_owned(),
        over: true,
        rolled_back: false,
        hold: None,
        rehearsal: false,
    }
}

fn answer(state: Option<State>, answer: &str, line: &str) -> Answer {
    Answer { state, answer: answer.to_owned(), line: line.to_owned() }
}

fn bearing() -> Bearing {
    Bearing {
        may_move: answer(None, "It is over", "closed"),
        blocks: answer(None, "Nothing", ""),
        production: answer(Some(State::Pass), "100\u{202f}% on 2.4.0", "for 1\u{202f}d 23\u{202f}h"),
        happened: answer(None, "Closed: two attempts, one rollback after 5 minutes", "by Mara Lindqvist"),
    }
}

fn criterion(
    name: &str,
    title: &str,
    state: State,
    reason: &str,
    source: &str,
    seen: Option<Millis>,
) -> CriterionView {
    CriterionView {
        name: name.to_owned(),
        title: title.to_owned(),
        mono: title.contains(" < "),
        state,
        reason: reason.to_owned(),
        source: source.to_owned(),
        evidence: source.starts_with("check").then(|| hash(name.len() as u64)),
        seen,
        fresh_until: None,
        at_passage: true,
        check: None,
        attest: false,
    }
}

fn gate(
    id: &str,
    title: &str,
    owner: &str,
    guards: &str,
    passed: Millis,
    criteria: Vec<CriterionView>,
) -> GateView {
    GateView {
        id: id.to_owned(),
        title: title.to_owned(),
        owner: owner.to_owned(),
        guards: Some(guards.to_owned()),
        state: State::Pass,
        passed: Some(passed),
        criteria,
    }
}

fn phase(id: &str, title: &str, total: u32, gates: Vec<GateView>) -> PhaseView {
    let id = id.to_owned();
    PhaseView {
        id,
        title: title.to_owned(),
        state: State::Pass,
        holding: total,
        total,
        gates,
        current: false,
    }
}

fn phases() -> Vec<PhaseView> {
    let (quality, launch, stable) = (quality(), launch(), stable());
    vec![
        phase(
            "build",
            "Build and test",
            3,
            vec![gate("quality", "Quality", "engineering", "name a candidate", at(25, 22), quality)],
        ),
        phase(
            "launch",
            "Launch",
            4,
            vec![gate(
                "launch",
                "Ready for production",
                "captain",
                "deploy to production",
                at(26, 10),
                launch,
            )],
        ),
        phase(
            "after",
            "Stabilise",
            2,
            vec![gate("stable", "Quiet first day", "captain", "close the release", at(80, 0), stable)],
        ),
    ]
}

fn quality() -> Vec<CriterionView> {
    let seen = Some(at(25, 20));
    let pass = |name, title, reason, source| criterion(name, title, State::Pass, reason, source, seen);
    vec![
        pass("quality/lint", "No lint findings", "exit status 0 in 12 s", "check lint"),
        pass("quality/tests", "Unit tests pass", "exit status 0, 412 tests in 1 min 41 s", "check unit"),
        pass("quality/build", "The build is reproducible", "both archives have one digest", "check build"),
    ]
}

fn launch() -> Vec<CriterionView> {
    let pass = |name, title, reason, source, seen| criterion(name, title, State::Pass, reason, source, seen);
    let staging = pass(
        "launch/staging",
        "Deployed to staging first",
        "rc.2 is in staging with 100 %",
        "deployment in staging",
        Some(at(25, 41)),
    );
    let briefed = "attested by Lena Brandt as support: briefed the evening shift";
    let support =
        pass("launch/support", "Support knows what changes", briefed, "attestation", Some(at(26, 2)));
    let mut p95 = pass(
        "launch/p95",
        "p95_latency < 400ms over 10m",
        "171 ms over 10 min",
        "metric p95_latency",
        Some(at(26, 9)),
    );
    p95.at_passage = false;
    p95.fresh_until = Some(at(50, 9));
    let apps = criterion(
        "launch/apps",
        "Mobile store review",
        State::NotApplicable,
        "no change under mobile",
        "computed",
        None,
    );
    vec![staging, support, apps, p95]
}

fn stable() -> Vec<CriterionView> {
    let day = "24 h observed, 24 h needed";
    let waived = "0.52 % over 24 h, accepted until Fri 25 Sep by Jonas Weber";
    vec![
        criterion(
            "stable/day",
            "first-day observed for 24 h",
            State::Pass,
            day,
            "watch first-day",
            Some(at(79, 2)),
        ),
        criterion(
            "stable/errors",
            "error_rate < 0.5% over 24h",
            State::Waived,
            waived,
            "metric error_rate",
            Some(at(80, 0)),
        ),
    ]
}

pub(crate) fn gap(from: Millis, to: Millis, cause: &str) -> GapView {
    GapView { from, to, cause: cause.to_owned() }
}

fn stage(
    number: u32,
    name: &str,
    share: &str,
    entered: Millis,
    observed: Option<ObservedView>,
    line: &str,
) -> StageView {
    StageView {
        number,
        name: name.to_owned(),
        share: share.to_owned(),
        state: State::Pass,
        word: "Done".to_owned(),
        line: line.to_owned(),
        observed,
        entered: Some(entered),
    }
}

fn rollout() -> RolloutView {
    let seen = |from, hours: i64, lost: i64, coverage: &str, gaps| ObservedView {
        from,
        observed_ms: hours * HOUR,
        needed_ms: hours * HOUR,
        lost_ms: lost * MINUTE,
        coverage: coverage.to_owned(),
        needed_coverage: "90\u{202f}%".to_owned(),
        gaps,
    };
    let asleep = gap(at(38, 4), at(38, 52), "asleep");
    RolloutView {
        stages: vec![
            stage(
                1,
                "Canary",
                "5",
                at(26, 12),
                Some(seen(at(26, 12), 4, 0, "100\u{202f}%", vec![])),
                "4\u{202f}h of 4\u{202f}h observed",
            ),
            stage(
                2,
                "Quarter",
                "25",
                at(30, 20),
                Some(seen(at(30, 20), 24, 48, "96.8\u{202f}%", vec![asleep])),
                "24\u{202f}h of 24\u{202f}h observed",
            ),
            stage(3, "Everybody", "100", at(55, 20), None, "no soak, watched afterwards"),
        ],
        guardrails: vec![
            guardrail("errors", "error_rate > 1% for 5m with >= 100 requests", "roll back"),
            guardrail("slow", "p95_latency > 400ms for 10m", "hold"),
        ],
        metrics: vec![
            metric("error_rate", "prober", Some("0.14\u{202f}%"), ""),
            metric(
                "checkout_p99",
                "prometheus",
                None,
                "2 series answer: {pod=\"a\"}, {pod=\"b\"}; make it one",
            ),
        ],
        watches: vec![WatchView {
            name: "first-day".to_owned(),
            state: State::Pass,
            line: "24\u{202f}h of 24\u{202f}h observed".to_owned(),
            observed: None,
        }],
        armed: ArmedView { state: State::NotArmed, text: "Not armed".to_owned(), lines: Vec::new() },
        way_back: WayBackView { state: State::Pass, line: "web-2.3.1".to_owned(), seen: Some(at(26, 11)) },
        operation: None,
        decision: DecisionView {
            title: "Nothing to decide".to_owned(),
            state: State::Pass,
            line: String::new(),
            forward: None,
            step: None,
            refusing: true,
            rollback_due: None,
        },
    }
}

fn metric(name: &str, source: &str, value: Option<&str>, line: &str) -> MetricView {
    MetricView {
        name: name.to_owned(),
        source: source.to_owned(),
        state: if value.is_some() { State::Stale } else { State::NoData },
        value: value.map(str::to_owned),
        seen: value.map(|_| at(78, 20)),
        line: line.to_owned(),
    }
}

fn guardrail(name: &str, rule: &str, then: &str) -> GuardrailView {
    GuardrailView {
        name: name.to_owned(),
        rule: rule.to_owned(),
        then: then.to_owned(),
        state: State::NoData,
        line: "no sample for 23 h".to_owned(),
        over: None,
        value: None,
        seen: None,
        source: "prober".to_owned(),
    }
}
