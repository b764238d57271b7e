//! One look at production, as it is kept, and how each source stood with it.

use chrono::DateTime;
use chrono::Utc;
use seaworthy_domain::GapCause;
use seaworthy_ports::Measured;
use seaworthy_ports::Tick;
use seaworthy_rollout::Look;
use seaworthy_rules::Period;
use serde::Deserialize;
use serde::Serialize;

/// Name of the sample log, and of its seals.
pub(crate) const SOURCE: &str = "production";

/// One line of the sample log: one look, with what each source that was due had to say.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Sighting {
    pub(crate) at: DateTime<Utc>,
    /// The prober's tick.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tick: Option<Tick>,
    /// Figures of metrics services.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) measured: Vec<Measured>,
    /// A guardrail was over its limit with this look.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) over: bool,
    /// Why the look does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) blind: Option<GapCause>,
    /// Nobody looked then; it was fetched when a gap was over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) filled: bool,
}

impl Sighting {
    /// A look at `at`, before anything is made of it.
    pub(crate) fn new(at: DateTime<Utc>, tick: Option<Tick>, measured: Vec<Measured>) -> Self {
        Self { at, tick, measured, over: false, blind: None, filled: false }
    }

    pub(crate) fn look(&self) -> Look {
        Look { at: self.at, blind: self.blind, over: self.over, filled: self.filled }
    }
}

/// When one source was last asked, and how that went.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    valid_at: Option<DateTime<Utc>>,
    cause: Option<GapCause>,
}

impl Standing {
    pub(crate) fn of(&mut self, at: DateTime<Utc>, cause: Option<GapCause>) {
        self.cause = cause;
        if cause.is_none() {
            self.valid_at = Some(at);
        }
    }

    /// Why what it last said does not count at `at`.
    pub(crate) fn doubt(&self, at: DateTime<Utc>, allowed: Period) -> Option<GapCause> {
        let late = self.valid_at.is_none_or(|valid| at - valid > allowed.delta());
        self.cause.or(late.then_some(GapCause::SourceFailed))
    }
}
