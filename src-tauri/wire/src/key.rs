//! The key of this device.

use crate::Millis;
use crate::State;
use serde::Deserialize;
use serde::Serialize;
use ts_rs::TS;

/// The key that signs for this device. Its secret half is in its store and in no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KeyView {
    /// pass while it can be used, pending before there is one, `not_armed` while its store does not give it.
    pub state: State,
    /// One sentence.
    pub text: String,
    /// The public half, 64 hexadecimal digits.
    pub key: Option<String>,
    /// Counts the keys of this device; 0 before the first.
    pub number: u32,
    /// Where the secret half is kept.
    pub store: Option<String>,
    /// When it was bound.
    pub bound: Option<Millis>,
    /// By whom.
    pub by: Option<String>,
}

impl KeyView {
    /// Before there is one.
    #[must_use]
    pub fn none(state: State, text: &str) -> Self {
        Self { state, text: text.to_owned(), key: None, number: 0, store: None, bound: None, by: None }
    }
}
