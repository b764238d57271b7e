//! A release in the middle of its rollout.

pub(crate) use super::answers::*;
use seaworthy_wire::*;

/// Tue 24 Nov 2026 13:40 in Berlin.
pub(crate) const NOW: Millis = 1_795_524_000_000;

const MINUTE: Millis = 60_000;
pub(crate) const HOUR: Millis = 60 * MINUTE;

fn answer(state: Option<State>, answer: &str, line: &str) -> Answer {
    Answer { state, answer: answer.to_owned(), line: line.to_owned() }
}

pub(crate) fn happened(minutes_ago: i64, state: State, text: &str) -> HappenedView {
    HappenedView {
        seq: u64::try_from(1_000 - minutes_ago).unwrap(),
        at: NOW - minutes_ago * MINUTE,
        state,
        text: text.to_owned(),
        actor: "ada".to_owned(),
    }
}

fn criterion(name: &str, title: &str, state: State, reason: &str) -> CriterionView {
    CriterionView {
        name: name.to_owned(),
        title: title.to_owned(),
        mono: false,
        state,
        reason: reason.to_owned(),
        source: "check lint, run 3".to_owned(),
        evidence: Some("9f2d7c1ab04488ee".to_owned()),
        seen: Some(NOW - 2 * HOUR),
        fresh_until: Some(NOW + 22 * HOUR),
        at_passage: false,
        check: Some("lint".to_owned()),
        attest: false,
    }
}

fn phases() -> Vec<PhaseView> {
    let lint = criterion("build/lint", "Lint is clean", State::Pass, "exit code 0 on rc.1");
    let legal = CriterionView {
        source: "statement by legal".to_owned(),
        evidence: None,
        seen: None,
        fresh_until: None,
        check: None,
        attest: true,
        ..criterion("pre/legal", "Legal review completed", State::Pending, "nobody has said so yet")
    };
    let errors = CriterionView {
        mono: true,
        at_passage: true,
        ..criterion(
            "pre/errors",
            "error_rate < 1%",
            State::Stale,
            "measured 26 h ago, counts for 24 h; measure again before the next step is taken",
        )
    };
    let gate = |id: &str, title: &str, state, guards: Option<&str>, criteria| GateView {
        id: id.to_owned(),
        title: title.to_owned(),
        owner: "engineering".to_owned(),
        guards: guards.map(str::to_owned),
        state,
        passed: (state == State::Pass).then_some(NOW - HOUR),
        criteria,
    };
    let phase = |id: &str, title: &str, state, (holding, total), current, gates| PhaseView {
        id: id.to_owned(),
        title: title.to_owned(),
        state,
        holding,
        total,
        gates,
        current,
    };
    vec![
        phase(
            "build",
            "Build",
            State::Pass,
            (1, 1),
            false,
            vec![gate("build", "Built and checked", State::Pass, None, vec![lint])],
        ),
        phase(
            "pre",
            "Before deploy",
            State::Stale,
            (0, 2),
            true,
            vec![gate(
                "pre",
                "Ready for production",
                State::Stale,
                Some("deploy to production"),
                vec![errors, legal],
            )],
        ),
    ]
}

fn observed() -> ObservedView {
    ObservedView {
        from: NOW - 42 * HOUR,
        observed_ms: 41 * HOUR + 20 * MINUTE,
        needed_ms: 48 * HOUR,
        lost_ms: 40 * MINUTE,
        coverage: "98.4%".to_owned(),
        needed_coverage: "95%".to_owned(),
        gaps: vec![GapView {
            from: NOW - 10 * HOUR,
            to: NOW - 9 * HOUR - 20 * MINUTE,
            cause: "suspended".to_owned(),
        }],
    }
}

fn metric(name: &str, source: &str, value: Option<&str>, line: &str) -> MetricView {
    MetricView {
        name: name.to_owned(),
        source: source.to_owned(),
        state: if value.is_some() { State::Pass } else { State::NoData },
        value: value.map(str::to_owned),
        seen: value.map(|_| NOW - 15_000),
        line: line.to_owned(),
    }
}

fn metrics() -> Vec<MetricView> {
    vec![
        metric("error_rate", "prober", Some("1.4 %"), ""),
        metric("p99", "prometheus", None, "no series answers the query"),
    ]
}

fn checked(state: State, text: &str) -> CheckedLine {
    CheckedLine { state, text: text.to_owned() }
}

