//! Holds a rule against the metrics there are.

use std::{collections::BTreeMap, ops::Range};

use crate::{Rule, RuleError, Unit, UnitError, suggest};

/// A rule and where its parts stand.
pub(crate) struct Parsed {
    pub(crate) rule: Rule,
    pub(crate) metric: Range<usize>,
    pub(crate) limit: Range<usize>,
    pub(crate) traffic: Option<Range<usize>>,
}

impl Parsed {
    pub(crate) fn checked(self, text: &str, metrics: &BTreeMap<String, Unit>) -> Result<Rule, RuleError> {
        let unit_of = |name: &str, span: &Range<usize>| {
            metrics.get(name).copied().ok_or_else(|| {
                let error = RuleError::new(text, span.clone(), format!("there is no metric `{name}`"));
                match suggest::nearest(name, metrics.keys().map(String::as_str)) {
                    Some(meant) => error.help(format!("write `{meant}`")),
                    None => error.help("declare it under `metrics` or use one that is declared"),
                }
            })
        };
        let unit = unit_of(self.rule.metric(), &self.metric)?;
        if let Err(error) = self.rule.limit().limit_in(unit) {
            return Err(match error {
                UnitError::Mismatch { from, to } => {
                    let message = format!(
                        "`{}` is measured as {}, not as {}",
                        self.rule.metric(),
                        to.named(),
                        from.named()
                    );
                    RuleError::new(text, self.limit, message).help(format!("write {}", to.hint()))
                }
                other => RuleError::new(text, self.limit, other.to_string()),
            });
        }
        if let (Some(traffic), Some(span)) = (&self.rule.traffic, &self.traffic)
            && unit_of(&traffic.metric, span)? != Unit::COUNT
        {
            let message = format!("`{}` is not a count", traffic.metric);
            return Err(
                RuleError::new(text, span.clone(), message).help("name a metric with `unit = \"count\"`")
            );
        }
        Ok(self.rule)
    }
}
