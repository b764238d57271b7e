//! Evidence on disk: immutable bytes named by their digest, and samples that grow line by line.
//!
//! [`Store`] keeps finished evidence; [`LogWriter`] streams output of unknown size into it; [`SampleLog`] appends what
//! a signal source measured. All calls block on the disk. Nothing here deletes evidence, and nothing here knows what
//! it means: what belongs to which release is in the ledger. One process writes at a time, the holder of the engine
//! lock; that is not checked again here.

mod copies;
mod error;
mod file;
mod lines;
mod log;
mod samples;
mod store;

pub use copies::Copies;
pub use error::EvidenceError;
pub use lines::Hole;
pub use lines::HoleCause;
pub use lines::RECORD_BYTES_MAX;
pub use log::Kept;
pub use log::LOG_BYTES_MAX;
pub use log::LogWriter;
pub use samples::SEGMENT_BYTES_MAX;
pub use samples::SampleLog;
pub use samples::Seal;
pub use seaworthy_domain::Digest;
pub use store::BLOB_BYTES_MAX;
pub use store::Partial;
pub use store::Store;
