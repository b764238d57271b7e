//! Figures of a Prometheus, or of anything that answers its queries.
//!
//! Only `query`, `query_range`, `rules` and `targets` are asked, with `GET`, so that a token that may read is enough.
//! A figure counts when exactly one series answers, about the candidate where the policy names a label for that, with a
//! finite number, and when the newest raw sample behind the query is fresh: an instant query answers for the moment
//! it is asked about however old its samples are. Everything else is an invalid sample with its reason; nothing is ever
//! taken for zero.
//!
//! One connection is asked one thing at a time. Deliberately absent: remote read, streaming, and changing anything.

mod answer;
mod api;
mod inspect;
mod promql;
mod targets;

#[cfg(test)]
mod tests;

use answer::Bad;
use answer::QueryData;
use api::Api;
use api::AskError;
use api::Lane;
use api::Question;
use api::Told;
use chrono::DateTime;
use chrono::Utc;
use futures_util::future::join_all;
use seaworthy_clock::Stopwatch;
use seaworthy_domain::GapCause;
use seaworthy_domain::policy::Asked;
use seaworthy_domain::policy::CandidateFacts;
use seaworthy_domain::policy::MetricsService;
use seaworthy_http::Client;
use seaworthy_ports::Asking;
use seaworthy_ports::CancellationToken;
use seaworthy_ports::Credentials;
use seaworthy_ports::Figure;
use seaworthy_ports::History;
use seaworthy_ports::Inspected;
use seaworthy_ports::Inspection;
use seaworthy_ports::Measured;
use seaworthy_ports::MetricSource;
use seaworthy_ports::Span;
use seaworthy_rules::InvalidReason;
use seaworthy_rules::Period;
use seaworthy_rules::Reading;
use seaworthy_rules::Sample;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

/// Largest answer about one moment.
pub const MOMENT_BYTES_MAX: usize = 1024 * 1024;

/// Largest answer about a stretch of time, or about the service itself.
pub const STRETCH_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Steps asked for at once; Prometheus refuses more than 11 000.
pub const STEPS_MAX: u64 = 10_000;

/// Questions about one stretch of time; what lies further back is not asked for.
pub const CHUNKS_MAX: u64 = 8;

/// Longest wait for one answer, whatever the policy allows for all of them.
const ANSWER_DEADLINE: Duration = Duration::from_secs(30);

/// Asks every Prometheus of the policies. Cloning is cheap and shares what is known of each.
#[derive(Clone)]
pub struct Prometheus {
    client: Client,
    credentials: Arc<dyn Credentials>,
    lanes: Arc<Mutex<Lanes>>,
}

/// One for each connection and origin.
type Lanes = BTreeMap<(String, String), Arc<Lane>>;

/// One visit to a service: its turn, and the time there is.
struct Visit<'a> {
    api: Api<'a>,
    watch: Stopwatch,
    within: Duration,
    at: DateTime<Utc>,
}

impl Prometheus {
    /// Asks through `client`, with tokens of `credentials`.
    #[must_use]
    pub fn new(client: Client, credentials: Arc<dyn Credentials>) -> Self {
        Self { client, credentials, lanes: Arc::default() }
    }

    fn lane(&self, service: &MetricsService) -> Arc<Lane> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (service.connection.clone(), service.origin.to_string());
        Arc::clone(lanes.entry(key).or_default())
    }

    /// Visits `service` when it is free, and gives up waiting when the time is over.
    async fn visit<T>(
        &self,
        service: &MetricsService,
        at: DateTime<Utc>,
        within: Period,
        stay: impl AsyncFnOnce(Result<Visit<'_>, AskError>) -> T,
    ) -> T {
        let lane = self.lane(service);
        let (watch, within) = (Stopwatch::start(), within.to_std());
        let Ok(_turn) = tokio::time::timeout(within, lane.turn.lock()).await else {
            return stay(Err(AskError::Late)).await;
        };
        let api = Api { client: &self.client, credentials: &*self.credentials, service, lane: &lane };
        stay(Ok(Visit { api, watch, within, at })).await
    }

    /// All figures of one service, one after another.
    async fn measure_at(
        &self,
        service: &MetricsService,
        figures: Vec<(usize, &Figure, &Asked)>,
        asking: &Asking,
    ) -> Vec<(usize, Measured)> {
        self.visit(service, asking.at, asking.within, async |visit| {
            let mut lasting = None;
            let visit = visit.map_err(|error| lasting = Some(error)).ok();
            let mut measured = Vec::with_capacity(figures.len());
            for (index, figure, asked) in figures {
                let answer = match (&visit, &lasting) {
                    (Some(visit), None) => visit.figure(figure, asked, &asking.candidate).await,
                    (_, Some(error)) => Err(AskError::clone(error)),
                    (None, None) => Err(AskError::Late),
                };
                if let Err(error) = &answer
                    && error.is_lasting()
                {
                    lasting = Some(error.clone());
                }
                measured.push((index, told(figure, asking.at, answer)));
            }
            measured
        })
        .await
    }
}

