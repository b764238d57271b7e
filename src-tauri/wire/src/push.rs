//! What the engine tells every open door without being asked.

use crate::Millis;
use crate::history::LedgerView;
use crate::reply::PracticeView;
use crate::view::ReleaseCard;
use crate::view::ReleaseView;
use serde::Deserialize;
use serde::Serialize;
use ts_rs::TS;

/// One push.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "push", rename_all = "snake_case")]
pub enum Push {
    /// The list of releases changed.
    Releases {
        /// All of them, newest first.
        releases: Vec<ReleaseCard>,
    },
    /// A release changed; this is all of it.
    Release {
        /// The release.
        view: Box<ReleaseView>,
    },
    /// The ledger grew.
    Ledger {
        /// How it is now.
        view: LedgerView,
    },
    /// New samples are there for the charts of a release.
    Sampled {
        /// The release.
        release: String,
        /// Time of the newest.
        at: Millis,
    },
    /// A running check said something.
    Output {
        /// The release.
        release: String,
        /// The check.
        check: String,
        /// Identity of the run.
        run: String,
        /// Counts from 0 within the run; a hole means pushes were dropped and the log should be read.
        seq: u32,
        /// Decoded text; bytes that are not UTF-8 are replaced.
        text: String,
        /// Whether it came from standard error.
        err: bool,
    },
    /// How the rehearsal runs now.
    Practice {
        /// All of it.
        view: PracticeView,
    },
    /// Progress of a long request, in words.
    Progress {
        /// The release, once there is one.
        release: Option<String>,
        /// One line.
        line: String,
    },
}
