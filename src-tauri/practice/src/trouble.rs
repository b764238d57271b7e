//! What can be made to go wrong with a call.

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

/// Trouble that waits for its calls.
#[derive(Debug, Default)]
pub(crate) struct Troubles(Vec<(Call, VecDeque<Trouble>)>);

impl Troubles {
    pub(crate) fn add(&mut self, call: Call, trouble: Trouble) {
        match self.0.iter_mut().find(|(known, _)| *known == call) {
            Some((_, queue)) => queue.push_back(trouble),
            None => self.0.push((call, VecDeque::from([trouble]))),
        }
    }

    pub(crate) fn next(&mut self, call: Call) -> Option<Trouble> {
        self.0.iter_mut().find(|(known, _)| *known == call)?.1.pop_front()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
