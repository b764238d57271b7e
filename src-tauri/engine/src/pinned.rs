//! Pinned commands of a target: what was approved when production was first touched goes on working.
//!
//! Forward motion asks for the approval of what lies in the repository now, and pins it. Looks and the way back run
//! from the copies, whatever has become of the files since.

use crate::commands::command_subject;
use crate::engine::Engine;
use crate::engine::live;
use crate::fault;
use seaworthy_domain::CommandCopy;
use seaworthy_domain::Digest;
use seaworthy_domain::Event;
use seaworthy_domain::PinnedCommand;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::TargetCommand;
use seaworthy_domain::policy::CommandLine;
use seaworthy_domain::policy::CommandTarget;
use seaworthy_domain::policy::Policy;
use seaworthy_domain::policy::Target;
use seaworthy_ports::Deployer;
use seaworthy_ports::Place;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

/// Largest description of a copied command, in bytes.
const COPY_TEXT_MAX: usize = 4 * 1024 * 1024;

/// Which way a step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Motion {
    /// Every command as it is now must be approved.
    Forward,
    /// A look or a way back: what was pinned runs.
    Back,
}

/// A target all of whose commands may run.
pub(crate) struct Ready {
    pub(crate) deployer: Arc<dyn Deployer>,
    /// To be recorded with the intent, when the copies are not those recorded last.
    pub(crate) pinned: Option<Event>,
}

/// How the pinned commands of a release in production stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pinning {
    /// They run from their copies, whose originals are as they were.
    Whole,
    /// They run from their copies; these originals changed.
    Changed(Vec<String>),
    /// Some cannot: a change makes the way back wait for an approval.
    Loose(String),
}

/// An environment with what places deployments there.
struct Site {
    name: String,
    target: Target,
    place: Place,
}

impl Engine {
    /// The deployer of an environment, for showing what it would do. Nothing is asked and nothing may be run with it.
    pub(crate) fn deployer(&self, id: ReleaseId, environment: &str) -> Result<Arc<dyn Deployer>, Fault> {
        let site = self.site(id, environment)?;
        let pins = self.pins(id, environment)?;
        match self.on_copies(&site, &pins) {
            Ok(target) => self.made(&target, &site.place),
            Err(_) => self.made(&site.target, &site.place),
        }
    }

    /// The deployer of an environment, all of whose commands may run for this motion.
    pub(crate) fn ready(&self, id: ReleaseId, environment: &str, motion: Motion) -> Result<Ready, Fault> {
        let site = self.site(id, environment)?;
        let before = self.pins(id, environment)?;
        if motion == Motion::Back && !before.is_empty() {
            let target = match self.on_copies(&site, &before) {
                Ok(target) => target,
                // Without its copy a command runs only as every other does.
                Err(broken) => {
                    self.require_approved_target(id, environment).map_err(|asks| without(&broken, &asks))?;
                    tracing::warn!(release = %id, %broken, "running from the repository, which is as approved");
                    site.target
                }
            };
            return Ok(Ready { deployer: self.made(&target, &site.place)?, pinned: None });
        }
        self.require_approved_target(id, environment)?;
        if motion == Motion::Back {
            return Ok(Ready { deployer: self.made(&site.target, &site.place)?, pinned: None });
        }
        let pins = self.copied(id, &site)?;
        let target = self.on_copies(&site, &pins).unwrap_or_else(|broken| {
            tracing::warn!(release = %id, %broken, "nothing runs from copies");
            site.target.clone()
        });
        let pinned = (pins != before).then(|| Event::CommandsPinned {
            environment: environment.to_owned(),
            target: site.name,
            commands: pins,
        });
        Ok(Ready { deployer: self.made(&target, &site.place)?, pinned })
    }

