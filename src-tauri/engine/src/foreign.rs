//! Releases that come as files from somewhere else. No engine and no ledger take part: what is shown comes from the
//! file alone, and the file has been checked whole before a word of it is shown.

use crate::commands::event_view;
use crate::fault;
use crate::view;
use chrono::DateTime;
use chrono::Utc;
use seaworthy_bundle::Rejected;
use seaworthy_bundle::Verified;
use seaworthy_domain::Digest;
use seaworthy_domain::Event;
use seaworthy_domain::EvidenceKind;
use seaworthy_domain::Release;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::Stamp;
use seaworthy_domain::command::Context;
use seaworthy_domain::policy::CriterionKind;
use seaworthy_domain::policy::Policy;
use seaworthy_domain::proof::Facts;
use seaworthy_domain::proof::Measured;
use seaworthy_domain::visible;
use seaworthy_rules::Verdict;
use seaworthy_wire::BundleView;
use seaworthy_wire::Code;
use seaworthy_wire::EventView;
use seaworthy_wire::EvidencePiece;
use seaworthy_wire::EvidenceText;
use seaworthy_wire::Fault;
use seaworthy_wire::HoldView;
use seaworthy_wire::PersonView;
use seaworthy_wire::PhaseView;
use seaworthy_wire::Standing;
use serde_json::Value;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// Roles of one person.
const ROLES_SHOWN: usize = 20;
/// Bytes of one piece of evidence that are shown as text.
const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Digits of a digest that name a piece.
const DIGITS_MIN: usize = 8;

/// Checks a bundle and says what is in it. `expected` is what its captain said: eight words, or at least sixteen hex
/// digits of the head. Every text that is shown was made visible: nothing in it hides or is obeyed.
///
/// # Errors
/// [`Code::Integrity`] with what is wrong with the file.
pub fn read_bundle(archive: &[u8], expected: Option<&str>) -> Result<BundleView, Fault> {
    let verified = seaworthy_bundle::verify(archive).map_err(|rejected| unsound(&rejected))?;
    let read = read(&verified).map_err(|why| fault::integrity(visible(&why)))?;
    let shown = show(&verified, read, standing(&verified, expected));
    let mut tree = serde_json::to_value(&shown).map_err(|e| fault::integrity(e.to_string()))?;
    reveal(&mut tree);
    serde_json::from_value(tree).map_err(|e| fault::integrity(e.to_string()))
}

/// What a piece of evidence in a bundle says; the bundle is checked whole before. `digest` is its name, or at least eight
/// digits that no other piece begins with.
///
/// # Errors
/// [`Code::Integrity`] as [`read_bundle`], [`Code::BadInput`] when no one piece is meant.
pub fn read_bundle_evidence(
    archive: &[u8],
    digest: &str,
    expected: Option<&str>,
) -> Result<EvidenceText, Fault> {
    let verified = seaworthy_bundle::verify(archive).map_err(|rejected| unsound(&rejected))?;
    let wanted = digest.to_ascii_lowercase();
    let mut meant = verified.evidence.iter().filter(|(name, _)| name.starts_with(&wanted));
    let (Some((name, bytes)), None, true) = (meant.next(), meant.next(), wanted.len() >= DIGITS_MIN) else {
        let words = format!("no one piece of evidence in the file is meant by {}", visible(digest));
        return Err(
            fault::bad_input(words).with_help("`seaworthy view FILE` lists them; eight digits are enough")
        );
    };
    let shown = bytes.get(..TEXT_BYTES_MAX).unwrap_or(bytes);
    Ok(EvidenceText {
        standing: standing(&verified, expected),
        digest: (*name).to_owned(),
        text: visible(&String::from_utf8_lossy(shown)),
        bytes: bytes.len() as u64,
        dropped_bytes: (bytes.len() - shown.len()) as u64,
    })
}

fn unsound(rejected: &Rejected) -> Fault {
    Fault::new(Code::Integrity, format!("this is no sound bundle: {}", visible(&rejected.to_string())))
        .with_help("nothing in it is to be believed; ask for the file again")
}

fn standing(verified: &Verified<'_>, expected: Option<&str>) -> Standing {
    match expected {
        None => Standing::Unknown,
        Some(expected) if verified.is(expected) => Standing::Expected,
        Some(_) => Standing::Other,
    }
}

/// The release as its events make it, and what they say of evidence and people.
struct Read {
    release: Release,
    events: Vec<EventView>,
    evidence: Vec<EvidencePiece>,
    people: Vec<PersonView>,
    /// Whether an operation was one of a rehearsal.
    practised: bool,
}

