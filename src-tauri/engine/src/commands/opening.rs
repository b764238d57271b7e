//! From a policy file to a candidate.

use crate::engine::Engine;
use crate::engine::live;
use crate::fault;
use crate::words;
use seaworthy_domain::Digest;
use seaworthy_domain::Event;
use seaworthy_domain::ProjectId;
use seaworthy_domain::Release;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::command::Context;
use seaworthy_domain::operation::Act;
use seaworthy_domain::operation::Operation;
use seaworthy_domain::operation::OperationState;
use seaworthy_domain::policy::Policy;
use seaworthy_policy::Parsed;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::PolicySummary;
use seaworthy_wire::Which;
use std::io::Read as _;
use std::path::Path;
use uuid::Uuid;

/// Name of the policy file.
pub(super) const POLICY_FILE: &str = "seaworthy.toml";
/// A policy longer than this is refused by the parser; reading stops soon after.
const POLICY_READ_MAX: u64 = 2 * 1024 * 1024;
/// Longest version.
const VERSION_MAX: usize = 80;

impl Engine {
    /// Checks the policy file in `folder`.
    pub(crate) fn policy_check(&self, folder: &str) -> Result<PolicySummary, Fault> {
        let (parsed, _) = read_policy(Path::new(folder))?;
        let policy = &parsed.policy;
        let criteria: usize = policy.gates.iter().map(|g| g.criteria.len()).sum();
        let contents = [
            (policy.checks.len(), "check", "checks"),
            (policy.gates.len(), "gate", "gates"),
            (criteria, "criterion", "criteria"),
            (policy.rollout.stages.len(), "stage", "stages"),
            (policy.guardrails.len(), "guardrail", "guardrails"),
            (policy.watches.len(), "watch", "watches"),
        ];
        Ok(PolicySummary {
            title: title(policy),
            digest: parsed.digest.to_string(),
            contents: contents
                .iter()
                .map(|(n, one, many)| format!("{n} {}", if *n == 1 { one } else { many }))
                .collect(),
            warnings: (!parsed.warnings.is_empty()).then(|| parsed.warnings.to_string()),
        })
    }

    /// Opens a release under the policy in `folder` and pins that policy.
    pub(crate) fn open_release(&self, folder: &str, version: &str) -> Result<ReleaseId, Fault> {
        let version = version.trim();
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-_+".contains(c);
        if version.is_empty() || version.len() > VERSION_MAX || !version.chars().all(plain) {
            return Err(fault::bad_input(format!("\"{version}\" is no version"))
                .with_help("use letters, digits, dots, dashes and underscores, such as 1.4.0"));
        }
        let folder = Path::new(folder);
        let (parsed, bytes) = read_policy(folder)?;
        let project = parsed.policy.project.id;
        self.refuse_other_origins(&parsed.policy)?;
        self.refuse_second(project, version)?;
        self.ports.evidence.put(&bytes).map_err(|e| fault::evidence(&e))?;
        self.register(&parsed.policy, folder)?;
        let id = ReleaseId(Uuid::now_v7());
        let opened = Event::Opened {
            project,
            project_name: parsed.policy.project.name.clone(),
            version: version.to_owned(),
            policy: parsed.digest,
            policy_title: title(&parsed.policy),
        };
        self.record_opening(project, id, opened)?;
        self.anchor();
        Ok(id)
    }

    fn refuse_second(&self, project: ProjectId, version: &str) -> Result<(), Fault> {
        let core = self.core();
        let mut open =
            core.releases.values().filter(|l| l.release.project == project && !l.release.lifecycle.is_over());
        match open.find(|l| l.release.version == version) {
            Some(_) => {
                Err(fault::refused(format!("{version} is open already")).with_help("see `seaworthy status`"))
            }
            None => Ok(()),
        }
    }

    fn register(&self, policy: &Policy, folder: &Path) -> Result<(), Fault> {
        let known = self
            .core()
            .projects
            .get(&policy.project.id)
            .is_some_and(|p| p.folder == folder && p.name == policy.project.name);
        if known {
            return Ok(());
        }
        let event = Event::ProjectRegistered {
            id: policy.project.id,
            name: policy.project.name.clone(),
            folder: folder.to_string_lossy().into_owned(),
        };
        self.record_for_project(policy.project.id, &[event])
    }

    /// Fixes the policy as it is in the folder now, and the scope.
    pub(crate) fn freeze(&self, which: &Which) -> Result<ReleaseId, Fault> {
        let id = self.find(which)?;
        let (project, folder) = {
            let core = self.core();
            let project = live(&core, id)?.release.project;
            (project, core.projects.get(&project).map(|p| p.folder.clone()))
        };
        let folder = folder.ok_or_else(|| fault::integrity("the release's project was never registered"))?;
        let (parsed, bytes) = read_policy(&folder)?;
        if parsed.policy.project.id != project {
            return Err(fault::refused("the policy file is that of another project now")
                .with_help("restore its `project.id`, or open a release of that project"));
        }
        self.refuse_other_origins(&parsed.policy)?;
        self.ports.evidence.put(&bytes).map_err(|e| fault::evidence(&e))?;
        // No items can be in scope yet; the digest of the empty list says so.
        let scope = Digest::of(b"[]");
        self.transact(id, |context| {
            // The gate that is passed is the one that is frozen, not the one of the day the release was opened.
            let context = Context { policy: &parsed.policy, ..*context };
            let events = context.freeze(parsed.digest, &title(&parsed.policy), scope);
            Ok((events.map_err(|r| fault::refusal(&r))?, ()))
        })?;
        self.anchor();
        Ok(id)
    }

