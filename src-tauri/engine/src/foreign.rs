//! Releases that come as files from somewhere else. No engine and no ledger take part: what is shown comes from the
//! file alone, and the file has been checked whole before a word of it is shown.

use crate::commands::event_view;
use crate::fault;
use seaworthy_bundle::Verified;
use seaworthy_domain::Event;
use seaworthy_domain::Release;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::Stamp;
use seaworthy_wire::BundleView;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Standing;

/// Checks a bundle and says what is in it. `expected` is what its captain said: eight words, or at least sixteen hex
/// digits of the head.
///
/// # Errors
/// [`Code::Integrity`] with what is wrong with the file.
pub fn read_bundle(archive: &[u8], expected: Option<&str>) -> Result<BundleView, Fault> {
    let verified = seaworthy_bundle::verify(archive).map_err(|rejected| {
        Fault::new(Code::Integrity, format!("this is no sound bundle: {rejected}"))
            .with_help("nothing in it is to be believed; ask for the file again")
    })?;
    let release = fold(&verified)?;
    let standing = match expected {
        None => Standing::Unknown,
        Some(expected) if verified.is(expected) => Standing::Expected,
        Some(_) => Standing::Other,
    };
    let contents = &verified.contents;
    Ok(BundleView {
        standing,
        release: contents.release.to_string(),
        project: release.project_name.clone(),
        version: release.version.clone(),
        lifecycle: release.lifecycle.to_string(),
        commit: release.candidate().map(|candidate| candidate.commit.clone()),
        person: verified.roster.person.clone(),
        device: verified.roster.device.to_string(),
        key: verified.roster.key.to_string(),
        head: contents.head.hash.to_string(),
        words: verified.words(),
        made_at: contents.made_at.timestamp_millis(),
        left_out: contents.left_out.clone(),
        evidence: u32::try_from(verified.evidence.len()).unwrap_or(u32::MAX),
        events: verified.events.iter().map(|stored| event_view(stored, &release.operations)).collect(),
    })
}

/// The release as its events make it. Events that do not fit were never written by an engine.
fn fold(verified: &Verified<'_>) -> Result<Release, Fault> {
    let mut release: Option<Release> = None;
    for stored in &verified.events {
        let wrong = |why: String| fault::integrity(format!("event {}: {why}", stored.event.seq));
        let event =
            Event::from_entry(&stored.event.kind, &stored.event.body).map_err(|e| wrong(e.to_string()))?;
        let at = stored.event.at.wall;
        match &mut release {
            None => {
                let id = ReleaseId(verified.contents.release);
                release = Some(Release::open(id, &event, at).map_err(|e| wrong(e.to_string()))?);
            }
            Some(release) => release
                .apply(&event, &Stamp { at, actor: &stored.event.actor })
                .map_err(|e| wrong(e.to_string()))?,
        }
    }
    let release = release.ok_or_else(|| fault::integrity("the bundle has no event"))?;
    if release.version != verified.contents.version {
        return Err(fault::integrity("the manifest names another version than the events"));
    }
    Ok(release)
}
