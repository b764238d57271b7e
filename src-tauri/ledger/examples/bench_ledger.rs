//! Durable appends and start-up verification, each against plain SQLite in the same run.
//!
//! `bench_ledger [--rounds 20] [--writers 10] [--commits 100] [--verify EVENTS] [--in FOLDER]`. Rounds are interleaved and
//! rotated; the figures are medians of per-round ratios. The plain database runs twice: the second is the
//! null control, and only while its own median lies within 0.95 to 1.05 can a figure fail the run.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use chrono::DateTime;
use rusqlite::Connection;
use seaworthy_ledger::views::{Projection, Projector, ReleaseRow, Views};
use seaworthy_ledger::{At, Ledger, NewEvent, StoredEvent};
use uuid::Uuid;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Below this share of plain SQLite an append counts as slow.
const APPEND_FLOOR: f64 = 0.90;
/// Writers sharing commits must beat one writer by this.
const GROUP_FLOOR: f64 = 8.0;
/// Verification may take this many times a plain scan.
const VERIFY_CEILING: f64 = 1.7;
/// Stored bytes of one event, as in the design's own measurement.
const EVENT_BYTES: usize = 616;

struct Options {
    rounds: usize,
    writers: usize,
    commits: usize,
    verify: Option<usize>,
    /// Where the databases lie; beside the build otherwise, because a temporary folder may be in memory, where a sync
    /// costs nothing and only computing shows.
    folder: Option<PathBuf>,
}

