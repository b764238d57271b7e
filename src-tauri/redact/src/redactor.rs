//! The secrets that are known, and text without them.

use crate::encode::SECRET_BYTES_MIN;
use crate::encode::forms;
use aho_corasick::AhoCorasick;
use aho_corasick::MatchKind;
use secrecy::ExposeSecret;
use secrecy::SecretString;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;

/// What stands where a secret stood.
pub const MASK: &str = "[secret]";

/// Secrets known at once. A process opens a handful; when somebody rotates all day the oldest are no longer in use.
pub const SECRETS_MAX: usize = 64;

/// The secrets of one process. Cloning shares them.
#[derive(Clone, Default)]
pub struct Redactor(Arc<RwLock<Known>>);

#[derive(Default)]
struct Known {
    secrets: VecDeque<SecretString>,
    finder: Option<Arc<Finder>>,
}

/// Finds every form of every secret.
pub(crate) struct Finder {
    automaton: AhoCorasick,
    pub(crate) longest: usize,
}

impl Redactor {
    /// Nothing known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes `secret` out of everything from now on. One below [`SECRET_BYTES_MIN`] bytes is not taken.
    pub fn learn(&self, secret: &SecretString) {
        let text = secret.expose_secret();
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if text.len() < SECRET_BYTES_MIN || known.secrets.iter().any(|old| old.expose_secret() == text) {
            return;
        }
        if known.secrets.len() == SECRETS_MAX {
            known.secrets.pop_front();
        }
        known.secrets.push_back(secret.clone());
        known.finder = Finder::of(&known.secrets).map(Arc::new);
    }

    pub(crate) fn finder(&self) -> Option<Arc<Finder>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).finder.clone()
    }

    /// Whether nothing is known, so that nothing has to be looked through.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.finder().is_none()
    }

    /// `bytes` without secrets; for what is whole. Pieces of something longer go through [`crate::Stream`].
    #[must_use]
    pub fn bytes<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        let Some(finder) = self.finder() else { return Cow::Borrowed(bytes) };
        let spans = finder.spans(bytes);
        if spans.is_empty() { Cow::Borrowed(bytes) } else { Cow::Owned(masked(bytes, &spans)) }
    }

    /// `text` without secrets.
    #[must_use]
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            // A form begins and ends at characters, so this loses nothing.
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }

    /// Takes secrets out of every string of `value`, names of members too, before it is written as text.
    pub fn json(&self, value: &mut Value) {
        if self.is_empty() {
            return;
        }
        match value {
            Value::String(text) => {
                if let Cow::Owned(clean) = self.text(text) {
                    *text = clean;
                }
            }
            Value::Array(entries) => entries.iter_mut().for_each(|entry| self.json(entry)),
            Value::Object(members) => {
                let telling: Vec<String> =
                    members.keys().filter(|name| matches!(self.text(name), Cow::Owned(_))).cloned().collect();
                for name in telling {
                    if let Some(member) = members.remove(&name) {
                        members.insert(self.text(&name).into_owned(), member);
                    }
                }
                members.values_mut().for_each(|member| self.json(member));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).secrets.len();
        f.debug_struct("Redactor").field("secrets", &known).finish()
    }
}

impl Finder {
    fn of(secrets: &VecDeque<SecretString>) -> Option<Self> {
        let forms: Vec<Vec<u8>> = secrets.iter().flat_map(|secret| forms(secret.expose_secret())).collect();
        let longest = forms.iter().map(Vec::len).max()?;
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&forms).ok()?;
        Some(Self { automaton, longest })
    }

    /// Where secrets stand, ascending, overlapping ones as one.
    pub(crate) fn spans(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> =
            self.automaton.find_overlapping_iter(bytes).map(|found| found.range()).collect();
        found.sort_by_key(|span| span.start);
        let mut spans: Vec<Range<usize>> = Vec::new();
        for span in found {
            match spans.last_mut() {
                Some(last) if span.start < last.end => last.end = last.end.max(span.end),
                _ => spans.push(span),
            }
        }
        spans
    }
}

fn masked(bytes: &[u8], spans: &[Range<usize>]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for span in spans {
        clean.extend_from_slice(&bytes[from..span.start]);
        clean.extend_from_slice(MASK.as_bytes());
        from = span.end;
    }
    clean.extend_from_slice(&bytes[from..]);
    clean
}
