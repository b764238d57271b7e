//! The operating system's part: asking, killing, adopting and burying processes.

use crate::census::Key;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

/// Roots of the runs under way in this process. Held while a root is born, so that its status is never taken by
/// somebody who buries orphans.
static ROOTS: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

fn roots() -> MutexGuard<'static, BTreeSet<u32>> {
    ROOTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps one root on the list. While the list is not empty orphans are adopted (Linux); in between they go to the
/// init process as ever, which is what everything else this program starts expects.
#[derive(Debug)]
pub(crate) struct Registration(u32);

impl Registration {
    /// Runs `spawn` and registers the pid it returns along with its result.
    pub(crate) fn around<T, E>(spawn: impl FnOnce() -> Result<(u32, T), E>) -> Result<(Self, T), E> {
        let mut roots = roots();
        platform::adopt_orphans(true);
        let spawned = spawn();
        if let Ok((pid, _)) = &spawned {
            roots.insert(*pid);
        }
        platform::adopt_orphans(!roots.is_empty());
        spawned.map(|(pid, value)| (Self(pid), value))
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut roots = roots();
        roots.remove(&self.0);
        platform::adopt_orphans(!roots.is_empty());
    }
}

/// Takes the status of an adopted orphan that ended; the roots' own are left to their runs.
pub(crate) fn bury(pid: u32) {
    let roots = roots();
    if !roots.contains(&pid) {
        platform::bury(pid);
    }
}

/// Asks one process to stop.
pub(crate) fn ask(key: Key) {
    platform::ask(key);
}

/// Kills exactly the process named by `key`; a pid that was given to another process is left alone.
pub(crate) fn kill(key: Key) {
    platform::kill(key);
}

/// Asks the session of a root whose status has not been taken yet.
pub(crate) fn ask_group(root: u32) {
    platform::ask_group(root);
}

/// The pipe that `end` belongs to, where the system can tell (Linux).
pub(crate) fn pipe_of(end: &impl platform::AsPipe) -> Option<u64> {
    platform::pipe_of(end)
}

/// Whether `pid` can still write to one of `pipes`.
pub(crate) fn writes_to(pid: u32, pipes: &[u64]) -> bool {
    platform::writes_to(pid, pipes)
}

fn still_is(key: Key) -> bool {
    crate::census::look_up("", key.pid).is_some_and(|entry| entry.key == key && !entry.zombie)
}

#[cfg(unix)]
mod platform {
    use super::Key;
    use super::still_is;
    use rustix::process::Pid;
    use rustix::process::Signal;
    pub(crate) use std::os::fd::AsFd as AsPipe;

    fn pid(raw: u32) -> Option<Pid> {
        i32::try_from(raw).ok().and_then(Pid::from_raw)
    }

    pub(super) fn ask(key: Key) {
        send(key, Signal::TERM);
    }

    pub(super) fn kill(key: Key) {
        send(key, Signal::KILL);
    }

    /// The descriptor is opened first and the table read second: what then still fits is what gets the signal.
    #[cfg(target_os = "linux")]
    fn send(key: Key, signal: Signal) {
        use rustix::process::PidfdFlags;
        use rustix::process::pidfd_open;
        use rustix::process::pidfd_send_signal;
        let Some(Ok(process)) = pid(key.pid).map(|pid| pidfd_open(pid, PidfdFlags::empty())) else { return };
        if still_is(key)
            && let Err(error) = pidfd_send_signal(&process, signal)
        {
            tracing::debug!(pid = key.pid, %error, "signal not delivered");
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn send(key: Key, signal: Signal) {
        if let Some(pid) = pid(key.pid)
            && still_is(key)
            && let Err(error) = rustix::process::kill_process(pid, signal)
        {
            tracing::debug!(pid = key.pid, %error, "signal not delivered");
        }
    }

    pub(super) fn ask_group(root: u32) {
        if let Some(Err(error)) =
            pid(root).map(|root| rustix::process::kill_process_group(root, Signal::TERM))
        {
            tracing::debug!(root, %error, "signal not delivered");
        }
    }

    #[cfg(target_os = "linux")]
    pub(super) fn adopt_orphans(on: bool) {
        if let Err(error) = rustix::process::set_child_subreaper(on.then(rustix::process::getpid)) {
            tracing::warn!(%error, "orphans are not adopted; runs are contained by marker alone");
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn adopt_orphans(_on: bool) {}

    pub(super) fn bury(raw: u32) {
        use rustix::process::WaitOptions;
        if let Some(pid) = pid(raw) {
            let _not_ours = rustix::process::waitpid(Some(pid), WaitOptions::NOHANG);
        }
    }

    #[cfg(target_os = "linux")]
    pub(super) fn pipe_of(end: &impl AsPipe) -> Option<u64> {
        rustix::fs::fstat(end).ok().map(|stat| stat.st_ino)
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn pipe_of(_end: &impl AsPipe) -> Option<u64> {
        None
    }

    /// Only the writing end counts: a process just forked by this one holds copies of the reading ends for a moment.
    pub(super) fn writes_to(pid: u32, pipes: &[u64]) -> bool {
        let Ok(open) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
        open.flatten().any(|entry| {
            let Ok(target) = std::fs::read_link(entry.path()) else { return false };
            pipes.iter().any(|pipe| target.as_os_str() == format!("pipe:[{pipe}]").as_str())
                && is_writable(pid, &entry.file_name())
        })
    }

    /// `fdinfo` has the open flags in octal; the lowest digit is 0 for reading, 1 for writing, 2 for both.
    fn is_writable(pid: u32, descriptor: &std::ffi::OsStr) -> bool {
        let info = std::fs::read_to_string(format!("/proc/{pid}/fdinfo/{}", descriptor.display()));
        let flags = info.ok().and_then(|text| {
            let line = text.lines().find_map(|line| line.strip_prefix("flags:"))?;
            u32::from_str_radix(line.trim(), 8).ok()
        });
        flags.is_some_and(|flags| flags & 0b11 != 0)
    }
}

#[cfg(not(unix))]
mod platform {
    use super::Key;
    use super::still_is;

    pub(crate) trait AsPipe {}
    impl<T> AsPipe for T {}

    /// There is no gentle request for a process without a window.
    pub(super) fn ask(_key: Key) {}

    pub(super) fn ask_group(_root: u32) {}

    pub(super) fn kill(key: Key) {
        if !still_is(key) {
            return;
        }
        let pid = sysinfo::Pid::from_u32(key.pid);
        let Ok(mut system) = sysinfo::System::new() else { return };
        system.refresh_processes(sysinfo::ProcessesToUpdate::Some(&[pid]), true);
        if let Some(process) = system.process(pid)
            && !process.kill()
        {
            tracing::debug!(pid = key.pid, "process not ended");
        }
    }

    pub(super) fn adopt_orphans(_on: bool) {}

    pub(super) fn bury(_pid: u32) {}

    pub(super) fn pipe_of(_end: &impl AsPipe) -> Option<u64> {
        None
    }

    pub(super) fn writes_to(_pid: u32, _pipes: &[u64]) -> bool {
        false
    }
}
