//! How people want to be told, and what the ledger says they were told.

use chrono::DateTime;
use chrono::Utc;
use seaworthy_attention::Attention;
use seaworthy_attention::Given;
use seaworthy_attention::Key;
use seaworthy_attention::News;
use seaworthy_attention::Quiet;
use seaworthy_attention::Rules;
use seaworthy_domain::Event;
use seaworthy_domain::NoticeKey;
use seaworthy_domain::QuietHours;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::SettledBy;
use seaworthy_domain::Topic;

/// As last recorded; in the beginning nothing is quiet and nothing hidden.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wishes {
    pub(crate) quiet: Option<QuietHours>,
    pub(crate) names_hidden: bool,
}

impl Wishes {
    /// What the machine goes by. Hours on a clock that this version does not know are not kept: a person is rather told
    /// than not.
    pub(crate) fn rules(&self, rehearsal: bool) -> Rules {
        let quiet = self.quiet.as_ref().and_then(|quiet| Quiet::of(quiet).ok());
        Rules { quiet, once: rehearsal }
    }

    pub(crate) fn take_in(&mut self, event: &Event) {
        if let Event::NoticesSet { quiet, names_hidden } = event {
            *self = Self { quiet: quiet.clone(), names_hidden: *names_hidden };
        }
    }
}

/// Takes in what the ledger says of notices.
pub(crate) fn heard(attention: &mut Attention, release: ReleaseId, event: &Event, at: DateTime<Utc>) {
    let key = |about: &NoticeKey| Key { release, about: about.clone() };
    match event {
        Event::Noticed { title, body, of, times, summary, undelivered, .. } => {
            for about in of {
                let (title, body, undelivered) = (title.clone(), body.clone(), undelivered.clone());
                let given = Given { title, body, times: *times, own: !summary, undelivered };
                attention.given(&key(about), given, at);
            }
        }
        Event::NoticeKept { about, title, body } => {
            let (title, body) = (title.clone(), body.clone());
            attention.kept(News { key: key(about), title, body, lasting: false }, at);
        }
        Event::NoticeSettled { of, by } => of.iter().for_each(|about| attention.settle(&key(about), *by)),
        Event::Closed { .. } | Event::Abandoned { .. } => attention.over(release),
        _ => {}
    }
}

/// One sentence for what is about notices, nothing for the rest.
pub(crate) fn sentence(event: &Event) -> String {
    match event {
        Event::NoticeKept { title, .. } => format!("Held back for quiet hours: {title}"),
        Event::NoticeSettled { of, by: SettledBy::Seen } => format!("Seen: {}", topics(of)),
        Event::NoticeSettled { of, by: SettledBy::Passed } => format!("No longer so: {}", topics(of)),
        Event::NoticesSet { quiet, names_hidden } => hours(quiet.as_ref(), *names_hidden),
        Event::Noticed { title, undelivered: None, .. } => format!("Notified: {title}"),
        Event::Noticed { title, undelivered: Some(why), .. } => format!("Could not notify ({why}): {title}"),
        _ => String::new(),
    }
}

fn topics(of: &[NoticeKey]) -> String {
    let one = |key: &NoticeKey| {
        let what = match key.topic {
            Topic::Rollback => "on its way back",
            Topic::RolledBack => "rolled back",
            Topic::RollbackFailed => "a rollback without effect",
            Topic::Hold => "on hold",
            Topic::OverLimit => "over its limit",
            Topic::NoMeasurement => "no measurement",
            Topic::NotWatched => "not watched",
            Topic::NotKept => "what is seen cannot be kept",
            Topic::Changed => "kept samples were changed",
            Topic::Missed => "a limit was passed while nobody looked",
            Topic::Unknown => "an unknown outcome",
            Topic::Decision => "a decision is due",
            Topic::Overdue => "a decision is overdue",
            Topic::WatchOver => "a watch is over",
        };
        if key.detail.is_empty() { what.to_owned() } else { format!("{what} ({})", key.detail) }
    };
    of.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn hours(quiet: Option<&QuietHours>, names_hidden: bool) -> String {
    let quiet = quiet.map_or_else(
        || "Notices come at any hour".to_owned(),
        |QuietHours { from, to, zone }| {
            format!(
                "Notices that can wait keep quiet from {} to {} {zone}",
                from.format("%H:%M"),
                to.format("%H:%M")
            )
        },
    );
    format!("{quiet} and {} names", if names_hidden { "hide" } else { "show" })
}