    /// After an approval: what a person allows while traffic moves is what the way back runs from then on.
    pub(crate) fn pin_again(&self, id: ReleaseId) -> Result<(), Fault> {
        let environments: Vec<String> = {
            let core = self.core();
            let release = &live(&core, id)?.release;
            if release.lifecycle.is_over() {
                return Ok(());
            }
            release.pins.keys().cloned().collect()
        };
        for environment in environments {
            // Not everything is approved yet: the copies of before stay.
            let Ok(ready) = self.ready(id, &environment, Motion::Forward) else { continue };
            self.record(id, ready.pinned.as_slice())?;
        }
        Ok(())
    }

    /// Compares the originals of what is pinned for production with their copies, for people to see. Reads files.
    pub(crate) fn compare_pins(&self, id: ReleaseId) -> Result<(), Fault> {
        let (policy, folder) = self.policy_and_folder(id)?;
        let Some((environment, place)) = policy.production() else { return Ok(()) };
        let pins = {
            let core = self.core();
            let release = &live(&core, id)?.release;
            if !release.is_exposed() {
                return Ok(());
            }
            release.pins.get(environment).cloned().unwrap_or_default()
        };
        let found = match policy.targets.get(&place.target) {
            Some(Target::Command(target)) => Some(self.pinning(target, &pins, &folder)),
            _ => None,
        };
        if let Some(live) = self.core().releases.get_mut(&id) {
            live.pinning = found;
        }
        Ok(())
    }

    fn pinning(&self, target: &CommandTarget, pins: &[PinnedCommand], folder: &Path) -> Pinning {
        if pins.is_empty() {
            return Pinning::Loose("they were never pinned".to_owned());
        }
        let mut changed = Vec::new();
        for pin in pins {
            if let Some(why) = &pin.why {
                return Pinning::Loose(format!("{}: {why}", pin.command));
            }
            let now = line(target, pin.command).map(|line| self.ports.commands.describe(line, folder));
            if !matches!(now, Some(Ok(text)) if text.digest == pin.approved) {
                changed.push(pin.command.to_string());
            }
        }
        if changed.is_empty() { Pinning::Whole } else { Pinning::Changed(changed) }
    }

    fn site(&self, id: ReleaseId, environment: &str) -> Result<Site, Fault> {
        let (policy, folder) = self.policy_and_folder(id)?;
        let place = policy
            .environments
            .get(environment)
            .ok_or_else(|| fault::bad_input(format!("the policy has no environment \"{environment}\"")))?;
        let target = policy
            .targets
            .get(&place.target)
            .ok_or_else(|| fault::bad_input(format!("the policy has no target \"{}\"", place.target)))?;
        let name = place.target.clone();
        Ok(Site {
            name,
            target: target.clone(),
            place: Place { folder, environment: environment.to_owned() },
        })
    }

    fn made(&self, target: &Target, place: &Place) -> Result<Arc<dyn Deployer>, Fault> {
        self.ports.deployers.deployer(target, place).map_err(|e| fault::outside(e.to_string()))
    }

    fn pins(&self, id: ReleaseId, environment: &str) -> Result<Vec<PinnedCommand>, Fault> {
        Ok(live(&self.core(), id)?.release.pins.get(environment).cloned().unwrap_or_default())
    }

    /// Puts the commands of a target into the evidence store, exactly as they are approved.
    fn copied(&self, id: ReleaseId, site: &Site) -> Result<Vec<PinnedCommand>, Fault> {
        let Target::Command(target) = &site.target else { return Ok(Vec::new()) };
        let project = live(&self.core(), id)?.release.project;
        let mut pins = Vec::new();
        for (command, line) in lines(target) {
            let read = self.ports.commands.copy(line, &site.place.folder);
            let read = read.map_err(|e| fault::refused(e.to_string()))?;
            // Read again for its bytes, which therefore have to be the approved ones again.
            self.require_digest(project, &command_subject(&site.name, command), &read.text)?;
            let (copy, why) = match read.copy {
                Ok((copy, files)) => (Some(self.keep(&copy, &files)?), None),
                Err(why) => (None, Some(why)),
            };
            pins.push(PinnedCommand { command, approved: read.text.digest, copy, why });
        }
        Ok(pins)
    }

