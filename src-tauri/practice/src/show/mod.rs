//! How things look in answers. Fields that practice has no use for carry an ordinary value where the provider always
//! sends one.

pub(crate) mod account;
pub(crate) mod deployment;
pub(crate) mod project;
pub(crate) mod rolling;

use crate::setup::Plan;
use crate::world::World;
use chrono::DateTime;
use chrono::SecondsFormat;

/// A time as text, where the interface wants text.
pub(crate) fn date(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn plan(world: &World) -> &'static str {
    match world.setup.plan {
        Plan::Hobby => "hobby",
        Plan::Pro => "pro",
    }
}
