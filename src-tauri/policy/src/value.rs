//! One value of the file, read as what a key needs. A reader that returns `None` has reported why.

use crate::diagnostic::Code;
use crate::sink::Problem;
use crate::sink::Sink;
use crate::suggest;
use crate::table::At;
use crate::table::MAX_ENTRIES;
use crate::table::Table;
use seaworthy_domain::Share;
use seaworthy_rules::Period;
use seaworthy_rules::PeriodError;
use seaworthy_rules::parse_duration;
use std::ops::Range;
use std::ops::RangeInclusive;
use toml::Spanned;
use toml::de::DeValue;

/// The value of a key, or an entry of a list.
pub(crate) struct Value<'a> {
    pub(crate) sink: &'a Sink<'a>,
    pub(crate) key: &'a str,
    pub(crate) key_span: Range<usize>,
    pub(crate) span: Range<usize>,
    pub(crate) raw: &'a DeValue<'a>,
}

impl<'a> Value<'a> {
    pub(crate) fn new(
        sink: &'a Sink<'a>,
        key: &'a str,
        key_span: Range<usize>,
        value: &'a Spanned<DeValue<'a>>,
    ) -> Self {
        Self { sink, key, key_span, span: value.span(), raw: value.get_ref() }
    }

    pub(crate) fn report(&self, code: Code, message: impl Into<String>, help: impl Into<String>) {
        self.sink.report(Problem::new(code, self.span.clone(), message).help(help));
    }

    /// Reports that another type is needed.
    pub(crate) fn mistyped(&self, expected: &str, help: Option<String>) {
        let found = match self.raw {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let message = format!("`{}` is {found}; {expected} is needed", self.key);
        self.sink.report(Problem::new(Code::WrongType, self.span.clone(), message).maybe_help(help));
    }

    /// What is written, for help texts; empty for what goes over several lines.
    fn written(&self) -> &'a str {
        let sink: &'a Sink<'a> = self.sink;
        let text = sink.text.get(self.span.clone()).unwrap_or_default();
        if text.contains('\n') { "" } else { text }
    }

