//! Queries for a metrics service, with places for facts about the candidate.
//!
//! A placeholder stands inside a quoted string of the query, `{version="${version}"}`, and is filled with the fact
//! escaped for exactly that string: whatever a version or a deployment is called, it stays one value. After `=~` and
//! `!~` it is escaped for the expression as well, so that the dots of `1.2.0` are dots. What else PromQL is made of is
//! not known here; the strings of it are those of its lexer (double, single and back quotes, comments with `#`).

use seaworthy_rules::Period;
use std::fmt::Write;
use std::ops::Range;

/// Longest query in bytes: it is asked for with `GET`, whose address many servers cut at 8 KiB.
pub const QUERY_BYTES_MAX: usize = 2_048;

/// What a placeholder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The deployment's name at its target.
    Deployment,
    /// The release's version.
    Version,
    /// The candidate's commit, whole.
    Commit,
}

impl Fact {
    /// Each by its word.
    pub const ALL: [(&'static str, Self); 3] =
        [("deployment", Self::Deployment), ("version", Self::Version), ("commit", Self::Commit)];
}

/// The facts that fill a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CandidateFacts {
    /// The deployment's name at its target; empty before there is one.
    pub deployment: String,
    /// The release's version.
    pub version: String,
    /// The candidate's commit.
    pub commit: String,
}

impl CandidateFacts {
    /// One of them.
    #[must_use]
    pub fn get(&self, fact: Fact) -> &str {
        match fact {
            Fact::Deployment => &self.deployment,
            Fact::Version => &self.version,
            Fact::Commit => &self.commit,
        }
    }
}

/// A query as written, with its placeholders found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(Range<usize>),
    Fact { fact: Fact, quote: char, pattern: bool },
    Window,
}

/// What is wrong with a query, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {help}")]
pub struct QueryError {
    /// Bytes of the query.
    pub span: Range<usize>,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub help: String,
}

impl Query {
    /// Finds the placeholders of `text`.
    ///
    /// # Errors
    /// The first placeholder that cannot be filled safely, or a string without an end.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        if text.len() > QUERY_BYTES_MAX {
            let what = format!("the query has {} bytes, {QUERY_BYTES_MAX} are the most", text.len());
            return Err(error(0..text.len(), what, "make a recording rule of it and ask for that"));
        }
        let parts = Scan::new(text).run()?;
        Ok(Self { text: text.to_owned(), parts })
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The facts it names.
    pub fn facts(&self) -> impl Iterator<Item = Fact> + '_ {
        self.parts.iter().filter_map(|part| match part {
            Part::Fact { fact, .. } => Some(*fact),
            Part::Text(_) | Part::Window => None,
        })
    }

    /// Whether it names the length of a window.
    #[must_use]
    pub fn has_window(&self) -> bool {
        self.parts.contains(&Part::Window)
    }

    /// The query with its placeholders filled; `window` for `${window}`.
    #[must_use]
    pub fn expand(&self, facts: &CandidateFacts, window: Option<Period>) -> String {
        let mut query = String::with_capacity(self.text.len());
        for part in &self.parts {
            match part {
                Part::Text(range) => query.push_str(self.text.get(range.clone()).unwrap_or_default()),
                Part::Fact { fact, quote, pattern } => {
                    quoted(&mut query, facts.get(*fact), *quote, *pattern);
                }
                Part::Window => {
                    let length = window.unwrap_or(Period::ZERO).as_millis();
                    let _strings_take_everything = write!(query, "{length}ms");
                }
            }
        }
        query
    }
}

/// `fact` as the inside of a string in `quote`s.
fn quoted(query: &mut String, fact: &str, quote: char, pattern: bool) {
    for c in fact.chars() {
        if pattern && r"\.+*?()|[]{}^$".contains(c) {
            // The backslash of the expression is itself written with one.
            query.push_str(r"\\");
        }
        match c {
            '\n' => query.push_str(r"\n"),
            c if c == quote || c == '\\' => {
                query.push('\\');
                query.push(c);
            }
            c if c.is_control() => {
                let _strings_take_everything = write!(query, "\\u{:04x}", u32::from(c));
            }
            c => query.push(c),
        }
    }
}

fn error(span: Range<usize>, what: impl Into<String>, help: impl Into<String>) -> QueryError {
    QueryError { span, what: what.into(), help: help.into() }
}

