//! Kills a whole release at random, again and again: `crash PROVIDER RUNS SEED AT_ONCE`, where the provider is `sample` or
//! `vercel`.

use seaworthy_testkit::crash;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<u64> = words.iter().skip(1).filter_map(|word| word.parse().ok()).collect();
    let release: Release = match words.first().map(String::as_str) {
        Some("sample") => |seed| Some(crash::release(seed)),
        Some("vercel") => crash::hosted,
        _ => return usage(),
    };
    let [runs, seed, at_once] = numbers[..] else { return usage() };
    let next = AtomicU64::new(0);
    let (bad, sums) = (AtomicU64::new(0), Mutex::new(crash::Report::default()));
    std::thread::scope(|scope| {
        for _ in 0..at_once.max(1) {
            scope.spawn(|| {
                while let run @ 0.. = next.fetch_add(1, Ordering::SeqCst)
                    && run < runs
                {
                    one(release, run + 1, seed.wrapping_add(run), &bad, &sums);
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

/// Plays one release from a seed; `None` where this machine cannot.
type Release = fn(u64) -> Option<Result<crash::Report, String>>;

fn usage() -> ExitCode {
    eprintln!("crash sample|vercel RUNS SEED AT_ONCE");
    ExitCode::from(2)
}

fn one(release: Release, run: u64, seed: u64, bad: &AtomicU64, sums: &Mutex<crash::Report>) {
    let outcome = std::panic::catch_unwind(|| release(seed))
        .unwrap_or_else(|_| Some(Err("the crash loop itself broke; see above".to_owned())));
    let outcome = outcome.unwrap_or_else(|| Err("this machine lacks what is named above".to_owned()));
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
