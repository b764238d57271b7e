//! Files that come from somebody else.

use seaworthy_wire::BundleView;
use seaworthy_wire::Code;
use seaworthy_wire::EvidenceText;
use seaworthy_wire::Fault;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Bytes of a file that is read at all: a little more than the largest bundle.
const FILE_BYTES_MAX: u64 = 257 * 1024 * 1024;

/// Checks the bundle in `file`; `expected` is what its captain said.
///
/// # Errors
/// [`Code::BadInput`] when it is no file that can be read, [`Code::Integrity`] when it is no sound bundle.
pub fn read_bundle(file: &Path, expected: Option<&str>) -> Result<BundleView, Fault> {
    seaworthy_engine::read_bundle(&bytes(file)?, expected)
}

/// What a piece of evidence of the bundle in `file` says; the bundle is checked whole before.
///
/// # Errors
/// As [`read_bundle`]; [`Code::BadInput`] when `digest` means no one piece.
pub fn read_bundle_evidence(
    file: &Path,
    digest: &str,
    expected: Option<&str>,
) -> Result<EvidenceText, Fault> {
    seaworthy_engine::read_bundle_evidence(&bytes(file)?, digest, expected)
}

fn bytes(file: &Path) -> Result<Vec<u8>, Fault> {
    let unreadable =
        |why: String| Fault::new(Code::BadInput, format!("{} cannot be read: {why}", file.display()));
    // Looked at before it is opened: opening a pipe would wait for its other end.
    let about = std::fs::metadata(file).map_err(|e| unreadable(e.to_string()))?;
    if !about.is_file() {
        return Err(unreadable("it is no regular file".into()));
    }
    let mut bytes = Vec::new();
    let opened = File::open(file).map_err(|e| unreadable(e.to_string()))?;
    opened.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(|e| unreadable(e.to_string()))?;
    Ok(bytes)
}
