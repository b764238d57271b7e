//! A fault: what is wrong, what helps, and every missing fact by name.

use super::Paint;
use super::layout::hang;
use super::layout::indented;
use seaworthy_wire::Fault;

pub(crate) fn fault(fault: &Fault, paint: Paint) -> String {
    let mut page = String::new();
    hang(&mut page, &paint.strong("seaworthy: "), 11, &fault.message);
    if let Some(help) = &fault.help {
        indented(&mut page, 11, help);
    }
    for missing in &fault.missing {
        page.push('\n');
        page.push_str(&format!("  {}  {}\n", paint.state(missing.state), paint.strong(&missing.name)));
        indented(&mut page, 4, &missing.title);
        indented(&mut page, 4, &missing.reason);
        if let Some(act) = &missing.act {
            page.push_str(&format!("    {}\n", paint.command(act)));
        }
    }
    page
}
