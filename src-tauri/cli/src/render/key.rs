//! The key of this device.

use super::Paint;
use super::When;
use super::layout::hang;
use seaworthy_wire::KeyView;

pub(crate) fn key(view: &KeyView, when: When, paint: Paint) -> String {
    let mut page = String::new();
    let name = view.key.as_deref().map_or_else(String::new, |key| format!("{key}\n"));
    page.push_str(&paint.strong(&name));
    hang(&mut page, &format!("{} ", paint.glyph(view.state)), 2, &view.text);
    if let (Some(store), Some(at), Some(by)) = (&view.store, view.bound, &view.by) {
        let text = format!(
            "key {} of this device, kept in the {store}, bound {} by {by}",
            view.number,
            when.full(at)
        );
        hang(&mut page, "  ", 2, &text);
    }
    page
}
