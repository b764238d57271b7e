//! Turns at the one connection, so that a reader never waits for more than one commit.
//!
//! The exclusive lock rules out a second connection, and a plain mutex lets a busy writer win again and
//! again. Here readers that wait go before the next commit, up to a limit that keeps writers alive.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Reads served in a row while a commit waits.
const READS_PER_TURN: u32 = 64;

#[derive(Default)]
struct Waiting {
    busy: bool,
    readers: u32,
    writers: u32,
    reads_in_row: u32,
}

/// A value used by one thread at a time, in a fair order.
pub(crate) struct Turns<T> {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    value: Mutex<T>,
}

/// A panic inside a turn leaves the value in the state SQLite's own rollback gives it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> Turns<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { waiting: Mutex::default(), changed: Condvar::new(), value: Mutex::new(value) }
    }

    /// For reads of a bounded page.
    pub(crate) fn read<R>(&self, use_it: impl FnOnce(&mut T) -> R) -> R {
        let mut waiting = lock(&self.waiting);
        waiting.readers += 1;
        while waiting.busy || (waiting.writers > 0 && waiting.reads_in_row >= READS_PER_TURN) {
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        waiting.readers -= 1;
        waiting.reads_in_row += 1;
        self.take(waiting, use_it)
    }

    /// For commits and checkpoints.
    pub(crate) fn write<R>(&self, use_it: impl FnOnce(&mut T) -> R) -> R {
        let mut waiting = lock(&self.waiting);
        waiting.writers += 1;
        while waiting.busy || (waiting.readers > 0 && waiting.reads_in_row < READS_PER_TURN) {
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        waiting.writers -= 1;
        waiting.reads_in_row = 0;
        self.take(waiting, use_it)
    }

    fn take<R>(&self, mut waiting: MutexGuard<'_, Waiting>, use_it: impl FnOnce(&mut T) -> R) -> R {
        waiting.busy = true;
        drop(waiting);
        let _turn = Turn { turns: self };
        use_it(&mut lock(&self.value))
    }
}

/// Ends the turn on return and on panic alike.
struct Turn<'a, T> {
    turns: &'a Turns<T>,
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        let mut waiting = lock(&self.turns.waiting);
        waiting.busy = false;
        if waiting.readers + waiting.writers > 0 {
            self.turns.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::channel;

    use super::*;

    fn wait_for<T>(turns: &Turns<T>, ready: impl Fn(&Waiting) -> bool) {
        while !ready(&lock(&turns.waiting)) {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_reader_that_waits_goes_before_the_next_commit() {
        let turns = Arc::new(Turns::new(Vec::new()));
        let (finish, hold) = channel::<()>();
        let first = std::thread::spawn({
            let turns = turns.clone();
            move || {
                turns.write(|log| {
                    hold.recv().unwrap();
                    log.push("first commit");
                });
            }
        });
        wait_for(&turns, |w| w.busy);
        let second = std::thread::spawn({
            let turns = turns.clone();
            move || turns.write(|log| log.push("second commit"))
        });
        wait_for(&turns, |w| w.writers == 1);
        let reader = std::thread::spawn({
            let turns = turns.clone();
            move || turns.read(|log| log.push("read"))
        });
        wait_for(&turns, |w| w.readers == 1);
        finish.send(()).unwrap();
        for thread in [first, second, reader] {
            thread.join().unwrap();
        }
        assert_eq!(turns.read(|log| log.clone()), ["first commit", "read", "second commit"]);
    }

    #[test]
    fn a_panic_ends_the_turn() {
        let turns = Arc::new(Turns::new(0));
        let inside = turns.clone();
        assert!(std::thread::spawn(move || inside.write(|_| panic!("inside"))).join().is_err());
        turns.write(|n| *n += 1);
        assert_eq!(turns.read(|n| *n), 1);
    }
}
