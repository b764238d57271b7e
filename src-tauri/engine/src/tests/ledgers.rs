//! Ledgers and evidence that are not as they were left.

use super::harbor::*;
use chrono::TimeDelta;
use seaworthy_domain::Digest;
use seaworthy_domain::Event;
use seaworthy_domain::operation::OperationState;
use seaworthy_wire::Code;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::State;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use tokio::sync::mpsc;

#[tokio::test(start_paused = true)]
async fn a_policy_that_cannot_be_read_stops_everything_but_the_stop() {
    let mut harbor = Harbor::climbing().await;
    let digest = harbor.release().policy.to_string();
    harbor.leave();
    let mut blobs = vec![harbor.home().join("evidence")];
    let mut spoilt = 0;
    while let Some(path) = blobs.pop() {
        if path.is_dir() {
            blobs.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if digest.ends_with(&*path.file_name().unwrap().to_string_lossy()) {
            fs::remove_file(&path).unwrap();
            fs::write(&path, "spoilt").unwrap();
            spoilt += 1;
        }
    }
    assert_eq!(spoilt, 1, "the pinned policy was not found");
    harbor.reopen(TimeDelta::zero());
    assert_eq!(harbor.advance().await.unwrap_err().code, Code::Integrity);
    let _ = harbor.ask(Request::Hold { which: which(), reason: "stop".into() }).await;
    assert_eq!(harbor.release().hold.map(|hold| hold.reason).as_deref(), Some("stop"));
    assert_eq!(harbor.outside.sent(), 2);
    // A watch goes on for whoever else there is, and says that this one has none.
    harbor.look(2).await;
    assert!(harbor.outside.state().notices.iter().any(|notice| notice.title.ends_with("is not watched")));
}

/// The files of the ledger proper.
fn database(harbor: &Harbor) -> Vec<PathBuf> {
    let files = fs::read_dir(harbor.home()).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.to_string_lossy().contains("ledger.db")).collect()
}

/// The ledger as it is now, closed.
fn kept(harbor: &mut Harbor) -> Vec<(PathBuf, Vec<u8>)> {
    harbor.leave();
    let copies = database(harbor).into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    harbor.reopen(TimeDelta::zero());
    copies
}