fn rollout() -> RolloutView {
    let stage = |number, name: &str, share: &str, state, word: &str, line: &str| StageView {
        number,
        name: name.to_owned(),
        share: share.to_owned(),
        state,
        word: word.to_owned(),
        line: line.to_owned(),
        observed: None,
        entered: None,
    };
    let canary = StageView {
        observed: Some(observed()),
        entered: Some(NOW - 42 * HOUR),
        ..stage(1, "Canary", "5", State::Running, "Soaking", "41 h 20 m of 48 h observed")
    };
    let over = OverView { since: NOW - 3 * MINUTE, for_ms: 3 * MINUTE, of_ms: 5 * MINUTE };
    let guardrail = |name: &str, state, line: &str| GuardrailView {
        name: name.to_owned(),
        rule: "error_rate > 1% for 5m with >= 100 requests".to_owned(),
        then: "roll back".to_owned(),
        state,
        line: line.to_owned(),
        over: (state == State::Fail).then(|| over.clone()),
        value: Some("1.4 %".to_owned()),
        seen: Some(NOW - 15_000),
        source: "prober".to_owned(),
    };
    RolloutView {
        stages: vec![
            canary,
            stage(2, "Quarter", "25", State::Pending, "Pending", "soaks 24 h"),
            stage(3, "Everyone", "100", State::Pending, "Pending", ""),
        ],
        guardrails: vec![
            guardrail("errors", State::Fail, "1.4 % of 200 requests"),
            guardrail("latency", State::Pass, "p95 210 ms"),
        ],
        metrics: metrics(),
        watches: vec![WatchView {
            name: "first day".to_owned(),
            state: State::Pending,
            line: "begins at 100 %".to_owned(),
            observed: None,
        }],
        armed: ArmedView {
            state: State::Armed,
            text: "Armed 2 of 2, reacts within 75 s".to_owned(),
            lines: vec![
                checked(State::Pass, "the newest sample is 15 s old"),
                checked(State::Pass, "the way back is proven"),
            ],
        },
        way_back: WayBackView {
            state: State::Pass,
            line: "1.0.0 is kept and answers".to_owned(),
            seen: Some(NOW - MINUTE),
        },
        operation: None,
        decision: DecisionView {
            title: "Decide: Canary".to_owned(),
            state: State::Fail,
            line: "A guardrail is over its limit".to_owned(),
            forward: Some("Advance to 25 %".to_owned()),
            step: Some(Forward::Advance),
            refusing: true,
            rollback_due: Some(NOW + 2 * MINUTE),
        },
    }
}

pub(crate) fn check(name: &str, state: State, run: &str) -> CheckView {
    CheckView {
        name: name.to_owned(),
        title: "Lint".to_owned(),
        what: "npm run lint".to_owned(),
        state,
        summary: "exit code 0".to_owned(),
        candidate: Some("rc.1".to_owned()),
        run: Some(run.to_owned()),
        started: Some(NOW - 2 * HOUR),
        took_ms: Some(2_345),
        approved: Some(state != State::Pending),
    }
}

pub(crate) fn release() -> ReleaseView {
    let act = |state, title: &str, line: &str, command: &str, kind| ActView {
        state,
        title: title.to_owned(),
        line: line.to_owned(),
        command: Some(command.to_owned()),
        kind,
    };
    ReleaseView {
        head: ReleaseHead {
            id: "0193-sample".to_owned(),
            project: "sample".to_owned(),
            version: "1.1.0".to_owned(),
            candidate: Some("rc.1".to_owned()),
            commit: Some("4f2a9c1be07d55aa4f2a9c1be07d55aa4f2a9c1b".to_owned()),
            policy: "Sample release 3".to_owned(),
            frozen: Some(NOW - 50 * HOUR),
            lifecycle: "rolling out".to_owned(),
            position: "1.1.0/rc.1/stage:1".to_owned(),
            over: false,
            rolled_back: false,
            hold: Some(HoldView {
                reason: "waiting for support to be back".to_owned(),
                by: "ada".to_owned(),
                at: NOW - 30 * MINUTE,
            }),
            rehearsal: true,
        },
        bearing: Bearing {
            may_move: answer(
                Some(State::Fail),
                "No. A guardrail is over",
                "errors: 1.4 % of 200 requests, over for 3 min of 5 min before it rolls back",
            ),
            blocks: answer(None, "1 guardrail over its limit", "1.4 % of 200 requests"),
            production: answer(Some(State::Fail), "5 % on 1.1.0", "the rest on 1.0.0"),
            happened: answer(None, "Canary was entered", "by ada"),
        },
        phases: phases(),
        acts: vec![
            act(
                State::Hold,
                "Lift the hold",
                "waiting for support to be back",
                "seaworthy hold --lift",
                ActKind::Lift,
            ),
            act(
                State::Pending,
                "Attest as legal: Legal review completed",
                "nobody has said so yet",
                "seaworthy attest pre/legal",
                ActKind::Attest { criterion: "pre/legal".to_owned() },
            ),
        ],
        checks: vec![check("lint", State::Pass, "run-1")],
        rollout: rollout(),
        notices: seaworthy_wire::NoticesView::default(),
        doubt: None,
        also: Vec::new(),
        recent: vec![
            happened(42, State::Running, "Canary was entered"),
            happened(60, State::Pass, "rc.1 was deployed"),
        ],
        now: NOW,
    }
}

