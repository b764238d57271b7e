//! What was acknowledged, and whether it is still true.

use crate::platform::Mutation;
use serde_json::Value;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// Everything the program said so far.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Hashes by place in the chain.
    hashes: BTreeMap<u64, String>,
    /// Events as they were shown: time, actor, sentence.
    events: BTreeSet<(i64, String, String)>,
}

impl Said {
    /// Takes in what a program printed before it ended or was killed.
    pub(super) fn hear(&mut self, lines: &[Value]) {
        for line in lines {
            let data = &line["data"];
            for happened in data["recent"].as_array().into_iter().flatten() {
                self.events.insert(shown(happened));
            }
        }
    }

    /// How many different events were acknowledged.
    pub(super) fn count(&self) -> usize {
        self.events.len()
    }

    /// Compares with the ledger as `seaworthy log --json` prints it.
    pub(super) fn against(&mut self, log: &[Value]) -> Result<(), String> {
        let entries: Vec<_> = log.iter().map(|line| &line["data"]).collect();
        let kept: BTreeSet<_> = entries.iter().map(|entry| shown(entry)).collect();
        if let Some((at, actor, text)) = self.events.difference(&kept).next() {
            let then: Vec<_> = kept.iter().filter(|(when, ..)| when == at).collect();
            return Err(format!(
                "lost an acknowledged event: {at} {actor}: {text}; kept of that time: {then:?}"
            ));
        }
        for entry in &entries {
            let (Some(seq), Some(hash)) = (entry["seq"].as_u64(), entry["hash"].as_str()) else { continue };
            let before = self.hashes.insert(seq, hash.to_owned());
            if before.is_some_and(|before| before != hash) {
                return Err(format!("event {seq} is another one than before"));
            }
        }
        let newest = self.hashes.keys().next_back().copied().unwrap_or(0);
        if newest != entries.len() as u64 {
            return Err(format!("the ledger had {newest} events and has {}", entries.len()));
        }
        Ok(())
    }
}

/// An event as every door shows it.
fn shown(event: &Value) -> (i64, String, String) {
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    (event["at"].as_i64().unwrap_or_default(), text("actor"), text("text"))
}

/// Nothing took effect twice: neither an operation, nor the same change under another name.
pub(super) fn once(changes: &[Mutation]) -> Result<(), String> {
    let mut operations = BTreeSet::new();
    let mut effects = BTreeSet::new();
    for change in changes {
        if !operations.insert(&change.operation) {
            return Err(format!("operation {} took effect twice", change.operation));
        }
        let effect = (&change.what, &change.environment, &change.deployment, change.share, &change.to);
        if !effects.insert(effect) {
            return Err(format!("the same change took effect twice: {change:?}"));
        }
    }
    Ok(())
}
