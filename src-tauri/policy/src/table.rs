//! One table of the file. Keys become known by being asked for; what nobody asked for is an unknown key.

use crate::diagnostic::Code;
use crate::diagnostic::MAX_PROBLEMS;
use crate::sink::Problem;
use crate::sink::Sink;
use crate::suggest;
use crate::value::Value;
use std::cell::RefCell;
use std::ops::Range;
use toml::de::DeTable;
use toml::de::DeValue;

/// Entries of one section, criteria of one gate, stages of a rollout: nobody reads more.
pub const MAX_ENTRIES: usize = 256;
/// Names stand in tables on the screen and in file names of evidence.
const MAX_NAME: usize = 64;

/// A value and the bytes where it is written.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) span: Range<usize>,
}

impl<T> At<T> {
    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> At<U> {
        At { value: f(self.value), span: self.span }
    }
}

/// A table being read.
pub(crate) struct Table<'a> {
    pub(crate) sink: &'a Sink<'a>,
    /// How the file names it, such as `[checks.lint]`.
    pub(crate) title: String,
    /// Where it is said that something is missing.
    pub(crate) span: Range<usize>,
    entries: &'a DeTable<'a>,
    asked: RefCell<Vec<&'static str>>,
    refused: RefCell<Vec<&'static str>>,
}

impl<'a> Table<'a> {
    pub(crate) fn new(
        sink: &'a Sink<'a>,
        title: impl Into<String>,
        span: Range<usize>,
        entries: &'a DeTable<'a>,
    ) -> Self {
        Self {
            sink,
            title: title.into(),
            span,
            entries,
            asked: RefCell::default(),
            refused: RefCell::default(),
        }
    }

    /// The value of a key, if it is written.
    pub(crate) fn get(&self, key: &'static str) -> Option<Value<'a>> {
        self.asked.borrow_mut().push(key);
        let (name, value) = self.entries.get_key_value(key)?;
        Some(Value::new(self.sink, key, name.span(), value))
    }

    /// The value of a key that must be written; `example` is a whole line, or a sentence with one in backticks.
    pub(crate) fn need(&self, key: &'static str, example: &str) -> Option<Value<'a>> {
        let value = self.get(key);
        if value.is_none() {
            self.missing(key, example);
        }
        value
    }

    pub(crate) fn missing(&self, key: &str, example: &str) {
        let message = crate::sink::missing(&format!("`{key}`"), &self.title);
        let help = if example.contains('`') { format!("add {example}") } else { format!("add `{example}`") };
        self.sink.report(Problem::new(Code::MissingKey, self.span.clone(), message).help(help));
    }

    /// A value without marking its key as known.
    pub(crate) fn peek(&self, key: &str) -> Option<&'a DeValue<'a>> {
        let entries: &'a DeTable<'a> = self.entries;
        entries.get(key).map(|value| value.get_ref())
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Takes keys as known without reading them, where it is unclear whether they belong here.
    pub(crate) fn skip(&self, keys: &[&'static str]) {
        self.asked.borrow_mut().extend(keys);
    }

    /// Keys that exist, only not together with what the table is otherwise.
    pub(crate) fn refuse(&self, keys: &[&'static str], why: &str) {
        self.refused.borrow_mut().extend(keys);
        for (key, value) in keys.iter().filter_map(|key| Some((key, self.get(key)?))) {
            let problem = Problem::new(Code::Conflict, value.key_span, format!("`{key}` {why}"));
            self.sink.report(problem.help("remove it"));
        }
    }

    /// Reports every key that was not asked for.
    pub(crate) fn done(&self) {
        let (asked, refused) = (self.asked.borrow(), self.refused.borrow());
        let known: Vec<&str> = asked.iter().copied().filter(|key| !refused.contains(key)).collect();
        let is = |key: &str| asked.contains(&key) || refused.contains(&key);
        let mut unknown: Vec<_> = self.entries.iter().filter(|(name, _)| !is(name.get_ref())).collect();
        unknown.sort_by_key(|(name, _)| name.span().start);
        for (index, (name, value)) in unknown.into_iter().enumerate() {
            let written = name.get_ref();
            let message = format!("`{}` is not a key of {}", written.escape_debug(), self.title);
            let problem = Problem::new(Code::UnknownKey, name.span(), message);
            // Comparing names is slow, and no later one is shown.
            let help = (index < MAX_PROBLEMS).then(|| {
                // A table may be written in several pieces, any other key only once.
                let piece = matches!(value.get_ref(), DeValue::Table(_));
                let free: Vec<&str> = known.iter().copied().filter(|key| piece || !self.has(key)).collect();
                suggest::help(written, &free, || match suggest::nearest(written, known.iter().copied()) {
                    Some(set) => format!("`{set}` is written already"),
                    None => "remove it".to_owned(),
                })
            });
            self.sink.report(problem.maybe_help(help));
        }
    }

    /// Entries of a table whose keys are names, in the order of the file.
    pub(crate) fn each(&self) -> Vec<(At<&'a str>, Value<'a>)> {
        let entries = self.variables();
        for (name, _) in &entries {
            check_name(self.sink, name);
        }
        entries
    }

    /// Entries of a table whose keys follow rules of their own, in the order of the file.
    pub(crate) fn variables(&self) -> Vec<(At<&'a str>, Value<'a>)> {
        let mut entries: Vec<_> = self
            .entries
            .iter()
            .map(|(name, value)| {
                let written = name.get_ref().as_ref();
                (At { value: written, span: name.span() }, Value::new(self.sink, written, name.span(), value))
            })
            .collect();
        entries.sort_by_key(|(name, _)| name.span.start);
        if let Some((name, _)) = entries.get(MAX_ENTRIES) {
            let message = format!("{} has {} entries; {MAX_ENTRIES} are the most", self.title, entries.len());
            self.sink.report(Problem::new(Code::Limit, name.span.clone(), message));
            entries.truncate(MAX_ENTRIES);
        }
        entries
    }
}

/// Names are typed in a terminal and shown everywhere: plain characters only.
pub(crate) fn check_name(sink: &Sink<'_>, name: &At<&str>) {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let starts = name.value.starts_with(|c: char| c.is_ascii_alphanumeric());
    let problem = if name.value.chars().count() > MAX_NAME {
        Some(format!("the name has more than {MAX_NAME} characters"))
    } else if !starts || !name.value.chars().all(plain) {
        Some(format!("`{}` is not a name", name.value.escape_debug()))
    } else {
        None
    };
    if let Some(message) = problem {
        let help = "use letters, digits, `-`, `_` and `.`, with a letter or digit first";
        sink.report(Problem::new(Code::BadValue, name.span.clone(), message).help(help));
    }
}
