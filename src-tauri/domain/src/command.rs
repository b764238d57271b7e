//! Commands against the state: each yields the events to record, or a refusal. Nothing is sent from here.

use crate::digest::Digest;
use crate::event::Event;
use crate::ids::DeploymentId;
use crate::ids::OperationId;
use crate::operation::Act;
use crate::operation::Expected;
use crate::operation::Operation;
use crate::policy::CriterionKind;
use crate::policy::EnvironmentKind;
use crate::policy::Policy;
use crate::policy::Subject;
use crate::policy::Transition;
use crate::proof;
use crate::proof::Facts;
use crate::refusal::Refusal;
use crate::release::HoldCause;
use crate::release::Lifecycle;
use crate::release::Release;
use crate::share::Share;
use chrono::DateTime;
use chrono::Utc;

/// What every command is checked against.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// The release.
    pub release: &'a Release,
    /// Measured facts.
    pub facts: &'a Facts,
    /// Time of the command.
    pub now: DateTime<Utc>,
}

/// A forward or backward step that the operation protocol carries out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What to do.
    pub act: Act,
    /// Where.
    pub environment: String,
    /// With which deployment.
    pub deployment: DeploymentId,
    /// Of which candidate.
    pub candidate: u32,
    /// What the target must look like before.
    pub expected: Expected,
}

