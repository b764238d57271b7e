//! Running checks and binding what they say to the candidate.

use super::approve::check_subject;
use crate::engine::Engine;
use crate::engine::live;
use crate::fault;
use crate::reach::Looking;
use seaworthy_domain::CheckResult;
use seaworthy_domain::Digest;
use seaworthy_domain::Event;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::RunId;
use seaworthy_domain::command::Context;
use seaworthy_domain::policy::CandidateFacts;
use seaworthy_domain::policy::Check;
use seaworthy_domain::policy::CheckKind;
use seaworthy_domain::policy::CriterionKind;
use seaworthy_domain::policy::Policy;
use seaworthy_domain::proof;
use seaworthy_ports::CancellationToken;
use seaworthy_ports::CheckOrder;
use seaworthy_ports::CheckReport;
use seaworthy_ports::Output;
use seaworthy_ports::Stream;
use seaworthy_wire::CheckLog;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Push;
use seaworthy_wire::Which;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::PoisonError;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Pieces of output between a check and those who watch it; a full queue slows the check down, nothing is dropped.
const OUTPUT_QUEUE: usize = 64;
/// Longest log handed to a door at once; the rest stays in the evidence store.
const LOG_SHOWN_MAX: usize = 4 * 1024 * 1024;

/// What one run needs to know about its release.
struct Subject {
    commit: String,
    facts: Vec<(String, String)>,
    candidate: CandidateFacts,
    place: Looking,
}

/// How the working tree was found after a check, which is how the next one finds it: nothing but the ledger is
/// written in between, and asking git takes longer than most checks.
struct Looked {
    commit: String,
    doubt: Option<String>,
}

impl Engine {
    /// Runs checks one after another: those named, else those that the next step is missing.
    ///
    /// # Errors
    /// [`Code::NotReady`] when any of them did not pass; every one has run all the same.
    pub(crate) async fn check(&self, which: &Which, names: &[String]) -> Result<ReleaseId, Fault> {
        let id = self.find(which)?;
        let (policy, folder) = self.policy_and_folder(id)?;
        let names = if names.is_empty() { self.missing_checks(id)? } else { names.to_vec() };
        let mut checks = Vec::new();
        for name in &names {
            let check = policy.checks.get(name).ok_or_else(|| unnamed(&policy, name))?;
            checks.push(check.clone());
        }
        self.all_approved(id, &checks, &folder)?;
        let (mut failed, mut looked) = (Vec::new(), None);
        for check in checks {
            let (name, is_command) = (check.name.clone(), matches!(check.kind, CheckKind::Command(_)));
            let report = self.run_check(id, check, &policy, &folder, &mut looked).await?;
            if report.result != CheckResult::Pass {
                // What a command printed last is rarely why it failed; its code is what it says of itself.
                let said = report.summary.split_once(": ").filter(|_| is_command);
                failed.push((name, said.map_or(report.summary.clone(), |(code, _)| code.to_owned())));
            }
        }
        self.anchor();
        if failed.is_empty() {
            return Ok(id);
        }
        let names: Vec<_> = failed.iter().map(|(name, _)| name.as_str()).collect();
        let help = format!("read what was said with `seaworthy check --log {}`", names.join(" "));
        let failed: Vec<_> = failed.iter().map(|(name, said)| format!("{name} ({said})")).collect();
        Err(Fault::new(Code::NotReady, format!("did not pass: {}", failed.join(", "))).with_help(help))
    }

    /// Nothing runs before everything that is about to run may.
    fn all_approved(&self, id: ReleaseId, checks: &[Check], folder: &Path) -> Result<(), Fault> {
        let project = live(&self.core(), id)?.release.project;
        for check in checks {
            if let CheckKind::Command(command) = &check.kind {
                self.require_approved(project, &check_subject(&check.name), command, folder)?;
            }
        }
        Ok(())
    }

    fn missing_checks(&self, id: ReleaseId) -> Result<Vec<String>, Fault> {
        self.transact(id, |context| {
            let Some(next) = context.next() else { return Ok((Vec::new(), Vec::new())) };
            let missing = proof::missing(context.policy, context.release, &next, context.facts, context.now);
            let mut names = Vec::new();
            for fact in missing {
                if let Some((_, criterion)) =
                    context.policy.criterion(&format!("{}/{}", fact.gate, fact.criterion))
                    && let CriterionKind::Check { check } = &criterion.kind
                    && !names.contains(check)
                {
                    names.push(check.clone());
                }
            }
            Ok((Vec::new(), names))
        })
    }

