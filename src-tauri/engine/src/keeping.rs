//! Samples on disk: believed as far as the ledger fixed them, fixed again and again, and let go of when nobody needs
//! them in memory.
//!
//! What was never fixed is either the end of a process that was killed or written by somebody else; nobody can tell. It
//! earns nothing. Only a look that speaks against a release is taken from it, so that a kill delays no rollback.

use crate::engine::Engine;
use crate::eye::Eye;
use crate::fault;
use crate::observing;
use crate::sighting::SOURCE;
use crate::sighting::Sighting;
use chrono::DateTime;
use chrono::TimeDelta;
use chrono::Utc;
use seaworthy_domain::Event;
use seaworthy_domain::NoticeKey;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::Topic;
use seaworthy_domain::policy::Policy;
use seaworthy_evidence::EvidenceError;
use seaworthy_evidence::SampleLog;
use seaworthy_evidence::Seal;
use seaworthy_wire::Fault;
use std::path::Path;
use std::sync::PoisonError;

/// Time between two seals, and so what a kill can cost of a soak.
const SEAL_EVERY: TimeDelta = TimeDelta::minutes(5);
/// How long samples of a release that is over stay in memory after somebody needed them.
const LET_GO: TimeDelta = TimeDelta::minutes(5);
/// Looks taken from the disk, the newest ones; as many as an eye keeps.
const RECALLED_MAX: usize = seaworthy_rules::MAX_SAMPLES;

/// What the ledger says of the kept samples of one release.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vouched {
    seal: Option<Seal>,
    /// Stretches below the newest seal that no seal covered when they were found: after the first byte, up to the
    /// second.
    unsealed: Vec<(u64, u64)>,
}

impl Vouched {
    pub(crate) fn take_in(&mut self, event: &Event) {
        match event {
            Event::Sealed { source, digest, bytes } if source == SOURCE => {
                self.seal = Some(Seal { digest: *digest, bytes: *bytes });
            }
            Event::SamplesUnsealed { source, from, to } if source == SOURCE => {
                self.unsealed.push((*from, *to));
            }
            Event::SamplesRefused { source, .. } if source == SOURCE => *self = Self::default(),
            _ => {}
        }
    }

    /// Up to where it is known what to think of the segment.
    fn known(&self) -> u64 {
        let sealed = self.seal.map_or(0, |seal| seal.bytes);
        self.unsealed.iter().map(|(_, to)| *to).fold(sealed, u64::max)
    }

    /// Whether a record that ends at `end` is as it was written.
    fn covers(&self, end: u64) -> bool {
        self.seal.is_some_and(|seal| end <= seal.bytes)
            && !self.unsealed.iter().any(|(from, to)| *from < end && end <= *to)
    }

    fn is_of(&self, log: &mut SampleLog) -> Result<bool, EvidenceError> {
        Ok(log.bytes()? >= self.known() && self.seal.map_or(Ok(true), |seal| log.holds(&seal))?)
    }
}

/// The open segment of a release.
pub(crate) struct Kept {
    log: SampleLog,
    /// Up to where it is sealed, or known not to be.
    settled: u64,
    /// When it was sealed last, or could have been first.
    sealed: Option<DateTime<Utc>>,
    synced: Option<DateTime<Utc>>,
}

/// What was found when a segment was opened.
pub(crate) struct Found {
    pub(crate) kept: Kept,
    /// What may be believed, in the order of its times.
    pub(crate) sightings: Vec<Sighting>,
    /// What the ledger has to know before the next seal.
    pub(crate) unsaid: Vec<Event>,
}

impl Kept {
    /// Opens the samples of `release`. Those that are not as they were sealed are moved aside.
    pub(crate) fn open(
        directory: &Path,
        release: &str,
        vouched: &Vouched,
        now: DateTime<Utc>,
    ) -> Result<Found, EvidenceError> {
        let mut unsaid = Vec::new();
        let mut vouched = vouched.clone();
        let mut log = SampleLog::open(directory, release, SOURCE)?;
        if !vouched.is_of(&mut log)? {
            let kept_as = log.set_aside()?;
            unsaid.push(Event::SamplesRefused { source: SOURCE.into(), kept_as });
            vouched = Vouched::default();
            log = SampleLog::open(directory, release, SOURCE)?;
        }
        let (from, to) = (vouched.known(), log.bytes()?);
        if to > from {
            // Recorded only of bytes that a power cut cannot take away again.
            log.sync()?;
            unsaid.push(Event::SamplesUnsealed { source: SOURCE.into(), from, to });
        }
        let mut sightings = Vec::new();
        log.read_each(|end, sighting: Sighting| {
            let speaks_against = sighting.over && !sighting.filled;
            if sighting.at <= now && (vouched.covers(end) || speaks_against) {
                sightings.push(sighting);
            }
            if sightings.len() > RECALLED_MAX {
                sightings.drain(..RECALLED_MAX / 8);
            }
        })?;
        sightings.sort_by_key(|sighting| (sighting.at, sighting.filled));
        let kept = Self { log, settled: to, sealed: None, synced: None };
        Ok(Found { kept, sightings, unsaid })
    }

    pub(crate) fn append(&mut self, sightings: &[Sighting]) -> Result<(), EvidenceError> {
        self.log.append(sightings)
    }

