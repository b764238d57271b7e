//! Making a bundle, and bringing it where it was asked for.

use super::connect::with_passphrase;
use crate::args::Bundle;
use crate::args::LeftOut;
use crate::run::Ended;
use crate::session::Session;
use crate::session::unexpected;
use seaworthy_wire::BundleFile;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::Path;
use std::path::PathBuf;

pub(crate) async fn bundle(session: &mut Session<'_>, typed: Bundle) -> Ended {
    let Bundle { wanted, out, without, force } = typed;
    let mut which = session.which.clone();
    which.release = wanted.or(which.release);
    // Looked at before anything is made; looked at again by the move itself.
    if let Some(out) = out.as_deref().filter(|out| !force && out.is_file()) {
        return Err(exists(out));
    }
    let without_logs = without.contains(&LeftOut::Logs);
    let file = match with_passphrase(session, Request::Bundle { which, without_logs }).await? {
        Reply::Bundle(file) => file,
        other => return Err(unexpected(&other)),
    };
    let to = destination(out, &file);
    let (from, target) = (PathBuf::from(&file.file), to.clone());
    let moved = tokio::task::spawn_blocking(move || bring(&from, &target, force)).await;
    moved.map_err(|error| Fault::new(Code::Outside, format!("moving it broke off: {error}")))??;
    let shown = BundleFile { file: to.to_string_lossy().into_owned(), ..file };
    let text = crate::render::written(&shown, session.out.paint);
    session.out.say(&text);
    session.out.record("bundle_file", Some(&shown.release), None, &shown);
    Ok(None)
}

/// A folder that was named gets the suggested name, which comes from the engine and must not lead out of it.
fn destination(out: Option<PathBuf>, file: &BundleFile) -> PathBuf {
    let name = Path::new(&file.name).file_name().unwrap_or(OsStr::new("release.seaworthy"));
    match out {
        None => PathBuf::from(name),
        Some(out) if out.is_dir() => out.join(name),
        Some(out) => out,
    }
}

/// Copies beside the target under another name, so that the target is there whole or not at all, and removes the
/// original when it is.
fn bring(from: &Path, to: &Path, force: bool) -> Result<(), Fault> {
    let failed = |error: &io::Error| {
        use io::ErrorKind;
        let why = match error.kind() {
            ErrorKind::AlreadyExists => return exists(to),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                "the disk is full".to_owned()
            }
            _ => error.to_string(),
        };
        let words = format!("{} was not written: {why}", to.display());
        Fault::new(Code::Outside, words).with_help(format!("the bundle is whole in {}", from.display()))
    };
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let copy = || -> io::Result<()> {
        let mut beside = tempfile::Builder::new().prefix(".seaworthy-").tempfile_in(folder)?;
        io::copy(&mut File::open(from)?, &mut beside)?;
        beside.as_file().sync_all()?;
        let kept = if force { beside.persist(to) } else { beside.persist_noclobber(to) };
        kept.map(drop).map_err(|error| error.error)
    };
    copy().map_err(|error| failed(&error))?;
    // It is where it was asked for; a copy that stays behind is no reason to fail.
    drop(std::fs::remove_file(from));
    Ok(())
}

fn exists(file: &Path) -> Fault {
    Fault::new(Code::Refused, format!("{} exists already; nothing was written over it", file.display()))
        .with_help("name another file with -o, or say --force")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_brought_whole_and_never_over_a_file_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("made"), folder.path().join("asked"));
        std::fs::write(&from, "new").unwrap();
        std::fs::write(&to, "old").unwrap();
        assert_eq!(bring(&from, &to, false).unwrap_err().code, Code::Refused);
        assert_eq!(std::fs::read(&to).unwrap(), b"old");
        bring(&from, &to, true).unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), b"new");
        let names: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["asked"]);
        std::fs::write(&from, "again").unwrap();
        let fault = bring(&from, &folder.path().join("no/such/folder"), false).unwrap_err();
        assert!(fault.help.unwrap().contains("made") && from.exists());
    }

    #[test]
    fn a_name_from_the_engine_leads_nowhere_else() {
        let file = |name: &str| BundleFile {
            file: String::new(),
            name: name.into(),
            bytes: 0,
            release: String::new(),
            head: String::new(),
            words: String::new(),
            contents: Vec::new(),
            left_out: Vec::new(),
            notes: Vec::new(),
        };
        assert_eq!(destination(None, &file("../../a.seaworthy")), Path::new("a.seaworthy"));
        assert_eq!(destination(None, &file("..")), Path::new("release.seaworthy"));
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(destination(Some(folder.path().into()), &file("/etc/a")), folder.path().join("a"));
        assert_eq!(destination(Some("b".into()), &file("a")), Path::new("b"));
    }
}