/// Nothing left to do but the step itself.
pub(crate) fn ready() -> ReleaseView {
    let mut view = release();
    view.head.hold = None;
    view.head.rehearsal = false;
    view.bearing.may_move = answer(Some(State::Pass), "Yes, you decide", "Next: advance to 25 %");
    view
}

pub(crate) fn over() -> ReleaseView {
    let mut view = ready();
    view.head.over = true;
    view.head.lifecycle = "closed".to_owned();
    view.recent.insert(0, happened(0, State::Pass, "The release was closed"));
    view
}

pub(crate) fn rolled_back() -> ReleaseView {
    let mut view = ready();
    view.head.rolled_back = true;
    view.head.lifecycle = "rolled back".to_owned();
    view.recent.insert(0, happened(0, State::Fail, "errors fired; all traffic went back to 1.0.0"));
    view
}

pub(crate) fn unknown() -> ReleaseView {
    let mut view = release();
    view.rollout.operation = Some(OperationView {
        id: "op-1".to_owned(),
        what: "Deploy rc.1 to production".to_owned(),
        state: State::Unknown,
        line: "sent, no answer was seen".to_owned(),
        at: NOW - MINUTE,
    });
    view
}

fn piece(digest: &str, kind: &str, about: &str, bytes: Option<u64>) -> EvidencePiece {
    let digest = digest.repeat(4);
    EvidencePiece { digest, kind: kind.into(), about: about.into(), seq: 4, here: bytes.is_some(), bytes }
}

pub(crate) fn bundle(standing: Standing) -> BundleView {
    let event = EventView {
        seq: 4,
        at: NOW - 3_600_000,
        actor: "dana".into(),
        kind: "release.opened".into(),
        text: "Opened 1.1.0, which is not yours".into(),
        release: Some("0193-sample".into()),
        release_name: Some("sample 1.1.0".into()),
        call: None,
        back: false,
        hash: "9791c503".repeat(8),
        state: State::Pending,
    };
    BundleView {
        standing,
        release: "0193-sample".into(),
        project: "sample".into(),
        version: "1.1.0".into(),
        state: State::Running,
        lifecycle: "hypercare".into(),
        rehearsal: false,
        policy: "Tides v1".into(),
        candidate: Some("rc.1".into()),
        hold: None,
        commit: Some("c9c69f66".into()),
        person: "dana".into(),
        device: "0b9d5a0e-3c1f-4c62-8f5e-5f3f5a6d7e81".into(),
        key: "3d4017c3".repeat(8),
        head: "9791c503".repeat(8),
        words: "legal winner thank year wave sausage worth useful".into(),
        made_at: NOW,
        left_out: vec!["logs".into()],
        evidence: vec![
            piece("9f2d7c1ab04488ee", "policy", "Tides v1", Some(1_200)),
            piece("5e884898da280471", "log", "check lint on rc.1", None),
        ],
        phases: phases(),
        unread: None,
        people: vec![PersonView {
            name: "dana".into(),
            roles: vec!["captain".into()],
            events: 1,
            from: event.at,
            to: event.at,
        }],
        events: vec![event],
        not_proved: vec!["Who the signer is: ask your captain for the eight words.".into()],
    }
}