    /// Names the next candidate: `revision`, or what is checked out.
    pub(crate) async fn candidate(
        &self,
        which: &Which,
        revision: Option<&str>,
        again: bool,
    ) -> Result<ReleaseId, Fault> {
        let id = self.find(which)?;
        let (policy, folder) = self.policy_and_folder(id)?;
        let repository = &self.ports.repository;
        let tree = repository.work_tree(&folder).await.map_err(|e| fault::repository(&e))?;
        let commit = match revision {
            None => tree.commit.clone(),
            Some(revision) => {
                repository.resolve(&folder, revision).await.map_err(|e| fault::repository(&e))?
            }
        };
        if commit == tree.commit && !tree.modified.is_empty() {
            let first = tree.modified.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
            return Err(fault::refused(format!(
                "{} tracked files differ from the commit ({first}); commit or restore them, a candidate is a commit",
                tree.modified.len()
            )));
        }
        let branch = (commit == tree.commit).then_some(tree.branch).flatten();
        let configuration = configuration(&policy);
        self.transact(id, |context| {
            if !again && let Some(known) = named_before(context.release, &commit) {
                let help =
                    "commit the fix first; `seaworthy candidate --again` names the same commit once more";
                return Err(Fault::new(Code::NamedBefore, known).with_help(help));
            }
            let events = context.candidate(&commit, branch.as_deref(), configuration);
            Ok((events.map_err(|r| fault::refusal(&r))?, ()))
        })?;
        self.anchor();
        Ok(id)
    }
}

/// That `commit` is a candidate already and what came of it: the current one, or one that was taken back.
fn named_before(release: &Release, commit: &str) -> Option<String> {
    let candidate = release.candidates.iter().rev().find(|candidate| candidate.commit == commit)?;
    let (label, commit) = (candidate.label(), words::short(commit));
    let mut backs = release.operations.iter().rev();
    let back = backs.find(|op| {
        op.candidate == candidate.number && op.act.is_backward() && op.state == OperationState::Applied
    });
    if let Some(Operation { act: Act::RollBack { reason, .. }, .. }) = back {
        return Some(format!("{commit} is {label}, which was rolled back: {reason}"));
    }
    let current = release.candidate().is_some_and(|current| current.number == candidate.number);
    current
        .then(|| format!("{commit} is {label}, the candidate already; naming it again makes its proof stale"))
}

/// Names and addresses of the environments; secret values have no place in a policy.
fn configuration(policy: &Policy) -> Digest {
    let fields: Vec<String> = policy
        .environments
        .iter()
        .flat_map(|(name, e)| [name.clone(), e.target.clone(), e.url.clone().unwrap_or_default()])
        .collect();
    Digest::of_fields(fields.iter().map(String::as_bytes))
}

/// Title and version of a policy, for people.
fn title(policy: &Policy) -> String {
    let meta = &policy.meta;
    match (meta.title.is_empty(), meta.version.is_empty()) {
        (true, _) => policy.project.name.clone(),
        (false, true) => meta.title.clone(),
        (false, false) => format!("{} v{}", meta.title, meta.version),
    }
}

pub(crate) fn read_policy(folder: &Path) -> Result<(Parsed, Vec<u8>), Fault> {
    let path = folder.join(POLICY_FILE);
    // Asked before opening: a pipe would wait for its other end.
    if std::fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
        let fault = fault::bad_input(format!("{} is not a file", path.display()));
        return Err(fault.with_help("move it away, then run `seaworthy init` in the project's folder"));
    }
    let mut bytes = Vec::new();
    let read = std::fs::File::open(&path).and_then(|file| file.take(POLICY_READ_MAX).read_to_end(&mut bytes));
    if let Err(error) = read {
        let fault = fault::bad_input(format!("{} cannot be read: {error}", path.display()));
        return Err(fault.with_help("run `seaworthy init` in the project's folder to make one"));
    }
    // A file that is far too long is not read whole; the message tells its whole size.
    let size = std::fs::metadata(&path).map_or(0, |found| found.len());
    seaworthy_policy::may_have(size, POLICY_FILE).map_err(|d| fault::policy(&d))?;
    let parsed = seaworthy_policy::read(&bytes, POLICY_FILE).map_err(|d| fault::policy(&d))?;
    Ok((parsed, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_of_a_policy_are_data_too() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(POLICY_FILE), "[project]\nname = 5\n").unwrap();
        let fault = read_policy(folder.path()).unwrap_err();
        let name = fault.problems.iter().find(|problem| problem.code == "wrong_type").unwrap();
        assert_eq!((name.severity.as_str(), name.line, name.column, name.length), ("error", 2, 8, 1));
        assert!(fault.problems.iter().all(|problem| fault.message.contains(&problem.message)));
    }

    #[test]
    fn what_is_no_file_is_not_opened_and_not_to_be_filled() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(POLICY_FILE)).unwrap();
        let fault = read_policy(folder.path()).unwrap_err();
        assert!(fault.message.ends_with("seaworthy.toml is not a file"), "{fault}");
        assert!(fault.help.unwrap().starts_with("move it away"));
    }
}
