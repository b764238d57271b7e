//! Glyphs, words and colours. Colour never says anything alone.

use anstyle::AnsiColor;
use anstyle::Color;
use anstyle::Style;
use seaworthy_wire::State;

/// Whether to colour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    pub(crate) colour: bool,
}

impl Paint {
    fn with(self, style: Style, text: &str) -> String {
        if self.colour && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    pub(crate) fn strong(self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }

    pub(crate) fn faint(self, text: &str) -> String {
        self.with(Style::new().dimmed(), text)
    }

    /// Text that is to be typed.
    pub(crate) fn command(self, text: &str) -> String {
        self.with(Style::new().fg_color(Some(Color::Ansi(AnsiColor::Cyan))), text)
    }

    /// Text in the tone of a state.
    pub(crate) fn toned(self, state: State, text: &str) -> String {
        self.with(
            tone(state).map_or_else(Style::new, |colour| Style::new().fg_color(Some(colour.into()))),
            text,
        )
    }

    pub(crate) fn glyph(self, state: State) -> String {
        self.toned(state, glyph(state))
    }

    /// `✓ Pass`.
    pub(crate) fn state(self, state: State) -> String {
        self.toned(state, &format!("{} {}", glyph(state), state.word()))
    }
}

fn tone(state: State) -> Option<AnsiColor> {
    match state {
        State::Pass | State::Armed => Some(AnsiColor::Green),
        State::Fail => Some(AnsiColor::Red),
        State::Inconclusive | State::Unknown | State::Hold => Some(AnsiColor::Magenta),
        State::NoData | State::Stale | State::NotArmed | State::Incident | State::Differs => {
            Some(AnsiColor::Yellow)
        }
        State::Running => Some(AnsiColor::Blue),
        State::Waived | State::NotApplicable | State::Pending => None,
    }
}

/// One column each; every state has a shape of its own.
fn glyph(state: State) -> &'static str {
    match state {
        State::Pass => "✓",
        State::Fail => "✗",
        State::Inconclusive => "≈",
        State::NoData => "∅",
        State::Stale => "◷",
        State::Waived => "⚑",
        State::NotApplicable => "–",
        State::Pending => "○",
        State::Running => "◔",
        State::Unknown => "?",
        State::Hold => "‖",
        State::Armed => "◉",
        State::NotArmed => "⊘",
        State::Incident => "▲",
        State::Differs => "≠",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_state_has_its_own_glyph_of_one_column() {
        let states = [
            State::Pass,
            State::Fail,
            State::Inconclusive,
            State::NoData,
            State::Stale,
            State::Waived,
            State::NotApplicable,
            State::Pending,
            State::Running,
            State::Unknown,
            State::Hold,
            State::Armed,
            State::NotArmed,
            State::Incident,
            State::Differs,
        ];
        let glyphs: BTreeSet<_> = states.into_iter().map(glyph).collect();
        assert_eq!(glyphs.len(), states.len());
        assert!(glyphs.iter().all(|glyph| unicode_width::UnicodeWidthStr::width(*glyph) == 1));
    }

    #[test]
    fn without_colour_there_is_no_escape() {
        assert_eq!(Paint { colour: false }.state(State::Fail), "✗ Fail");
        assert_eq!(Paint { colour: true }.state(State::Fail), "\u{1b}[31m✗ Fail\u{1b}[0m");
    }
}
