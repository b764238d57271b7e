//! The shapes through which the engine meets the world. No behaviour lives here, only what each edge must be able to
//! do; the real edges are put together in `boot`, the rehearsal's in `rehearsal`.

mod checks;
mod commands;
mod credentials;
mod deployer;
mod metrics;
mod notifier;
mod repository;
mod signals;
mod vault;

pub use checks::CheckOrder;
pub use checks::CheckReport;
pub use checks::CheckRunner;
pub use checks::Output;
pub use checks::Stream;
pub use commands::CommandText;
pub use commands::CommandTextError;
pub use commands::Commands;
pub use commands::CopiedCommand;
pub use credentials::Credential;
pub use credentials::CredentialError;
pub use credentials::Credentials;
pub use credentials::StoreError;
pub use deployer::Deployer;
pub use deployer::Deployers;
pub use deployer::Order;
pub use deployer::Patience;
pub use deployer::Place;
pub use deployer::ReadError;
pub use deployer::Sent;
pub use deployer::Unavailable;
pub use metrics::Asking;
pub use metrics::Figure;
pub use metrics::History;
pub use metrics::Inspected;
pub use metrics::Inspection;
pub use metrics::Measured;
pub use metrics::MetricSource;
pub use metrics::Span;
pub use notifier::Delivery;
pub use notifier::Notice;
pub use notifier::Notifier;
pub use repository::Repository;
pub use repository::RepositoryError;
pub use repository::WorkTree;
pub use signals::Invalid;
pub use signals::Probing;
pub use signals::SignalSource;
pub use signals::Tick;
pub use vault::Connecting;
pub use vault::Lock;
pub use vault::Vault;

pub use tokio_util::sync::CancellationToken;
