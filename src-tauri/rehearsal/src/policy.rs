//! The policy that a rehearsal runs under; the same format as every other, and a good example of one.

use crate::staging::Staging;
use seaworthy_practice::Practice;
use uuid::Uuid;

/// Name of the practice project.
pub(crate) const PROJECT: &str = "practice-harbor";
/// Name of its connection, as the policy has it.
pub(crate) const CONNECTION: &str = "practice";
/// Stages of its rolling releases, as the policy has them.
pub(crate) const STAGES: [f64; 3] = [5.0, 25.0, 100.0];

/// The file, with the addresses of the practice provider and of staging filled in.
pub(crate) fn text(project: Uuid, practice: &Practice, staging: &Staging) -> String {
    include_str!("practice.toml")
        .replace("@ID@", &project.to_string())
        .replace("@ORIGIN@", &practice.url())
        .replace("@TEAM@", practice.team())
        .replace("@URL@", &practice.site(PROJECT).unwrap_or_default())
        .replace("@STAGING@", &format!("http://{}", staging.address))
        .replace("@NAME@", PROJECT)
        .replace("@ROUTE@", seaworthy_practice::ROUTE_HEADER)
        .replace("@VERSION@", seaworthy_practice::VERSION_HEADER)
}
