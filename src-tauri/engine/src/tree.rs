//! Whether the working tree is the candidate's.

use crate::engine::Engine;
use crate::engine::live;
use crate::fault;
use crate::words::short;
use seaworthy_domain::ReleaseId;
use seaworthy_wire::Fault;
use std::path::Path;

impl Engine {
    /// What the working tree in `folder` has instead of `commit`, or why nobody can tell; files that git does not
    /// track are not looked at.
    pub(crate) async fn other_tree(&self, folder: &Path, commit: &str) -> Option<String> {
        match self.ports.repository.work_tree(folder).await {
            Err(error) => Some(error.to_string()),
            Ok(tree) if tree.commit != commit => Some(format!(
                "the working tree is at {}, the candidate is {}",
                short(&tree.commit),
                short(commit)
            )),
            Ok(tree) if !tree.modified.is_empty() => Some(format!(
                "{} tracked files differ from the commit ({})",
                tree.modified.len(),
                tree.modified.first().map_or("", String::as_str)
            )),
            Ok(_) => None,
        }
    }

    /// A target that takes the working tree deploys the candidate only from its commit.
    ///
    /// # Errors
    /// [`seaworthy_wire::Code::Refused`] when something else lies there.
    pub(crate) async fn require_tree(&self, id: ReleaseId, environment: &str) -> Result<(), Fault> {
        let (policy, folder) = self.policy_and_folder(id)?;
        let target = policy.environments.get(environment).and_then(|e| policy.targets.get(&e.target));
        if !target.is_some_and(seaworthy_domain::policy::Target::takes_the_tree) {
            return Ok(());
        }
        let commit = live(&self.core(), id)?.release.candidate().map(|c| c.commit.clone());
        let Some(commit) = commit else { return Ok(()) };
        match self.other_tree(&folder, &commit).await {
            None => Ok(()),
            Some(why) => {
                Err(fault::refused(format!("{why}, and {environment} is deployed from what lies there"))
                    .with_help(format!(
                        "check out {} unchanged, or name what is there with `seaworthy candidate`",
                        short(&commit)
                    )))
            }
        }
    }
}