    async fn run_check(
        &self,
        id: ReleaseId,
        check: Check,
        policy: &Arc<Policy>,
        folder: &Path,
        looked: &mut Option<Looked>,
    ) -> Result<CheckReport, Fault> {
        let project = live(&self.core(), id)?.release.project;
        let command = match &check.kind {
            CheckKind::Command(command) => Some((
                command.clone(),
                self.require_approved(project, &check_subject(&check.name), command, folder)?,
            )),
            CheckKind::Http(_) | CheckKind::Metrics(_) => None,
        };
        let run = RunId(Uuid::now_v7());
        let mut claim = self.claim(id, &check.name)?;
        let digest = command.as_ref().map(|(_, text)| text.digest);
        let subject = self.transact(id, |context| started(context, policy, &check, run, digest))?;
        claim.unfinished = Some(run);
        let before = match looked.take().filter(|last| command.is_some() && last.commit == subject.commit) {
            Some(last) => last.doubt,
            None => self.unbound_by_tree(folder, &subject, command.is_some()).await,
        };
        // Asking git took time; what runs is what was approved when it runs.
        if let Some((line, _)) = &command
            && let Err(fault) = self.require_approved(project, &check_subject(&check.name), line, folder)
        {
            self.record(id, &[not_run(run, fault.to_string())])?;
            claim.unfinished = None;
            return Err(fault);
        }
        let report = self.run_streaming(id, run, &check, folder, &subject, claim.cancel.clone()).await;
        let after = self.unbound_by_tree(folder, &subject, command.is_some()).await;
        *looked = command.as_ref().map(|_| Looked { commit: subject.commit.clone(), doubt: after.clone() });
        let changed = command.and_then(|(line, text)| {
            let now = self.ports.commands.describe(&line, folder);
            let same = now.is_ok_and(|now| now.digest == text.digest);
            (!same).then(|| "its text changed while it ran".to_owned())
        });
        let unbound = before
            .or_else(|| after.map(|why| format!("after the run {why}")))
            .or(changed)
            .or(subject.place.doubt)
            .or(report.unbound.clone());
        let finished = Event::CheckFinished {
            run,
            result: report.result,
            summary: report.summary.clone(),
            log: report.log,
            took_ms: report.took_ms,
            unbound,
        };
        self.record(id, &[finished])?;
        claim.unfinished = None;
        Ok(report)
    }

    /// Why a run in this working tree says nothing about the candidate.
    async fn unbound_by_tree(&self, folder: &Path, subject: &Subject, is_command: bool) -> Option<String> {
        if is_command { self.other_tree(folder, &subject.commit).await } else { None }
    }

    async fn run_streaming(
        &self,
        id: ReleaseId,
        run: RunId,
        check: &Check,
        folder: &Path,
        subject: &Subject,
        cancel: CancellationToken,
    ) -> CheckReport {
        let (sender, mut receiver) = mpsc::channel::<Output>(OUTPUT_QUEUE);
        let order = CheckOrder {
            run,
            check: check.clone(),
            folder: PathBuf::from(folder),
            facts: subject.facts.clone(),
            base_url: subject.place.base_url.clone(),
            candidate: subject.candidate.clone(),
            witness: subject.place.candidate.clone(),
        };
        let running = self.ports.checks.run(order, sender, cancel);
        let watching = async {
            let mut seq = 0;
            while let Some(output) = receiver.recv().await {
                self.push(Push::Output {
                    release: id.to_string(),
                    check: check.name.clone(),
                    run: run.to_string(),
                    seq,
                    text: String::from_utf8_lossy(&output.bytes).into_owned(),
                    err: output.stream == Stream::Err,
                });
                seq += 1;
            }
        };
        tokio::join!(running, watching).0
    }

