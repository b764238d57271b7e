//! Real shells doing what shells do.
#![cfg(unix)]

use crate::*;
use seaworthy_clock::SystemClock;
use std::path::Path;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Far more than any script here needs; reaching it is a failure, not a slow machine.
const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(300);

fn fresh_id() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn shell(line: &str) -> Spec {
    let spec = Spec::new(Program::Shell(line.into()), std::env::temp_dir(), fresh_id(), LONG);
    Spec { grace: SHORT, ..spec }
}

fn argv(words: &[&str]) -> Spec {
    let argv = words.iter().map(|word| (*word).to_owned()).collect();
    Spec { program: Program::Argv(argv), ..shell("-") }
}

struct Done {
    finished: Finished,
    out: String,
    err: String,
}

async fn run_with(spec: &Spec, cancel: &CancellationToken) -> Done {
    let (sender, mut receiver) = output_channel();
    let collect = async {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        while let Some(chunk) = receiver.recv().await {
            match chunk.stream {
                Stream::Out => out.extend_from_slice(&chunk.bytes),
                Stream::Err => err.extend_from_slice(&chunk.bytes),
            }
        }
        (out, err)
    };
    let (finished, (out, err)) = tokio::join!(run(spec, sender, cancel, &SystemClock), collect);
    assert_eq!(leftovers(&spec.run_id), Some(vec![]), "something is still running");
    assert_eq!(finished.survivors.left, Some(0));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Done { finished, out: text(out), err: text(err) }
}

async fn run_it(spec: &Spec) -> Done {
    run_with(spec, &CancellationToken::new()).await
}

#[tokio::test]
async fn output_and_code_arrive() {
    let done = run_it(&shell("printf a; printf b >&2; printf c; exit 7")).await;
    assert_eq!(done.finished.ended, Ended::Exit(7));
    assert!(!done.finished.succeeded());
    assert_eq!((done.out.as_str(), done.err.as_str()), ("ac", "b"));
    assert!(done.finished.output_complete);
    assert!(done.finished.finished.since(&done.finished.started).is_some());
    assert_eq!(done.finished.survivors.killed, 0);
}

#[tokio::test]
async fn the_environment_is_the_allow_list() {
    let mut spec = argv(&["env"]);
    spec.env.insert("EXTRA".into(), "1".into());
    let done = run_it(&spec).await;
    let mut names: Vec<&str> = done.out.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    names.retain(|name| !name.starts_with("LC_"));
    names.sort_unstable();
    for name in &names {
        let known = [
            "CI",
            "EXTRA",
            "GIT_TERMINAL_PROMPT",
            "HOME",
            "LANG",
            "PATH",
            RUN_ID_VARIABLE,
            "TERM",
            "TMPDIR",
            "USER",
        ];
        assert!(known.contains(name), "{name} leaked");
    }
    assert!(names.contains(&"EXTRA") && done.out.contains(&format!("{RUN_ID_VARIABLE}={}", spec.run_id)));
}

#[tokio::test]
async fn there_is_no_input_and_no_terminal() {
    let done = run_it(&shell(
        "read x; echo \"read=$?\"; (: </dev/tty) 2>/dev/null || echo no-tty; ps -o sid= -p $$; echo $$",
    ))
    .await;
    let lines: Vec<&str> = done.out.lines().map(str::trim).collect();
    assert_eq!(lines[..2], ["read=1", "no-tty"]);
    assert_eq!(lines[2], lines[3], "leads its own session");
}

#[tokio::test]
async fn a_signal_is_never_an_exit() {
    let done = run_it(&shell("echo passed; kill -9 $$")).await;
    assert_eq!(done.finished.ended, Ended::Signal(9));
    assert!(!done.finished.succeeded());
}

/// Collects like [`run_it`], but has the run stopped as soon as it says something.
async fn stop_when_heard(spec: &Spec) -> Done {
    let cancel = CancellationToken::new();
    let (sender, mut receiver) = output_channel();
    let collect = async {
        let mut out = Vec::new();
        while let Some(chunk) = receiver.recv().await {
            // The shell itself remarks on the signal in its own words on the other stream.
            if chunk.stream == Stream::Out {
                out.extend_from_slice(&chunk.bytes);
                cancel.cancel();
            }
        }
        out
    };
    let (finished, out) = tokio::join!(run(spec, sender, &cancel, &SystemClock), collect);
    assert_eq!(leftovers(&spec.run_id), Some(vec![]), "something is still running");
    assert_eq!(finished.survivors.left, Some(0));
    assert_eq!(finished.ended, Ended::Cancelled);
    Done { finished, out: String::from_utf8(out).unwrap(), err: String::new() }
}

