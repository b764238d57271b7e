//! Who belongs to a run: one look at the process table and a pure rule over it.

use crate::spec::RUN_ID_VARIABLE;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::ffi::OsString;
use sysinfo::Pid;
use sysinfo::ProcessRefreshKind;
use sysinfo::ProcessStatus;
use sysinfo::ProcessesToUpdate;
use sysinfo::System;
use sysinfo::UpdateKind;

/// Names one process for good: a pid alone is used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) pid: u32,
    /// Seconds since 1970.
    pub(crate) started: u64,
}

/// One process in the table.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    pub(crate) parent: Option<u32>,
    pub(crate) session: Option<u32>,
    /// Ended, but nobody has asked for its status yet.
    pub(crate) zombie: bool,
    /// Carries the marker of the run in question.
    pub(crate) marked: bool,
    pub(crate) name: String,
}

/// Reads the process table and marks those whose environment names `run_id`. `None` when the table cannot be read:
/// one without this process in it shows nothing, which is not the same as showing nobody.
pub(crate) fn table(run_id: &str) -> Option<Vec<Entry>> {
    let me = std::process::id();
    read(run_id, None).filter(|entries| entries.iter().any(|entry| entry.key.pid == me))
}

/// The entry of one process.
pub(crate) fn look_up(run_id: &str, pid: u32) -> Option<Entry> {
    read(run_id, Some(pid))?.into_iter().find(|entry| entry.key.pid == pid)
}

fn read(run_id: &str, only: Option<u32>) -> Option<Vec<Entry>> {
    let mut marker = OsString::from(RUN_ID_VARIABLE);
    marker.push("=");
    marker.push(run_id);
    let kind = ProcessRefreshKind::nothing().with_environ(UpdateKind::Always).without_tasks();
    let mut system = System::new().ok()?;
    match only.map(Pid::from_u32) {
        Some(pid) => system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, kind),
        None => system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind),
    };
    Some(system.processes().values().map(|process| entry(process, &marker)).collect())
}

fn entry(process: &sysinfo::Process, marker: &OsStr) -> Entry {
    Entry {
        key: Key { pid: process.pid().as_u32(), started: process.start_time() },
        parent: process.parent().map(Pid::as_u32),
        session: process.session_id().map(Pid::as_u32),
        zombie: matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead),
        marked: process.environ().iter().any(|variable| variable == marker),
        name: process.name().to_string_lossy().into_owned(),
    }
}

/// A run as the table knows it.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) run_id: String,
    /// The command itself; `None` for a run of an earlier life of this program.
    pub(crate) root: Option<Key>,
    /// Members at the last look: they stay members when their parent is gone.
    pub(crate) seen: BTreeSet<Key>,
}

impl Family {
    /// All members in `table`, zombies included. `adopted` is asked about children of this process `me` that carry no
    /// marker and belong to another session.
    pub(crate) fn members<'t>(
        &self,
        table: &'t [Entry],
        me: u32,
        adopted: impl Fn(u32) -> bool,
    ) -> Vec<&'t Entry> {
        let own_session = session_of(table, me);
        // What this program starts otherwise is in its own session, and holds copies of all its pipes until it has
        // become another program: it must not be taken for an orphan in that moment.
        let orphan =
            |entry: &Entry| entry.parent == Some(me) && !entry.zombie && entry.session != own_session;
        let sure = |entry: &Entry| {
            entry.marked
                || self.root == Some(entry.key)
                || self.seen.contains(&entry.key)
                || (entry.session.is_some() && entry.session == self.root.map(|root| root.pid))
                || (orphan(entry) && adopted(entry.key.pid))
        };
        let spared = lineage(table, me);
        let mut pids: BTreeSet<u32> = BTreeSet::new();
        let mut members: Vec<&Entry> = Vec::new();
        // Each round finds the children of the last one; a round that finds nobody ends it.
        loop {
            let before = members.len();
            for entry in table {
                let pid = entry.key.pid;
                let child = entry.parent.is_some_and(|parent| pids.contains(&parent));
                if !pids.contains(&pid) && !spared.contains(&pid) && (child || sure(entry)) {
                    pids.insert(pid);
                    members.push(entry);
                }
            }
            if members.len() == before {
                return members;
            }
        }
    }
}

/// The session of one process in `table`. It is 0 where the leader lives outside this process namespace, as in a
/// container: the operating system's own call has no number for it, the table compares all the same.
pub(crate) fn session_of(table: &[Entry], pid: u32) -> Option<u32> {
    table.iter().find(|entry| entry.key.pid == pid).and_then(|entry| entry.session)
}

/// This process and its ancestors: never members, even when this program itself was started inside a run.
fn lineage(table: &[Entry], me: u32) -> BTreeSet<u32> {
    let mut line = BTreeSet::new();
    let mut next = Some(me);
    while let Some(pid) = next {
        if !line.insert(pid) {
            break;
        }
        next = table.iter().find(|entry| entry.key.pid == pid).and_then(|entry| entry.parent);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: u32 = 100;

    fn entry(pid: u32, parent: u32, session: u32, marked: bool) -> Entry {
        let key = Key { pid, started: 5 };
        Entry {
            key,
            parent: Some(parent),
            session: Some(session),
            zombie: false,
            marked,
            name: String::new(),
        }
    }

    fn family() -> Family {
        Family { run_id: "r".into(), root: Some(Key { pid: 200, started: 5 }), seen: BTreeSet::new() }
    }

    fn pids(family: &Family, table: &[Entry], adopted: impl Fn(u32) -> bool) -> Vec<u32> {
        let mut pids: Vec<u32> =
            family.members(table, ME, adopted).into_iter().map(|entry| entry.key.pid).collect();
        pids.sort_unstable();
        pids
    }

    #[test]
    fn descent_session_marker_and_pipe_make_members() {
        let table = [
            entry(ME, 1, 90, false),
            entry(203, 202, 77, false), // listed before its parent
            entry(200, ME, 200, true),
            entry(202, 200, 200, false),
            entry(301, 1, 200, false),  // same session, orphaned
            entry(302, 1, 302, true),   // marker
            entry(303, ME, 303, false), // adopted, holds the pipe
            entry(304, ME, 304, false), // some other child of ours
            entry(305, 1, 305, false),
            entry(306, ME, 90, false), // just started by somebody else in this program
        ];
        assert_eq!(pids(&family(), &table, |pid| pid == 303 || pid == 306), [200, 202, 203, 301, 302, 303]);
    }

    #[test]
    fn a_reused_pid_is_not_the_root_but_a_seen_member_stays_one() {
        let mut family = family();
        family.seen.insert(Key { pid: 210, started: 5 });
        family.seen.insert(Key { pid: 211, started: 4 });
        let mut stranger = entry(200, 1, 1, false);
        stranger.key.started = 9;
        let table = [stranger, entry(210, 1, 210, false), entry(211, 1, 211, false)];
        assert_eq!(pids(&family, &table, |_| false), [210]);
    }

    #[test]
    fn neither_this_process_nor_its_ancestors_are_members() {
        let table =
            [entry(1, 0, 1, false), entry(50, 1, 50, true), entry(ME, 50, 50, true), entry(60, 50, 50, true)];
        assert_eq!(pids(&family(), &table, |_| false), [60]);
    }

    #[test]
    fn the_real_table_has_this_process_in_it() {
        let me = std::process::id();
        assert!(table("none").unwrap().iter().any(|entry| entry.key.pid == me && !entry.zombie));
        assert_eq!(look_up("none", me).unwrap().key.pid, me);
    }
}