    /// A string without control characters, spaces around it removed. Never empty.
    pub(crate) fn text(&self) -> Option<At<&'a str>> {
        let text = self.string(false)?;
        Some(text.map(str::trim))
    }

    /// Text that is run, over several lines if need be. Line ends are the same on every machine, so that one text is
    /// approved and one text runs.
    pub(crate) fn program_text(&self) -> Option<String> {
        Some(self.string(true)?.value.replace("\r\n", "\n"))
    }

    /// The string itself, whatever is in it.
    pub(crate) fn exact_text(&self) -> Option<&'a str> {
        let raw: &'a DeValue<'a> = self.raw;
        match raw {
            DeValue::String(text) => Some(text.as_ref()),
            _ => None,
        }
    }

    /// A string as written, for readers that name a place inside it.
    pub(crate) fn exact(&self) -> Option<&'a str> {
        Some(self.string(false)?.value)
    }

    fn string(&self, lines: bool) -> Option<At<&'a str>> {
        let DeValue::String(text) = self.raw else {
            let help = match self.raw {
                DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
                    Some(format!("write it in quotes: \"{}\"", self.written()))
                }
                _ => None,
            };
            self.mistyped("a string", help);
            return None;
        };
        let text: &'a str = text.as_ref();
        if text.trim().is_empty() {
            self.report(
                Code::BadValue,
                format!("`{}` is empty", self.key),
                "write something or remove the key",
            );
            return None;
        }
        self.visible(text, lines).then(|| At { value: text, span: self.span.clone() })
    }

    /// Refuses characters that a reader cannot see: what people approve must be what they read.
    pub(crate) fn visible(&self, text: &str, lines: bool) -> bool {
        let hidden = text.char_indices().find(|(_, c)| match c {
            '\n' | '\t' => !lines,
            '\r' => !lines || !text.contains("\r\n"),
            '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => true,
            c => c.is_control(),
        });
        if let Some((at, c)) = hidden {
            let name = match c {
                '\n' => "a line break".to_owned(),
                '\t' => "a tab".to_owned(),
                c if c.is_control() => format!("the control character U+{:04X}", u32::from(c)),
                c => format!("the invisible character U+{:04X}", u32::from(c)),
            };
            let span = self.inner(at..at + c.len_utf8());
            let message = format!("`{}` contains {name}", self.key);
            self.sink.report(Problem::new(Code::BadValue, span, message).help("remove it"));
        }
        hidden.is_none()
    }

    /// Where a part of the string stands in the file; the whole value where escapes move the positions.
    pub(crate) fn inner(&self, part: Range<usize>) -> Range<usize> {
        let DeValue::String(text) = self.raw else { return self.span.clone() };
        let written = self.sink.text.get(self.span.clone()).unwrap_or_default();
        let quotes = if written.starts_with("\"\"\"") || written.starts_with("'''") { 3 } else { 1 };
        let inside = written.get(quotes..written.len().saturating_sub(quotes)).unwrap_or_default();
        let line_end = if quotes == 1 {
            0
        } else if inside.starts_with("\r\n") {
            2
        } else {
            usize::from(inside.starts_with('\n'))
        };
        if inside.get(line_end..) != Some(text.as_ref()) {
            return self.span.clone();
        }
        let from = self.span.start + quotes + line_end;
        from + part.start..from + part.end
    }

    /// One of some words.
    pub(crate) fn choice<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let found = words.iter().find(|(word, _)| *word == text.value).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let message = format!("`{}` cannot be `{}`", self.key, text.value);
            self.report(
                Code::BadValue,
                message,
                suggest::help(text.value, &known, || suggest::listed(&known)),
            );
        }
        found
    }

    pub(crate) fn boolean(&self) -> Option<bool> {
        let DeValue::Boolean(value) = self.raw else {
            let help = match self.raw {
                DeValue::String(text) if matches!(text.as_ref(), "true" | "false") => {
                    Some(format!("write {text} without quotes"))
                }
                _ => Some("write true or false".to_owned()),
            };
            self.mistyped("true or false", help);
            return None;
        };
        Some(*value)
    }

    /// A whole number within limits.
    pub(crate) fn whole(&self, limits: RangeInclusive<u32>) -> Option<u32> {
        let DeValue::Integer(number) = self.raw else {
            let help = match self.raw {
                DeValue::String(text) if text.parse::<u32>().is_ok() => {
                    Some(format!("write {text} without quotes"))
                }
                _ => None,
            };
            self.mistyped("a whole number", help);
            return None;
        };
        let value = u32::from_str_radix(number.as_str(), number.radix()).ok().filter(|n| limits.contains(n));
        if value.is_none() {
            let message = format!("`{}` cannot be {}", self.key, self.written());
            self.report(
                Code::BadValue,
                message,
                format!("write a number from {} to {}", limits.start(), limits.end()),
            );
        }
        value
    }

    /// A length of time above zero.
    pub(crate) fn period(&self) -> Option<Period> {
        if let DeValue::Integer(_) | DeValue::Float(_) = self.raw {
            let number = self.written();
            self.mistyped(
                "a length of time",
                Some(format!("write \"{number}s\", \"{number}m\" or \"{number}h\"")),
            );
            return None;
        }
        self.period_in(self.exact()?, 0)
    }

    /// A length of time above zero that is a part of this string.
    pub(crate) fn period_in(&self, part: &str, at: usize) -> Option<Period> {
        let trimmed = part.trim();
        let at = at + part.len() - part.trim_start().len();
        let span = self.inner(at..at + trimmed.len());
        let problem = match parse_duration(trimmed) {
            Ok(period) if period.is_zero() => {
                Problem::new(Code::BadValue, span, format!("`{}` is no time at all", self.key))
                    .help("write a length above zero, such as \"30m\"")
            }
            Ok(period) => return Some(period),
            Err(PeriodError::Unit { unit, meant: Some(meant) }) if trimmed.ends_with(&unit) => {
                let figure = trimmed.trim_end_matches(&unit);
                Problem::new(Code::BadValue, span, format!("`{}` is not a unit of time", unit.trim()))
                    .help(format!("write \"{figure}{meant}\""))
            }
            // The rules' errors say what to write after a semicolon.
            Err(error) => match error.to_string().split_once("; ") {
                Some((message, help)) => Problem::new(Code::BadValue, span, message).help(help),
                None => Problem::new(Code::BadValue, span, error.to_string()),
            },
        };
        self.sink.report(problem);
        None
    }

    /// A share from 0 % to 100 %.
    pub(crate) fn share(&self) -> Option<Share> {
        if let DeValue::Integer(_) | DeValue::Float(_) = self.raw {
            self.mistyped("a share", Some(format!("write \"{}%\"", self.written())));
            return None;
        }
        let text = self.text()?;
        let share = text.value.parse().ok();
        if share.is_none() {
            let message = format!("`{}` is not a share from 0% to 100%", text.value);
            let help = match text.value.parse::<u8>() {
                Ok(number) if number <= 100 => format!("write \"{number}%\""),
                _ => "write a percentage such as \"5%\" or \"0.5%\"".to_owned(),
            };
            self.report(Code::BadValue, message, help);
        }
        share
    }

    /// Entries of a list.
    pub(crate) fn list(&self, example: &str) -> Option<Vec<Value<'a>>> {
        let raw: &'a DeValue<'a> = self.raw;
        let DeValue::Array(list) = raw else {
            self.mistyped("a list", Some(format!("write {example}")));
            return None;
        };
        if let Some(entry) = list.get(MAX_ENTRIES) {
            let message = format!("`{}` has {} entries; {MAX_ENTRIES} are the most", self.key, list.len());
            self.sink.report(Problem::new(Code::Limit, entry.span(), message));
        }
        let (sink, key) = (self.sink, self.key);
        Some(list.iter().take(MAX_ENTRIES).map(|value| Value::new(sink, key, value.span(), value)).collect())
    }

    pub(crate) fn is_table(&self) -> bool {
        matches!(self.raw, DeValue::Table(_))
    }

    /// The value as a table that is called `title` in messages.
    pub(crate) fn table(&self, title: impl Into<String>, example: &str) -> Option<Table<'a>> {
        let raw: &'a DeValue<'a> = self.raw;
        let DeValue::Table(entries) = raw else {
            self.mistyped("a table", Some(format!("write {example}")));
            return None;
        };
        Some(Table::new(self.sink, title, self.span.clone(), entries))
    }
}
