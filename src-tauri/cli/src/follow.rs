//! What happens while a command runs, line by line.

use crate::clean::cleaned;
use crate::out::Output;
use anstream::adapter::StripBytes;
use seaworthy_wire::Push;
use seaworthy_wire::ReleaseView;
use std::collections::BTreeMap;

/// Writes pushes.
pub(crate) struct Follower {
    /// Only this release; all when absent.
    release: Option<String>,
    /// Whether events of releases are told, and not only output and progress.
    tells_events: bool,
    /// Newest event told.
    told: Option<u64>,
    /// Last words on who is looking and what is decided.
    armed: String,
    decision: String,
    runs: BTreeMap<(String, bool), Run>,
    newest_check: Option<String>,
    /// By check: its newest run and the piece that comes next.
    next_piece: BTreeMap<String, (String, u32)>,
    mid_line: bool,
}

/// Output of one run on one stream.
#[derive(Default)]
struct Run {
    run: String,
    strip: StripBytes,
}

const HOLE: &str = "[some output was too fast to be shown; `seaworthy check --log` has it]\n";

impl Follower {
    /// Only output and progress; the answer tells the rest.
    pub(crate) fn quiet(release: Option<String>) -> Self {
        Self {
            release,
            tells_events: false,
            told: None,
            armed: String::new(),
            decision: String::new(),
            runs: BTreeMap::new(),
            newest_check: None,
            next_piece: BTreeMap::new(),
            mid_line: false,
        }
    }

    /// Events too, from `view` on.
    pub(crate) fn from(view: &ReleaseView) -> Self {
        let mut follower = Self::quiet(Some(view.head.id.clone()));
        follower.tells_events = true;
        follower.told = view.recent.first().map(|newest| newest.seq);
        follower.armed = view.rollout.armed.text.clone();
        follower.decision = view.rollout.decision.line.clone();
        follower
    }

    /// Events of any release, from the first on.
    pub(crate) fn everything() -> Self {
        let mut follower = Self::quiet(None);
        follower.tells_events = true;
        follower
    }

    /// The check that last said something.
    pub(crate) fn running_check(&self) -> Option<String> {
        self.newest_check.clone()
    }

    /// Writes one push.
    pub(crate) fn push(&mut self, out: &mut Output, push: &Push) {
        match push {
            Push::Output { .. } => self.output(out, push),
            Push::Progress { release, line } => {
                out.record("progress", release.as_deref(), None, push);
                self.end_line(out);
                out.say(&format!("{}\n", crate::clean::clean_text(line)));
            }
            Push::Release { view } if self.tells_events && self.is_ours(&view.head.id) => {
                out.record("release", Some(&view.head.id), None, view);
                if let Some(Push::Release { view }) = cleaned(push) {
                    self.end_line(out);
                    self.view(out, &view);
                }
            }
            // Another door's business, or there for charts and lists.
            _ => {}
        }
    }

    /// Leaves the terminal at the start of a line.
    pub(crate) fn finish(&mut self, out: &mut Output) {
        self.end_line(out);
    }

    fn is_ours(&self, release: &str) -> bool {
        self.release.as_ref().is_none_or(|ours| ours == release)
    }

    fn view(&mut self, out: &mut Output, view: &ReleaseView) {
        let when = out.when(Some(view.now));
        let told = self.told;
        let fresh = view.recent.iter().rev().filter(|one| told.is_none_or(|told| one.seq > told));
        let mut lines: String = fresh.map(|one| crate::render::happened(one, when, out.paint)).collect();
        self.told = view.recent.first().map(|newest| newest.seq).max(told);
        let rollout = &view.rollout;
        if out.console.live.is_none() {
            for (state, text, before) in [
                (rollout.armed.state, &rollout.armed.text, &mut self.armed),
                (rollout.decision.state, &rollout.decision.line, &mut self.decision),
            ] {
                if text != before {
                    lines.push_str(&crate::render::noted(view.now, state, text, when, out.paint));
                    before.clone_from(text);
                }
            }
        }
        out.say(&lines);
        let block = crate::render::live(view, when, out.paint);
        out.show_block(&block);
    }

    fn output(&mut self, out: &mut Output, push: &Push) {
        let Push::Output { release, check, run, seq, text, err } = push else { return };
        out.record("output", Some(release), None, push);
        self.newest_check = Some(check.clone());
        // Whoever comes later than the run sees it from there; only a hole within it is one.
        let before = self.next_piece.insert(check.clone(), (run.clone(), seq.wrapping_add(1)));
        if before.is_some_and(|(same, next)| same == *run && next != *seq) {
            self.end_line(out);
            out.say(HOLE);
        }
        let key = (check.clone(), *err);
        let stream = self.runs.entry(key).or_default();
        if stream.run != *run {
            *stream = Run { run: run.clone(), strip: StripBytes::new() };
        }
        let shown = crate::clean::clean_output(&mut stream.strip, text);
        if let Some(last) = shown.chars().last() {
            self.mid_line = last != '\n';
            out.say(&shown);
        }
    }

    fn end_line(&mut self, out: &mut Output) {
        if std::mem::take(&mut self.mid_line) {
            out.say("\n");
        }
    }
}
