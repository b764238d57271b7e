//! One release as a file for others.

use crate::engine::Engine;
use crate::engine::live;
use crate::fault;
use crate::signing;
use seaworthy_bundle::DeviceKey;
use seaworthy_bundle::MakeError;
use seaworthy_bundle::Making;
use seaworthy_bundle::container::ARCHIVE_MAX;
use seaworthy_domain::Event;
use seaworthy_domain::EvidenceKind;
use seaworthy_domain::ReleaseId;
use seaworthy_evidence::EvidenceError;
use seaworthy_ledger::StoredEvent;
use seaworthy_redact::Redactor;
use seaworthy_wire::BundleFile;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Push;
use seaworthy_wire::Which;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Folder in the data directory where bundles are made.
const FOLDER: &str = "bundles";
const MIB: usize = 1024 * 1024;
/// Letters of a suggested name that come from the release.
const NAME_CHARS_MAX: usize = 80;

/// Everything a bundle is made of, apart from the ledger and whatever else may change.
struct Gathered {
    key: Arc<DeviceKey>,
    person: String,
    device: uuid::Uuid,
    release: ReleaseId,
    project: String,
    version: String,
    commit: Option<String>,
    rehearsal: bool,
    events: Vec<StoredEvent>,
    checkpoint: Vec<u8>,
    evidence: BTreeMap<String, Vec<u8>>,
    kinds: BTreeMap<EvidenceKind, (usize, usize)>,
    left_out: Vec<String>,
    at: chrono::DateTime<chrono::Utc>,
}

impl Engine {
    /// Writes the release as a signed bundle into the data directory.
    pub(crate) async fn bundle(
        &self,
        which: &Which,
        without_logs: bool,
        pushes: &mpsc::Sender<Push>,
    ) -> Result<BundleFile, Fault> {
        self.signable()?;
        let id = self.find(which)?;
        let say = |line: String| {
            // Nobody has to read it.
            let _ = pushes.try_send(Push::Progress { release: Some(id.to_string()), line });
        };
        {
            let _one_at_a_time = self.connecting.lock().await;
            self.first_key(None).await?;
        }
        let key = self.signing.key().await?;
        let unread = match &self.ports.vault {
            Some(vault) => vault.learn().await,
            None => Vec::new(),
        };
        let gathered = self.gather(id, key, without_logs)?;
        let size = gathered.evidence.values().map(Vec::len).sum::<usize>();
        say(format!("{} events and {} of evidence", gathered.events.len(), amount(size)));
        search(&self.ports.redactor, &gathered)?;
        say("Signing, and checking what was signed".to_owned());
        let (redactor, folder) = (self.ports.redactor.clone(), self.settings.home.join(FOLDER));
        // All bytes are read and hashed several times over.
        let made = tokio::task::spawn_blocking(move || gathered.write(&folder, &redactor)).await;
        let mut file = made.map_err(|error| fault::outside(format!("making it broke off: {error}")))??;
        if !unread.is_empty() {
            file.notes.push(format!(
                "the token of {} could not be read, so nobody looked whether it stands in the bundle",
                unread.join(", ")
            ));
        }
        Ok(file)
    }

    /// Nothing is signed over a history that may not be the one that happened.
    fn signable(&self) -> Result<(), Fault> {
        self.writable()?;
        if let Some(regression) = self.ledger.regression() {
            return Err(signing::contradicted("no bundle is made", &regression.to_string()));
        }
        match self.signing.contradiction() {
            Some(why) => Err(signing::contradicted("no bundle is made", &why)),
            None => Ok(()),
        }
    }

    fn gather(&self, id: ReleaseId, key: Arc<DeviceKey>, without_logs: bool) -> Result<Gathered, Fault> {
        let (project, version, commit) = {
            let core = self.core();
            let release = &live(&core, id)?.release;
            let commit = release.candidate().map(|candidate| candidate.commit.clone());
            (release.project_name.clone(), release.version.clone(), commit)
        };
        let (extent, head) = self.signing.extent(&id.0);
        let head = head.ok_or_else(|| fault::refused("the release has no events yet"))?;
        let checkpoint = extent.sign(&key).map_err(|e| fault::integrity(e.to_string()))?;
        let checkpoint = checkpoint.ok_or_else(|| fault::refused("the ledger has no events yet"))?;
        let mut events = self.ledger.release_events(id.0).map_err(|e| fault::ledger(&e))?;
        // What was recorded since then is behind the end that is signed.
        events.truncate(usize::try_from(head.seq).unwrap_or(usize::MAX));
        let mut gathered = Gathered {
            key,
            person: self.settings.actor.clone(),
            device: self.ledger.head().device,
            release: id,
            project,
            version,
            commit,
            // A rehearsal's ledger that is opened like any other one is still that of a rehearsal.
            rehearsal: self.settings.rehearsal || events.iter().any(practised),
            events,
            checkpoint,
            evidence: BTreeMap::new(),
            kinds: BTreeMap::new(),
            left_out: if without_logs { vec!["logs".to_owned()] } else { Vec::new() },
            at: self.time.now().wall,
        };
        self.take_evidence(&mut gathered, without_logs)?;
        Ok(gathered)
    }

