//! `[guardrails]` and `[watches]`: what is observed while and after traffic moves.

use super::Context;
use super::metric;
use super::span;
use super::tables;
use crate::diagnostic::Code;
use crate::sink::Problem;
use crate::table::Table;
use seaworthy_domain::policy::Anchor;
use seaworthy_domain::policy::Guardrail;
use seaworthy_domain::policy::NeededFor;
use seaworthy_domain::policy::OnNoData;
use seaworthy_domain::policy::Rollout;
use seaworthy_domain::policy::Then;
use seaworthy_domain::policy::Watch;

/// `[guardrails]`. That `rollback` has a production to act on is seen to with the environments: every policy has one.
pub(super) fn guardrails(root: &Table<'_>, context: &Context<'_>, rollout: &Rollout) -> Vec<Guardrail> {
    let mut guardrails = Vec::new();
    let found = tables(root, "guardrails", "[guardrails.errors]");
    if found.is_empty() && rollout.stages.len() > 1 {
        let message = "traffic moves in stages and no guardrail watches over them";
        root.sink.report(Problem::of_file(Code::MissingKey, message).warning().help(
            "add a table [guardrails.errors] with `rule` and `then`; without one nothing is rolled back by itself",
        ));
    }
    for (name, table) in found {
        let rule = table
            .need("rule", "rule = \"error_rate > 1% for 5m\"")
            .and_then(|value| metric::rule(&value, context));
        let then = table.need("then", "then = \"rollback\"").and_then(|value| {
            value.choice(&[("rollback", Then::Rollback), ("hold", Then::Hold), ("notify", Then::Notify)])
        });
        let on_no_data = table.get("on_no_data").map_or(Some(OnNoData::Hold), |value| {
            value.choice(&[("hold", OnNoData::Hold), ("rollback", OnNoData::Rollback)])
        });
        table.done();
        if let (Some(rule), Some(then), Some(on_no_data)) = (rule, then, on_no_data) {
            guardrails.push(Guardrail { name: name.value.to_owned(), rule, then, on_no_data });
        }
    }
    guardrails
}

/// `[watches]`.
pub(super) fn watches(root: &Table<'_>) -> Vec<Watch> {
    let mut watches = Vec::new();
    for (name, table) in tables(root, "watches", "[watches.first-day]") {
        let after = table.get("after").map_or(Some(Anchor::FullTraffic), |value| {
            value.choice(&[("deploy", Anchor::Deploy), ("full_traffic", Anchor::FullTraffic)])
        });
        let soak = span::soak_in(&table, "length = \"24h\"");
        let needed_for = table.get("needed_for").map_or(Some(NeededFor::Close), |value| {
            if value.text().is_some_and(|text| text.value == "follow_up") {
                value.report(
                    Code::BadValue,
                    "nobody looks once a release is closed, so no watch can follow up",
                    "leave `needed_for` out: the release then stays open until the watch is over",
                );
                return None;
            }
            value.choice(&[("close", NeededFor::Close)])
        });
        table.done();
        if let (Some(after), Some(soak), Some(needed_for)) = (after, soak, needed_for) {
            watches.push(Watch { name: name.value.to_owned(), after, soak, needed_for });
        }
    }
    watches
}
