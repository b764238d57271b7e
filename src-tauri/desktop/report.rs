//! Writes a release's report where a person finds it.

use std::path::Path;

use seaworthy_wire::{Code, Fault, Reply, Request, Which};

use crate::desk::Desk;

/// Writes the report of a release and gives its path.
pub(crate) async fn keep(desk: &Desk, which: Which) -> Result<String, Fault> {
    let Reply::Report(page) = desk.call(Request::Report { which }).await? else {
        return Err(Fault::new(Code::Outside, "the engine gave no report"));
    };
    let folder = desk.reports();
    // Only the last part: a name from a policy must not lead out of the folder.
    let name = Path::new(&page.file_name).file_name().unwrap_or("report.html".as_ref());
    let path = folder.join(name);
    let written = async {
        tokio::fs::create_dir_all(&folder).await?;
        tokio::fs::write(&path, page.html).await
    };
    written.await.map_err(|error| {
        Fault::new(Code::Outside, format!("{} cannot be written: {error}", path.display()))
    })?;
    Ok(path.display().to_string())
}