    /// What the events name and the store has. A piece that is gone shows in the bundle as named and not there.
    fn take_evidence(&self, gathered: &mut Gathered, without_logs: bool) -> Result<(), Fault> {
        let mut size = 0;
        for stored in &gathered.events {
            let event = Event::from_entry(&stored.event.kind, &stored.event.body)
                .map_err(|error| fault::integrity(format!("event {}: {error}", stored.event.seq)))?;
            for (kind, digest) in event.evidence() {
                let name = digest.to_string();
                if gathered.evidence.contains_key(&name) || without_logs && kind == EvidenceKind::Log {
                    continue;
                }
                let bytes = match self.ports.evidence.get(&digest) {
                    Err(EvidenceError::Missing { .. }) => continue,
                    read => read.map_err(|e| fault::evidence(&e))?,
                };
                size += bytes.len();
                if size > ARCHIVE_MAX {
                    return Err(too_large());
                }
                let (count, of_kind) = gathered.kinds.entry(kind).or_default();
                (*count, *of_kind) = (*count + 1, *of_kind + bytes.len());
                gathered.evidence.insert(name, bytes);
            }
        }
        Ok(())
    }
}

fn practised(stored: &StoredEvent) -> bool {
    let event = Event::from_entry(&stored.event.kind, &stored.event.body);
    matches!(event, Ok(Event::Intended { rehearsal: true, .. }))
}

/// Refuses when a known secret stands in anything that would be handed on, and says where, never what.
fn search(redactor: &Redactor, gathered: &Gathered) -> Result<(), Fault> {
    let found = |place: String| {
        Fault::new(Code::Refused, format!("a secret stands in {place}; no bundle was made"))
            .with_help("a log can be left out with --without logs; an event cannot: replace the secret first")
    };
    for stored in &gathered.events {
        if holds_secret(redactor, &stored.bytes) {
            return Err(found(format!("event {} ({})", stored.event.seq, stored.event.kind)));
        }
    }
    for (digest, bytes) in &gathered.evidence {
        if holds_secret(redactor, bytes) {
            return Err(found(format!("evidence {digest}")));
        }
    }
    for (what, text) in [("your name", &gathered.person), ("the version", &gathered.version)] {
        if holds_secret(redactor, text.as_bytes()) {
            return Err(found(what.to_owned()));
        }
    }
    Ok(())
}

fn holds_secret(redactor: &Redactor, bytes: &[u8]) -> bool {
    matches!(redactor.bytes(bytes), Cow::Owned(_))
}

impl Gathered {
    fn write(&self, folder: &Path, redactor: &Redactor) -> Result<BundleFile, Fault> {
        let making = Making {
            key: &self.key,
            person: &self.person,
            device: self.device,
            release: self.release.0,
            version: &self.version,
            rehearsal: self.rehearsal,
            commit: self.commit.as_deref(),
            events: &self.events,
            checkpoint: &self.checkpoint,
            evidence: &self.evidence,
            left_out: &self.left_out,
            at: self.at,
        };
        let archive = making.make().map_err(|error| match error {
            MakeError::Container(_) => too_large(),
            error => fault::integrity(error.to_string()),
        })?;
        // Across the borders of members, and in what was written around them.
        if holds_secret(redactor, &archive) {
            return Err(fault::refused("a secret stands in the bundle; it was not written"));
        }
        let verified = seaworthy_bundle::verify(&archive).map_err(|e| fault::integrity(e.to_string()))?;
        let head = verified.contents.head.hash.to_string();
        let name = format!("{}-{}.seaworthy", self.name(), head.get(..8).unwrap_or_default());
        let file = put(folder, &name, &archive).map_err(|error| unwritten(&folder.join(&name), &error))?;
        Ok(BundleFile {
            file: file.to_string_lossy().into_owned(),
            name,
            bytes: archive.len() as u64,
            release: self.release.to_string(),
            words: verified.words(),
            head,
            contents: self.contents(),
            left_out: self.left_out.clone(),
            notes: Vec::new(),
        })
    }

    /// Project and version as a name that every file system takes.
    fn name(&self) -> String {
        let kept = |c: char| if c.is_ascii_alphanumeric() || "._".contains(c) { c } else { '-' };
        let name: String = format!("{}-{}", self.project, self.version).chars().map(kept).collect();
        let name = name.trim_start_matches(['-', '.']).chars().take(NAME_CHARS_MAX).collect::<String>();
        if name.is_empty() { "release".to_owned() } else { name }
    }

    /// What leaves this machine with the file.
    fn contents(&self) -> Vec<String> {
        let mut contents = vec![
            format!("{} events: who did what, when and why, in their own words", self.events.len()),
            format!("the name {}, the id of this device, its public key", self.person),
        ];
        contents.extend(self.kinds.iter().map(|(kind, (count, size))| {
            let plural = if *count == 1 { "" } else { "s" };
            match kind {
                EvidenceKind::Policy => format!("{count} text{plural} of the policy, {}", amount(*size)),
                EvidenceKind::Log => format!("{count} log{plural} of checks, {}", amount(*size)),
                EvidenceKind::Command => {
                    format!("{count} description{plural} of pinned commands, {}", amount(*size))
                }
            }
        }));
        contents
    }
}

/// Writes a file that this user alone can read: whole, or not at all.
fn put(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(".making-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    let path = folder.join(name);
    file.persist(&path).map_err(|error| error.error)?;
    Ok(path)
}

fn unwritten(path: &Path, error: &io::Error) -> Fault {
    use io::ErrorKind;
    let full =
        matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge);
    let why =
        if full { "the disk is full; free some space and try again".to_owned() } else { error.to_string() };
    fault::outside(format!("{} was not written: {why}", path.display()))
}

fn too_large() -> Fault {
    let words = format!("the release is larger than {}, the most that a bundle holds", amount(ARCHIVE_MAX));
    Fault::new(Code::Refused, words).with_help("leave the logs out with --without logs")
}

/// Bytes for people.
pub(crate) fn amount(bytes: usize) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..MIB => format!("{} KiB", bytes.div_ceil(1024)),
        _ => format!("{} MiB", bytes.div_ceil(MIB)),
    }
}