impl Visit<'_> {
    async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        endpoint: &str,
        mut parameters: Vec<(&str, String)>,
        bytes_max: usize,
    ) -> Result<Told<T>, AskError> {
        let deadline = self.within.saturating_sub(self.watch.elapsed()).min(ANSWER_DEADLINE);
        if endpoint.starts_with("query") {
            // So that it stops computing when nobody waits any more.
            parameters.push(("timeout", format!("{}ms", deadline.as_millis().max(1))));
        }
        let question = Question { endpoint, parameters: &parameters, at: self.at, deadline, bytes_max };
        self.api.ask(&question).await
    }

    /// One figure, and what was said besides.
    async fn figure(
        &self,
        figure: &Figure,
        asked: &Asked,
        candidate: &CandidateFacts,
    ) -> Result<(Result<Reading, Bad>, Vec<String>), AskError> {
        let query = match (figure.window, &asked.over) {
            (Some(window), Some(over)) => over.expand(candidate, Some(window)),
            _ => asked.query.expand(candidate, None),
        };
        let at = || vec![("time", unix(self.at))];
        let mut parameters = at();
        parameters.push(("query", query.clone()));
        let Told { data, warnings, .. } =
            self.ask::<QueryData>("query", parameters, MOMENT_BYTES_MAX).await?;
        let reading = answer::figure(data, asked, candidate, figure.metric.unit);
        if reading.is_err() {
            return Ok((reading, warnings));
        }
        let Some(freshness) = promql::freshness(&query) else { return Ok((reading, warnings)) };
        let mut parameters = at();
        parameters.push(("query", freshness));
        let newest = self.ask::<QueryData>("query", parameters, MOMENT_BYTES_MAX).await?;
        let newest = answer::times(newest.data).map(|times| times.first().map(|(_, newest)| *newest));
        let reading = match newest {
            Err(bad) => Err(bad),
            Ok(newest) => fresh(newest, self.at, figure.metric.stale_after).and(reading),
        };
        Ok((reading, warnings))
    }

    /// The samples of one metric at the steps of `span`.
    async fn past(
        &self,
        figure: &Figure,
        asked: &Asked,
        candidate: &CandidateFacts,
        span: &Span,
    ) -> Result<Vec<Sample>, String> {
        let query = asked.query.expand(candidate, None);
        let freshness = promql::freshness(&query);
        let mut samples = Vec::new();
        for part in parts(span) {
            let said = self.range(query.clone(), &part).await.map_err(|error| error.to_string())?;
            let readings = answer::figures(said.data, asked, candidate, figure.metric.unit);
            let readings = readings.map_err(|(_, why)| why)?;
            let newest = match &freshness {
                None => None,
                Some(freshness) => {
                    let said =
                        self.range(freshness.clone(), &part).await.map_err(|error| error.to_string())?;
                    let times = answer::times(said.data).map_err(|(_, why)| why)?;
                    Some(times.into_iter().collect::<BTreeMap<_, _>>())
                }
            };
            samples.extend(readings.into_iter().map(|(at, reading)| {
                let fresh = newest.as_ref().is_none_or(|newest| {
                    fresh(newest.get(&at).copied(), at, figure.metric.stale_after).is_ok()
                });
                Sample { at, reading: if fresh { reading } else { Reading::Invalid(InvalidReason::Stale) } }
            }));
        }
        Ok(samples)
    }

    async fn range(&self, query: String, span: &Span) -> Result<Told<QueryData>, AskError> {
        let parameters = vec![
            ("query", query),
            ("start", unix(span.from)),
            ("end", unix(span.to)),
            ("step", format!("{}ms", span.step.as_millis().max(1))),
        ];
        self.ask("query_range", parameters, STRETCH_BYTES_MAX).await
    }
}