#[tokio::test]
async fn what_takes_too_long_is_stopped() {
    let mut spec = shell("sleep 1000");
    spec.timeout = SHORT;
    assert_eq!(run_it(&spec).await.finished.ended, Ended::TimedOut);
}

#[tokio::test]
async fn what_ignores_the_request_is_killed() {
    let done = stop_when_heard(&shell("trap '' TERM; echo ready; while :; do sleep 0.05; done")).await;
    assert_eq!(done.out, "ready\n");
}

#[tokio::test]
async fn what_heeds_the_request_may_tidy_up() {
    let mut spec = shell("trap 'echo tidied; exit 0' TERM; echo ready; while :; do sleep 0.05; done");
    spec.grace = LONG;
    let done = stop_when_heard(&spec).await;
    assert_eq!(done.out, "ready\ntidied\n");
    assert_eq!(done.finished.survivors.killed, 0);
}

#[tokio::test]
async fn background_children_of_a_clean_exit_are_killed_and_counted() {
    let done = run_it(&shell("sleep 1000 & sleep 1000 & echo started")).await;
    assert_eq!(done.finished.ended, Ended::Exit(0));
    assert_eq!(done.finished.survivors.killed, 2);
    assert_eq!(done.out, "started\n");
    assert!(done.finished.output_complete, "their pipes are closed with them");
}

#[tokio::test]
async fn double_forked_daemons_in_their_own_session_are_caught() {
    let line = "(setsid sh -c 'trap \"\" TERM HUP; sleep 1000' >/dev/null 2>&1 &) ; echo gone";
    let done = run_it(&shell(line)).await;
    assert_eq!(done.finished.ended, Ended::Exit(0));
    assert!(done.finished.survivors.killed >= 1, "{:?}", done.finished);
}