    fn claim(&self, id: ReleaseId, check: &str) -> Result<Claim<'_>, Fault> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (id, check.to_owned());
        if running.contains_key(&key) {
            return Err(fault::refused(format!("check {check} is running already")));
        }
        let cancel = CancellationToken::new();
        running.insert(key.clone(), cancel.clone());
        Ok(Claim { engine: self, key, cancel, unfinished: None })
    }

    /// Stops a running check.
    pub(crate) fn cancel_check(&self, which: &Which, name: &str) -> Result<ReleaseId, Fault> {
        let id = self.find(which)?;
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let cancel = running.get(&(id, name.to_owned()));
        cancel.ok_or_else(|| fault::refused(format!("check {name} is not running")))?.cancel();
        Ok(id)
    }

    /// Kept output of the newest finished run.
    pub(crate) fn check_log(&self, which: &Which, name: &str) -> Result<CheckLog, Fault> {
        let id = self.find(which)?;
        let (run, log) = {
            let core = self.core();
            let runs = live(&core, id)?.release.runs.get(name);
            let ended = runs.and_then(|runs| runs.iter().rev().find(|run| run.end.is_some()));
            let run = ended.ok_or_else(|| fault::refused(format!("check {name} has not run yet")))?;
            (run.run, run.end.as_ref().and_then(|end| end.log))
        };
        let bytes = match log {
            None => Vec::new(),
            Some(digest) => self.ports.evidence.get(&digest).map_err(|e| fault::evidence(&e))?,
        };
        let from = bytes.len().saturating_sub(LOG_SHOWN_MAX);
        Ok(CheckLog {
            check: name.to_owned(),
            run: run.to_string(),
            text: String::from_utf8_lossy(&bytes[from..]).into_owned(),
            dropped_bytes: from as u64,
        })
    }
}

/// A check that is running here. However the run ends, even by nobody waiting for it any more, the check can be run
/// again and what was begun is recorded as ended.
struct Claim<'a> {
    engine: &'a Engine,
    key: (ReleaseId, String),
    cancel: CancellationToken,
    unfinished: Option<RunId>,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.cancel.cancel();
        if let Some(run) = self.unfinished {
            let end =
                CheckEnding { result: CheckResult::Interrupted, why: "nobody waited for its end".into() };
            if let Err(fault) = self.engine.record(self.key.0, &[end.of(run)]) {
                tracing::error!(%fault, check = %self.key.1, "a run that broke off has no end");
            }
        }
        self.engine.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// The end of a run that said nothing.
struct CheckEnding {
    result: CheckResult,
    why: String,
}

impl CheckEnding {
    fn of(self, run: RunId) -> Event {
        let Self { result, why: summary } = self;
        Event::CheckFinished { run, result, summary, log: None, took_ms: 0, unbound: None }
    }
}

fn not_run(run: RunId, why: String) -> Event {
    CheckEnding { result: CheckResult::NotRun, why }.of(run)
}

fn unnamed(policy: &Policy, name: &str) -> Fault {
    let known: Vec<_> = policy.checks.keys().map(String::as_str).collect();
    fault::bad_input(format!("the policy has no check named \"{name}\"; it has {}", known.join(", ")))
}

fn started(
    context: &Context<'_>,
    policy: &Policy,
    check: &Check,
    run: RunId,
    command: Option<Digest>,
) -> Result<(Vec<Event>, Subject), Fault> {
    let release = context.release;
    if release.lifecycle.is_over() {
        return Err(fault::refused("the release is over"));
    }
    let Some(candidate) = release.candidate() else {
        return Err(fault::refused("checks run for a candidate; name one with `seaworthy candidate`"));
    };
    let place = Looking::of(policy, check, release);
    let mut facts = vec![
        ("SEAWORTHY_RELEASE".to_owned(), release.version.clone()),
        ("SEAWORTHY_CANDIDATE".to_owned(), candidate.label()),
        ("SEAWORTHY_COMMIT".to_owned(), candidate.commit.clone()),
    ];
    facts.extend(place.environment.clone().map(|e| ("SEAWORTHY_ENVIRONMENT".to_owned(), e)));
    facts.extend(place.base_url.clone().map(|url| ("SEAWORTHY_URL".to_owned(), url)));
    let event = Event::CheckStarted {
        run,
        check: check.name.clone(),
        candidate: candidate.number,
        environment: place.environment.clone(),
        command,
    };
    let deployed = place.environment.as_deref().and_then(|e| release.deployment_in(e));
    let deployment = deployed.map(|deployment| deployment.id.to_string()).unwrap_or_default();
    let (version, commit) = (release.version.clone(), candidate.commit.clone());
    let candidate = CandidateFacts { deployment, version, commit: commit.clone() };
    let subject = Subject { commit, facts, candidate, place };
    Ok((vec![event], subject))
}
