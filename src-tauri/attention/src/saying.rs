//! What goes in and what comes out.

use crate::topic::is_critical;
use crate::topic::nameless;
use seaworthy_domain::NoticeKey;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::Topic;

/// Titles in one summary; the rest is counted.
const SUMMARY_LINES_MAX: usize = 5;
/// What is shown instead of the words where names are hidden.
const NAMELESS_BODY: &str = "Open Seaworthy to see which.";

/// One thing that can be said of one release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The release.
    pub release: ReleaseId,
    /// What of it.
    pub about: NoticeKey,
}

/// Something that people might have to hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// What it is.
    pub key: Key,
    /// One line.
    pub title: String,
    /// One or two sentences.
    pub body: String,
    /// It is said again for as long as it is so; then it is no news. Else each time is another occurrence.
    pub lasting: bool,
}

/// One notice to be shown now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saying {
    /// What it tells of; more than one in a summary.
    pub of: Vec<Key>,
    /// One line.
    pub title: String,
    /// One or two sentences, or a line for each thing.
    pub body: String,
    /// Somebody must look now.
    pub urgent: bool,
    /// How often it was said, with this time.
    pub times: u32,
}

/// Everything that is due now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// To be shown, most urgent first.
    pub say: Vec<Saying>,
    /// Newly held back until the quiet hours are over; to be recorded, so that a restart does not lose it.
    pub kept: Vec<News>,
}

impl Saying {
    pub(crate) fn single(news: &News, times: u32) -> Self {
        Self {
            of: vec![news.key.clone()],
            title: news.title.clone(),
            body: news.body.clone(),
            urgent: is_critical(news.key.about.topic),
            times,
        }
    }

    /// One notice for several things; one of one is that thing itself.
    pub(crate) fn summary(all: &[(News, u32)]) -> Option<Self> {
        let ((first, times), rest) = all.split_first()?;
        if rest.is_empty() {
            return Some(Self::single(first, *times));
        }
        let urgent = all.iter().any(|(news, _)| is_critical(news.key.about.topic));
        let count = all.len();
        let title =
            if urgent { format!("{count} things need you") } else { format!("{count} things to know") };
        Some(Self {
            of: all.iter().map(|(news, _)| news.key.clone()).collect(),
            title,
            body: listed(all.iter().map(|(news, _)| news.title.as_str())),
            urgent,
            times: all.iter().map(|(_, times)| *times).max().unwrap_or(1),
        })
    }

    /// The same without the name of a project, a release or anything in them.
    #[must_use]
    pub fn nameless(&self) -> Self {
        let topics: Vec<Topic> = self.of.iter().map(|key| key.about.topic).collect();
        let (title, body) = match topics.as_slice() {
            [one] => (nameless(*one).to_owned(), NAMELESS_BODY.to_owned()),
            several => (self.title.clone(), listed(several.iter().map(|topic| nameless(*topic)))),
        };
        Self { title, body, ..self.clone() }
    }

    /// The one release it is about.
    #[must_use]
    pub fn release(&self) -> Option<ReleaseId> {
        let first = self.of.first()?.release;
        self.of.iter().all(|key| key.release == first).then_some(first)
    }
}

fn listed<'t>(titles: impl ExactSizeIterator<Item = &'t str>) -> String {
    let more = titles.len().saturating_sub(SUMMARY_LINES_MAX);
    let mut lines: Vec<String> = titles.take(SUMMARY_LINES_MAX).map(str::to_owned).collect();
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.join("\n")
}
