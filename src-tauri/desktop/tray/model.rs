//! What the tray says: from releases as people see them to a mark, a line and a menu. Pure.

use std::collections::BTreeMap;

use seaworthy_wire::{ReleaseView, State};

/// Releases that the menu names; the rest is counted.
const NAMED_MAX: usize = 5;

/// How things are, worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    /// Nothing is watched.
    Quiet,
    /// Guardrails are armed.
    Armed,
    /// Production has traffic and nobody is looking.
    NotArmed,
    /// A person is needed.
    NeedsYou,
    /// A limit is passed.
    Breach,
}

/// What a person chose in the tray.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pressed {
    /// Show the window, on a release where one is named.
    Open(Option<String>),
    /// Stop forward motion of a release.
    Hold(String),
    /// What was told of a release was seen.
    Seen(String),
    /// End.
    Quit,
}

/// A line of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Something to press.
    Press(String, Pressed),
    /// A rule between two parts.
    Rule,
}

/// Everything that the tray shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Model {
    pub(crate) mark: Mark,
    /// The same in words.
    pub(crate) line: String,
    pub(crate) menu: Vec<Line>,
}

/// A release, as far as the tray is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glance {
    name: String,
    mark: Mark,
    word: &'static str,
    watched: bool,
    holds: bool,
    unseen: bool,
}

/// By identity.
pub(crate) type Glances = BTreeMap<String, Glance>;

impl Glance {
    /// `None` of a release that is over: nothing of it is in the tray.
    pub(crate) fn of(view: &ReleaseView) -> Option<Self> {
        if view.head.over {
            return None;
        }
        let watched = view.is_watched();
        let unknown = view.rollout.operation.as_ref().is_some_and(|one| one.state == State::Unknown);
        let decides = watched && view.bearing.may_move.state == Some(State::Pass);
        let unseen = !view.notices.open.is_empty();
        let (mark, word) = match view.rollout.armed.state {
            State::Fail => (Mark::Breach, "over a limit"),
            _ if unknown => (Mark::NeedsYou, "an outcome is unknown"),
            _ if unseen => (Mark::NeedsYou, "something was not seen yet"),
            State::NotArmed => (Mark::NotArmed, "not armed"),
            _ if decides => (Mark::NeedsYou, "you decide"),
            State::Armed => (Mark::Armed, "armed"),
            _ => (Mark::Quiet, "nothing is armed"),
        };
        let holds = watched && view.head.hold.is_none();
        let name = format!("{} {}", view.head.project, view.head.version);
        Some(Self { name, mark, word, watched, holds, unseen })
    }
}

/// What to show. `ends` says that the watch ends with this process.
pub(crate) fn model(releases: &Glances, ends: bool) -> Model {
    let mut shown: Vec<_> = releases.iter().filter(|(_, one)| one.mark > Mark::Quiet).collect();
    shown.sort_by_key(|(_, one)| std::cmp::Reverse(one.mark));
    let mark = shown.first().map_or(Mark::Quiet, |(_, one)| one.mark);
    let line = match shown.as_slice() {
        [] => "Nothing is watched".to_owned(),
        [(_, one)] => format!("{}: {}", one.name, one.word),
        [(_, one), rest @ ..] => format!("{}: {}, and {} more", one.name, one.word, rest.len()),
    };
    let mut menu = Vec::new();
    let named = &shown[..shown.len().min(NAMED_MAX)];
    for (id, one) in named {
        menu.push(Line::Press(format!("{}: {}", one.name, one.word), Pressed::Open(Some((*id).clone()))));
    }
    if !named.is_empty() {
        menu.push(Line::Rule);
    }
    menu.push(Line::Press("Open Seaworthy".to_owned(), Pressed::Open(None)));
    for (id, one) in named.iter().filter(|(_, one)| one.unseen) {
        menu.push(Line::Press(format!("Seen what was told of {}", one.name), Pressed::Seen((*id).clone())));
    }
    for (id, one) in named.iter().filter(|(_, one)| one.holds) {
        menu.push(Line::Press(format!("Hold {}", one.name), Pressed::Hold((*id).clone())));
    }
    menu.push(Line::Rule);
    let stops = ends && releases.values().any(|one| one.watched);
    let quit = if stops { "Stop watching and quit…" } else { "Quit" };
    menu.push(Line::Press(quit.to_owned(), Pressed::Quit));
    Model { mark, line, menu }
}

#[cfg(test)]
mod tests {
    use super::{Glance, Glances, Line, Mark, Model, Pressed, model};

    fn glance(name: &str, mark: Mark, word: &'static str) -> Glance {
        let (watched, holds) = (mark > Mark::Quiet, mark == Mark::Armed);
        Glance { name: name.to_owned(), mark, word, watched, holds, unseen: mark == Mark::NeedsYou }
    }

    fn glances(of: &[(&str, Mark, &'static str)]) -> Glances {
        of.iter().map(|(name, mark, word)| ((*name).to_owned(), glance(name, *mark, word))).collect()
    }

    fn words(model: &Model) -> Vec<&str> {
        let words = model.menu.iter().map(|line| match line {
            Line::Press(words, _) => words.as_str(),
            Line::Rule => "-",
        });
        words.collect()
    }

    #[test]
    fn nothing_watched_is_quiet_and_quits_without_a_word() {
        let quiet = model(&glances(&[("a", Mark::Quiet, "nothing is armed")]), true);
        assert_eq!((quiet.mark, quiet.line.as_str()), (Mark::Quiet, "Nothing is watched"));
        assert_eq!(words(&quiet), ["Open Seaworthy", "-", "Quit"]);
    }

    #[test]
    fn the_worst_comes_first_and_each_release_has_its_own_actions() {
        let releases = glances(&[
            ("a 1", Mark::Armed, "armed"),
            ("b 2", Mark::Breach, "over a limit"),
            ("c 3", Mark::NeedsYou, "something was not seen yet"),
        ]);
        let shown = model(&releases, true);
        assert_eq!((shown.mark, shown.line.as_str()), (Mark::Breach, "b 2: over a limit, and 2 more"));
        let expected = [
            "b 2: over a limit",
            "c 3: something was not seen yet",
            "a 1: armed",
            "-",
            "Open Seaworthy",
            "Seen what was told of c 3",
            "Hold a 1",
            "-",
            "Stop watching and quit…",
        ];
        assert_eq!(words(&shown), expected);
        assert!(shown.menu.contains(&Line::Press("Hold a 1".into(), Pressed::Hold("a 1".into()))));
    }

    #[test]
    fn a_watch_in_another_process_goes_on_after_quitting() {
        let shown = model(&glances(&[("a 1", Mark::Armed, "armed")]), false);
        assert_eq!(words(&shown).last(), Some(&"Quit"));
    }

    #[test]
    fn a_menu_stays_short() {
        let names: Vec<String> = (0..40).map(|n| format!("r {n:02}")).collect();
        let all: Vec<_> = names.iter().map(|name| (name.as_str(), Mark::Armed, "armed")).collect();
        let shown = model(&glances(&all), true);
        assert_eq!((shown.menu.len(), shown.line.as_str()), (14, "r 00: armed, and 39 more"));
    }
}
