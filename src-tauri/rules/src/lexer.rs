//! Splits the text of a rule into tokens. It knows the whole grammar's alphabet; the parser says what it understands.

use std::ops::Range;

use crate::{Comparison, RuleError};

/// A rule is one line that people read; longer ones are pasted by mistake.
pub(crate) const MAX_RULE_BYTES: usize = 512;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name, with dots inside, or a word of the grammar.
    Word,
    /// A figure with whatever letters follow it directly: `100`, `5m`, `2.5s`, `1h30m`.
    Figure,
    Compare(Comparison),
    /// One character that means something between figures and names.
    Sign(char),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) span: Range<usize>,
}

pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, RuleError> {
    if text.len() > MAX_RULE_BYTES {
        let message = format!("the rule is longer than {MAX_RULE_BYTES} bytes");
        return Err(RuleError::new(text, 0..text.len(), message).help("split it into several rules"));
    }
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = token(text, at, first)?;
        tokens.push(Token { kind, span: at..at + length });
        at += length;
    }
    Ok(tokens)
}

fn token(text: &str, at: usize, first: char) -> Result<(Kind, usize), RuleError> {
    let rest = text.get(at..).unwrap_or_default();
    let run = |keep: fn(char) -> bool| rest.find(|c| !keep(c)).unwrap_or(rest.len());
    let name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    Ok(match first {
        _ if first.is_ascii_digit() => {
            (Kind::Figure, run(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ',')))
        }
        _ if first.is_alphabetic() || first == '_' => (Kind::Word, run(name)),
        '<' | '>' | '=' | '!' | '≤' | '≥' | '≠' => {
            let length = run(|c| matches!(c, '<' | '>' | '=' | '!' | '≤' | '≥' | '≠'));
            (Kind::Compare(comparison(text, at..at + length)?), length)
        }
        '%' | '/' | '+' | '-' | '(' | ')' | '{' | '}' | ',' => (Kind::Sign(first), 1),
        '.' => {
            let error = RuleError::new(text, at..at + 1, "a figure needs a digit before the point");
            return Err(error.help("write `0.5`, not `.5`"));
        }
        _ => {
            let span = at..at + first.len_utf8();
            return Err(RuleError::new(text, span, format!("`{first}` has no meaning in a rule")));
        }
    })
}

fn comparison(text: &str, span: Range<usize>) -> Result<Comparison, RuleError> {
    let written = text.get(span.clone()).unwrap_or_default();
    if let Some(known) = Comparison::ALL.into_iter().find(|known| known.symbol() == written) {
        return Ok(known);
    }
    let meant = match written {
        "=>" | "≥" | ">==" => Some(">="),
        "=<" | "≤" | "<==" => Some("<="),
        "=" | "===" => Some("=="),
        "<>" | "=!" | "≠" | "!==" | "!" => Some("!="),
        ">>" => Some(">"),
        "<<" => Some("<"),
        _ => None,
    };
    let error = RuleError::new(text, span, format!("`{written}` is not a comparison"));
    Err(match meant {
        Some(meant) => error.help(format!("write `{meant}`")),
        None => error.help("use one of > >= < <= == !="),
    })
}
