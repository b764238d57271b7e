//! Hands each check to what can run it.

use crate::asked;
use crate::commanded;
use crate::inspected;
use seaworthy_clock::Clock;
use seaworthy_domain::CheckResult;
use seaworthy_domain::RunId;
use seaworthy_domain::policy::CheckKind;
use seaworthy_evidence::Store;
use seaworthy_http::Client;
use seaworthy_ports::CancellationToken;
use seaworthy_ports::CheckOrder;
use seaworthy_ports::CheckReport;
use seaworthy_ports::CheckRunner;
use seaworthy_ports::MetricSource;
use seaworthy_ports::Output;
use seaworthy_redact::Redactor;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Runs commands and asks addresses.
#[derive(Clone)]
pub struct Checks {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Store,
    pub(crate) client: Client,
    pub(crate) metrics: Option<Arc<dyn MetricSource>>,
    pub(crate) redactor: Redactor,
}

impl Checks {
    /// A runner that keeps output in `store`, asks through `client` and measures with `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, store: Store, client: Client) -> Self {
        Self { clock, store, client, metrics: None, redactor: Redactor::new() }
    }

    /// Asks metrics services through `metrics`; without it nothing is known of them.
    #[must_use]
    pub fn with_metrics(self, metrics: Arc<dyn MetricSource>) -> Self {
        Self { metrics: Some(metrics), ..self }
    }

    /// The same runner, which keeps and passes on no secret that `redactor` knows.
    #[must_use]
    pub fn without_secrets(self, redactor: Redactor) -> Self {
        Self { redactor, ..self }
    }
}

#[async_trait::async_trait]
impl CheckRunner for Checks {
    async fn run(
        &self,
        order: CheckOrder,
        output: mpsc::Sender<Output>,
        cancel: CancellationToken,
    ) -> CheckReport {
        match &order.check.kind {
            CheckKind::Command(line) => commanded::run(self, &order, line, output, &cancel).await,
            CheckKind::Http(probe) => asked::run(self, &order, probe, output, &cancel).await,
            CheckKind::Metrics(check) => inspected::run(self, &order, check, output, cancel).await,
        }
    }

    async fn quiet(&self, run: RunId) {
        let swept = seaworthy_process::sweep_leftovers(&run.to_string()).await;
        if swept.killed > 0 || swept.left != Some(0) {
            tracing::warn!(%run, killed = swept.killed, left = ?swept.left, "a dead process left a check running");
        }
        // What it had said so far is nobody's evidence.
        let _usually_absent = self.store.discard_partial(&run.to_string());
    }
}

/// Nothing was learnt, because it did not begin.
pub(crate) fn not_run(summary: String) -> CheckReport {
    CheckReport { result: CheckResult::NotRun, summary, log: None, took_ms: 0, unbound: None }
}
