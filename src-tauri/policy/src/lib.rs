//! The policy file: text of `seaworthy.toml` to [`seaworthy_domain::policy::Policy`], or every problem in it with its place.
//!
//! Pure: whoever reads the file passes its bytes and its name. The format is described in `docs/formats/policy.md`.
//!
//! Deliberately absent: includes, inheritance from another policy, and writing a policy back; a person's file keeps
//! its comments and its order because no program rewrites it.

mod diagnostic;
mod input;
mod section;
mod sink;
mod suggest;
mod table;
mod template;
#[cfg(test)]
mod tests;
mod value;

pub use diagnostic::Code;
pub use diagnostic::Diagnostic;
pub use diagnostic::Diagnostics;
pub use diagnostic::MAX_PROBLEMS;
pub use diagnostic::Severity;
pub use input::MAX_BYTES;
pub use input::MAX_DEPTH;
pub use input::MAX_LINE;
pub use table::MAX_ENTRIES;
pub use template::Starter;
pub use template::template;

use seaworthy_domain::Digest;
use seaworthy_domain::policy::Policy;
use sink::Sink;

/// Usual name of the file, for messages and for `init`.
pub const FILE_NAME: &str = "seaworthy.toml";

/// A policy without errors.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// What the file says.
    pub policy: Policy,
    /// SHA-256 of the file's exact bytes, byte order mark included.
    pub digest: Digest,
    /// What works and is probably not meant; may be empty.
    pub warnings: Diagnostics,
}

/// Reads the bytes of a policy file. `file_name` appears in messages only.
///
/// # Errors
/// Every problem of the file, in the order of its lines; never warnings alone.
pub fn read(bytes: &[u8], file_name: &str) -> Result<Parsed, Diagnostics> {
    let text = input::text_of(bytes).map_err(|problem| Diagnostics::single(file_name, problem))?;
    parse(text, file_name)
}

/// Refuses a file for its size in bytes alone, for whoever has not read all of it.
///
/// # Errors
/// When it is larger than [`MAX_BYTES`].
pub fn may_have(bytes: u64, file_name: &str) -> Result<(), Diagnostics> {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    input::too_large(bytes).map_or(Ok(()), |problem| Err(Diagnostics::single(file_name, problem)))
}

/// Reads the text of a policy file. `file_name` appears in messages only.
///
/// # Errors
/// As for [`read`].
pub fn parse(text: &str, file_name: &str) -> Result<Parsed, Diagnostics> {
    let (body, marked) = input::without_mark(text);
    if let Some(problem) = input::unreadable(body) {
        return Err(Diagnostics::single(file_name, problem));
    }
    let sink = Sink::new(body);
    if marked {
        sink.report(input::mark_warning());
    }
    let policy = input::document(&sink).and_then(|root| section::policy(&root, &sink));
    let (errors, warnings) = sink.into_diagnostics(file_name);
    match policy {
        Some(policy) if errors.problems.is_empty() => {
            Ok(Parsed { policy, digest: Digest::of(text.as_bytes()), warnings })
        }
        _ => Err(errors),
    }
}
