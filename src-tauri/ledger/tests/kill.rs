//! `kill -9` and failing disks, against a second copy of this test binary.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use seaworthy_ledger::{Ledger, MAX_READ_PAGE};
use tempfile::tempdir;

use crate::support::{at, event, id, open};

const DIR: &str = "SEAWORTHY_TEST_LEDGER";
const KILLS: usize = 40;
const WRITERS: u64 = 3;

/// The child: appends until something stops it, and says what was acknowledged.
#[test]
#[ignore = "runs inside the other tests of this file"]
fn child_appends() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let (ledger, _) = Ledger::open(Path::new(&dir)).unwrap();
    let ledger = Arc::new(ledger);
    let threads: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let ledger = ledger.clone();
            std::thread::spawn(move || write_on(&ledger, writer))
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
}

fn write_on(ledger: &Ledger, writer: u64) {
    for n in 0.. {
        let events = (0..=n % 3).map(|k| event(Some(id(u128::from(writer + k))), n)).collect();
        match ledger.append(&at(n * 7_000), events) {
            Ok(stored) => {
                let lines: String =
                    stored.iter().map(|e| format!("ack {} {}\n", e.event.seq, e.hash)).collect();
                // Straight to the pipe: an acknowledgement in a buffer would be lost with the process.
                std::io::stderr().write_all(lines.as_bytes()).unwrap();
            }
            Err(error) => {
                eprintln!("error {error:?}");
                return;
            }
        }
        if n % 11 == writer {
            let _ = ledger.tidy();
        }
    }
}

fn child(dir: &Path, prefix: &[&str]) -> Command {
    let exe = std::env::current_exe().unwrap();
    let mut words: Vec<String> = prefix.iter().map(|w| (*w).to_owned()).collect();
    words.push(exe.to_str().unwrap().to_owned());
    let mut command = Command::new(words.remove(0));
    command.args(words).args([
        "--exact",
        "kill::child_appends",
        "--ignored",
        "--nocapture",
        "--test-threads=1",
    ]);
    command.env(DIR, dir).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

fn acked(line: &str) -> Option<(u64, String)> {
    let mut words = line.strip_prefix("ack ")?.split(' ');
    Some((words.next()?.parse().ok()?, words.next()?.to_owned()))
}

fn assert_kept(ledger: &Ledger, acks: &[(u64, String)]) {
    let mut kept = std::collections::HashMap::new();
    let mut seq = 0;
    loop {
        let page = ledger.events(seq, MAX_READ_PAGE).unwrap();
        let Some(newest) = page.last() else { break };
        seq = newest.event.seq;
        kept.extend(page.iter().map(|e| (e.event.seq, e.hash.to_string())));
    }
    for (seq, hash) in acks {
        assert_eq!(kept.get(seq), Some(hash), "event {seq} was acknowledged");
    }
}

#[test]
fn no_kill_loses_an_acknowledged_event() {
    let dir = tempdir().unwrap();
    let mut acks = Vec::new();
    for round in 0..KILLS {
        let mut running = child(dir.path(), &[]).spawn().unwrap();
        let mut lines = BufReader::new(running.stderr.take().unwrap()).lines().map_while(Result::ok);
        // Some kills come during the first commits, some during checkpoints much later.
        let wanted = 1 + (round * 37) % 120;
        acks.extend(lines.by_ref().filter_map(|l| acked(&l)).take(wanted));
        running.kill().unwrap();
        // What was written before the kill is still in the pipe.
        acks.extend(lines.filter_map(|l| acked(&l)));
        running.wait().unwrap();
        let (ledger, report) = open(dir.path());
        assert_eq!(report.regressed, None, "round {round}");
        if round % 8 == 7 || round == KILLS - 1 {
            assert_kept(&ledger, &acks);
        }
        assert!(report.events >= acks.iter().map(|(seq, _)| *seq).max().unwrap());
    }
    println!("{KILLS} kills, {} acknowledged events, 0 lost", acks.len());
}

/// A file size limit makes every write beyond it fail, as a broken or full disk does.
#[test]
fn a_failing_disk_stops_writing_without_losing_anything() {
    let dir = tempdir().unwrap();
    // With SIGXFSZ ignored the system answers EFBIG. The limit counts kibibytes in bash, half of them in dash.
    let script = "trap '' XFSZ; ulimit -f 300; exec \"$@\"";
    let output = child(dir.path(), &["sh", "-c", script, "sh"]).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    let acks: Vec<_> = text.lines().filter_map(acked).collect();
    let errors: Vec<_> = text.lines().filter(|l| l.starts_with("error ")).collect();
    assert_eq!(errors.len(), WRITERS as usize, "{text}");
    let typed =
        |e: &&str| ["error Full", "error NotRecorded", "error Stopped"].iter().any(|t| e.starts_with(t));
    assert!(errors.iter().all(typed), "{errors:?}");
    assert!(!acks.is_empty());
    let (ledger, report) = open(dir.path());
    assert_eq!(report.regressed, None);
    assert_kept(&ledger, &acks);
}
