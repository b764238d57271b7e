//! `[[rollout.stages]]`: how production traffic moves.

use super::Context;
use super::span;
use super::vercel;
use crate::diagnostic::Code;
use crate::sink::Problem;
use crate::table::Table;
use crate::value::Value;
use seaworthy_domain::Share;
use seaworthy_domain::policy::Rollout;
use seaworthy_domain::policy::Stage;
use seaworthy_domain::policy::Target;
use std::ops::Range;

/// A stage and where its parts are written, for what stages say to one another.
struct Placed {
    stage: Stage,
    share: Range<usize>,
}

/// `[rollout]`; without one a single stage takes everybody at once. Tells the context how many stages there are.
pub(super) fn rollout(root: &Table<'_>, context: &mut Context<'_>) -> Rollout {
    let everybody = || Rollout {
        stages: vec![Stage {
            name: Share::FULL.to_string(),
            share: Share::FULL,
            soak: None,
            auto_advance: false,
        }],
    };
    let example = "[[rollout.stages]]";
    let Some(table) = root.get("rollout").and_then(|value| value.table("[rollout]", example)) else {
        return everybody();
    };
    let list = table.need("stages", "a table [[rollout.stages]] with `share = \"100%\"`");
    table.done();
    let Some(list) = list else { return everybody() };
    let Some(entries) = list.list(example) else { return everybody() };
    if entries.is_empty() {
        list.report(
            Code::BadValue,
            "there are no stages",
            "add one with `share = \"100%\"`, or remove [rollout]",
        );
        return everybody();
    }
    context.names.stages = entries.len();
    let last = entries.len() - 1;
    let mut stages: Vec<Placed> = Vec::new();
    let mut sound = true;
    for (index, entry) in entries.iter().enumerate() {
        match stage(entry, index == last) {
            Some(stage) => stages.push(stage),
            None => sound = false,
        }
    }
    rising(root, &stages, sound);
    splittable(root, &stages, context);
    distinct(root, &stages);
    Rollout { stages: stages.into_iter().map(|placed| placed.stage).collect() }
}

fn stage(entry: &Value<'_>, last: bool) -> Option<Placed> {
    let table = entry.table("[[rollout.stages]]", "{ share = \"5%\", soak = \"30m\" }")?;
    let share_value = table.need("share", "share = \"5%\"");
    let span = share_value.as_ref().map_or(table.span.clone(), |value| value.span.clone());
    let share = share_value.and_then(|value| some_traffic(&value));
    let name = table.get("name").map(|value| value.text());
    let soak_value = table.get("soak");
    let soak = soak_value.as_ref().map(span::soak);
    let advance = table.get("auto_advance");
    let auto_advance = advance.as_ref().map_or(Some(false), Value::boolean);
    table.done();
    let share = share?;
    let full = share == Share::FULL;
    if let (true, Some(value)) = (full, &soak_value) {
        let message = "a stage with all traffic has no soak";
        let problem = Problem::new(Code::Conflict, value.key_span.clone(), message);
        table
            .sink
            .report(problem.help("a watch follows full traffic: add [watches.first-day] with `length`"));
    }
    if !full && soak_value.is_none() {
        table.missing("soak", "`soak = \"30m\"`, the time to observe before the next stage");
    }
    if let (true, Some(true), Some(value)) = (last, auto_advance, advance) {
        let message = "there is no stage after this one";
        let problem = Problem::new(Code::Conflict, value.key_span, message);
        table.sink.report(problem.help("remove `auto_advance`"));
    }
    let name = match name {
        Some(name) => name?.value.to_owned(),
        None => share.to_string(),
    };
    let soak = match soak {
        Some(soak) => Some(soak?),
        None => None,
    };
    Some(Placed { stage: Stage { name, share, soak, auto_advance: auto_advance? }, share: span })
}

fn some_traffic(value: &Value<'_>) -> Option<Share> {
    let share = value.share()?;
    if share == Share::NONE {
        value.report(
            Code::BadValue,
            "a stage of 0% moves no traffic",
            "deploying places the candidate without traffic already; begin with more",
        );
        return None;
    }
    Some(share)
}

/// Shares rise from stage to stage up to everybody.
fn rising(root: &Table<'_>, stages: &[Placed], sound: bool) {
    for pair in stages.windows(2) {
        let [before, after] = pair else { continue };
        if after.stage.share <= before.stage.share {
            let (low, high) = (after.stage.share, before.stage.share);
            let message =
                format!("{low} follows {high}; each stage must have more traffic than the one before");
            let problem = Problem::new(Code::Conflict, after.share.clone(), message);
            root.sink.report(problem.help("put the stages in the order of their shares, each share once"));
        }
    }
    if let Some(last) = stages.last().filter(|last| sound && last.stage.share != Share::FULL) {
        let message =
            format!("the last stage has {} of the traffic; a release ends with 100%", last.stage.share);
        let problem = Problem::new(Code::Conflict, last.share.clone(), message);
        root.sink.report(problem.help("add a stage with `share = \"100%\"`"));
    }
}

/// A folder knows nothing between nobody and everybody, and Vercel not much more.
fn splittable(root: &Table<'_>, stages: &[Placed], context: &Context<'_>) {
    let (name, target) = match context.production_target() {
        Some((name, Target::Vercel(target))) => {
            let shares = stages.iter().map(|placed| (placed.stage.share, &placed.share));
            return vercel::splittable(root, name, target, shares);
        }
        Some((name, Target::Folder(_))) => (name, "folder"),
        _ => return,
    };
    if let Some(placed) = stages.iter().find(|placed| placed.stage.share != Share::FULL) {
        let message = format!(
            "the {target} target `{name}` of production knows only 0% and 100%, not {}",
            placed.stage.share
        );
        let problem = Problem::new(Code::Conflict, placed.share.clone(), message);
        root.sink.report(problem.help(
            "put a splitter or a flag in front and let a target of kind \"command\" move it, or keep one stage of 100%",
        ));
    }
}

fn distinct(root: &Table<'_>, stages: &[Placed]) {
    for (index, placed) in stages.iter().enumerate() {
        let (name, share) = (&placed.stage.name, placed.stage.share);
        // Equal shares are reported as such, and they make equal default names.
        if stages[..index].iter().any(|other| other.stage.name == *name && other.stage.share != share) {
            let message = format!("two stages are called `{name}`");
            root.sink.report(
                Problem::new(Code::Conflict, placed.share.clone(), message).help("give each its own `name`"),
            );
        }
    }
}
