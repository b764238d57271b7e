//! The policy that a rehearsal runs under; the same format as every other, and a good example of one.

use std::net::SocketAddr;
use uuid::Uuid;

/// Name of the practice project.
pub(crate) const PROJECT: &str = "practice-harbor";

/// The file, with the address of the practice service filled in.
pub(crate) fn text(project: Uuid, address: SocketAddr) -> String {
    include_str!("practice.toml")
        .replace("@ID@", &project.to_string())
        .replace("@URL@", &format!("http://{address}"))
        .replace("@NAME@", PROJECT)
        .replace("@ROUTE@", crate::world::ROUTE_HEADER)
        .replace("@VERSION@", crate::world::VERSION_HEADER)
}
