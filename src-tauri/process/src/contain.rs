//! A started command with everything it starts, and the ways to end it all.

use crate::census::Entry;
use crate::census::Family;
use crate::census::Key;
use crate::census::look_up;
use crate::census::session_of;
use crate::census::table;
use crate::outcome::Swept;
use crate::signal;
use crate::signal::Registration;
use process_wrap::tokio::ChildWrapper;
use std::collections::BTreeSet;
use std::time::Duration;

/// Rounds of a sweep. Each kills whoever is there; a family that forks faster than this is reported as left.
const SWEEP_ROUNDS_MAX: u32 = 100;

/// Rounds when a run is dropped in the middle, where nobody can wait.
const DROP_ROUNDS_MAX: u32 = 10;

/// Between two rounds, for the kernel to finish what was killed.
const ROUND_PAUSE: Duration = Duration::from_millis(20);

/// Between two looks while a family tidies up.
const GRACE_LOOK: Duration = Duration::from_millis(50);

/// The command, its family, and the duty to leave nobody behind: dropping it kills the family.
#[derive(Debug)]
pub(crate) struct Contained {
    child: Box<dyn ChildWrapper>,
    family: Family,
    pipes: Vec<u64>,
    /// The status of the root has not been taken, so its pid still names it and its group.
    root_open: bool,
    over: bool,
    _registration: Registration,
}

impl Contained {
    pub(crate) fn new(
        registration: Registration,
        mut child: Box<dyn ChildWrapper>,
        pid: u32,
        run_id: String,
    ) -> Self {
        let root = look_up(&run_id, pid).map_or(Key { pid, started: 0 }, |entry| entry.key);
        let pipes = [
            child.stdout().as_ref().and_then(signal::pipe_of),
            child.stderr().as_ref().and_then(signal::pipe_of),
        ];
        let family = Family { run_id, root: Some(root), seen: BTreeSet::new() };
        let pipes = pipes.into_iter().flatten().collect();
        Self { child, family, pipes, root_open: true, over: false, _registration: registration }
    }

    pub(crate) fn child(&mut self) -> &mut dyn ChildWrapper {
        self.child.as_mut()
    }

    /// Waits for the command alone; what it started may still be running.
    pub(crate) async fn root_ended(&mut self) -> std::io::Result<std::process::ExitStatus> {
        // The outer wrapper would wait for the whole group, which may never end by itself.
        let status = self.child.inner_mut().wait().await;
        self.root_open = false;
        status
    }

    /// Looks who is there, remembers the living and buries orphans that ended. `None` when nobody can tell.
    pub(crate) async fn look(&mut self) -> Option<Vec<Key>> {
        let entries = table_off_thread(&self.family.run_id).await?;
        Some(self.take_stock(&entries))
    }

    fn take_stock(&mut self, entries: &[Entry]) -> Vec<Key> {
        let me = std::process::id();
        let own_session = session_of(entries, me);
        let pipes = &self.pipes;
        let members =
            self.family.members(entries, me, |pid| !pipes.is_empty() && signal::writes_to(pid, pipes));
        let living: Vec<Key> = members.iter().filter(|entry| !entry.zombie).map(|entry| entry.key).collect();
        let ended_orphan = |entry: &&Entry| entry.zombie && entry.parent == Some(me);
        for orphan in entries.iter().filter(ended_orphan) {
            let known = members.iter().any(|member| member.key == orphan.key);
            // What other parts of the program start stays in the program's own session.
            if known || orphan.session != own_session {
                signal::bury(orphan.key.pid);
            }
        }
        self.family.seen = living.iter().copied().collect();
        living
    }

    /// Asks everybody to stop and waits up to `grace` until they have. Returns the command's own status when it
    /// ended in that time.
    pub(crate) async fn ask(&mut self, grace: Duration) -> Option<std::io::Result<std::process::ExitStatus>> {
        for key in self.look().await.unwrap_or_default() {
            if !self.is_root(key) {
                signal::ask(key);
            }
        }
        if let Some(root) = self.family.root.filter(|_| self.root_open) {
            signal::ask_group(root.pid);
        }
        let mut status = None;
        let all_gone = async {
            status = Some(self.root_ended().await);
            while self.look().await.is_some_and(|living| !living.is_empty()) {
                tokio::time::sleep(GRACE_LOOK).await;
            }
        };
        let _grace_used_up = tokio::time::timeout(grace, all_gone).await;
        status
    }

