//! What a step would do, to be read before it is confirmed.

use super::Paint;
use super::layout::hang;
use super::layout::heading;
use super::layout::indented;
use seaworthy_wire::StepPreview;

pub(crate) fn preview(preview: &StepPreview, paint: Paint) -> String {
    let mut page = String::new();
    heading(&mut page, paint, &preview.title);
    for consequence in &preview.consequences {
        hang(&mut page, "  - ", 4, consequence);
    }
    if !preview.calls.is_empty() {
        heading(&mut page, paint, "Sent, once");
    }
    for call in &preview.calls {
        page.push_str(&format!("  {} {}\n", paint.strong(&call.method), call.target));
        for line in &call.body {
            page.push_str(&format!("    {line}\n"));
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
