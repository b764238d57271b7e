//! What nobody could be told.

use crate::saying::Key;
use chrono::DateTime;
use chrono::Utc;
use seaworthy_domain::ReleaseId;
use std::collections::BTreeMap;
use std::collections::VecDeque;

/// Remembered for one release, newest first.
const UNHEARD_MAX: usize = 20;

/// Something urgent that no attempt brought to anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unheard {
    /// What.
    pub key: Key,
    /// Its line.
    pub title: String,
    /// Why not, the last time.
    pub why: String,
    /// When it was last tried.
    pub at: DateTime<Utc>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Unheards(BTreeMap<ReleaseId, VecDeque<Unheard>>);

impl Unheards {
    pub(crate) fn failed(&mut self, unheard: Unheard) {
        let of = self.0.entry(unheard.key.release).or_default();
        of.retain(|earlier| earlier.key != unheard.key);
        of.push_front(unheard);
        of.truncate(UNHEARD_MAX);
    }

    pub(crate) fn arrived(&mut self, key: &Key) {
        if let Some(of) = self.0.get_mut(&key.release) {
            of.retain(|earlier| earlier.key != *key);
        }
    }

    pub(crate) fn of(&self, release: ReleaseId) -> impl Iterator<Item = &Unheard> {
        self.0.get(&release).into_iter().flatten()
    }
}