/// Yesterday's copy is put back beside today's anchor.
fn put_back(harbor: &mut Harbor, copies: Vec<(PathBuf, Vec<u8>)>) {
    harbor.leave();
    database(harbor).into_iter().for_each(|path| fs::remove_file(path).unwrap());
    copies.into_iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
    harbor.reopen(TimeDelta::zero());
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_lost_its_newest_events_stops_no_hold_and_no_rollback() {
    let mut harbor = Harbor::climbing().await;
    harbor.neighbour().await;
    let copies = kept(&mut harbor);
    harbor.look(2).await;
    let first = seaworthy_wire::Which { release: Some("1.0.0".into()), folder: None };
    harbor.get(Request::Hold { which: first, reason: "stop".into() }).await;
    put_back(&mut harbor, copies);
    assert_eq!(harbor.of("1.0.0").hold, None);
    let which = |version: &str| seaworthy_wire::Which { release: Some(version.into()), folder: None };
    let back = Request::Rollback { which: which("1.0.0"), reason: "enough".into(), emergency: false };
    harbor.get(back).await;
    assert_eq!(harbor.of("1.0.0").lifecycle, seaworthy_domain::Lifecycle::RolledBack);
    assert_eq!(harbor.kinds("ledger.regression_accepted"), 1);
    let held = harbor.of("7.0.0").hold.expect("nothing else moves unseen");
    assert!(held.reason.contains("lost its newest events"), "{held:?}");
    let (pushes, _) = mpsc::channel(1);
    let Ok(Reply::Doctor(doctor)) = harbor.engine().call(Request::Doctor, pushes.clone()).await else {
        panic!("no doctor");
    };
    assert!(doctor.lines.iter().all(|line| line.state != State::Fail), "{doctor:?}");
    assert!(doctor.lines.iter().any(|line| line.what == "ledger file" && line.state == State::Pass));
    let accept = Request::AcceptRegression { reason: "again".into() };
    assert_eq!(harbor.engine().call(accept, pushes).await.unwrap_err().code, Code::Refused);
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_lost_its_newest_events_moves_only_once_accepted() {
    let mut harbor = Harbor::placed().await;
    let copies = kept(&mut harbor);
    harbor.outside.next(super::outside::Fate::LostBefore);
    harbor.outside.state().unreadable = Some(seaworthy_ports::ReadError::NoEye);
    harbor.advance().await.unwrap_err();
    put_back(&mut harbor, copies);
    let seen = harbor.get(Request::Status { which: which() }).await;
    assert!(seen.doubt.is_some_and(|doubt| doubt.starts_with("The ledger does not verify: ")));
    let (pushes, _) = mpsc::channel(1);
    let page = match harbor.engine().call(Request::Report { which: which() }, pushes).await {
        Ok(Reply::Report(page)) => page,
        other => panic!("no report: {other:?}"),
    };
    assert!(page.doubt.is_some_and(|doubt| page.html.contains(&doubt[..40])));
    assert_eq!(harbor.advance().await.unwrap_err().code, Code::Integrity);
    assert_eq!(harbor.outside.sent(), 2);
    let (pushes, _) = mpsc::channel(1);
    let accept = Request::AcceptRegression { reason: "restored a copy".into() };
    assert_eq!(harbor.engine().call(accept, pushes).await, Ok(Reply::Done));
    assert_eq!(harbor.kinds("ledger.regression_accepted"), 1);
    assert!(harbor.release().operations.iter().all(|op| op.state == OperationState::Applied));
    harbor.outside.state().unreadable = None;
    assert_eq!(harbor.advance().await.unwrap().doubt, None);
}

#[tokio::test(start_paused = true)]
async fn a_damaged_ledger_is_only_shown() {
    let mut harbor = Harbor::placed().await;
    harbor.leave();
    let path = harbor.home().join("ledger.db");
    let mut bytes = fs::read(&path).unwrap();
    let needle = b"release.opened";
    let found: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(needle)).collect();
    assert!(!found.is_empty());
    for at in found {
        bytes[at] ^= 1;
    }
    fs::write(&path, bytes).unwrap();
    let engine = match harbor.open(&harbor.home()) {
        Ok(engine) => engine,
        Err(fault) => return assert_eq!(fault.code, Code::Integrity),
    };
    let request = Request::Hold { which: which(), reason: "stop".into() };
    let (pushes, _) = mpsc::channel(1);
    assert!(engine.call(request, pushes.clone()).await.is_err());
    let folder = harbor.project().to_string_lossy().into_owned();
    let open = Request::Open { folder, version: "2.0.0".into() };
    assert_eq!(engine.call(open, pushes.clone()).await.unwrap_err().code, Code::Integrity);
    let log = Request::Log { which: None, search: None, group: None, before: None, limit: 5 };
    let Ok(Reply::Events(page)) = engine.call(log, pushes).await else { panic!("no log") };
    let doubt = page.doubt.expect("it is said");
    assert!(doubt.starts_with("The ledger does not verify: event "), "{doubt}");
    assert!(doubt.contains("What follows ends at event "), "{doubt}");
    engine.tick().await;
    assert_eq!(harbor.outside.sent(), 1);
}

/// A disk of 40 MiB in place of the workspace, with what was there; gone with the test.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn below(harbor: &Harbor) -> Option<Self> {
        let (home, aside) = (harbor.home(), harbor.home().with_extension("aside"));
        fs::rename(&home, &aside).unwrap();
        fs::create_dir(&home).unwrap();
        let mount = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=40m", "tmpfs"])
            .arg(&home)
            .output();
        let mounted = mount.is_ok_and(|output| output.status.success());
        if mounted {
            copy_all(&aside, &home);
        } else {
            println!("skipped: this user may not mount a small disk");
        }
        mounted.then_some(Self(home))
    }

    fn fill(&self) {
        let mut file = fs::File::create(self.0.join("rubbish")).unwrap();
        for size in [1 << 20, 1 << 12, 1] {
            while file.write_all(&vec![7_u8; size]).is_ok() {}
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(std::process::Command::new("umount").arg("-l").arg(&self.0).status());
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn a_full_disk_stops_no_rollback() {
    let mut harbor = Harbor::climbing().await;
    harbor.look(3).await;
    harbor.leave();
    let Some(disk) = SmallDisk::below(&harbor) else { return };
    harbor.reopen(TimeDelta::zero());
    harbor.engine().keep_ballast();
    disk.fill();
    let attest = || Request::Attest { which: which(), criterion: "lessons".into(), note: "x".repeat(1_000) };
    let mut said = 0;
    let full = loop {
        match harbor.ask(attest()).await {
            Ok(_) => said += 1,
            Err(fault) => break fault,
        }
        assert!(said < 5_000, "the disk never gets full");
    };
    assert!(full.message.contains("disk is full"), "{full}");
    harbor.outside.state().errors = 5;
    harbor.look(12).await;
    assert_eq!(harbor.release().lifecycle, seaworthy_domain::Lifecycle::RolledBack);
    assert!(!harbor.home().join("ledger.ballast").exists());
    let disk_line = |harbor: &Harbor| {
        let (engine, (pushes, _unread)) = (harbor.engine(), mpsc::channel(1));
        async move {
            let Ok(Reply::Doctor(doctor)) = engine.call(Request::Doctor, pushes).await else {
                panic!("no doctor")
            };
            doctor.lines.iter().any(|line| line.what == "disk" && line.state == State::Fail)
        }
    };
    assert!(disk_line(&harbor).await);
    fs::remove_file(harbor.home().join("rubbish")).unwrap();
    harbor.engine().keep_ballast();
    assert!(!disk_line(&harbor).await);
    harbor.reopen(TimeDelta::zero());
    assert_eq!(harbor.release().lifecycle, seaworthy_domain::Lifecycle::RolledBack);
    harbor.leave();
}

#[tokio::test(start_paused = true)]
async fn odd_windows_and_places_are_answered() {
    let harbor = Harbor::climbing().await;
    harbor.look(3).await;
    for window_ms in [None, Some(i64::MIN), Some(0), Some(1), Some(i64::MAX)] {
        let request = Request::Series { which: which(), guardrail: "errors".into(), window_ms };
        let Ok(Reply::Series(series)) = harbor.reply(request).await else { panic!("{window_ms:?}") };
        assert!(series.from <= series.to, "{window_ms:?}");
    }
    for (before, empty) in
        [(None, false), (Some(0), true), (Some(1), true), (Some(2), false), (Some(u64::MAX), false)]
    {
        let request = Request::Log { which: None, search: None, group: None, before, limit: 5 };
        let Ok(Reply::Events(page)) = harbor.reply(request).await else { panic!("{before:?}") };
        assert_eq!(page.events.is_empty(), empty, "{before:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn events_are_in_the_order_of_their_times() {
    let harbor = Harbor::climbing().await;
    let (engine, id, project) = (harbor.engine(), harbor.id(), harbor.release().project);
    let granted = || Event::ApprovalGranted {
        subject: "check lint".into(),
        digest: Digest::of(b"lint"),
        text: "lint".into(),
    };
    // Whoever waits for the lock must not have looked at the clock before.
    std::thread::scope(|scope| {
        for of_project in [true, false, true, false] {
            let (engine, clock) = (&engine, &harbor.clock);
            scope.spawn(move || {
                for _ in 0..40 {
                    clock.advance(TimeDelta::milliseconds(1));
                    if of_project {
                        engine.record_for_project(project, &[granted()]).unwrap();
                    } else {
                        engine.record(id, &[Event::HoldLifted { reason: String::new() }]).unwrap();
                    }
                }
            });
        }
    });
    let events = engine.ledger.events(0, 1_000).unwrap();
    assert!(events.is_sorted_by_key(|stored| stored.event.at.wall));
}

#[tokio::test(start_paused = true)]
async fn the_log_tells_an_event_as_the_release_does() {
    let harbor = Harbor::climbing().await;
    let recent = harbor.get(Request::Status { which: which() }).await.recent;
    for search in [None, Some("effect".to_owned())] {
        let log = Request::Log { which: Some(which()), search, group: None, before: None, limit: 200 };
        let Ok(Reply::Events(page)) = harbor.reply(log).await else { panic!("no log") };
        assert!(page.events.iter().any(|event| event.text.ends_with("of production")), "{page:?}");
        for event in &page.events {
            let shown = recent.iter().find(|shown| shown.seq == event.seq);
            assert!(shown.is_none_or(|shown| shown.text == event.text), "{shown:?} {event:?}");
        }
    }
}
