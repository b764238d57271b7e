//! What a step would do, to be read before it is confirmed.

use super::Paint;
use super::layout::hang;
use super::layout::heading;
use super::layout::indented;
use seaworthy_wire::StepPreview;

/// What would begin a line of its own. A policy or a script must not be able to write the lines that a person trusts.
const BREAKS: [char; 2] = ['\n', '\r'];

fn one_line(text: &str) -> String {
    text.replace(BREAKS, " ⏎ ")
}

pub(crate) fn preview(preview: &StepPreview, paint: Paint) -> String {
    let mut page = String::new();
    heading(&mut page, paint, &one_line(&preview.title));
    for consequence in &preview.consequences {
        hang(&mut page, "  - ", 4, consequence);
    }
    if !preview.calls.is_empty() {
        heading(&mut page, paint, "What will be sent, once");
    }
    for call in &preview.calls {
        let (method, target) = (one_line(&call.method), one_line(&call.target));
        page.push_str(&format!("  {} {target}\n", paint.strong(&method)));
        for text in &call.body {
            page.push_str(&format!("    {}\n", text.replace(BREAKS, "\n    ⏎ ")));
        }
    }
    if !preview.checks.is_empty() {
        heading(&mut page, paint, "Checked just now");
    }
    for check in &preview.checks {
        hang(&mut page, &format!("  {} ", paint.glyph(check.state)), 4, &check.text);
    }
    page.push('\n');
    indented(&mut page, 0, &format!("Starts from: {}", preview.expect));
    page
}
