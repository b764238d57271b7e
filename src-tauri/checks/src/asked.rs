//! Checks that ask an address. No secrets are sent and no redirect is followed.

use crate::commanded::shown;
use crate::kept::Keeping;
use crate::runner::Checks;
use crate::runner::not_run;
use seaworthy_domain::CheckResult;
use seaworthy_domain::policy::HttpProbe;
use seaworthy_domain::visible;
use seaworthy_http::Answer;
use seaworthy_http::HttpError;
use seaworthy_http::LostCause;
use seaworthy_http::Phase;
use seaworthy_http::Request;
use seaworthy_http::Url;
use seaworthy_http::header;
use seaworthy_ports::CancellationToken;
use seaworthy_ports::CheckOrder;
use seaworthy_ports::CheckReport;
use seaworthy_ports::Output;
use seaworthy_ports::Stream;
use seaworthy_signals::Witness;
use std::fmt::Write;
use tokio::sync::mpsc;

/// Most of a body that is kept as evidence.
const BODY_KEPT_BYTES_MAX: usize = 64 * 1024;

/// Longest address of a redirect that is named, in characters.
const ADDRESS_CHARS_MAX: usize = 200;

pub(crate) async fn run(
    checks: &Checks,
    order: &CheckOrder,
    probe: &HttpProbe,
    output: mpsc::Sender<Output>,
    cancel: &CancellationToken,
) -> CheckReport {
    let url = match address(order, probe) {
        Ok(url) => url,
        Err(why) => return not_run(why),
    };
    let witness = match order.witness.as_ref().map(|probing| Witness::of(&checks.client, probing)).transpose()
    {
        Ok(witness) => witness,
        Err(why) => return not_run(why),
    };
    let mut keeping =
        match Keeping::start(&checks.store, order.run.to_string(), output, &checks.redactor).await {
            Ok(keeping) => keeping,
            Err(why) => return not_run(format!("the answer cannot be kept: {why}")),
        };
    let headers = witness.as_ref().map(|witness| witness.headers().clone()).unwrap_or_default();
    let deadline = order.check.timeout.to_std();
    let request = Request { deadline, headers, ..Request::get(url.clone()) };
    let started = checks.clock.now();
    let answer = tokio::select! {
        answer = checks.client.send(request) => Some(answer),
        () = cancel.cancelled() => None,
    };
    let took = checks.clock.now().since(&started);
    let took_ms = took.and_then(|took| u64::try_from(took.num_milliseconds()).ok()).unwrap_or(0);
    let (result, summary) = match &answer {
        None => (CheckResult::Interrupted, "stopped on request".to_owned()),
        Some(Ok(answer)) => judge(answer, probe),
        Some(Err(error)) => judge_error(error, probe, &order.check.timeout.to_string()),
    };
    let unbound = match &witness {
        Some(witness) if result == CheckResult::Pass => {
            let answer = answer.as_ref().and_then(|answer| answer.as_ref().ok());
            witness.vouch(answer).await.err()
        }
        _ => None,
    };
    let said = transcript(&url, answer.as_ref(), &summary);
    keeping.take(Output { stream: Stream::Out, bytes: said }).await;
    keeping.end().await;
    match keeping.finish().await {
        Ok(log) => CheckReport { result, summary, log: Some(log), took_ms, unbound },
        Err(why) => CheckReport {
            result: if result == CheckResult::Pass { CheckResult::Interrupted } else { result },
            summary: format!("{summary}; the answer is not kept: {why}"),
            log: None,
            took_ms,
            unbound,
        },
    }
}

fn address(order: &CheckOrder, probe: &HttpProbe) -> Result<Url, String> {
    let text = if probe.url.contains("://") {
        probe.url.clone()
    } else {
        let base = order.base_url.as_deref().ok_or_else(|| {
            let environment = probe.environment.as_deref().unwrap_or("its environment");
            format!("{environment} has no address; give it a `url` in the policy")
        })?;
        format!("{}/{}", base.trim_end_matches('/'), probe.url.trim_start_matches('/'))
    };
    Url::parse(&text).map_err(|error| format!("{text:?} is not an address: {error}"))
}

fn judge(answer: &Answer, probe: &HttpProbe) -> (CheckResult, String) {
    let status = answer.status.as_u16();
    if status != probe.status {
        return (CheckResult::Fail, format!("status {status}, expected {}", probe.status));
    }
    let took = u64::try_from(answer.elapsed.as_millis()).unwrap_or(u64::MAX);
    let found = |text: &str| String::from_utf8_lossy(&answer.body).contains(text);
    if let Some(text) = probe.body_contains.as_deref().filter(|text| !found(text)) {
        return (CheckResult::Fail, format!("status {status}, but the body does not contain {text:?}"));
    }
    if let Some(limit) = probe.latency_below.filter(|limit| answer.elapsed >= limit.to_std()) {
        return (
            CheckResult::Fail,
            format!("status {status} after {}, asked for below {limit}", shown(took)),
        );
    }
    (CheckResult::Pass, format!("status {status} in {}", shown(took)))
}

fn judge_error(error: &HttpError, probe: &HttpProbe, timeout: &str) -> (CheckResult, String) {
    match error {
        HttpError::Redirected { status, to } => {
            let to = to.as_deref().map_or_else(|| "elsewhere".to_owned(), short);
            // Whoever expects a redirect is shown one; there is no body to look into.
            if *status == probe.status && probe.body_contains.is_none() {
                return (CheckResult::Pass, format!("status {status}, a redirect to {to}"));
            }
            let advice = "redirects are not followed";
            (
                CheckResult::Fail,
                format!("status {status}, a redirect to {to}, expected {}; {advice}", probe.status),
            )
        }
        HttpError::Unusable { .. } | HttpError::NotSent { phase: Phase::Dns, .. } => {
            (CheckResult::NotRun, format!("could not {error}"))
        }
        HttpError::Lost { cause: LostCause::Timeout, .. } => {
            (CheckResult::Fail, format!("no complete answer within {timeout}"))
        }
        _ => (CheckResult::Fail, format!("could not {error}")),
    }
}

fn short(address: &str) -> String {
    visible(address).chars().take(ADDRESS_CHARS_MAX).collect()
}

/// What was asked and what came back, as evidence.
fn transcript(url: &Url, answer: Option<&Result<Answer, HttpError>>, summary: &str) -> Vec<u8> {
    let mut text = format!("GET {url}\n\n");
    if let Some(Ok(answer)) = answer {
        let _strings_take_everything = writeln!(text, "{:?} {}", answer.version, answer.status);
        for (name, value) in &answer.headers {
            // A cookie may be the key to a session; that one was set is enough to know.
            let secret = name == header::SET_COOKIE;
            let value = if secret { "(left out)".into() } else { String::from_utf8_lossy(value.as_bytes()) };
            let _strings_take_everything = writeln!(text, "{name}: {value}");
        }
        text.push('\n');
        let mut bytes = text.into_bytes();
        let kept = &answer.body[..answer.body.len().min(BODY_KEPT_BYTES_MAX)];
        bytes.extend_from_slice(kept);
        if kept.len() < answer.body.len() {
            bytes.extend_from_slice(
                format!("\n[{} bytes left out]\n", answer.body.len() - kept.len()).as_bytes(),
            );
        }
        return bytes;
    }
    text.push_str(summary);
    text.push('\n');
    text.into_bytes()
}