#[async_trait::async_trait]
impl MetricSource for Prometheus {
    async fn measure(&self, asking: &Asking) -> Vec<Measured> {
        let mut visits: Vec<(&MetricsService, Vec<(usize, &Figure, &Asked)>)> = Vec::new();
        let mut measured: Vec<Option<Measured>> = vec![None; asking.figures.len()];
        for (index, figure) in asking.figures.iter().enumerate() {
            let Some(asked) = figure.metric.asked() else {
                let error = AskError::Unusable("the prober measures this, and no service".to_owned());
                measured[index] = Some(told(figure, asking.at, Err(error)));
                continue;
            };
            match visits.iter_mut().find(|(service, _)| **service == asked.service) {
                Some((_, figures)) => figures.push((index, figure, asked)),
                None => visits.push((&asked.service, vec![(index, figure, asked)])),
            }
        }
        let visits = visits.into_iter().map(|(service, figures)| self.measure_at(service, figures, asking));
        for (index, answer) in join_all(visits).await.into_iter().flatten() {
            measured[index] = Some(answer);
        }
        measured.into_iter().flatten().collect()
    }

    async fn history(&self, asking: &Asking, span: &Span) -> Vec<History> {
        let past = asking.figures.iter().map(|figure| async move {
            let samples = match figure.metric.asked() {
                None => Err("the prober keeps no history".to_owned()),
                Some(asked) => {
                    self.visit(&asked.service, asking.at, asking.within, async |visit| match visit {
                        Err(error) => Err(error.to_string()),
                        Ok(visit) => visit.past(figure, asked, &asking.candidate, span).await,
                    })
                    .await
                }
            };
            History { metric: figure.metric.name.clone(), samples }
        });
        join_all(past).await
    }

    async fn inspect(&self, inspection: &Inspection, cancel: CancellationToken) -> Inspected {
        tokio::select! {
            inspected = inspect::inspect(self, inspection) => inspected,
            () = cancel.cancelled() => inspect::stopped(),
        }
    }
}

/// One answer as it is kept.
fn told(
    figure: &Figure,
    at: DateTime<Utc>,
    answer: Result<(Result<Reading, Bad>, Vec<String>), AskError>,
) -> Measured {
    let (reading, why, cause, warnings) = match answer {
        Ok((Ok(reading), warnings)) => (reading, None, None, warnings),
        Ok((Err((reason, why)), warnings)) => {
            let stale = matches!(reason, InvalidReason::Stale);
            let cause = if stale { GapCause::Stale } else { GapCause::SourceFailed };
            (Reading::Invalid(reason), Some(why), Some(cause), warnings)
        }
        Err(error) => {
            (Reading::Invalid(error.reason()), Some(error.to_string()), Some(error.cause()), Vec::new())
        }
    };
    Measured {
        metric: figure.metric.name.clone(),
        over_ms: figure.window.map(Period::as_millis),
        sample: Sample { at, reading },
        why,
        cause,
        warnings,
    }
}

/// Whether the newest raw sample behind a figure for `at` is young enough.
fn fresh(newest: Option<DateTime<Utc>>, at: DateTime<Utc>, stale_after: Period) -> Result<(), Bad> {
    match newest {
        None => Err((InvalidReason::Stale, "what the query is made of has stopped coming".to_owned())),
        Some(newest) if at - newest > stale_after.delta() => {
            let age = Period::from_secs(Period::from_delta(at - newest).as_millis() / 1_000);
            let age = seaworthy_rules::format_duration(age);
            let why = format!("the newest sample behind it is {age} old, more than {stale_after}");
            Err((InvalidReason::Stale, why))
        }
        Some(_) => Ok(()),
    }
}

/// Unix seconds with milliseconds, as the API takes them.
fn unix(at: DateTime<Utc>) -> String {
    let millis = at.timestamp_millis();
    format!("{}.{:03}", millis.div_euclid(1_000), millis.rem_euclid(1_000))
}

/// The newest of a stretch, in pieces that are answered at once; what is too much for that is left out.
fn parts(span: &Span) -> Vec<Span> {
    let step = span.step.as_millis().max(1);
    let steps = Period::from_delta(span.to - span.from).as_millis() / step + 1;
    let skipped = steps.saturating_sub(STEPS_MAX * CHUNKS_MAX);
    let moment = |index: u64| span.from + Period::from_millis(index * step).delta();
    let starts = (skipped..steps).step_by(usize::try_from(STEPS_MAX).unwrap_or(usize::MAX));
    starts
        .map(|start| Span {
            from: moment(start),
            to: moment((start + STEPS_MAX - 1).min(steps - 1)),
            step: span.step,
        })
        .collect()
}
