//! What was acknowledged, and whether it is still true.

use crate::platform::Mutation;
use seaworthy_practice::By;
use seaworthy_practice::Call;
use seaworthy_practice::Effect;
use seaworthy_practice::Taken;
use seaworthy_practice::What;
use serde_json::Value;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// Everything the program said so far.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Hashes by place in the chain.
    hashes: BTreeMap<u64, String>,
    /// Events as they were shown.
    events: BTreeSet<Shown>,
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
        if let Some(lost) = self.events.difference(&kept).next() {
            let then: Vec<_> = kept.iter().filter(|other| other.0 == lost.0).collect();
            return Err(format!("lost an acknowledged event: {lost:?}; kept in its place: {then:?}"));
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

/// What makes an event the same one at every door: place and time. Its sentence grows with what is known of the release.
type Shown = (u64, i64);

fn shown(event: &Value) -> Shown {
    (event["seq"].as_u64().unwrap_or_default(), event["at"].as_i64().unwrap_or_default())
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

/// At the practice provider: each operation arrived at most once and took effect at most once, no change happened twice
/// under another name, and between two calls that change something somebody looked.
pub(super) fn once_hosted(effects: &[Effect], calls: &[Taken]) -> Result<(), String> {
    let (mut operations, mut changes) = (BTreeSet::new(), BTreeSet::new());
    // A rollback also stops the rolling release that is under way.
    let asked = effects.iter().filter(|effect| effect.by == By::Call && effect.what != What::Aborted);
    for effect in asked {
        let Some(operation) = &effect.operation else {
            return Err(format!("a change belongs to no operation: {effect:?}"));
        };
        if !operations.insert(operation) {
            return Err(format!("operation {operation} took effect twice: {:?}", effect.what));
        }
        if !changes.insert((effect.what, &effect.deployment)) {
            return Err(format!("the same change took effect twice: {effect:?}"));
        }
    }
    let mut arrived = BTreeSet::new();
    let mut looked = true;
    for taken in calls {
        if !taken.call.changes() {
            looked |= matches!(taken.call, Call::Project | Call::Get | Call::List | Call::Rolling);
            continue;
        }
        if !arrived.insert(&taken.operation) {
            return Err(format!("operation {:?} was sent twice: {:?}", taken.operation, taken.call));
        }
        if !std::mem::replace(&mut looked, false) {
            return Err(format!("{:?} was sent without a look after the call before it", taken.call));
        }
    }
    Ok(())
}

/// In the ledger (`events`, newest first): nothing is intended after an operation whose outcome is not known before a
/// look settled it, but the way back.
pub(super) fn looked_between(events: &[Value]) -> Result<(), String> {
    let mut open = false;
    for event in events.iter().rev() {
        let backward = event["text"].as_str().is_some_and(|text| text.starts_with("Rolling "));
        match event["kind"].as_str().unwrap_or_default() {
            "op.intended" if open && !backward => {
                return Err(format!("event {} is sent before a look: {}", event["seq"], event["text"]));
            }
            "op.intended" => open = true,
            "op.outcome" | "op.observed" => open = event["state"] == "unknown",
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn effect(what: What, operation: &str) -> Effect {
        let (operation, deployment) = (Some(operation.to_owned()), "dpl_1".to_owned());
        Effect { at: 0, what, by: By::Call, operation, project: "prj".to_owned(), deployment }
    }

    fn taken(call: Call, operation: &str) -> Taken {
        Taken { call, operation: call.changes().then(|| operation.to_owned()) }
    }

    #[test]
    fn what_happened_twice_is_found() {
        let fine = [effect(What::Created, "a"), effect(What::Started, "b")];
        assert_eq!(once_hosted(&fine, &[]), Ok(()));
        assert!(once_hosted(&[effect(What::Created, "a"), effect(What::Started, "a")], &[]).is_err());
        assert!(once_hosted(&[effect(What::Started, "a"), effect(What::Started, "b")], &[]).is_err());
        let look = taken(Call::Project, "");
        let calls = [taken(Call::Start, "a"), look.clone(), taken(Call::Approve, "b")];
        assert_eq!(once_hosted(&[], &calls), Ok(()));
        assert!(once_hosted(&[], &[taken(Call::Start, "a"), taken(Call::Approve, "b")]).is_err());
        assert!(once_hosted(&[], &[taken(Call::Start, "a"), look, taken(Call::Start, "a")]).is_err());
    }

    #[test]
    fn what_was_sent_before_a_look_is_found() {
        let event =
            |kind: &str, state: &str, text: &str| json!({ "kind": kind, "state": state, "text": text });
        let intended = || event("op.intended", "running", "Giving 1.1.0-rc.1 50% of production");
        let unknown = || event("op.outcome", "unknown", "");
        let seen = || event("op.observed", "no_data", "");
        let back = event("op.intended", "running", "Rolling production back to 1.0.0: breached");
        let newest_first = |mut events: Vec<Value>| {
            events.reverse();
            looked_between(&events)
        };
        assert_eq!(newest_first(vec![intended(), unknown(), seen(), intended()]), Ok(()));
        assert_eq!(newest_first(vec![intended(), unknown(), back]), Ok(()));
        assert!(newest_first(vec![intended(), unknown(), intended()]).is_err());
        assert!(newest_first(vec![intended(), intended()]).is_err());
    }
}
