//! The folded state of the workspace.

use crate::connections::Connection;
use crate::eye::Eye;
use crate::fault;
use crate::keeping::Vouched;
use crate::known;
use crate::pinned::Pinning;
use crate::wishes::Wishes;
use crate::words;
use chrono::DateTime;
use chrono::Utc;
use seaworthy_attention::Attention;
use seaworthy_domain::Digest;
use seaworthy_domain::Event;
use seaworthy_domain::Misfit;
use seaworthy_domain::OperationId;
use seaworthy_domain::ProjectId;
use seaworthy_domain::Release;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::Stamp;
use seaworthy_domain::policy::EnvironmentKind;
use seaworthy_domain::policy::Policy;
use seaworthy_ledger::StoredEvent;
use seaworthy_wire::Fault;
use seaworthy_wire::HappenedView;
use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

/// Sentences kept for "what happened".
const RECENT_KEPT: usize = 20;

#[derive(Default)]
pub(crate) struct Core {
    pub(crate) projects: BTreeMap<ProjectId, Project>,
    pub(crate) releases: BTreeMap<ReleaseId, Live>,
    pub(crate) approvals: BTreeMap<(ProjectId, String), Approved>,
    pub(crate) policies: BTreeMap<Digest, Arc<Policy>>,
    /// What is connected, by name.
    pub(crate) connections: BTreeMap<String, Connection>,
    /// What people were told and have to be told.
    pub(crate) attention: Attention,
    pub(crate) wishes: Wishes,
    /// Operation ids handed out by a preview, so that what was shown is what is sent.
    pub(crate) prepared: BTreeMap<ReleaseId, OperationId>,
}

pub(crate) struct Project {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
}

pub(crate) struct Approved {
    pub(crate) digest: Digest,
    /// Of the text when the command was last read.
    pub(crate) read: Digest,
    pub(crate) text: String,
}

/// A release with what is only in memory.
pub(crate) struct Live {
    pub(crate) release: Release,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) recent: VecDeque<HappenedView>,
    /// Samples and evaluations, once production is watched.
    pub(crate) eye: Option<Eye>,
    /// How far kept samples are to be believed.
    pub(crate) vouched: Vouched,
    /// How its pinned commands stood when their originals were last compared.
    pub(crate) pinning: Option<Pinning>,
    /// Why the newest tick did not come about, if it did not.
    pub(crate) unwatched: Option<String>,
    /// What somebody has to put back, by environment.
    pub(crate) remarks: BTreeMap<String, Vec<String>>,
    /// Rollbacks that wait for their turn or are carried out; what goes forward makes way for them.
    pub(crate) going_back: usize,
}

impl Core {
    /// Whether `events` can follow what is known of a release. Asked before they are written: an event that does not
    /// fit must never reach the ledger, which is folded again at every start.
    pub(crate) fn fits(&self, id: ReleaseId, events: &[Event], at: DateTime<Utc>) -> Result<(), Misfit> {
        let Some(live) = self.releases.get(&id) else {
            return match events {
                [Event::Opened { .. }] => Ok(()),
                _ => Err(Misfit::NotOpened),
            };
        };
        let mut release = live.release.clone();
        events.iter().try_for_each(|event| release.apply(event, &Stamp { at, actor: "" }))
    }

    /// Whether a command that was just read with this digest is approved as it is.
    pub(crate) fn is_approved(&mut self, project: ProjectId, subject: &str, read: Digest) -> bool {
        let Some(approved) = self.approvals.get_mut(&(project, subject.to_owned())) else { return false };
        approved.read = read;
        approved.digest == read
    }

    /// Version of another release of the project that has production, or may have it.
    pub(crate) fn occupied_by(&self, release: &Release) -> Option<String> {
        let others = self.releases.values().map(|live| &live.release);
        let mut others = others.filter(|other| other.id != release.id && other.project == release.project);
        others.find(|other| other.has_production()).map(|o| o.version.clone())
    }

    /// Staging environments where another release of the project took the place of this one, or may have, with its
    /// version.
    pub(crate) fn displaced(&self, policy: &Policy, release: &Release) -> BTreeMap<String, String> {
        let staging = policy.environments.iter().filter(|(_, e)| e.kind == EnvironmentKind::Staging);
        let taken = staging.filter_map(|(environment, _)| {
            let since = release.deployment_in(environment)?.moved_at;
            let others = self.releases.values().map(|live| &live.release);
            let mut others =
                others.filter(|other| other.id != release.id && other.project == release.project);
            let by = others.find(|other| other.moved_into(environment).is_some_and(|at| at >= since))?;
            Some((environment.clone(), by.version.clone()))
        });
        taken.collect()
    }

    /// Takes in one stored event.
    pub(crate) fn take_in(&mut self, stored: &StoredEvent) -> Result<(), Fault> {
        let event = Event::from_entry(&stored.event.kind, &stored.event.body)
            .map_err(|error| fault::integrity(format!("event {}: {error}", stored.event.seq)))?;
        let at = stored.event.at.wall;
        let project = ProjectId(stored.event.project);
        match &event {
            Event::ProjectRegistered { id, name, folder } => {
                self.projects.insert(*id, Project { name: name.clone(), folder: folder.into() });
            }
            Event::ApprovalGranted { subject, digest, text } => {
                let approved = Approved { digest: *digest, read: *digest, text: text.clone() };
                self.approvals.insert((project, subject.clone()), approved);
            }
            other => crate::connections::take_in(&mut self.connections, other, &stored.event.actor, at),
        }
        self.wishes.take_in(&event);
        let Some(id) = stored.event.release.map(ReleaseId) else { return Ok(()) };
        crate::wishes::heard(&mut self.attention, id, &event, at);
        let misfit = |error| fault::integrity(format!("event {}: {error}", stored.event.seq));
        if let Event::Opened { .. } = &event {
            let release = Release::open(id, &event, at).map_err(misfit)?;
            self.releases.insert(
                id,
                Live {
                    release,
                    updated: at,
                    recent: VecDeque::new(),
                    eye: None,
                    vouched: Vouched::default(),
                    pinning: None,
                    unwatched: None,
                    remarks: BTreeMap::new(),
                    going_back: 0,
                },
            );
        } else {
            let live =
                self.releases.get_mut(&id).ok_or(seaworthy_domain::Misfit::NotOpened).map_err(misfit)?;
            live.release.apply(&event, &Stamp { at, actor: &stored.event.actor }).map_err(misfit)?;
        }
        if let Some(live) = self.releases.get_mut(&id) {
            live.updated = at;
            if let Event::Remarked { environment, remarks } = &event {
                live.remarks.insert(environment.clone(), remarks.clone());
            }
            live.vouched.take_in(&event);
            // Seals prove, and what was seen or waits is no news.
            if matches!(event, Event::Sealed { .. } | Event::NoticeKept { .. } | Event::NoticeSettled { .. })
            {
                return Ok(());
            }
            live.recent.push_front(HappenedView {
                seq: stored.event.seq,
                at: at.timestamp_millis(),
                state: words::glyph(&event),
                text: known::told(&event, Some(&live.release)),
                actor: known::who(&event, &live.release.operations, &stored.event.actor),
            });
            live.recent.truncate(RECENT_KEPT);
        }
        Ok(())
    }
}
