//! A folder of releases with one switch.
//!
//! ```text
//! directory/
//!   current -> releases/shop-1.4.0-rc2
//!   releases/shop-1.4.0-rc1/.seaworthy.json …
//!   releases/shop-1.4.0-rc2/.seaworthy.json …
//! ```
//!
//! A release is complete before it gets its name, and the switch is one rename, so a crash leaves the old state or
//! the new one. Traffic cannot be split here: a release has all of it or none.

mod copy;
mod releases;

#[cfg(test)]
mod tests;

use copy::CopyError;
use releases::Manifest;
use releases::Releases;
use seaworthy_domain::Share;
use seaworthy_domain::operation::Act;
use seaworthy_domain::operation::EffectClass;
use seaworthy_domain::operation::Preview;
use seaworthy_domain::operation::TargetState;
use seaworthy_domain::policy::FolderTarget;
use seaworthy_ports::Deployer;
use seaworthy_ports::Order;
use seaworthy_ports::ReadError;
use seaworthy_ports::Sent;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

/// Longest name of a deployment, so that it fits into a file name with our own additions.
const NAME_BYTES_MAX: usize = 200;

/// Deploys by copying and switching.
#[derive(Clone)]
pub(crate) struct FolderDeployer {
    repository: PathBuf,
    source: PathBuf,
    releases: Releases,
    keep: usize,
}

/// Why an order was not carried out, as far as this is known.
enum Trouble {
    /// Nothing changed.
    Nothing(String),
    /// It may have happened.
    Perhaps(String),
}

impl From<CopyError> for Trouble {
    fn from(error: CopyError) -> Self {
        Self::Nothing(error.to_string())
    }
}

impl FolderDeployer {
    pub(crate) fn new(target: &FolderTarget, repository: &Path) -> Self {
        Self {
            repository: repository.to_owned(),
            source: target.source.clone(),
            releases: Releases::new(tidy(&repository.join(&target.directory))),
            keep: usize::try_from(target.keep).unwrap_or(usize::MAX),
        }
    }

    fn carry_out(&self, order: &Order) -> Result<(), Trouble> {
        let id = &order.step.deployment.0;
        check_name(id)?;
        match &order.step.act {
            Act::Place => self.place(order),
            Act::SetShare { share, .. } if *share == Share::FULL => self.switch(id, true),
            Act::SetShare { share, .. } => Err(Trouble::Nothing(format!(
                "a folder gives a release all traffic or none, not {share}; use one stage of 100%"
            ))),
            Act::RollBack { to, .. } => {
                check_name(&to.0)?;
                self.switch(&to.0, false)
            }
        }
    }

    fn place(&self, order: &Order) -> Result<(), Trouble> {
        let _lock = self.releases.prepare().map_err(Trouble::Nothing)?;
        let manifest = Manifest {
            deployment: order.step.deployment.clone(),
            operation: order.operation,
            version: order.version.clone(),
            commit: order.commit.clone(),
        };
        self.releases.refuse_taken(&manifest).map_err(Trouble::Nothing)?;
        let source = copy::source(&self.repository, &self.source, self.releases.directory())?;
        let staging = self.releases.staging(&manifest);
        let built = copy::tree(&source, &staging)
            .map_err(|error| error.to_string())
            .and_then(|()| manifest.write(&staging));
        if let Err(why) = built {
            let _removed_by_the_next_place = std::fs::remove_dir_all(&staging);
            return Err(Trouble::Nothing(why));
        }
        self.releases.publish(&staging, &manifest).map_err(Trouble::Nothing)?;
        self.releases.settle().map_err(Trouble::Perhaps)
    }

    fn switch(&self, to: &str, prune: bool) -> Result<(), Trouble> {
        let _lock = self.releases.prepare().map_err(Trouble::Nothing)?;
        let before = self.releases.switch(to).map_err(Trouble::Nothing)?;
        self.releases.settle().map_err(Trouble::Perhaps)?;
        if prune {
            self.releases.prune(self.keep, to, before.as_deref());
        }
        Ok(())
    }
}

/// The same path as people write it. A `..` stays where a link may stand before it: what it leads to is not known here.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        let linked = || tidy.symlink_metadata().is_ok_and(|found| found.is_symlink());
        match part {
            Component::CurDir => {}
            Component::ParentDir if tidy.file_name().is_some() && !linked() => {
                tidy.pop();
            }
            part => tidy.push(part),
        }
    }
    tidy
}

#[async_trait::async_trait]
impl Deployer for FolderDeployer {
    fn preview(&self, order: &Order) -> Preview {
        let id = &order.step.deployment;
        let directory = self.releases.directory();
        let switch = |to: &dyn std::fmt::Display| Preview {
            method: "switch".to_owned(),
            target: directory.join("current").display().to_string(),
            body: vec![format!("to releases/{to}")],
        };
        match &order.step.act {
            Act::Place => Preview {
                method: "copy".to_owned(),
                target: directory.join("releases").join(&id.0).display().to_string(),
                body: vec![
                    format!("from {}", tidy(&self.repository.join(&self.source)).display()),
                    format!("named version {}, commit {}", order.version, order.commit),
                ],
            },
            Act::SetShare { .. } => switch(id),
            Act::RollBack { to, .. } => switch(to),
        }
    }

    fn effect(&self, order: &Order) -> EffectClass {
        match order.step.act {
            Act::Place => EffectClass::Reconcilable,
            Act::SetShare { .. } | Act::RollBack { .. } => EffectClass::Idempotent,
        }
    }

    async fn read(&self) -> Result<TargetState, ReadError> {
        let releases = self.releases.clone();
        let read = tokio::task::spawn_blocking(move || releases.read()).await;
        read.map_err(|error| ReadError::Failed(format!("the look broke off: {error}")))?
            .map_err(ReadError::Failed)
    }

    async fn send(&self, order: &Order) -> Sent {
        let (this, order) = (self.clone(), order.clone());
        match tokio::task::spawn_blocking(move || this.carry_out(&order)).await {
            Ok(Ok(())) => Sent::Accepted { url: None },
            Ok(Err(Trouble::Nothing(why))) => Sent::Refused(why),
            Ok(Err(Trouble::Perhaps(why))) => Sent::Unknown(why),
            Err(error) => Sent::Unknown(format!("it broke off: {error}")),
        }
    }
}

/// A deployment's name becomes a folder's, so it may not lead anywhere else.
fn check_name(name: &str) -> Result<(), Trouble> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
    let usable = !name.is_empty()
        && name.len() <= NAME_BYTES_MAX
        && name.chars().all(plain)
        && !name.starts_with('.')
        && !name.ends_with('.');
    if usable {
        return Ok(());
    }
    Err(Trouble::Nothing(format!(
        "{name:?} cannot name a folder; use letters, digits, dots, dashes and underscores"
    )))
}