fn options() -> Result<Options, Failure> {
    let mut options = Options { rounds: 20, writers: 10, commits: 100, verify: None, folder: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
        if word == "--in" {
            options.folder = Some(value.into());
            continue;
        }
        let number = value.parse()?;
        match word.as_str() {
            "--rounds" => options.rounds = number,
            "--writers" => options.writers = number,
            "--commits" => options.commits = number,
            "--verify" => options.verify = Some(number),
            _ => return Err(format!("unknown option {word}").into()),
        }
    }
    if options.rounds == 0 || options.writers == 0 || options.commits == 0 || options.verify == Some(0) {
        return Err("use numbers from 1 on".into());
    }
    Ok(options)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time, nothing is decided by it")]
fn timed<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<(Duration, T), Failure> {
    let start = Instant::now();
    let result = work()?;
    Ok((start.elapsed(), result))
}

fn at() -> At {
    At { wall: DateTime::UNIX_EPOCH, boot_ms: 0, boot_id: "bench".into() }
}

/// An event whose stored form has about [`EVENT_BYTES`].
fn event(n: usize) -> NewEvent {
    NewEvent {
        actor: "bench".into(),
        project: Uuid::nil(),
        release: Some(Uuid::from_u128(n as u128 % 100)),
        kind: "sample.recorded".into(),
        body: serde_json::json!({"n": n, "text": "mast ".repeat(11)}),
    }
}

struct Words;

impl Projector for Words {
    fn version(&self) -> u32 {
        1
    }

    fn project(&mut self, stored: &StoredEvent, _: Option<&ReleaseRow>) -> Projection {
        let event = &stored.event;
        let release = event.release.map(|id| ReleaseRow {
            id,
            project: event.project,
            name: "bench".into(),
            version: "1".into(),
            state: "planning".into(),
            updated_seq: event.seq,
        });
        Projection { text: event.body["text"].as_str().unwrap_or_default().to_owned(), release }
    }
}

/// One contender: commits `commits` times and says how many events per second became durable.
trait Contender {
    fn run(&mut self, commits: usize) -> Result<f64, Failure>;
}

struct Plain(Connection);

impl Plain {
    fn open(dir: &Path) -> Result<Self, Failure> {
        let conn = Connection::open(dir.join("plain.db"))?;
        conn.execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;
             PRAGMA mmap_size = 0; CREATE TABLE events (seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;",
        )?;
        Ok(Self(conn))
    }
}

impl Contender for Plain {
    fn run(&mut self, commits: usize) -> Result<f64, Failure> {
        let bytes = vec![b'x'; EVENT_BYTES];
        let (took, ()) = timed(|| {
            for _ in 0..commits {
                self.0.prepare_cached("INSERT INTO events (bytes) VALUES (?1)")?.execute([&bytes])?;
            }
            Ok(())
        })?;
        Ok(commits as f64 / took.as_secs_f64())
    }
}

/// Plain rows, as many in a transaction as there are writers: what sharing a commit can gain at the most.
struct Shared {
    plain: Plain,
    writers: usize,
}

impl Contender for Shared {
    fn run(&mut self, commits: usize) -> Result<f64, Failure> {
        let bytes = vec![b'x'; EVENT_BYTES];
        let conn = &self.plain.0;
        let (took, ()) = timed(|| {
            for _ in 0..commits {
                conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
                for _ in 0..self.writers {
                    conn.prepare_cached("INSERT INTO events (bytes) VALUES (?1)")?.execute([&bytes])?;
                }
                conn.prepare_cached("COMMIT")?.execute([])?;
            }
            Ok(())
        })?;
        Ok((self.writers * commits) as f64 / took.as_secs_f64())
    }
}

struct Ours {
    ledger: Arc<Ledger>,
    views: Option<Views>,
    writers: usize,
}

impl Ours {
    fn open(dir: &Path, with_views: bool, writers: usize) -> Result<Self, Failure> {
        let (ledger, _) = Ledger::open(dir)?;
        // The first append also writes the anchor; that is once a minute and not what is measured.
        ledger.append(&at(), vec![event(0)])?;
        let views = with_views.then(|| Views::open(dir, &ledger, Words)).transpose()?;
        Ok(Self { ledger: Arc::new(ledger), views, writers })
    }

    fn alone(&self, commits: usize) -> Result<f64, Failure> {
        let (took, ()) = timed(|| {
            for n in 0..commits {
                let stored = self.ledger.append(&at(), vec![event(n)])?;
                if let Some(views) = &self.views {
                    views.offer(stored);
                }
            }
            // The rows are part of the work, whenever they are written.
            self.views.as_ref().map_or(Ok(()), |views| views.follow(&self.ledger))?;
            Ok(())
        })?;
        Ok(commits as f64 / took.as_secs_f64())
    }

    fn together(&self, commits: usize) -> Result<f64, Failure> {
        let start = Arc::new(Barrier::new(self.writers + 1));
        let threads: Vec<_> = (0..self.writers)
            .map(|_| {
                let (ledger, start) = (self.ledger.clone(), start.clone());
                std::thread::spawn(move || -> Result<(), Failure> {
                    start.wait();
                    for n in 0..commits {
                        ledger.append(&at(), vec![event(n)])?;
                    }
                    Ok(())
                })
            })
            .collect();
        start.wait();
        let (took, ()) = timed(|| {
            threads.into_iter().try_for_each(|t| t.join().map_err(|_| Failure::from("a writer panicked"))?)
        })?;
        Ok((self.writers * commits) as f64 / took.as_secs_f64())
    }
}

impl Contender for Ours {
    fn run(&mut self, commits: usize) -> Result<f64, Failure> {
        if self.writers == 1 { self.alone(commits) } else { self.together(commits) }
    }
}

/// Median, first and third quartile.
fn spread(mut figures: Vec<f64>) -> (f64, f64, f64) {
    figures.sort_by(f64::total_cmp);
    let at = |share: f64| figures[((figures.len() - 1) as f64 * share).round() as usize];
    (at(0.5), at(0.25), at(0.75))
}

fn ratios(over: &[f64], under: &[f64]) -> (f64, f64, f64) {
    spread(over.iter().zip(under).map(|(a, b)| a / b).collect())
}

fn line(name: &str, (median, low, high): (f64, f64, f64), goal: &str) {
    println!("{name:<44} {median:>7.3}  ({low:.3} to {high:.3})  {goal}");
}

fn appends(options: &Options, dir: &Path) -> Result<bool, Failure> {
    let sub = |name: &str| -> Result<PathBuf, Failure> {
        let path = dir.join(name);
        std::fs::create_dir(&path)?;
        Ok(path)
    };
    let writers = options.writers.max(2);
    let mut contenders: Vec<Box<dyn Contender>> = vec![
        Box::new(Plain::open(&sub("plain")?)?),
        Box::new(Plain::open(&sub("null")?)?),
        Box::new(Ours::open(&sub("ours")?, false, 1)?),
        Box::new(Ours::open(&sub("views")?, true, 1)?),
        Box::new(Ours::open(&sub("group")?, false, writers)?),
        Box::new(Shared { plain: Plain::open(&sub("shared")?)?, writers }),
    ];
    let mut figures = vec![Vec::new(); contenders.len()];
    for round in 0..=options.rounds {
        for turn in 0..contenders.len() {
            let which = (round + turn) % contenders.len();
            let figure = contenders[which].run(options.commits)?;
            // Round 0 warms caches and files up.
            if round > 0 {
                figures[which].push(figure);
            }
        }
    }
    let (plain, _, _) = spread(figures[0].clone());
    println!("{} rounds of {} commits; plain SQLite {plain:.0} commits/s", options.rounds, options.commits);
    let null = ratios(&figures[1], &figures[0]);
    let (chain, views) = (ratios(&figures[2], &figures[0]), ratios(&figures[3], &figures[0]));
    let group = ratios(&figures[4], &figures[2]);
    let most = ratios(&figures[5], &figures[0]);
    line("plain again (null control)", null, "");
    line("ledger / plain", chain, &format!("at least {APPEND_FLOOR}"));
    line("ledger with views and search / plain", views, &format!("at least {APPEND_FLOOR}"));
    line(&format!("plain, {writers} rows a commit / plain"), most, "what sharing can gain");
    line(&format!("{writers} writers / one writer"), group, &format!("at least {GROUP_FLOOR}"));
    let calm = (0.95..=1.05).contains(&null.0);
    if !calm {
        println!("the null control is outside 0.95 to 1.05: too restless to judge");
    }
    let group_counts = options.writers >= 10;
    Ok(!calm
        || (chain.0 >= APPEND_FLOOR && views.0 >= APPEND_FLOOR && (!group_counts || group.0 >= GROUP_FLOOR)))
}

fn verification(events: usize, rounds: usize, dir: &Path) -> Result<bool, Failure> {
    let (ledger, _) = Ledger::open(dir)?;
    let mut made = 0;
    while made < events {
        let count = (events - made).min(1000);
        ledger.append(&at(), (made..made + count).map(event).collect())?;
        made += count;
    }
    ledger.close()?;
    let scan = || -> Result<usize, Failure> {
        let conn = Connection::open(dir.join("ledger.db"))?;
        conn.execute_batch("PRAGMA locking_mode = EXCLUSIVE; PRAGMA mmap_size = 0;")?;
        let mut query = conn.prepare("SELECT seq, hash, bytes FROM events ORDER BY seq")?;
        let mut rows = query.query([])?;
        let mut sum = 0;
        while let Some(row) = rows.next()? {
            sum += row.get_ref(1)?.as_blob()?.len() + row.get_ref(2)?.as_blob()?.len();
        }
        Ok(sum)
    };
    let open = || -> Result<u64, Failure> { Ok(Ledger::open(dir)?.1.events) };
    let (mut scans, mut again, mut opens) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=rounds {
        for turn in 0..3 {
            let (took, list) = match (round + turn) % 3 {
                0 => (timed(scan)?.0, &mut scans),
                1 => (timed(scan)?.0, &mut again),
                _ => (timed(open)?.0, &mut opens),
            };
            if round > 0 {
                list.push(took.as_secs_f64());
            }
        }
    }
    let (null, ratio) = (ratios(&again, &scans), ratios(&opens, &scans));
    println!(
        "{events} events, {rounds} rounds; plain scan {:.3} s, start {:.3} s",
        spread(scans).0,
        spread(opens).0
    );
    line("scan again (null control)", null, "");
    line("whole start / scan", ratio, &format!("at most {VERIFY_CEILING}"));
    Ok(!(0.95..=1.05).contains(&null.0) || ratio.0 <= VERIFY_CEILING)
}

fn run() -> Result<bool, Failure> {
    let options = options()?;
    let exe = std::env::current_exe()?;
    let beside = exe.parent().ok_or("no folder")?.to_owned();
    let dir = tempfile::tempdir_in(options.folder.clone().unwrap_or(beside))?;
    match options.verify {
        Some(events) => verification(events, options.rounds, dir.path()),
        None => appends(&options, dir.path()),
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("bench failed: {failure}");
            ExitCode::FAILURE
        }
    }
}
