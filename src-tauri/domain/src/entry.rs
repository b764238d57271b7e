//! Events as the ledger stores them: a kind and a body.

use crate::event::Event;
use serde_json::Value;

/// Kind and body of one ledger entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Such as `release.opened`.
    pub kind: String,
    /// JSON object without floating-point numbers.
    pub body: Value,
}

/// An entry that this version cannot read.
#[derive(Debug, thiserror::Error)]
#[error("{kind} cannot be read by this version: {source}")]
pub struct EntryError {
    kind: String,
    source: serde_json::Error,
}

impl Event {
    /// The entry to store.
    ///
    /// # Errors
    /// Never for events built by this program; the type is kept so that no caller has to panic.
    pub fn to_entry(&self) -> Result<Entry, serde_json::Error> {
        let mut value = serde_json::to_value(self)?;
        let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Entry { kind, body: value["body"].take() })
    }

    /// Reads a stored entry back.
    ///
    /// # Errors
    /// When the kind or its body is unknown to this version.
    pub fn from_entry(kind: &str, body: &Value) -> Result<Self, EntryError> {
        let value = serde_json::json!({ "kind": kind, "body": body });
        serde_json::from_value(value).map_err(|source| EntryError { kind: kind.to_owned(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Outcome;

    #[test]
    fn entries_round_trip_and_unknown_kinds_are_named() {
        let event = Event::Settled {
            operation: crate::OperationId(uuid::Uuid::nil()),
            outcome: Outcome::Unknown { why: "no answer".into() },
        };
        let entry = event.to_entry().unwrap();
        assert_eq!(entry.kind, "op.outcome");
        assert_eq!(entry.body["outcome"]["is"], "unknown");
        assert_eq!(Event::from_entry(&entry.kind, &entry.body).unwrap(), event);
        let error = Event::from_entry("release.teleported", &serde_json::json!({})).unwrap_err();
        assert!(error.to_string().starts_with("release.teleported cannot be read"));
    }
}
