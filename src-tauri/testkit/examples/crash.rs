//! Kills a whole release at random, again and again: `crash RUNS SEED AT_ONCE`.

use seaworthy_testkit::crash;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

fn main() -> ExitCode {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let [runs, seed, at_once] = numbers[..] else {
        eprintln!("crash RUNS SEED AT_ONCE");
        return ExitCode::from(2);
    };
    let next = AtomicU64::new(0);
    let (bad, sums) = (AtomicU64::new(0), Mutex::new(crash::Report::default()));
    std::thread::scope(|scope| {
        for _ in 0..at_once.max(1) {
            scope.spawn(|| {
                while let run @ 0.. = next.fetch_add(1, Ordering::SeqCst)
                    && run < runs
                {
                    one(run + 1, seed.wrapping_add(run), &bad, &sums);
                }
            });
        }
    });
    let bad = bad.into_inner();
    let sums = sums.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!(
        "{runs} releases, {bad} bad; {} commands, {} kills, {} times unknown, {} events acknowledged, {} changes made",
        sums.commands, sums.kills, sums.unknown, sums.acknowledged, sums.changes
    );
    if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn one(run: u64, seed: u64, bad: &AtomicU64, sums: &Mutex<crash::Report>) {
    let outcome = std::panic::catch_unwind(|| crash::release(seed))
        .unwrap_or_else(|_| Err("the crash loop itself broke; see above".to_owned()));
    match outcome {
        Ok(report) => {
            println!("run {run}, seed {seed}: {} kills, {} times unknown", report.kills, report.unknown);
            let mut sums = sums.lock().unwrap_or_else(PoisonError::into_inner);
            sums.commands += report.commands;
            sums.kills += report.kills;
            sums.unknown += report.unknown;
            sums.acknowledged += report.acknowledged;
            sums.changes += report.changes;
        }
        Err(why) => {
            bad.fetch_add(1, Ordering::SeqCst);
            println!("run {run}, seed {seed}: BAD: {why}");
        }
    }
}
