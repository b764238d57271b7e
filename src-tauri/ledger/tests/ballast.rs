//! Recording on a disk that is full.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use seaworthy_ledger::{BALLAST_BYTES, Ledger, LedgerError};

use crate::support::{at, event, fill};

/// A file system of its own, smaller than two ballasts; gone with the test.
struct Small(tempfile::TempDir);

impl Small {
    fn mount() -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=40m", "tmpfs"])
            .arg(directory.path())
            .output();
        match mount {
            Ok(output) if output.status.success() => Some(Self(directory)),
            Ok(output) => {
                println!("skipped: no small disk: {}", String::from_utf8_lossy(&output.stderr).trim());
                None
            }
            Err(error) => {
                println!("skipped: no small disk: {error}");
                None
            }
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes until nothing fits any more.
    fn fill(&self) {
        let mut file =
            OpenOptions::new().create(true).append(true).open(self.path().join("rubbish")).unwrap();
        for size in [1 << 20, 1 << 12, 1] {
            let block = vec![7_u8; size];
            while file.write_all(&block).is_ok() {}
        }
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.0.path()).status());
    }
}

#[test]
fn ballast_lets_a_stop_be_recorded_on_a_full_disk() {
    let Some(disk) = Small::mount() else { return };
    let home = disk.path().join("home");
    let (ledger, _) = Ledger::open(&home).unwrap();
    fill(&ledger, 5);
    ledger.keep_ballast().unwrap();
    ledger.keep_ballast().unwrap();
    assert_eq!(std::fs::metadata(home.join("ledger.ballast")).unwrap().len(), BALLAST_BYTES);
    disk.fill();
    let mut recorded = 5;
    let full = loop {
        match ledger.append(&at(recorded), vec![event(None, recorded)]) {
            Ok(_) => recorded += 1,
            Err(error) => break error,
        }
        assert!(recorded < 10_000, "the disk never gets full");
    };
    assert!(matches!(full, LedgerError::Full), "{full:?}");
    assert!(ledger.release_ballast());
    for _ in 0..100 {
        ledger.append(&at(recorded), vec![event(None, recorded)]).unwrap();
        recorded += 1;
    }
    assert!(!ledger.release_ballast(), "there is only one");
    disk.fill();
    assert!(matches!(ledger.keep_ballast(), Err(LedgerError::Full)));
    assert!(!home.join("ledger.ballast").exists(), "half of one would hold back what is needed");
    std::fs::remove_file(disk.path().join("rubbish")).unwrap();
    ledger.keep_ballast().unwrap();
    ledger.close().unwrap();
    let (_, report) = Ledger::open(&home).unwrap();
    assert_eq!(report.events, recorded);
}