    fn keep(&self, copy: &CommandCopy, files: &[Vec<u8>]) -> Result<Digest, Fault> {
        for bytes in files {
            self.ports.evidence.put(bytes).map_err(|e| fault::evidence(&e))?;
        }
        let text = serde_json::to_vec(copy).map_err(|e| fault::integrity(e.to_string()))?;
        if text.len() > COPY_TEXT_MAX {
            return Err(fault::refused("a command of the target has too many files to be pinned"));
        }
        self.ports.evidence.put(&text).map_err(|e| fault::evidence(&e))
    }

    /// The target with every pinned command replaced by its copy; else what is wrong with the copies.
    fn on_copies(&self, site: &Site, pins: &[PinnedCommand]) -> Result<Target, String> {
        let Target::Command(target) = &site.target else { return Ok(site.target.clone()) };
        let mut target = target.clone();
        for pin in pins {
            let broken = |why: String| format!("the pinned copy of {} cannot be used: {why}", pin.command);
            let Some(line) = line_mut(&mut target, pin.command) else { continue };
            let Some(digest) = &pin.copy else {
                return Err(broken(pin.why.clone().unwrap_or_default()));
            };
            let bytes = self.ports.evidence.get(digest).map_err(|e| broken(words_of(&e)))?;
            let copy: CommandCopy = serde_json::from_slice(&bytes).map_err(|e| broken(e.to_string()))?;
            let laid = self.copies().lay_out(&self.ports.evidence, digest, &copy.files, &site.place.folder);
            let folder = laid.map_err(|e| broken(words_of(&e)))?;
            line.program =
                copy.program_in(&folder).ok_or_else(|| broken("its path is not text".to_owned()))?;
            line.directory = PathBuf::from(&copy.directory);
        }
        Ok(Target::Command(target))
    }

    /// Where copies lie while they are used.
    pub(crate) fn copies(&self) -> seaworthy_evidence::Copies {
        seaworthy_evidence::Copies::new(self.settings.home.join("pinned"))
    }
}

/// The evidence room names what failed; here it is a reason.
fn words_of(error: &seaworthy_evidence::EvidenceError) -> String {
    format!("cannot {error}")
}

fn without(broken: &str, asks: &Fault) -> Fault {
    Fault::new(Code::NeedsApproval, format!("{broken}; and {asks}"))
        .with_help("review the commands with `seaworthy approve`; they are pinned again then")
}

fn lines(target: &CommandTarget) -> Vec<(TargetCommand, &CommandLine)> {
    let all = [TargetCommand::SetShare, TargetCommand::RollBack, TargetCommand::Observe];
    all.into_iter().filter_map(|command| Some((command, line(target, command)?))).collect()
}

fn line(target: &CommandTarget, command: TargetCommand) -> Option<&CommandLine> {
    match command {
        TargetCommand::SetShare => Some(&target.set_share),
        TargetCommand::RollBack => Some(&target.rollback),
        TargetCommand::Observe => target.observe.as_ref(),
    }
}

fn line_mut(target: &mut CommandTarget, command: TargetCommand) -> Option<&mut CommandLine> {
    match command {
        TargetCommand::SetShare => Some(&mut target.set_share),
        TargetCommand::RollBack => Some(&mut target.rollback),
        TargetCommand::Observe => target.observe.as_mut(),
    }
}

/// What a captain should know before a rollout, of each command that will be pinned: why it cannot be.
pub(crate) fn pinnable<'a>(policy: &'a Policy, subject: &str) -> Option<&'a CommandLine> {
    policy.targets.iter().find_map(|(name, target)| match target {
        Target::Command(target) => lines(target)
            .into_iter()
            .find(|(command, _)| command_subject(name, *command) == subject)
            .map(|(_, l)| l),
        _ => None,
    })
}
