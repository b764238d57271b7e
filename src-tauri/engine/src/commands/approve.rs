//! Approval of commands: exact bytes, on this machine, by a person.

use crate::engine::Engine;
use crate::engine::live;
use crate::fault;
use crate::pinned::pinnable;
use seaworthy_domain::Digest;
use seaworthy_domain::Event;
use seaworthy_domain::ProjectId;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::TargetCommand;
use seaworthy_domain::policy::CheckKind;
use seaworthy_domain::policy::CommandLine;
use seaworthy_domain::policy::Policy;
use seaworthy_domain::policy::Target;
use seaworthy_ports::CommandText;
use seaworthy_wire::ApprovalView;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Which;
use std::path::Path;

/// Longest command text kept with its approval, for the difference shown at the next change.
const TEXT_KEPT_MAX: usize = 32 * 1024;

impl Engine {
    /// Every command of the release's policy and whether exactly that may run here.
    pub(crate) fn approvals(&self, which: &Which) -> Result<Vec<ApprovalView>, Fault> {
        let id = self.find(which)?;
        let (policy, folder) = self.policy_and_folder(id)?;
        let project = live(&self.core(), id)?.release.project;
        let views = commands(&policy).into_iter().map(|(subject, command)| {
            match self.ports.commands.copy(command, &folder) {
                Ok(read) => {
                    let loose = read.copy.err().filter(|_| pinnable(&policy, &subject).is_some());
                    ApprovalView {
                        warning: loose.map(|why| loose_words(&why)),
                        ..self.approval_view(project, subject, read.text)
                    }
                }
                Err(problem) => ApprovalView {
                    subject,
                    digest: String::new(),
                    text: command.program.to_string(),
                    approved: false,
                    before: None,
                    problem: Some(problem.to_string()),
                    warning: None,
                },
            }
        });
        Ok(views.collect())
    }

    fn approval_view(&self, project: ProjectId, subject: String, text: CommandText) -> ApprovalView {
        let mut core = self.core();
        let approved = core.is_approved(project, &subject, text.digest);
        let before = core.approvals.get(&(project, subject.clone()));
        ApprovalView {
            digest: text.digest.to_string(),
            approved,
            before: before.filter(|_| !approved).map(|a| a.text.clone()),
            text: text.text,
            subject,
            problem: None,
            warning: None,
        }
    }

    /// Approves exactly the commands whose digests the person saw. A command that changed meanwhile has another digest
    /// and is refused.
    pub(crate) fn approve(&self, which: &Which, digests: &[String]) -> Result<ReleaseId, Fault> {
        let id = self.find(which)?;
        let project = live(&self.core(), id)?.release.project;
        let waiting = self.approvals(which)?;
        let mut events = Vec::new();
        for wanted in digests {
            let Some(view) = waiting.iter().find(|v| v.digest == *wanted) else {
                return Err(Fault::new(
                    Code::NeedsApproval,
                    "a command changed since it was shown; look again",
                ));
            };
            if view.approved {
                continue;
            }
            let digest: Digest = wanted.parse().map_err(|e| fault::bad_input(format!("{e}")))?;
            let text = truncated(&view.text);
            events.push(Event::ApprovalGranted { subject: view.subject.clone(), digest, text });
        }
        self.record_for_project(project, &events)?;
        self.pin_again(id)?;
        self.anchor();
        self.changed(id);
        Ok(id)
    }

    /// Refuses unless exactly this command is approved; returns what was approved.
    pub(crate) fn require_approved(
        &self,
        project: ProjectId,
        subject: &str,
        command: &CommandLine,
        folder: &Path,
    ) -> Result<CommandText, Fault> {
        let text =
            self.ports.commands.describe(command, folder).map_err(|e| fault::refused(e.to_string()))?;
        self.require_digest(project, subject, &text)?;
        Ok(text)
    }

    /// The same for a command that was read already.
    pub(crate) fn require_digest(
        &self,
        project: ProjectId,
        subject: &str,
        text: &CommandText,
    ) -> Result<(), Fault> {
        let mut core = self.core();
        if core.is_approved(project, subject, text.digest) {
            return Ok(());
        }
        let why = if core.approvals.contains_key(&(project, subject.to_owned())) {
            "changed since it was approved"
        } else {
            "is not approved on this machine"
        };
        Err(Fault::new(Code::NeedsApproval, format!("{subject} {why}"))
            .with_help("review it with `seaworthy approve`"))
    }

    /// The same for every command of an environment's target.
    pub(crate) fn require_approved_target(&self, id: ReleaseId, environment: &str) -> Result<(), Fault> {
        let (policy, folder) = self.policy_and_folder(id)?;
        let project = live(&self.core(), id)?.release.project;
        let Some(place) = policy.environments.get(environment) else { return Ok(()) };
        for (subject, command) in target_commands(&policy, &place.target) {
            self.require_approved(project, &subject, command, &folder)?;
        }
        Ok(())
    }
}

fn loose_words(why: &str) -> String {
    format!("cannot be pinned ({why}): if it changes during a rollout, the way back waits for your approval")
}

/// Subject of a check's approval.
pub(super) fn check_subject(check: &str) -> String {
    format!("check {check}")
}

/// Every command of a policy with its subject, in a stable order.
fn commands(policy: &Policy) -> Vec<(String, &CommandLine)> {
    let checks = policy.checks.values().filter_map(|check| match &check.kind {
        CheckKind::Command(command) => Some((check_subject(&check.name), command)),
        CheckKind::Http(_) | CheckKind::Metrics(_) => None,
    });
    let targets = policy.targets.keys().flat_map(|name| target_commands(policy, name));
    checks.chain(targets).collect()
}

fn target_commands<'a>(policy: &'a Policy, name: &str) -> Vec<(String, &'a CommandLine)> {
    let Some(Target::Command(target)) = policy.targets.get(name) else { return Vec::new() };
    let subject = |command| command_subject(name, command);
    let mut commands = vec![
        (format!("target {name}: deploy"), &target.deploy),
        (subject(TargetCommand::SetShare), &target.set_share),
        (subject(TargetCommand::RollBack), &target.rollback),
    ];
    let observe = target.observe.as_ref();
    commands.extend(observe.map(|observe| (subject(TargetCommand::Observe), observe)));
    commands
}

/// Subject of the approval of a target's command.
pub(crate) fn command_subject(target: &str, command: TargetCommand) -> String {
    format!("target {target}: {command}")
}

fn truncated(text: &str) -> String {
    let mut end = text.len().min(TEXT_KEPT_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}
