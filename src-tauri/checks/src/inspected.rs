//! Checks that ask a metrics service about itself. What was found and the answers themselves are the evidence.

use crate::kept::Keeping;
use crate::runner::Checks;
use crate::runner::not_run;
use seaworthy_domain::CheckResult;
use seaworthy_domain::policy::MetricsCheck;
use seaworthy_ports::CancellationToken;
use seaworthy_ports::CheckOrder;
use seaworthy_ports::CheckReport;
use seaworthy_ports::Inspection;
use seaworthy_ports::Output;
use seaworthy_ports::Stream;
use tokio::sync::mpsc;

pub(crate) async fn run(
    checks: &Checks,
    order: &CheckOrder,
    check: &MetricsCheck,
    output: mpsc::Sender<Output>,
    cancel: CancellationToken,
) -> CheckReport {
    let Some(metrics) = &checks.metrics else {
        return not_run("no metrics service can be asked here".to_owned());
    };
    let mut keeping =
        match Keeping::start(&checks.store, order.run.to_string(), output, &checks.redactor).await {
            Ok(keeping) => keeping,
            Err(why) => return not_run(format!("the answer cannot be kept: {why}")),
        };
    let started = checks.clock.now();
    let inspection = Inspection {
        check: check.clone(),
        candidate: order.candidate.clone(),
        at: started.wall,
        within: order.check.timeout,
    };
    let found = metrics.inspect(&inspection, cancel).await;
    let took = checks.clock.now().since(&started);
    let took_ms = took.and_then(|took| u64::try_from(took.num_milliseconds()).ok()).unwrap_or(0);
    keeping.take(Output { stream: Stream::Out, bytes: found.transcript }).await;
    let (result, summary) = (found.result, found.summary);
    keeping.end().await;
    match keeping.finish().await {
        Ok(log) => CheckReport { result, summary, log: Some(log), took_ms, unbound: None },
        Err(why) => CheckReport {
            result: if result == CheckResult::Pass { CheckResult::Interrupted } else { result },
            summary: format!("{summary}; the answer is not kept: {why}"),
            log: None,
            took_ms,
            unbound: None,
        },
    }
}