    /// Kills whoever is left, again and again until nobody is.
    pub(crate) async fn sweep(&mut self) -> Swept {
        let swept = self.sweep_in_rounds().await;
        self.over = true;
        swept
    }

    async fn sweep_in_rounds(&mut self) -> Swept {
        let mut killed = BTreeSet::new();
        for _ in 0..SWEEP_ROUNDS_MAX {
            let Some(living) = self.look().await else {
                self.kill(&[]);
                return swept(&killed, None);
            };
            if living.is_empty() {
                return swept(&killed, Some(&[]));
            }
            self.kill(&living);
            killed.extend(living.into_iter().filter(|key| !self.is_root(*key)));
            tokio::time::sleep(ROUND_PAUSE).await;
        }
        let left = self.look().await;
        swept(&killed, left.as_deref())
    }

    fn kill(&mut self, living: &[Key]) {
        // On Unix the group's number is only safe while the root holds it; a job object has no such limit.
        if self.root_open || cfg!(windows) {
            let _already_gone = self.child.start_kill();
        }
        for key in living {
            signal::kill(*key);
        }
    }

    fn is_root(&self, key: Key) -> bool {
        self.family.root == Some(key)
    }
}

impl Drop for Contained {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        for _ in 0..DROP_ROUNDS_MAX {
            let Some(entries) = table(&self.family.run_id) else {
                self.kill(&[]);
                return;
            };
            let living = self.take_stock(&entries);
            if living.is_empty() {
                return;
            }
            self.kill(&living);
        }
    }
}

async fn table_off_thread(run_id: &str) -> Option<Vec<Entry>> {
    let run_id = run_id.to_owned();
    tokio::task::spawn_blocking(move || table(&run_id)).await.ok().flatten()
}

fn swept(killed: &BTreeSet<Key>, left: Option<&[Key]>) -> Swept {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let gone = killed.iter().filter(|key| !left.unwrap_or_default().contains(key)).count();
    Swept { killed: count(gone), left: left.map(|left| count(left.len())) }
}

/// A process that outlived the program that started it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// Process id at the time of looking.
    pub pid: u32,
    /// Short name of the program.
    pub name: String,
    /// Start, in seconds since 1970.
    pub started_unix_s: u64,
}

fn family_of(run_id: &str) -> Family {
    Family { run_id: run_id.to_owned(), root: None, seen: BTreeSet::new() }
}

/// Finds processes of a run of an earlier life of this program, by marker and descent; blocks for a few milliseconds.
/// This process and its ancestors are never among them. For a run under way the answer is its living family.
/// `None` when the process table cannot be read.
#[must_use]
pub fn leftovers(run_id: &str) -> Option<Vec<Leftover>> {
    let entries = table(run_id)?;
    let family = family_of(run_id);
    let members = family.members(&entries, std::process::id(), |_| false);
    let mut found: Vec<Leftover> = members
        .into_iter()
        .filter(|entry| !entry.zombie)
        .map(|entry| Leftover {
            pid: entry.key.pid,
            name: entry.name.clone(),
            started_unix_s: entry.key.started,
        })
        .collect();
    found.sort_by_key(|leftover| leftover.pid);
    Some(found)
}

/// Kills what [`leftovers`] finds until nothing is left.
pub async fn sweep_leftovers(run_id: &str) -> Swept {
    let mut family = family_of(run_id);
    let mut killed = BTreeSet::new();
    for round in 0..=SWEEP_ROUNDS_MAX {
        let Some(entries) = table_off_thread(run_id).await else { return swept(&killed, None) };
        let members = family.members(&entries, std::process::id(), |_| false);
        let living: Vec<Key> = members.iter().filter(|entry| !entry.zombie).map(|entry| entry.key).collect();
        if living.is_empty() || round == SWEEP_ROUNDS_MAX {
            return swept(&killed, Some(&living));
        }
        living.iter().for_each(|key| signal::kill(*key));
        killed.extend(living.iter().copied());
        family.seen = living.into_iter().collect();
        tokio::time::sleep(ROUND_PAUSE).await;
    }
    swept(&killed, None)
}
