//! What can be made to go wrong with a call.

use crate::mix;
use std::collections::VecDeque;
use std::time::Duration;

/// A call of the interface, whatever its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    /// `POST files`.
    Upload,
    /// `POST deployments`.
    Create,
    /// `GET deployments`.
    List,
    /// `GET deployments/{id}`.
    Get,
    /// `GET deployments/{id}/events`.
    Events,
    /// `PATCH deployments/{id}/cancel`.
    Cancel,
    /// `GET deployments/{id}/aliases` and `GET aliases`.
    Aliases,
    /// `POST deployments/{id}/aliases`.
    Assign,
    /// `GET projects/{id}`.
    Project,
    /// `GET projects/{id}/domains`.
    Domains,
    /// `GET projects/{id}/env`.
    Variables,
    /// `POST projects/{id}/promote/{id}`.
    Promote,
    /// `POST projects/{id}/rollback/{id}`.
    Rollback,
    /// `GET projects/{id}/promote/aliases` and `…/rollback/aliases`.
    JobAliases,
    /// `GET projects/{id}/rolling-release`, its billing and its configuration.
    Rolling,
    /// `PATCH` or `DELETE projects/{id}/rolling-release/config`.
    Configure,
    /// `POST projects/{id}/rolling-release/start`.
    Start,
    /// `POST projects/{id}/rolling-release/approve-stage`.
    Approve,
    /// `POST projects/{id}/rolling-release/complete`.
    Complete,
    /// `GET user`.
    User,
    /// `GET teams` and `GET teams/{id}`.
    Teams,
    /// Anything else.
    Unknown,
}

impl Call {
    /// Whether it changes something.
    #[must_use]
    pub fn changes(self) -> bool {
        matches!(
            self,
            Self::Upload
                | Self::Create
                | Self::Cancel
                | Self::Assign
                | Self::Promote
                | Self::Rollback
                | Self::Configure
                | Self::Start
                | Self::Approve
                | Self::Complete
        )
    }
}

/// What happens to one call instead of an ordinary answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It is taken up this much real time later, also when the caller has gone.
    Late(Duration),
    /// It is taken up when [`crate::Practice::release`] is called, also when the caller has gone.
    Held,
    /// The connection ends; nothing was done.
    CutBefore,
    /// It is done; the connection ends without an answer.
    CutAfter,
    /// It is done; the connection ends within the answer.
    CutWithin,
    /// It is done, and no answer ever comes. [`crate::Practice::silenced`] tells when.
    Silent,
    /// A failure of the server.
    Status {
        /// 500 and above.
        status: u16,
        /// Whether it was done.
        applied: bool,
    },
    /// Status 429; nothing was done.
    Limited {
        /// The header `Retry-After`, as it is sent.
        retry_after: Option<String>,
    },
    /// Status 200 with a body that is no JSON.
    Garbage {
        /// Whether it was done.
        applied: bool,
    },
    /// The page of a captive portal, status 200, as HTML; nothing was done.
    Portal,
    /// A redirect; nothing was done.
    Redirect {
        /// Where to.
        to: String,
    },
    /// An ordinary status with a body of this many bytes.
    Huge {
        /// Its length.
        bytes: usize,
        /// Whether it was done.
        applied: bool,
    },
}

/// Answers that are lost by chance, whatever is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Storm {
    /// Of a hundred answers, those that are lost.
    pub percent: u8,
    /// The same seed loses the same answers of the same calls.
    pub seed: u64,
}

/// Trouble that waits for its calls.
#[derive(Debug, Default)]
pub(crate) struct Troubles {
    waiting: Vec<(Call, VecDeque<Trouble>)>,
    storm: Option<Storm>,
    /// Numbers calls, so that the same storm loses the same ones.
    drawn: u64,
}

impl Troubles {
    pub(crate) fn add(&mut self, call: Call, trouble: Trouble) {
        match self.waiting.iter_mut().find(|(known, _)| *known == call) {
            Some((_, queue)) => queue.push_back(trouble),
            None => self.waiting.push((call, VecDeque::from([trouble]))),
        }
    }

    pub(crate) fn rage(&mut self, storm: Option<Storm>) {
        self.storm = storm;
    }

    pub(crate) fn next(&mut self, call: Call) -> Option<Trouble> {
        let waiting = self.waiting.iter_mut().find(|(known, _)| *known == call);
        waiting.and_then(|(_, queue)| queue.pop_front()).or_else(|| self.lost())
    }

    /// Chance's own trouble. Those that keep a caller waiting are not among it: they end as a cut does.
    fn lost(&mut self) -> Option<Trouble> {
        let storm = self.storm?;
        self.drawn += 1;
        let draw = mix(storm.seed ^ self.drawn);
        if draw % 100 >= u64::from(storm.percent) {
            return None;
        }
        Some(match mix(draw) % 7 {
            0 => Trouble::CutBefore,
            1 => Trouble::CutAfter,
            2 => Trouble::CutWithin,
            3 => Trouble::Status { status: 503, applied: false },
            4 => Trouble::Status { status: 500, applied: true },
            5 => Trouble::Garbage { applied: true },
            _ => Trouble::Portal,
        })
    }

    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
        self.storm = None;
    }
}