impl Context<'_> {
    /// The next step in the life of this release, if there is one.
    #[must_use]
    pub fn next(&self) -> Option<Transition> {
        let release = self.release;
        match release.lifecycle {
            Lifecycle::Planning => Some(Transition::Freeze),
            Lifecycle::Frozen | Lifecycle::RolledBack => Some(Transition::Candidate),
            Lifecycle::Candidate => {
                let (production, _) = self.policy.production()?;
                match release.deployment_in(production) {
                    None => Some(Transition::Deploy(self.demanded_first(production).to_owned())),
                    Some(_) => Some(Transition::Advance(1)),
                }
            }
            Lifecycle::RollingOut => {
                let current = release.ladder.as_ref()?.current()?;
                Some(Transition::Advance(current.stage + 1))
            }
            Lifecycle::Hypercare => Some(Transition::Close),
            Lifecycle::Closed | Lifecycle::Abandoned => None,
        }
    }

    /// The environment to deploy to next: one that the gates of `production` ask for and that has not all of the
    /// candidate yet, else `production` itself.
    fn demanded_first<'a>(&'a self, production: &'a str) -> &'a str {
        let transition = Transition::Deploy(production.to_owned());
        let demanded = self.policy.gates.iter().filter(|gate| gate.guards.as_ref() == Some(&transition));
        let mut demanded = demanded.flat_map(|gate| &gate.criteria).filter_map(|criterion| {
            match (&criterion.kind, &criterion.subject) {
                (CriterionKind::Deployed { environment }, _) | (_, Subject::Deployment { environment }) => {
                    Some(environment.as_str())
                }
                _ => None,
            }
        });
        let missing = demanded.find(|environment| {
            *environment != production
                && (self.release.deployment_in(environment).is_none_or(|d| d.share != Share::FULL)
                    || self.facts.displaced.contains_key(*environment))
        });
        missing.unwrap_or(production)
    }

    /// Fixes the policy and the scope.
    ///
    /// # Errors
    /// When the release is past planning, on hold, or a gate says no.
    pub fn freeze(&self, policy: Digest, policy_title: &str, scope: Digest) -> Result<Vec<Event>, Refusal> {
        self.state(&[Lifecycle::Planning], "freeze")?;
        self.not_held()?;
        let passage = self.passage(&Transition::Freeze)?;
        let frozen = Event::Frozen { policy, policy_title: policy_title.to_owned(), scope };
        Ok(passage.into_iter().chain([frozen]).collect())
    }

    /// Names the next candidate.
    ///
    /// # Errors
    /// When the release is not frozen, in production, on hold, unsettled, or a gate says no.
    pub fn candidate(
        &self,
        commit: &str,
        branch: Option<&str>,
        configuration: Digest,
    ) -> Result<Vec<Event>, Refusal> {
        self.state(&[Lifecycle::Frozen, Lifecycle::Candidate, Lifecycle::RolledBack], "candidate")?;
        self.clear()?;
        let passage = self.passage(&Transition::Candidate)?;
        let number = self.release.candidate().map_or(0, |c| c.number) + 1;
        let named = Event::CandidateNamed {
            number,
            commit: commit.to_owned(),
            branch: branch.map(str::to_owned),
            configuration,
        };
        Ok(passage.into_iter().chain([named]).collect())
    }

    /// Records the statement of a person.
    ///
    /// # Errors
    /// When no such criterion waits for a statement, or the release is over.
    pub fn attest(&self, criterion: &str, note: &str) -> Result<Vec<Event>, Refusal> {
        self.alive("attest")?;
        let attestable = || {
            let all = self.policy.gates.iter().flat_map(|g| g.criteria.iter().map(move |c| (g, c)));
            all.filter(|(_, c)| matches!(c.kind, CriterionKind::Attest { .. }))
        };
        let unnamed = || Refusal::Unnamed {
            what: "attestation",
            name: criterion.to_owned(),
            known: attestable().map(|(g, c)| format!("{}/{}", g.id, c.id)).collect(),
        };
        let (gate, criterion) = self.policy.criterion(criterion).ok_or_else(unnamed)?;
        let CriterionKind::Attest { statement, by } = &criterion.kind else { return Err(unnamed()) };
        let about_release = criterion.subject == Subject::Release;
        if let Subject::Deployment { environment } = &criterion.subject {
            let gone = self.facts.displaced.contains_key(environment);
            if gone || self.release.deployment_in(environment).is_none() {
                return Err(Refusal::NotThere { environment: environment.clone(), candidate: self.name() });
            }
        }
        Ok(vec![Event::Attested {
            gate: gate.id.clone(),
            criterion: criterion.id.clone(),
            statement: statement.clone(),
            role: by.clone(),
            note: note.to_owned(),
            candidate: if about_release { None } else { self.release.candidate().map(|c| c.number) },
        }])
    }

    /// Checks that the candidate may be placed in `environment` and says with which steps. Staging takes all
    /// traffic at once; production takes none before the first stage.
    ///
    /// # Errors
    /// Without a candidate, on hold, unsettled, already there, unknown environment, or a gate says no.
    pub fn deploy(
        &self,
        environment: &str,
        operation: OperationId,
    ) -> Result<(Option<Event>, Vec<Step>), Refusal> {
        let Some(place) = self.policy.environments.get(environment) else {
            let known = self.policy.environments.keys().cloned().collect();
            return Err(Refusal::Unnamed { what: "environment", name: environment.to_owned(), known });
        };
        self.state(&[Lifecycle::Candidate], "deploy")?;
        self.clear()?;
        if place.kind == EnvironmentKind::Production {
            self.alone()?;
        }
        let Some(candidate) = self.release.candidate() else {
            return Err(self.wrong_state("deploy"));
        };
        let placed = self.release.deployment_in(environment);
        let stands = placed.filter(|_| !self.facts.displaced.contains_key(environment));
        if stands.is_some_and(|d| d.share > Share::NONE || place.kind == EnvironmentKind::Production) {
            return Err(self.wrong_state(&format!("deploy to {environment} (it is there)")));
        }
        let passage = self.passage(&Transition::Deploy(environment.to_owned()))?;
        let deployment = DeploymentId(format!(
            "{}-{}-{}",
            slug(&self.release.version),
            candidate.label(),
            operation.short()
        ));
        let step = |act, expected| Step {
            act,
            environment: environment.to_owned(),
            deployment: deployment.clone(),
            candidate: candidate.number,
            expected,
        };
        let mut steps = vec![step(Act::Place, Expected::Missing)];
        if place.kind == EnvironmentKind::Staging {
            let all = Act::SetShare { share: Share::FULL, stage: None };
            steps.push(step(all, Expected::Share { share: Share::NONE }));
        }
        Ok((passage, steps))
    }

    /// Checks that a further step of a deploy may follow the one before it: nothing stopped the release meanwhile.
    ///
    /// # Errors
    /// On hold, unsettled, or when another candidate was named.
    pub fn follow_up(&self, step: &Step) -> Result<(), Refusal> {
        self.state(&[Lifecycle::Candidate], "the rest of the deploy")?;
        self.clear()?;
        if self.release.candidate().is_none_or(|c| c.number != step.candidate) {
            return Err(self.wrong_state("the rest of the deploy"));
        }
        Ok(())
    }

    /// The stage whose soak is not met yet, which is what more traffic waits for.
    pub fn soaking(&self) -> Option<u32> {
        let ladder =
            self.release.ladder.as_ref().filter(|_| self.release.lifecycle == Lifecycle::RollingOut)?;
        let entry = ladder.current().filter(|entry| entry.soaked.is_none())?;
        self.policy.rollout.stage(entry.stage)?.soak.as_ref().map(|_| entry.stage)
    }

    /// Checks that the next stage may be entered.
    ///
    /// # Errors
    /// Before the deployment, on hold, unsettled, while a rollback is owed, another release has production or the current
    /// stage is not soaked, or when a gate or a guardrail says no.
    pub fn advance(&self) -> Result<(Option<Event>, Step), Refusal> {
        self.state(&[Lifecycle::Candidate, Lifecycle::RollingOut], "advance")?;
        self.clear()?;
        self.alone()?;
        let (Some(Transition::Advance(stage)), Some((production, _))) =
            (self.next(), self.policy.production())
        else {
            return Err(self.wrong_state("advance"));
        };
        let Some(deployment) = self.release.deployment_in(production) else {
            return Err(self.wrong_state("advance"));
        };
        if self.policy.probe.is_some() && self.policy.address_of(deployment).is_none() {
            return Err(Refusal::NoAddress { environment: production.to_owned() });
        }
        let Some(next) = self.policy.rollout.stage(stage) else { return Err(self.wrong_state("advance")) };
        if let Some(stage) = self.soaking() {
            return Err(Refusal::StillSoaking { stage });
        }
        let passage = self.passage(&Transition::Advance(stage))?;
        let step = Step {
            act: Act::SetShare { share: next.share, stage: Some(stage) },
            environment: production.to_owned(),
            deployment: deployment.id.clone(),
            candidate: deployment.candidate,
            expected: Expected::Share { share: deployment.share },
        };
        Ok((passage, step))
    }

    /// The step that gives all traffic back to `to`. Hold, gates and soak do not stop it; only an operation of the
    /// same kind that is still open does.
    ///
    /// # Errors
    /// When nothing of this release is in production, or a rollback is already on its way.
    pub fn roll_back(&self, to: &DeploymentId, reason: &str) -> Result<Step, Refusal> {
        let deployment = self.exposed()?;
        if let Some(open) = self.release.open_operation().filter(|op| op.act.is_backward()) {
            return Err(unsettled(open));
        }
        Ok(Step {
            act: Act::RollBack { to: to.clone(), reason: reason.to_owned() },
            environment: deployment.environment.clone(),
            deployment: deployment.id.clone(),
            candidate: deployment.candidate,
            expected: Expected::Anything,
        })
    }

    /// Stops forward motion.
    ///
    /// # Errors
    /// When the release is over.
    pub fn hold(&self, reason: &str) -> Result<Vec<Event>, Refusal> {
        self.alive("hold")?;
        Ok(vec![Event::HoldSet { reason: reason.to_owned(), cause: HoldCause::Person, acting: None }])
    }

    /// Allows forward motion again.
    ///
    /// # Errors
    /// When nothing is on hold.
    pub fn lift(&self, reason: &str) -> Result<Vec<Event>, Refusal> {
        self.release.hold.as_ref().ok_or(Refusal::NotHeld)?;
        Ok(vec![Event::HoldLifted { reason: reason.to_owned() }])
    }

    /// Ends the release.
    ///
    /// # Errors
    /// Before hypercare, on hold, unsettled, while a rollback is owed, or when a gate or a watch says no.
    pub fn close(&self, summary: &str) -> Result<Vec<Event>, Refusal> {
        self.state(&[Lifecycle::Hypercare], "close")?;
        self.clear()?;
        let passage = self.passage(&Transition::Close)?;
        Ok(passage.into_iter().chain([Event::Closed { summary: summary.to_owned() }]).collect())
    }

    /// Gives the release up.
    ///
    /// # Errors
    /// When it is over, unsettled, or production still has it.
    pub fn abandon(&self, reason: &str) -> Result<Vec<Event>, Refusal> {
        self.alive("abandon")?;
        self.settled()?;
        if matches!(self.release.lifecycle, Lifecycle::RollingOut | Lifecycle::Hypercare) {
            return Err(self.wrong_state("abandon"));
        }
        Ok(vec![Event::Abandoned { reason: reason.to_owned() }])
    }

    fn passage(&self, transition: &Transition) -> Result<Option<Event>, Refusal> {
        let missing = proof::missing(self.policy, self.release, transition, self.facts, self.now);
        if !missing.is_empty() {
            return Err(Refusal::NotReady { transition: transition.clone(), missing });
        }
        let proof = proof::snapshot_of(self.policy, self.release, transition, self.facts, self.now);
        Ok((!proof.is_empty()).then(|| Event::GatePassed { transition: transition.clone(), proof }))
    }

    fn state(&self, allowed: &[Lifecycle], wanted: &str) -> Result<(), Refusal> {
        if allowed.contains(&self.release.lifecycle) { Ok(()) } else { Err(self.wrong_state(wanted)) }
    }

    pub(crate) fn alive(&self, wanted: &str) -> Result<(), Refusal> {
        if self.release.lifecycle.is_over() { Err(self.wrong_state(wanted)) } else { Ok(()) }
    }

    fn not_held(&self) -> Result<(), Refusal> {
        match &self.release.hold {
            None => Ok(()),
            Some(hold) => Err(Refusal::OnHold { by: hold.by.clone(), reason: hold.reason.clone() }),
        }
    }

    /// Nothing stands in the way of any step forward.
    fn clear(&self) -> Result<(), Refusal> {
        self.not_held()?;
        self.settled()?;
        let owed = self.release.must_go_back();
        owed.map_or(Ok(()), |reason| Err(Refusal::MustGoBack { reason: reason.to_owned() }))
    }

    fn alone(&self) -> Result<(), Refusal> {
        match &self.facts.occupied_by {
            None => Ok(()),
            Some(version) => Err(Refusal::Occupied { version: version.clone() }),
        }
    }

    pub(crate) fn settled(&self) -> Result<(), Refusal> {
        self.release.open_operation().map_or(Ok(()), |op| Err(unsettled(op)))
    }

    fn wrong_state(&self, wanted: &str) -> Refusal {
        let hint = match self.next() {
            None => "nothing follows".to_owned(),
            Some(next) => format!("the next step is `{}`", next.command()),
        };
        Refusal::WrongState { wanted: wanted.to_owned(), lifecycle: self.release.lifecycle, hint }
    }
}

fn unsettled(operation: &Operation) -> Refusal {
    Refusal::Unsettled { what: operation.act.to_string(), state: operation.state.clone() }
}

/// Names of deployments become folder names and labels at providers.
fn slug(version: &str) -> String {
    version.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect()
}
