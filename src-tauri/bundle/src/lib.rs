//! One release as one file that others can check without this program's help.
//!
//! A bundle is an archive in one exact form ([`container`]) whose signed manifest names every other member. It
//! holds the release's events byte for byte, the device's signed checkpoint up to which nothing is missing, the
//! roster of the signer, and the evidence that was chosen. The format is written down in `docs/formats/bundle.md`.
//!
//! Deliberately absent: files, clocks, keys at rest and the meaning of events. Everything here is bytes to bytes.

mod checkpoint;
pub mod container;
mod envelope;
mod key;
mod make;
mod merkle;
mod readme;
mod statement;
mod verify;
mod words;

pub use checkpoint::Extent;
pub use checkpoint::KeptCheckpoint;
pub use container::ContainerError;
pub use envelope::EnvelopeError;
pub use key::DeviceKey;
pub use key::PublicKey;
pub use make::MakeError;
pub use make::Making;
pub use statement::ChainHead;
pub use statement::Checkpoint;
pub use statement::Contents;
pub use statement::MemberDigest;
pub use statement::Roster;
pub use verify::Rejected;
pub use verify::Verified;
pub use verify::verify;
