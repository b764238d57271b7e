//! The built-in HTTP prober: a few requests a tick to the candidate itself.
//!
//! What counts, and for what:
//!
//! - An answer counts for the candidate when it carries the candidate's identity, or when the version document asked
//!   for at the start of the tick does. A status of 200 to 399 is fine, any other an error: a path that is probed is
//!   one that works, so a 404 after a release is the release's doing. Redirects are never followed.
//! - No answer, a broken one, or a failing status that names no version counts as an error of the candidate: it was
//!   the one that was asked. Only when another version answers in the same tick is this left open.
//! - Answers of another version, out of a cache, without a version, or from somebody who cannot prove to be the
//!   server (TLS) count for nothing. A tick without a single answer of the candidate and with any of these is invalid,
//!   and so is one that could not leave this machine: no network must never look like a broken release.
//!
//! No secrets are sent, and no cookies.

mod ask;
mod identity;
mod prometheus;
mod tally;
mod witness;

#[cfg(test)]
mod tests;

pub use prometheus::CHUNKS_MAX;
pub use prometheus::MOMENT_BYTES_MAX;
pub use prometheus::Prometheus;
pub use prometheus::STEPS_MAX;
pub use prometheus::STRETCH_BYTES_MAX;

use ask::Asking;
use chrono::DateTime;
use chrono::Utc;
use futures_util::StreamExt;
use futures_util::stream;
use identity::Expected;
use seaworthy_domain::policy::VersionFrom;
use seaworthy_http::Client;
use seaworthy_ports::Invalid;
use seaworthy_ports::Probing;
use seaworthy_ports::SignalSource;
use seaworthy_ports::Tick;
use tally::Claim;
use tally::Tally;
pub use witness::Witness;

/// Requests of one tick under way at a time.
pub const CONCURRENT_MAX: usize = 4;

/// Most requests of one tick, whatever the policy asks for.
pub const REQUESTS_MAX: u32 = 1_000;

/// Largest body of an answer in bytes; probe a smaller page.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Probes over HTTP. Connections are reused while they last.
#[derive(Clone, Debug)]
pub struct Prober {
    client: Client,
}

impl Prober {
    /// A prober that asks through `client`.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    async fn look(&self, probing: &Probing) -> Result<Tally, Invalid> {
        let unknown = |why: String| Invalid::VersionUnknown { why };
        let expected = Expected::of(probing);
        let asking = Asking::new(&self.client, probing, &expected).map_err(unknown)?;
        asking.reachable().await.map_err(|why| Invalid::Offline { why })?;
        let document = match &probing.probe.version {
            VersionFrom::Header(_) => None,
            VersionFrom::Json { path, field } => Some(asking.document(path, field).await),
        };
        if let Some(Claim::Named(saw)) = &document
            && !expected.is(saw)
        {
            return Err(Invalid::WrongVersion { saw: saw.clone() });
        }
        let count = probing.probe.requests.min(REQUESTS_MAX);
        let (asking, document) = (&asking, &document);
        let replies = stream::iter(0..count)
            .map(|_| async move { asking.once(document.as_ref()).await })
            .buffer_unordered(CONCURRENT_MAX);
        Ok(replies.fold(Tally::default(), |tally, reply| async { tally.with(reply, &expected) }).await)
    }
}

#[async_trait::async_trait]
impl SignalSource for Prober {
    async fn tick(&self, probing: &Probing, at: DateTime<Utc>) -> Tick {
        match self.look(probing).await {
            Ok(tally) => tally.tick(at),
            Err(invalid) => Tick {
                at,
                requests: 0,
                errors: 0,
                latencies_us: Vec::new(),
                foreign: 0,
                invalid: Some(invalid),
            },
        }
    }
}