/// Events that do not fit were never written by an engine.
fn read(verified: &Verified<'_>) -> Result<Read, String> {
    let mut release: Option<Release> = None;
    let (mut events, mut evidence, mut people) = (Vec::new(), Named::default(), Met::default());
    let (mut runs, mut practised) = (BTreeMap::new(), false);
    for stored in &verified.events {
        let wrong = |why: String| format!("event {}: {why}", stored.event.seq);
        let event =
            Event::from_entry(&stored.event.kind, &stored.event.body).map_err(|e| wrong(e.to_string()))?;
        let at = stored.event.at.wall;
        let stamp = Stamp { at, actor: &stored.event.actor };
        let release = match &mut release {
            None => {
                let id = ReleaseId(verified.contents.release);
                release.insert(Release::open(id, &event, at).map_err(|e| wrong(e.to_string()))?)
            }
            Some(release) => {
                release.apply(&event, &stamp).map_err(|e| wrong(e.to_string()))?;
                release
            }
        };
        practised |= matches!(event, Event::Intended { rehearsal: true, .. });
        if let Event::CheckStarted { run, check, candidate, .. } = &event {
            runs.insert(*run, format!("check {check} on rc.{candidate}"));
        }
        for (kind, digest) in event.evidence() {
            evidence.name(verified, (kind, digest, stored.event.seq), || match &event {
                Event::CheckFinished { run, .. } => runs.get(run).cloned().unwrap_or_default(),
                Event::CommandsPinned { target, .. } => format!("commands of {target}"),
                Event::Opened { policy_title, .. } | Event::Frozen { policy_title, .. } => {
                    policy_title.clone()
                }
                _ => "of a gate that was passed".to_owned(),
            });
        }
        people.meet(&event, &stored.event.actor, at);
        events.push(event_view(stored, Some(release)));
    }
    let release = release.ok_or("the bundle has no event")?;
    if release.version != verified.contents.version {
        return Err("the manifest names another version than the events".to_owned());
    }
    evidence.rest(verified);
    Ok(Read { release, events, evidence: evidence.pieces, people: people.people, practised })
}

/// Evidence in the order of its first mention.
#[derive(Default)]
struct Named {
    seen: BTreeSet<String>,
    pieces: Vec<EvidencePiece>,
}

impl Named {
    fn name(
        &mut self,
        verified: &Verified<'_>,
        (kind, digest, seq): (EvidenceKind, Digest, u64),
        about: impl Fn() -> String,
    ) {
        let digest = digest.to_string();
        if !self.seen.insert(digest.clone()) {
            return;
        }
        let bytes = verified.evidence.get(digest.as_str()).map(|bytes| bytes.len() as u64);
        let kind = kind.word().to_owned();
        self.pieces.push(EvidencePiece { digest, kind, about: about(), seq, here: bytes.is_some(), bytes });
    }

    /// What is in the file and named by nothing: signed by its maker, and resting on nobody's word.
    fn rest(&mut self, verified: &Verified<'_>) {
        let rest = verified.evidence.iter().filter(|(digest, _)| !self.seen.contains(**digest));
        self.pieces.extend(rest.map(|(digest, bytes)| EvidencePiece {
            digest: (*digest).to_owned(),
            kind: "attachment".to_owned(),
            about: "no entry names it".to_owned(),
            seq: 0,
            here: true,
            bytes: Some(bytes.len() as u64),
        }));
    }
}

/// People in order of appearance.
#[derive(Default)]
struct Met {
    places: BTreeMap<String, usize>,
    people: Vec<PersonView>,
}

impl Met {
    fn meet(&mut self, event: &Event, actor: &str, at: DateTime<Utc>) {
        let at = at.timestamp_millis();
        let place = *self.places.entry(actor.to_owned()).or_insert(self.people.len());
        if place == self.people.len() {
            let name = actor.to_owned();
            self.people.push(PersonView { name, roles: Vec::new(), events: 0, from: at, to: at });
        }
        let one = &mut self.people[place];
        (one.events, one.to) = (one.events + 1, at);
        if let Event::Attested { role, .. } = event
            && one.roles.len() < ROLES_SHOWN
            && !one.roles.contains(role)
        {
            one.roles.push(role.clone());
        }
    }
}

