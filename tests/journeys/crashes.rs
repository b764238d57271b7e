//! Whole releases of the real program at a hosted provider, killed at random while a tenth of the answers is lost.
//! `cargo xtask crash --provider vercel` plays more of them.

use seaworthy_testkit::crash;

/// Its kills depend on how quick the machine is; the seed is what can be kept the same.
const SEED: u64 = 3;

#[test]
fn a_hosted_release_survives_kills_and_lost_answers() {
    let Some(ended) = crash::hosted(SEED) else { return };
    let report = ended.unwrap_or_else(|why| panic!("seed {SEED}: {why}"));
    println!("seed {SEED}: {report:?}");
    assert!(report.kills > 0 && report.acknowledged > 0, "{report:?}");
    // Two deployments, two rolling releases begun, one rollback, one or two stages in between, and the last one.
    assert!((7..=8).contains(&report.changes), "{report:?}");
}
