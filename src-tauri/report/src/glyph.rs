//! The silhouette of each state, always with its word. Shapes are those of the window; a test compares them.

use maud::Markup;
use maud::html;
use seaworthy_wire::State;

const RING: &str = "M8 1.75a6.25 6.25 0 1 0 0 12.5a6.25 6.25 0 0 0 0-12.5Z";
const DISC: &str = "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Z";
const SQUARE: &str =
    "M4 1.9h8A2.1 2.1 0 0 1 14.1 4v8a2.1 2.1 0 0 1-2.1 2.1H4A2.1 2.1 0 0 1 1.9 12V4A2.1 2.1 0 0 1 4 1.9Z";
const OCTAGON: &str = "M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1Z";
const CROSS: &str = "M4.7 5.83 5.83 4.7 8 6.87 10.17 4.7 11.3 5.83 9.13 8 11.3 10.17 10.17 11.3 8 9.13 5.83 11.3 4.7 10.17 6.87 8Z";
const WAVES: [&str; 2] = [
    "M4.6 6.3c1.15-1.1 2.25-1.1 3.4 0s2.25 1.1 3.4 0v1.45c-1.15 1.1-2.25 1.1-3.4 0s-2.25-1.1-3.4 0Z",
    "M4.6 9.3c1.15-1.1 2.25-1.1 3.4 0s2.25 1.1 3.4 0v1.45c-1.15 1.1-2.25 1.1-3.4 0s-2.25-1.1-3.4 0Z",
];
const TRIANGLE: &str =
    "M7.1 2.1a1.05 1.05 0 0 1 1.8 0l6 10.5a1.05 1.05 0 0 1-.9 1.6H2a1.05 1.05 0 0 1-.9-1.6Z";

/// A piece on a grid of 16 by 16. Fills are even-odd, so that what is cut out shows the real background.
enum Piece {
    Fill(&'static [&'static str]),
    Line(&'static str, &'static str),
    Dashed(&'static str),
    Faint(&'static str),
}

fn pieces(state: State) -> &'static [Piece] {
    use Piece::*;
    match state {
        State::Pass => &[Fill(&[DISC, "M5.3 7.6 4.1 8.8 7.03 11.73 12.03 6.17 10.77 5.03 6.97 9.27Z"])],
        State::Fail => &[Fill(&[OCTAGON, CROSS])],
        State::Inconclusive => &[Fill(&["M8 .7 15.3 8 8 15.3.7 8Z", WAVES[0], WAVES[1]])],
        State::NoData => &[Dashed(RING), Line("M5.3 10.7 10.7 5.3", "1.5")],
        State::Stale => &[Line(RING, "1.5"), Line("M8 4.5V8.1L10.5 9.7", "1.5")],
        State::Waived => &[Line("M3.4 1.4v13.2", "1.5"), Fill(&["M4.1 1.9 14 5.3 4.1 8.9Z"])],
        State::NotApplicable => &[Line("M3.2 8h9.6", "1.6")],
        State::Pending => &[Line(RING, "1.5")],
        State::Running => &[Faint(RING), Line("M8 1.75A6.25 6.25 0 1 1 1.75 8", "2")],
        State::Unknown => &[
            Line("M4.6 1.8h6.8L14.9 8l-3.5 6.2H4.6L1.1 8Z", "1.5"),
            Line("M6.2 6.4A1.85 1.85 0 1 1 8.9 8C8.2 8.4 8 8.7 8 9.5", "1.4"),
            Fill(&["M7.15 10.8h1.7v1.6h-1.7Z"]),
        ],
        State::Hold => &[Line(SQUARE, "1.5"), Line("M6.3 5.1v5.8M9.7 5.1v5.8", "1.6")],
        State::Armed => &[Line(RING, "1.5"), Fill(&["M8 5.1a2.9 2.9 0 1 0 0 5.8a2.9 2.9 0 0 0 0-5.8Z"])],
        State::NotArmed => &[Line(RING, "1.5"), Line("M3.7 3.7 12.3 12.3", "1.5")],
        State::Incident => &[Fill(&[TRIANGLE, "M7.2 6h1.6v4H7.2ZM7.2 11h1.6v1.6H7.2Z"])],
        State::Differs => &[Line(SQUARE, "1.5"), Line("M4.9 6.4h6.2M4.9 9.6h6.2M10 4.6 6 11.4", "1.3")],
    }
}

/// Class of the colour that speeds the state up.
pub(crate) fn tone(state: State) -> &'static str {
    match state {
        State::Pass => "tone-pass",
        State::Fail => "tone-fail",
        State::Inconclusive => "tone-inconclusive",
        State::NoData | State::NotArmed => "tone-no-data",
        State::Stale | State::Hold | State::Incident | State::Differs => "tone-stale",
        State::Waived => "tone-waived",
        State::Unknown => "tone-unknown",
        State::Running | State::Armed => "tone-accent",
        State::NotApplicable | State::Pending => "tone-neutral",
    }
}

/// The silhouette alone, for beside a word that says the same.
pub(crate) fn glyph(state: State) -> Markup {
    html! {
        svg class={ "glyph " (tone(state)) } viewBox="0 0 16 16" aria-hidden="true" {
            @for piece in pieces(state) {
                @match piece {
                    Piece::Fill(parts) => path class="f" d={ @for part in *parts { (part) } } {},
                    Piece::Line(line, width) => path class="l" stroke-width=(width) d=(line) {},
                    Piece::Dashed(line) => path class="l" stroke-width="1.5" stroke-dasharray="3.1 1.81" d=(line) {},
                    Piece::Faint(line) => path class="l" stroke-width="2" opacity=".28" d=(line) {},
                }
            }
        }
    }
}

/// Silhouette and word.
pub(crate) fn badge(state: State, word: &str) -> Markup {
    html! { span class={ "badge " (tone(state)) } { (glyph(state)) (crate::text::t(word)) } }
}

/// Silhouette and the state's own word.
pub(crate) fn state(state: State) -> Markup {
    badge(state, state.word())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [State; 15] = [
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

    #[test]
    fn shapes_are_those_of_the_window() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/src/lib/kit/glyphs.ts");
        let window = std::fs::read_to_string(path).unwrap();
        for state in ALL {
            for piece in pieces(state) {
                let lines = match piece {
                    Piece::Fill(parts) => *parts,
                    Piece::Line(line, _) | Piece::Dashed(line) | Piece::Faint(line) => &[*line],
                };
                for line in lines {
                    assert!(window.contains(line), "{state:?}: the window does not draw {line}");
                }
            }
        }
    }

    #[test]
    fn no_two_states_share_a_silhouette() {
        let drawn = |state| glyph(state).into_string().replace(tone(state), "");
        for (index, one) in ALL.iter().enumerate() {
            for other in &ALL[index + 1..] {
                assert_ne!(drawn(*one), drawn(*other), "{one:?} and {other:?}");
            }
        }
    }
}