#[tokio::test]
async fn a_daemon_that_also_holds_the_pipe_is_caught_when_stopped() {
    let line = "(setsid sh -c 'trap \"\" TERM HUP; echo up; sleep 1000; :' &) ; trap '' TERM; sleep 1000";
    let done = stop_when_heard(&shell(line)).await;
    assert!(done.finished.survivors.killed >= 1, "{:?}", done.finished);
    assert!(done.finished.output_complete);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_daemon_without_marker_is_known_by_the_pipe_it_holds() {
    let directory = tempfile::tempdir().unwrap();
    let pid_file = directory.path().join("pid");
    let line = format!(
        "(env -i setsid sh -c 'echo $$ > {}; sleep 1000; :' &); while ! test -s {0}; do sleep 0.02; done",
        pid_file.display()
    );
    let done = run_it(&shell(&line)).await;
    assert_eq!(done.finished.ended, Ended::Exit(0));
    let pid = std::fs::read_to_string(&pid_file).unwrap();
    assert!(!Path::new("/proc").join(pid.trim()).exists());
}

#[tokio::test]
async fn a_small_fork_bomb_is_swept() {
    let line = "trap '' TERM; bomb() { if [ $1 -gt 0 ]; then bomb $(($1 - 1)) & bomb $(($1 - 1)) & \
                else echo leaf; fi; sleep 1000; }; bomb 5";
    let done = stop_when_heard(&shell(line)).await;
    assert!(done.finished.survivors.killed >= 5, "{:?}", done.finished);
}

#[tokio::test]
async fn a_run_cancelled_beforehand_never_starts() {
    let cancel = CancellationToken::new();
    cancel.cancel();
    let done = run_with(&shell("echo started"), &cancel).await;
    assert_eq!((done.finished.ended, done.out.as_str()), (Ended::Cancelled, ""));
}

#[tokio::test]
async fn dropping_the_future_kills_the_family() {
    let (sender, mut receiver) = output_channel();
    let spec = shell("(setsid sleep 1000 &); echo ready; sleep 1000");
    let cancel = CancellationToken::new();
    {
        let mut running = Box::pin(run(&spec, sender, &cancel, &SystemClock));
        tokio::select! {
            _ = &mut running => panic!("ended by itself"),
            chunk = receiver.recv() => assert!(chunk.is_some()),
        }
        assert!(!leftovers(&spec.run_id).unwrap().is_empty());
    }
    assert_eq!(leftovers(&spec.run_id), Some(vec![]));
}

#[tokio::test]
async fn a_flood_without_a_newline_is_streamed() {
    const FLOOD: u64 = 256 * 1024 * 1024;
    let spec = shell(&format!("head -c {FLOOD} /dev/zero"));
    let (sender, mut receiver) = output_channel();
    let count = async {
        let mut seen = 0;
        while let Some(chunk) = receiver.recv().await {
            assert!(chunk.bytes.len() <= CHUNK_BYTES_MAX);
            seen += chunk.bytes.len() as u64;
        }
        seen
    };
    let never = CancellationToken::new();
    let (finished, seen) = tokio::join!(run(&spec, sender, &never, &SystemClock), count);
    assert_eq!((finished.ended, seen), (Ended::Exit(0), FLOOD));
}

#[tokio::test]
async fn a_reader_that_stops_reading_cannot_keep_a_run_alive() {
    let (sender, receiver) = output_channel();
    let (cancel, spec) = (CancellationToken::new(), shell("yes"));
    let stop_when_full = async {
        while receiver.len() < QUEUE_CHUNKS {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    };
    let (finished, ()) = tokio::join!(run(&spec, sender, &cancel, &SystemClock), stop_when_full);
    assert_eq!((finished.ended, finished.output_complete), (Ended::Cancelled, false));
    assert_eq!(receiver.len(), QUEUE_CHUNKS);
}

#[tokio::test]
async fn output_nobody_wants_is_thrown_away() {
    let (sender, receiver) = output_channel();
    drop(receiver);
    let finished =
        run(&shell("head -c 5000000 /dev/zero"), sender, &CancellationToken::new(), &SystemClock).await;
    assert_eq!(finished.ended, Ended::Exit(0));
}

async fn reason(spec: &Spec) -> NotStarted {
    match run_it(spec).await.finished.ended {
        Ended::NotStarted(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_cannot_start_says_why() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let script = |name: &str, text: &str, mode: u32| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        argv(&[path.to_str().unwrap()])
    };
    assert!(matches!(reason(&argv(&["no-such-program-here"])).await, NotStarted::NotFound { .. }));
    assert!(matches!(
        reason(&script("a", "#!/no/such/interpreter\n", 0o755)).await,
        NotStarted::NotFound { .. }
    ));
    assert!(matches!(reason(&script("b", "echo\n", 0o644)).await, NotStarted::NotExecutable { .. }));
    assert!(matches!(reason(&argv(&["/"])).await, NotStarted::NotExecutable { .. }));
    let missing = Spec { cwd: directory.path().join("missing"), ..shell("true") };
    assert!(matches!(reason(&missing).await, NotStarted::NoDirectory { .. }));
    let huge = "x".repeat(4 * 1024 * 1024);
    assert!(matches!(reason(&argv(&["true", &huge])).await, NotStarted::Refused { .. }));
}

#[tokio::test]
async fn runs_at_the_same_time_do_not_touch_each_other() {
    let line = "(setsid sleep 1000 &); sleep 0.7; echo whole";
    let (one, two, three) = (shell(line), shell(line), shell("(setsid sleep 1000 &); exit 3"));
    let (one, two, three) = tokio::join!(run_it(&one), run_it(&two), run_it(&three));
    assert_eq!((one.out.as_str(), two.out.as_str()), ("whole\n", "whole\n"));
    assert_eq!(three.finished.ended, Ended::Exit(3));
}

#[tokio::test]
async fn leftovers_of_an_earlier_life_are_found_and_swept() {
    let run_id = fresh_id();
    let mut orphan = std::process::Command::new("sh")
        .args(["-c", "setsid sh -c 'sleep 1000; :' >/dev/null 2>&1 & sleep 1000"])
        .env(RUN_ID_VARIABLE, &run_id)
        .spawn()
        .unwrap();
    while leftovers(&run_id).unwrap().len() < 4 {
        std::thread::yield_now();
    }
    assert!(leftovers(&run_id).unwrap().iter().any(|leftover| leftover.name == "sleep"));
    let swept = sweep_leftovers(&run_id).await;
    assert!(swept.killed >= 4 && swept.left == Some(0), "{swept:?}");
    orphan.wait().unwrap();
    assert_eq!(leftovers(&run_id), Some(vec![]));
}

/// In a container the leader of the own session is often outside, where it has no number.
#[cfg(target_os = "linux")]
#[test]
fn a_session_led_from_outside_the_namespace_is_no_obstacle() {
    const APART: [&str; 5] = ["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"];
    let apart = |words: &[&str]| {
        let mut command = std::process::Command::new("unshare");
        command.args(APART).args(words).output()
    };
    if !apart(&["true"]).is_ok_and(|tried| tried.status.success()) {
        println!("skipped: this system makes no process namespaces");
        return;
    }
    let this = std::env::current_exe().unwrap();
    let another = "tests::runs_at_the_same_time_do_not_touch_each_other";
    let ended = apart(&[this.to_str().unwrap(), "--exact", another]).unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(
        ended.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&ended.stderr)
    );
}
