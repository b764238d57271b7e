//! What people were told of a release and have not seen, and what they could not be told.

use crate::core::Core;
use seaworthy_domain::ReleaseId;
use seaworthy_wire::NoticeView;
use seaworthy_wire::NoticesView;
use seaworthy_wire::UnheardView;

pub(super) fn view(core: &Core, id: ReleaseId) -> NoticesView {
    let mut open: Vec<_> = core.attention.open(id).collect();
    open.sort_by_key(|open| open.said);
    let unheard = core.attention.unheard(id);
    NoticesView {
        open: open
            .into_iter()
            .map(|open| NoticeView {
                title: open.title,
                body: open.body,
                said: open.said.map(|(at, _)| at.timestamp_millis()),
                times: open.said.map_or(0, |(_, times)| times),
            })
            .collect(),
        unheard: unheard
            .map(|unheard| UnheardView {
                title: unheard.title.clone(),
                why: unheard.why.clone(),
                at: unheard.at.timestamp_millis(),
            })
            .collect(),
    }
}