    /// Makes the samples survive a power cut, at most once a minute.
    pub(crate) fn sync(&mut self, now: DateTime<Utc>) {
        if self.synced.is_none_or(|at| now - at >= TimeDelta::minutes(1)) {
            self.synced = Some(now);
            if let Err(error) = self.log.sync() {
                tracing::error!(%error, "the newest samples would not survive a power cut");
            }
        }
    }

    /// Fixes what is kept so far if that is due and there is something new.
    fn seal(&mut self, now: DateTime<Utc>, finally: bool) -> Result<Option<Seal>, EvidenceError> {
        let last = *self.sealed.get_or_insert(now);
        if self.log.bytes()? <= self.settled || (!finally && now - last < SEAL_EVERY) {
            return Ok(None);
        }
        let seal = self.log.seal()?;
        (self.settled, self.sealed) = (seal.bytes, Some(now));
        Ok(Some(seal))
    }
}

impl Engine {
    /// Opens the samples of a release once.
    pub(crate) fn ensure_eye(&self, id: ReleaseId, policy: &Policy) -> Result<(), Fault> {
        // One at a time: what is not as it was sealed is moved aside.
        let _opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.time.now();
        let vouched = {
            let mut core = self.core();
            let live = core.releases.get_mut(&id).ok_or_else(|| fault::bad_input("the release is gone"))?;
            if let Some(eye) = live.eye.as_mut() {
                eye.needed = Some(now);
                return Ok(());
            }
            live.vouched.clone()
        };
        let directory = Path::new(&self.settings.home).join("samples");
        let found = Kept::open(&directory, &id.to_string(), &vouched, now.wall);
        let mut eye = Eye::of(policy, found.map_err(|e| fault::evidence(&e))?);
        eye.needed = Some(now);
        if let Some(live) = self.core().releases.get_mut(&id) {
            let release = &live.release;
            let since = |guardrail: &_, at| observing::since(policy, release, guardrail, at);
            eye.recall(policy, since, &observing::gaps(release));
            // Whoever could not keep anything may look already.
            live.eye.get_or_insert(eye);
        }
        if let Err(fault) = self.say_found(id) {
            tracing::error!(release = %id, %fault, "what was found of its samples could not be recorded");
        }
        Ok(())
    }

    /// Records what was found when the samples were opened.
    fn say_found(&self, id: ReleaseId) -> Result<(), Fault> {
        let eye = |unsaid: Option<Vec<Event>>| {
            let mut core = self.core();
            let eye = core.releases.get_mut(&id).and_then(|live| live.eye.as_mut());
            eye.map(|eye| std::mem::replace(&mut eye.unsaid, unsaid.unwrap_or_default())).unwrap_or_default()
        };
        let events = eye(None);
        self.record(id, &events).inspect_err(|_| {
            eye(Some(events));
        })
    }

    /// Fixes the samples kept so far by their digest: every few minutes, and with `finally` now.
    pub(crate) fn seal_samples(&self, id: ReleaseId, finally: bool) -> Result<(), Fault> {
        // A seal must not cover what nobody vouches for.
        self.say_found(id)?;
        let now = self.time.now().wall;
        let seal = {
            let mut core = self.core();
            let eye = core.releases.get_mut(&id).and_then(|live| live.eye.as_mut());
            let kept = eye.and_then(|eye| eye.kept.as_mut());
            kept.map_or(Ok(None), |kept| kept.seal(now, finally)).map_err(|e| fault::evidence(&e))?
        };
        let event = seal.map(|s| Event::Sealed { source: SOURCE.into(), digest: s.digest, bytes: s.bytes });
        self.record(id, event.as_slice())
    }

    /// Before the end: what was seen is sealed and the ledger anchored, so that both are believed at the next start.
    pub fn finish(&self) {
        let watched: Vec<ReleaseId> = {
            let core = self.core();
            core.releases.iter().filter(|(_, live)| live.eye.is_some()).map(|(id, _)| *id).collect()
        };
        for id in watched.into_iter().filter(|_| self.viewing.is_none()) {
            if let Err(fault) = self.seal_samples(id, true) {
                tracing::error!(release = %id, %fault, "the newest samples could not be sealed");
            }
        }
        self.anchor();
    }

    /// Samples of a release that is over leave memory; whoever asks again reads them again.
    pub(crate) fn let_go(&self) {
        let now = self.time.now();
        let mut core = self.core();
        for live in core.releases.values_mut().filter(|live| live.release.lifecycle.is_over()) {
            let needed = live.eye.as_ref().and_then(|eye| eye.needed.as_ref());
            if needed.is_some_and(|at| now.since(at).is_none_or(|passed| passed >= LET_GO)) {
                live.eye = None;
            }
        }
    }

    /// Tells people that samples were not what was sealed, before the first look after that.
    pub(crate) async fn tell_refused(&self, id: ReleaseId) {
        let refused = {
            let core = self.core();
            let eye = core.releases.get(&id).and_then(|live| live.eye.as_ref());
            eye.is_some_and(|eye| eye.refused && eye.last_tick.is_none())
        };
        if !refused {
            return;
        }
        let title = format!("{}: kept samples were changed", self.name_of(id));
        let body = "What was found differs from what was sealed, so none of it counts.".to_owned();
        self.tell(id, NoticeKey::of(Topic::Changed), (title, body), true).await;
    }
}
