//! A ledger in a place, or of a format, that the program does not take: said in words, and nothing is touched.

use seaworthy_testkit::Plan;
use seaworthy_testkit::Sample;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::SystemTime;

/// Where SQLite keeps the number of the format, in the header of the file.
const FORMAT_AT: usize = 60;

/// Every file of the ledger, with its bytes and when they changed.
fn kept(home: &Path) -> BTreeMap<String, (Vec<u8>, SystemTime)> {
    let entries = fs::read_dir(home).unwrap().map(|entry| entry.unwrap());
    let ledger = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().unwrap();
        let path = entry.path();
        // The lock is a note of whoever looked, and not part of what is kept.
        let counts = (name.starts_with("ledger.") && name != "ledger.lock") || name == "views.db";
        counts.then(|| (name, (fs::read(&path).unwrap(), path.metadata().unwrap().modified().unwrap())))
    });
    ledger.collect()
}

fn refused(sample: &Sample, words: &str) {
    let before = kept(&sample.home);
    for command in [&["status"][..], &["hold", "--reason", "stop"], &["open", "2.0.0"]] {
        let ended = sample.cli().run(command);
        assert!(!matches!(ended.code, None | Some(0)), "{command:?} ended with {:?}", ended.code);
        let fault = &ended.lines.last().unwrap()["data"]["message"];
        assert!(fault.as_str().unwrap().contains(words), "{command:?}: {fault}");
    }
    assert!(before == kept(&sample.home), "something was touched");
}

#[test]
fn a_ledger_that_is_a_link_or_of_a_newer_format_is_refused_and_left_alone() {
    let sample = Sample::new(&Plan::default());
    sample.cli().run(&["open", "1.1.0"]).ok(0);
    let (ledger, moved) = (sample.home.join("ledger.db"), sample.home.join("moved.db"));
    let good = fs::read(&ledger).unwrap();
    fs::hard_link(&ledger, &moved).unwrap();
    refused(&sample, "hard-linked");
    fs::remove_file(&ledger).unwrap();
    symlink(&moved, &ledger).unwrap();
    refused(&sample, "a symbolic link");
    fs::remove_file(&ledger).unwrap();
    let mut newer = good.clone();
    newer[FORMAT_AT..FORMAT_AT + 4].copy_from_slice(&7_u32.to_be_bytes());
    fs::write(&ledger, newer).unwrap();
    refused(&sample, "has format 7 and this version knows up to 0; update Seaworthy");
    fs::write(&ledger, good).unwrap();
    sample.cli().run(&["status"]).ok(1);
}