/// One pass over the text.
struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// Where the text begins that is not a part yet.
    from: usize,
    parts: Vec<Part>,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0, from: 0, parts: Vec::new() }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn run(mut self) -> Result<Vec<Part>, QueryError> {
        while let Some(c) = self.rest().chars().next() {
            match c {
                '"' | '\'' | '`' => self.string(c)?,
                '#' => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                '$' if self.rest().starts_with("${") => self.outside()?,
                c => self.at += c.len_utf8(),
            }
        }
        self.push(None, 0);
        Ok(self.parts)
    }

    /// Ends the text before here, and takes `part`, `length` bytes long, as its own.
    fn push(&mut self, part: Option<Part>, length: usize) {
        if self.from < self.at {
            self.parts.push(Part::Text(self.from..self.at));
        }
        self.parts.extend(part);
        self.at += length;
        self.from = self.at;
    }

    /// The name of the placeholder that begins here.
    fn name(&self) -> Result<&'a str, QueryError> {
        let inside = self.rest().get(2..).unwrap_or_default();
        let end = inside.find('}').ok_or_else(|| {
            error(self.at..self.text.len(), "this placeholder has no end", "close it with `}`")
        })?;
        Ok(inside.get(..end).unwrap_or_default())
    }

    fn outside(&mut self) -> Result<(), QueryError> {
        let name = self.name()?;
        let length = name.len() + "${}".len();
        if name == "window" {
            self.push(Some(Part::Window), length);
            return Ok(());
        }
        let span = self.at..self.at + length;
        if Fact::ALL.iter().any(|(word, _)| *word == name) {
            let what = format!("`${{{name}}}` stands outside of a string");
            return Err(error(
                span,
                what,
                format!("write it in quotes, such as `{{{name}=\"${{{name}}}\"}}`"),
            ));
        }
        Err(unknown(span, name))
    }

    fn string(&mut self, quote: char) -> Result<(), QueryError> {
        let begun = self.at;
        let before = self.text.get(..begun).unwrap_or_default().trim_end();
        let pattern = before.ends_with("=~") || before.ends_with("!~");
        self.at += 1;
        while let Some(c) = self.rest().chars().next() {
            match c {
                c if c == quote => {
                    self.at += 1;
                    return Ok(());
                }
                '\\' if quote != '`' => {
                    self.at += 1;
                    self.at += self.rest().chars().next().map_or(0, char::len_utf8);
                }
                '$' if self.rest().starts_with("${") => self.inside(quote, pattern)?,
                c => self.at += c.len_utf8(),
            }
        }
        Err(error(begun..self.text.len(), "this string has no end", format!("close it with {quote}")))
    }

    fn inside(&mut self, quote: char, pattern: bool) -> Result<(), QueryError> {
        let name = self.name()?;
        let length = name.len() + "${}".len();
        let span = self.at..self.at + length;
        let Some((_, fact)) = Fact::ALL.iter().find(|(word, _)| *word == name) else {
            return Err(unknown(span, name));
        };
        if quote == '`' {
            let what = "nothing can be escaped between back quotes";
            return Err(error(span, what, "write this string in double quotes"));
        }
        self.push(Some(Part::Fact { fact: *fact, quote, pattern }), length);
        Ok(())
    }
}

fn unknown(span: Range<usize>, name: &str) -> QueryError {
    if name == "window" {
        let what = "`${window}` is a length of time and stands in no string";
        return error(span, what, "write it as in `[${window}]`");
    }
    let words: Vec<String> = Fact::ALL.iter().map(|(word, _)| format!("${{{word}}}")).collect();
    let what = format!("there is no placeholder `${{{name}}}`");
    error(span, what, format!("write one of {}", words.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(version: &str) -> CandidateFacts {
        CandidateFacts { deployment: "dpl_1".into(), version: version.into(), commit: "c0ffee".into() }
    }

    fn expand(query: &str, version: &str) -> String {
        Query::parse(query).unwrap().expand(&facts(version), Some(Period::from_secs(300)))
    }

    #[test]
    fn facts_stay_one_value_in_the_string_they_stand_in() {
        let nasty = "1.0\"} or up{a=\"'\\\n\u{1}";
        assert_eq!(
            expand(r#"x{v="${version}", d='${deployment}'} # ${no}"#, nasty),
            "x{v=\"1.0\\\"} or up{a=\\\"'\\\\\\n\\u0001\", d='dpl_1'} # ${no}"
        );
        assert_eq!(expand("x{v='${version}'}", "it's"), r"x{v='it\'s'}");
    }

    #[test]
    fn dots_are_dots_in_an_expression() {
        assert_eq!(expand(r#"x{v=~"v${version}|old"}"#, "1.2+b"), r#"x{v=~"v1\\.2\\+b|old"}"#);
        assert_eq!(expand(r#"x{v !~ "${version}"}"#, r"a\b"), r#"x{v !~ "a\\\\b"}"#);
        assert_eq!(expand(r#"x{v="${version}"}"#, "1.2+b"), r#"x{v="1.2+b"}"#);
    }

    #[test]
    fn a_window_is_a_length_of_time() {
        assert_eq!(expand("rate(x[${window}])", ""), "rate(x[300000ms])");
    }

    #[test]
    fn dollars_and_escaped_quotes_are_left_alone() {
        for query in [r#"x{a=~"^$|\"$"}"#, "x{a=`^${1}$`} ".trim_end().replace("${1}", "$").as_str(), "x"] {
            assert_eq!(expand(query, "1"), query);
        }
    }

    #[test]
    fn what_cannot_be_filled_is_named_with_its_place() {
        for (query, part, says) in [
            ("x{v=${version}}", "${version}", "outside of a string"),
            ("x{v=\"${verison}\"}", "${verison}", "no placeholder"),
            ("x{v=`${version}`}", "${version}", "back quotes"),
            ("x{v=\"${version\"}", "${version\"}", "no placeholder"),
            ("x{v=\"${version", "${version", "has no end"),
            ("x{v=\"1}", "\"1}", "has no end"),
            ("x{v=\"${window}\"}", "${window}", "stands in no string"),
        ] {
            let error = Query::parse(query).unwrap_err();
            assert!(error.what.contains(says), "{query}: {error}");
            assert_eq!(&query[error.span.clone()], part, "{query}");
        }
        assert!(Query::parse(&"x".repeat(QUERY_BYTES_MAX + 1)).is_err());
    }
}
