//! A rule as data, and its one canonical spelling.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Comparison, Period, Quantity, RuleError, Unit, parse};

/// The requests needed where a metric names its traffic and the rule says nothing: one error in forty is no outage.
pub const DEFAULT_TRAFFIC: u64 = 100;

/// A statement about metrics that is true, false or undecided: `error_rate > 1% for 5m with >= 100 requests`.
///
/// Two rules are equal when they mean the same and are spelled the same; printing and reading back gives an equal rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    pub(crate) expr: Expr,
    pub(crate) span: Span,
    pub(crate) traffic: Option<TrafficMinimum>,
}

/// What is compared with what. More forms (a metric against a metric, against a baseline) join here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Expr {
    /// A metric against a figure.
    Limit {
        /// The metric, by the name the policy gives it.
        metric: String,
        /// How it is compared.
        comparison: Comparison,
        /// The figure, in the unit it was written in.
        limit: Quantity,
    },
}

/// The time a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Span {
    /// The newest fresh sample.
    Newest,
    /// `for D`: every sample of an unbroken run of at least this length.
    Sustained(Period),
    /// `over W`: one figure over the last stretch of this length.
    Window(Period),
}

/// `with >= N metric`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TrafficMinimum {
    /// At least this many, never zero.
    pub count: u64,
    /// The metric that counts them.
    pub metric: String,
}

impl Rule {
    /// Reads a rule. Whether its metrics exist and its units fit is for [`Rule::parse_for`] to say.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        parse::rule(text).map(|parsed| parsed.rule)
    }

    /// Reads a rule about these metrics: unknown names and units that do not fit are errors at their place.
    pub fn parse_for(text: &str, metrics: &BTreeMap<String, Unit>) -> Result<Self, RuleError> {
        parse::rule(text)?.checked(text, metrics)
    }

    /// What is compared with what.
    pub fn expr(&self) -> &Expr {
        &self.expr
    }

    /// The metric the rule is about.
    pub fn metric(&self) -> &str {
        let Expr::Limit { metric, .. } = &self.expr;
        metric
    }

    /// How the metric is compared.
    pub fn comparison(&self) -> Comparison {
        let Expr::Limit { comparison, .. } = &self.expr;
        *comparison
    }

    /// The figure the metric is compared with.
    pub fn limit(&self) -> Quantity {
        let Expr::Limit { limit, .. } = &self.expr;
        *limit
    }

    /// Every metric the rule names, the one it is about first.
    pub fn metrics(&self) -> Vec<&str> {
        let mut names = vec![self.metric()];
        names.extend(self.traffic.as_ref().map(|traffic| traffic.metric.as_str()));
        names.dedup();
        names
    }

    /// The time the rule is about.
    pub fn span(&self) -> Span {
        self.span
    }

    /// `for D`.
    pub fn duration(&self) -> Option<Period> {
        match self.span {
            Span::Sustained(period) => Some(period),
            Span::Newest | Span::Window(_) => None,
        }
    }

    /// `over W`.
    pub fn window(&self) -> Option<Period> {
        match self.span {
            Span::Window(period) => Some(period),
            Span::Newest | Span::Sustained(_) => None,
        }
    }

    /// `with >= N metric`, if the rule says so itself.
    pub fn traffic_minimum(&self) -> Option<&TrafficMinimum> {
        self.traffic.as_ref()
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.metric(), self.comparison(), self.limit())?;
        match self.span {
            Span::Newest => {}
            Span::Sustained(period) => write!(f, " for {period}")?,
            Span::Window(period) => write!(f, " over {period}")?,
        }
        match &self.traffic {
            Some(TrafficMinimum { count, metric }) => write!(f, " with >= {count} {metric}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
