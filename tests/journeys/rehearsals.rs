//! Every rehearsal ends closed, touches nothing real and leaves a ledger that verifies.

use seaworthy_boot::PracticeFault;
use seaworthy_testkit::Cli;
use std::fs;

#[test]
fn every_rehearsal_ends_closed_in_a_ledger_of_its_own() {
    let faults = PracticeFault::ALL.map(|fault| Some(fault.name()));
    std::thread::scope(|scope| {
        for fault in faults.into_iter().chain([None]) {
            scope.spawn(move || rehearse(fault));
        }
    });
}

fn rehearse(fault: Option<&str>) {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let cli = Cli::new(folder.path(), &home);
    let words: Vec<&str> =
        ["rehearse"].into_iter().chain(fault.into_iter().flat_map(|name| ["--fault", name])).collect();
    let played = cli.run(&words);
    let view = &played.ok(0)["view"];
    assert_eq!(view["head"]["lifecycle"], "closed", "{fault:?}");
    assert_eq!(view["head"]["rehearsal"], true);
    // With a fault the first candidate is left behind; a crash alone is survived by it or followed by another.
    let candidate = if fault.is_none() { "rc.1" } else { "rc.2" };
    assert_eq!(view["head"]["candidate"], candidate, "{fault:?}");
    let report = fs::read_to_string(played.data()["report"].as_str().unwrap()).unwrap();
    assert!(report.contains("practice-harbor") && !report.contains("<script"), "{fault:?}");
    assert!(!home.join("ledger.db").exists(), "the real ledger is not touched");
    // The rehearsal's own ledger verifies.
    let own = fs::read_dir(home.join("rehearsals")).unwrap().next().unwrap().unwrap().path();
    Cli::new(folder.path(), &own).run(&["doctor"]).ok(0);
}
