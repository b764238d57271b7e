//! Adds up what came back. Nothing here does any asking.

use crate::identity::Expected;
use chrono::DateTime;
use chrono::Utc;
use seaworthy_ports::Invalid;
use seaworthy_ports::Tick;

/// Statuses by which something between us and the service asks for a login to the network.
const NETWORK_LOGIN: [u16; 2] = [407, 511];

/// What came back for one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// A complete answer.
    Answer { status: u16, micros: u32, claim: Claim },
    /// No complete answer from a server that was there to be asked.
    Failed,
    /// Something came, but nobody can tell from whom.
    Unproven(String),
    /// It did not leave this machine.
    Offline(String),
}

/// Which version an answer says it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// This one.
    Named(String),
    /// It does not say, or it cannot be believed.
    Unnamed(String),
}

/// The replies of one tick.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    proven: u32,
    proven_errors: u32,
    latencies_us: Vec<u32>,
    failures: u32,
    failure_latencies_us: Vec<u32>,
    foreign: u32,
    saw: Option<String>,
    unproven: u32,
    unproven_why: Option<String>,
    offline_why: Option<String>,
}

impl Tally {
    pub(crate) fn with(mut self, reply: Reply, expected: &Expected) -> Self {
        match reply {
            Reply::Answer { status, micros, claim: Claim::Named(saw) } if expected.is(&saw) => {
                self.proven += 1;
                self.proven_errors += u32::from(!is_fine(status));
                self.latencies_us.push(micros);
            }
            Reply::Answer { claim: Claim::Named(saw), .. } => {
                self.foreign += 1;
                self.saw.get_or_insert(saw);
            }
            Reply::Answer { status, .. } if NETWORK_LOGIN.contains(&status) => {
                self.offline_why.get_or_insert(format!("the network asks for a login (status {status})"));
            }
            Reply::Answer { status, micros, .. } if !is_fine(status) => {
                self.failures += 1;
                self.failure_latencies_us.push(micros);
            }
            Reply::Answer { claim: Claim::Unnamed(why), .. } | Reply::Unproven(why) => {
                self.unproven += 1;
                self.unproven_why.get_or_insert(why);
            }
            Reply::Failed => self.failures += 1,
            Reply::Offline(why) => {
                self.offline_why.get_or_insert(why);
            }
        }
        self
    }

    pub(crate) fn tick(mut self, at: DateTime<Utc>) -> Tick {
        let foreign = self.foreign + self.unproven;
        let invalid = self.invalid();
        if invalid.is_some() {
            return Tick { at, requests: 0, errors: 0, latencies_us: Vec::new(), foreign, invalid };
        }
        let mut latencies_us = self.latencies_us;
        latencies_us.append(&mut self.failure_latencies_us);
        latencies_us.sort_unstable();
        Tick {
            at,
            requests: self.proven + self.failures,
            errors: self.proven_errors + self.failures,
            latencies_us,
            foreign,
            invalid: None,
        }
    }

    /// Without one proven answer, anything doubtful makes the whole tick doubtful.
    fn invalid(&self) -> Option<Invalid> {
        if self.proven > 0 {
            return None;
        }
        if let Some(saw) = &self.saw {
            return Some(Invalid::WrongVersion { saw: saw.clone() });
        }
        if let Some(why) = &self.unproven_why {
            return Some(Invalid::VersionUnknown { why: why.clone() });
        }
        match &self.offline_why {
            Some(why) => Some(Invalid::Offline { why: why.clone() }),
            None if self.failures > 0 => None,
            None => Some(Invalid::VersionUnknown { why: "no request was sent".to_owned() }),
        }
    }
}

fn is_fine(status: u16) -> bool {
    (200..400).contains(&status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use seaworthy_domain::DeploymentId;
    use seaworthy_domain::policy::CandidateRoute;
    use seaworthy_domain::policy::Identity;
    use seaworthy_domain::policy::Probe;
    use seaworthy_domain::policy::VersionFrom;
    use seaworthy_ports::Probing;
    use seaworthy_rules::Period;

    fn expected() -> Expected {
        let probe = Probe {
            path: "/".into(),
            requests: 1,
            every: Period::from_secs(1),
            timeout: Period::from_secs(1),
            route: CandidateRoute::OwnUrl,
            version: VersionFrom::Header("v".into()),
            identity: Identity::Version,
        };
        Expected::of(&Probing {
            probe,
            base_url: String::new(),
            deployment: DeploymentId(String::new()),
            version: "new".into(),
            commit: String::new(),
        })
    }

    fn reply() -> impl Strategy<Value = Reply> {
        let claim = prop_oneof![
            Just(Claim::Named("new".into())),
            Just(Claim::Named("old".into())),
            Just(Claim::Unnamed("none".into())),
        ];
        prop_oneof![
            (prop::sample::select(vec![200_u16, 204, 302, 404, 407, 500, 511]), 0..9_u32, claim)
                .prop_map(|(status, micros, claim)| Reply::Answer { status, micros, claim }),
            Just(Reply::Failed),
            Just(Reply::Unproven("none".into())),
            Just(Reply::Offline("dns".into())),
        ]
    }

    proptest! {
        #[test]
        fn a_tick_never_says_more_than_was_seen(replies in prop::collection::vec(reply(), 0..12)) {
            let expected = expected();
            let at = DateTime::UNIX_EPOCH;
            let all = |replies: &[Reply]| {
                replies.iter().cloned().fold(Tally::default(), |t, r| t.with(r, &expected)).tick(at)
            };
            let tick = all(&replies);
            let proven = |r: &&Reply| matches!(r, Reply::Answer { claim: Claim::Named(v), .. } if v == "new");
            let is_proven = replies.iter().any(|r| proven(&r));
            prop_assert!(tick.errors <= tick.requests);
            prop_assert!(tick.requests + tick.foreign <= u32::try_from(replies.len()).unwrap());
            prop_assert!(tick.latencies_us.is_sorted() && tick.latencies_us.len() <= tick.requests as usize);
            prop_assert!(tick.invalid.is_some() || tick.requests > 0);
            prop_assert!(!(is_proven && tick.invalid.is_some()));
            if !is_proven && tick.invalid.is_none() {
                // Without a proven answer the only valid news is that everything failed.
                prop_assert_eq!(tick.errors, tick.requests);
            }
            let mut turned = replies;
            turned.reverse();
            let turned = all(&turned);
            // Which of several reasons is told may differ, nothing else.
            let kind = |tick: &Tick| tick.invalid.as_ref().map(std::mem::discriminant);
            prop_assert_eq!(kind(&turned), kind(&tick));
            prop_assert_eq!(Tick { invalid: None, ..turned }, Tick { invalid: None, ..tick });
        }
    }
}
