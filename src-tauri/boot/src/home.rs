//! Where Seaworthy keeps its data.

use directories::ProjectDirs;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use std::path::PathBuf;

/// Names the data directory.
const VARIABLE: &str = "SEAWORTHY_HOME";

/// The data directory: `SEAWORTHY_HOME`, or the system's usual place for this user.
///
/// # Errors
/// When neither is known.
pub fn home() -> Result<PathBuf, Fault> {
    if let Some(named) = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        return std::path::absolute(&named)
            .map_err(|e| Fault::new(Code::BadInput, format!("{VARIABLE} is no usable path: {e}")));
    }
    let dirs = ProjectDirs::from("app", "Seaworthy", "seaworthy");
    dirs.map(|dirs| dirs.data_local_dir().to_owned()).ok_or_else(|| {
        Fault::new(Code::BadInput, "this user has no home directory")
            .with_help(format!("set {VARIABLE} to a folder"))
    })
}
