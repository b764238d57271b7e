//! Connections, without their tokens.

use super::Paint;
use super::When;
use super::layout::column;
use super::layout::fill;
use super::layout::hang;
use seaworthy_wire::ConnectionView;
use seaworthy_wire::ConnectionsView;
use seaworthy_wire::VaultView;
use unicode_width::UnicodeWidthStr;

/// A paragraph for each connection.
pub(crate) fn connections(view: &ConnectionsView, when: When, paint: Paint) -> String {
    let width = column(view.connections.iter().map(|one| one.name.as_str()));
    let mut page: String = view.connections.iter().map(|one| paragraph(one, width, when, paint)).collect();
    if page.is_empty() {
        page.push_str("Nothing is connected, and no policy here names a service.\n");
    }
    if view.vault == VaultView::Locked {
        page.push_str("The passphrase vault is locked.\n");
    }
    page
}

pub(crate) fn connection(view: &ConnectionView, when: When, paint: Paint) -> String {
    paragraph(view, view.name.width(), when, paint)
}

fn paragraph(view: &ConnectionView, width: usize, when: When, paint: Paint) -> String {
    let mut page = String::new();
    let first = format!("{} {}{}  ", paint.glyph(view.state), view.name, fill(&view.name, width));
    let hanging = width.max(view.name.width()) + 4;
    let owner = view.identity.as_ref().map_or_else(String::new, |identity| format!(", as {identity}"));
    hang(&mut page, &first, hanging, &format!("{} at {}{owner}", view.service, view.origin));
    let blank = " ".repeat(hanging);
    hang(&mut page, &blank, hanging, &view.text);
    if let (Some(store), Some(at), Some(by)) = (&view.store, view.connected, &view.by) {
        let tested = view.tested.map_or_else(String::new, |at| format!("; tested {}", when.stamp(at)));
        hang(
            &mut page,
            &blank,
            hanging,
            &format!("token in the {store} since {} (by {by}){tested}", when.stamp(at)),
        );
    }
    page
}
