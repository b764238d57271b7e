//! What a release is played on: the sample's own platform, or the practice provider that loses answers.

use super::chance::Chance;
use super::proof;
use crate::cli::Cli;
use crate::hosted::HOSTED;
use crate::hosted::Hosted;
use crate::sample::Sample;
use seaworthy_practice::By;
use seaworthy_practice::What;
use serde_json::Value;
use serde_json::json;
use std::path::PathBuf;

/// The candidate that is broken on purpose.
const BROKEN: &str = "rc.1";

/// How dangerously the program lives.
pub(super) struct Risk {
    /// Longest life of a killed command in milliseconds.
    pub(super) life_ms_max: u64,
    /// Of a hundred commands, those after which the watch is killed.
    pub(super) watch_killed_percent: u64,
}

/// Where the captain and the program under test meet what is outside of them.
pub(super) trait World {
    fn cli(&self) -> Cli;

    /// A file that disappears with the world.
    fn beside(&self, name: &str) -> PathBuf;

    fn risk(&self) -> Risk;

    /// Makes the next moments more dangerous.
    fn trouble(&self, chance: &mut Chance);

    /// The first candidate fails from its second stage on, the next one is mended.
    fn break_or_mend(&self, view: &Value);

    /// Changes that took effect.
    fn changes(&self) -> usize;

    /// Whether what took effect is what the ledger's events, newest first, allow.
    fn proof(&self, events: &[Value]) -> Result<(), String>;
}

fn breaks(view: &Value) -> bool {
    let position = view["head"]["position"].as_str().unwrap_or_default();
    position.ends_with(&format!("/{BROKEN}/stage:2"))
}

impl World for Sample {
    fn cli(&self) -> Cli {
        Sample::cli(self)
    }

    fn beside(&self, name: &str) -> PathBuf {
        Sample::beside(self, name)
    }

    /// A forward step takes about a second.
    fn risk(&self) -> Risk {
        Risk { life_ms_max: 1_200, watch_killed_percent: 12 }
    }

    /// Answers that come late or never make the dangerous moments longer.
    fn trouble(&self, chance: &mut Chance) {
        if !chance.hits(20) {
            return;
        }
        let what = ["deploy", "share", "rollback"][usize::try_from(chance.below(3)).unwrap_or(0)];
        let how = ["before", "after"][usize::try_from(chance.below(2)).unwrap_or(0)];
        let ms = u32::try_from(chance.below(800)).unwrap_or(0);
        self.platform.trouble(what, how, ms);
    }

    fn break_or_mend(&self, view: &Value) {
        if breaks(view) {
            self.platform.afflict(&json!({ "errors_percent": 90 }));
        }
        if view["head"]["rolled_back"] == json!(true) {
            self.platform.heal();
        }
    }

    fn changes(&self) -> usize {
        self.platform.log().len()
    }

    fn proof(&self, _: &[Value]) -> Result<(), String> {
        proof::once(&self.platform.log())
    }
}

impl World for Hosted {
    fn cli(&self) -> Cli {
        Hosted::cli(self)
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// A deploy takes about four seconds, and a rollback is looked at twice, ten seconds apart.
    fn risk(&self) -> Risk {
        Risk { life_ms_max: 5_000, watch_killed_percent: 3 }
    }

    /// The storm rages from the beginning.
    fn trouble(&self, _: &mut Chance) {}

    fn break_or_mend(&self, view: &Value) {
        let position = view["head"]["position"].as_str().unwrap_or_default();
        // A stage is so short here that it may be over before anybody could break it. Afterwards the newest deployment
        // is another one.
        let soaked = position.ends_with(&format!("/{BROKEN}/stage:1"))
            && view["rollout"]["decision"]["state"] == json!("pass");
        if soaked || breaks(view) {
            self.break_newest();
        }
    }

    fn changes(&self) -> usize {
        let effects = self.practice.effects().into_iter().filter(|effect| effect.by == By::Call);
        effects.filter(|effect| !matches!(effect.what, What::Uploaded | What::Aborted)).count()
    }

    fn proof(&self, events: &[Value]) -> Result<(), String> {
        let candidates = events.iter().filter(|event| event["kind"] == "candidate.named").count();
        let steps = self.practice.standing(HOSTED).map_or(0, |standing| standing.deployments.len());
        if steps > candidates + 1 {
            return Err(format!("{candidates} candidates, and {steps} deployments with the first"));
        }
        proof::once_hosted(&self.practice.effects(), &self.practice.calls())?;
        proof::looked_between(events)
    }
}