fn show(verified: &Verified<'_>, read: Read, standing: Standing) -> BundleView {
    let Read { release, events, evidence, people, practised } = read;
    let contents = &verified.contents;
    let rehearsal = contents.rehearsal || practised;
    let (phases, unread) = match gates(verified, &release) {
        Ok(phases) => (phases, None),
        Err(why) => (Vec::new(), Some(why)),
    };
    BundleView {
        standing,
        release: contents.release.to_string(),
        project: release.project_name.clone(),
        version: release.version.clone(),
        state: view::glyph(&release),
        lifecycle: release.lifecycle.to_string(),
        rehearsal,
        policy: release.policy_title.clone(),
        candidate: release.candidate().map(seaworthy_domain::Candidate::label),
        commit: release.candidate().map(|candidate| candidate.commit.clone()),
        hold: release.hold.as_ref().map(|hold| HoldView {
            reason: hold.reason.clone(),
            by: hold.by.clone(),
            at: hold.at.timestamp_millis(),
        }),
        person: verified.roster.person.clone(),
        device: verified.roster.device.to_string(),
        key: verified.roster.key.to_string(),
        head: contents.head.hash.to_string(),
        words: verified.words(),
        made_at: contents.made_at.timestamp_millis(),
        left_out: contents.left_out.clone(),
        not_proved: not_proved(standing, rehearsal, contents, &evidence),
        evidence,
        phases,
        unread,
        people,
        events,
    }
}

/// The gates under the policy in the file, at the time the bundle was made.
fn gates(verified: &Verified<'_>, release: &Release) -> Result<Vec<PhaseView>, String> {
    let digest = release.policy.to_string();
    let bytes = verified.evidence.get(digest.as_str());
    let bytes = bytes.ok_or("the policy is not in the file, so its gates cannot be shown")?;
    let parsed = seaworthy_policy::read(bytes, "the pinned policy")
        .map_err(|_| "this version cannot read the policy in the file, so its gates cannot be shown")?;
    let now = verified
        .contents
        .made_at
        .max(verified.events.last().map_or(DateTime::UNIX_EPOCH, |last| last.event.at.wall));
    let measured = release.ladder.as_ref().map(|_| unmeasured(&parsed.policy)).unwrap_or_default();
    let facts = Facts { measured, ..Facts::default() };
    Ok(view::phases(&Context { policy: &parsed.policy, release, facts: &facts, now }))
}

/// A rule is judged by samples, and those are not in the file. What it said when its gate was passed is in the events.
fn unmeasured(policy: &Policy) -> BTreeMap<String, Measured> {
    let criteria =
        policy.gates.iter().flat_map(|gate| gate.criteria.iter().map(move |criterion| (gate, criterion)));
    let rules = criteria.filter(|(_, criterion)| matches!(criterion.kind, CriterionKind::Rule { .. }));
    let unknown = Measured {
        verdict: Verdict::NoData,
        reason: "judged by samples, which are not in a bundle".to_owned(),
        seen_at: None,
    };
    rules.map(|(gate, criterion)| (format!("{}/{}", gate.id, criterion.id), unknown.clone())).collect()
}

/// What nobody learns from the file.
fn not_proved(
    standing: Standing,
    rehearsal: bool,
    contents: &seaworthy_bundle::Contents,
    evidence: &[EvidencePiece],
) -> Vec<String> {
    let mut sentences = Vec::new();
    if rehearsal {
        sentences.push("Anything about production: this was a rehearsal on a practice target.".to_owned());
    }
    sentences.push(match standing {
        Standing::Expected => {
            "Who the signer is beyond what you were told: you compared what you were given, nothing else.".into()
        }
        _ => "Who the signer is: the name is what they say of themselves. Ask your captain for the eight words.".into(),
    });
    sentences.push(
        "That what was recorded is true: it was not changed since it was signed, but whoever holds the key could \
         have recorded something else."
            .to_owned(),
    );
    sentences.push("When things happened: every time is that of the signer's machine.".to_owned());
    sentences.push(format!(
        "What happened after {}, or is recorded on other devices.",
        contents.made_at.format("%Y-%m-%d %H:%M:%S UTC")
    ));
    sentences.push(
        "The figures behind guardrails and rules: samples are sealed by digest and are not in the file."
            .to_owned(),
    );
    let absent = evidence.iter().filter(|piece| !piece.here).count();
    if absent > 0 {
        let left_out = match contents.left_out.as_slice() {
            [] => String::new(),
            left_out => format!("; its maker left out {}", left_out.join(", ")),
        };
        sentences.push(format!(
            "What {absent} pieces of evidence say that are named and not in the file{left_out}."
        ));
    }
    sentences
}

fn reveal(tree: &mut Value) {
    match tree {
        Value::String(text) => *text = visible(text),
        Value::Array(items) => items.iter_mut().for_each(reveal),
        Value::Object(members) => members.values_mut().for_each(reveal),
        _ => {}
    }
}
