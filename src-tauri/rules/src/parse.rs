//! Reads a rule from its tokens: `metric cmp quantity [for D | over W] [with >= N metric]`.
//!
//! Deliberately absent so far: baselines, sums, `count()`, sets, `is`, named windows. Their words are refused by name.

use std::ops::Range;

use rust_decimal::Decimal;

use crate::{
    Comparison, Expr, Period, PeriodError, Quantity, Rule, RuleError, Span, TrafficMinimum, Unit, UnitError,
    check::Parsed,
    lexer::{self, Kind, Token},
    parse_duration, suggest,
};

/// Words that begin a clause.
const CLAUSES: [&str; 3] = ["for", "over", "with"];
/// Words of the grammar that can never be metrics.
const RESERVED: [&str; 17] = [
    "for",
    "over",
    "with",
    "within",
    "of",
    "is",
    "in",
    "subset",
    "x",
    "baseline",
    "control",
    "previous",
    "count",
    "slope",
    "age",
    "first",
    "sustained",
];

pub(crate) fn rule(text: &str) -> Result<Parsed, RuleError> {
    let tokens = lexer::tokens(text)?;
    let mut parser = Parser { text, tokens, next: 0 };
    let (metric, metric_span) =
        parser.metric("a rule begins with a metric", "such as `error_rate > 1% for 5m`")?;
    let comparison = parser.comparison()?;
    let (limit, limit_span) = parser.quantity()?;
    let mut span = Span::Newest;
    let mut traffic = None;
    let mut seen: Option<usize> = None;
    while let Some(clause) = parser.clause(&mut seen)? {
        match clause {
            "for" => span = Span::Sustained(parser.duration("for", "5m")?),
            "over" => span = parser.window(span)?,
            _ => traffic = Some(parser.traffic()?),
        }
    }
    let (traffic, traffic_span) = traffic.unzip();
    let rule = Rule { expr: Expr::Limit { metric, comparison, limit }, span, traffic };
    Ok(Parsed { rule, metric: metric_span, limit: limit_span, traffic: traffic_span })
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    next: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<Token> {
        self.tokens.get(self.next).cloned()
    }

    fn take(&mut self, kind: Kind) -> Option<Token> {
        let token = self.peek().filter(|token| token.kind == kind)?;
        self.next += 1;
        Some(token)
    }

    fn written(&self, span: &Range<usize>) -> &'t str {
        self.text.get(span.clone()).unwrap_or_default()
    }

    fn error(&self, span: Range<usize>, message: impl Into<String>) -> RuleError {
        RuleError::new(self.text, span, message)
    }

    /// The next word, if there is one.
    fn word(&self) -> Option<(&'t str, Token)> {
        self.peek().filter(|token| token.kind == Kind::Word).map(|token| (self.written(&token.span), token))
    }

    /// The next word if it begins a clause, or the end.
    fn at_clause_or_end(&self) -> bool {
        self.peek().is_none() || self.word().is_some_and(|(word, _)| CLAUSES.contains(&word))
    }

    /// Refuses whatever comes next.
    fn refuse(&self, expected: &str) -> RuleError {
        match self.peek() {
            Some(token) => {
                let written = self.written(&token.span);
                self.error(token.span, format!("`{written}` is not understood here")).help(expected)
            }
            None => self.error(self.text.len()..self.text.len(), "the rule ends too early").help(expected),
        }
    }

    fn metric(&mut self, missing: &str, example: &str) -> Result<(String, Range<usize>), RuleError> {
        let Some((name, token)) = self.word() else {
            return Err(match self.peek() {
                Some(_) => self.refuse(&format!("{missing}, {example}")),
                None => self.error(self.text.len()..self.text.len(), missing).help(example),
            });
        };
        if RESERVED.contains(&name) {
            return Err(self.refuse("write the name of a metric"));
        }
        if name.ends_with('.') || name.contains("..") || !name.is_ascii() {
            let error = self.error(token.span, format!("`{name}` is not a name of a metric"));
            return Err(error.help("use letters, digits and `_`, with single dots between parts"));
        }
        self.next += 1;
        Ok((name.to_owned(), token.span))
    }

    fn comparison(&mut self) -> Result<Comparison, RuleError> {
        if let Some(Token { kind: Kind::Compare(comparison), .. }) = self.peek() {
            self.next += 1;
            return Ok(comparison);
        }
        let help = match self.word().map(|(word, _)| word) {
            Some("above" | "over" | "exceeds") => "write `>`",
            Some("below" | "under") => "write `<`",
            _ if self.take(Kind::Sign('-')).is_some() => {
                self.next -= 1;
                "names are written with `_`"
            }
            _ => "compare with a figure, such as `> 1%`",
        };
        Err(self.refuse(help))
    }

    fn quantity(&mut self) -> Result<(Quantity, Range<usize>), RuleError> {
        let minus = self.take(Kind::Sign('-'));
        let Some(figure) = self.take(Kind::Figure) else {
            return Err(self.refuse("write a figure"));
        };
        let (value, attached) = self.number(&figure)?;
        let value = if minus.is_some() { -value } else { value };
        let start = minus.map_or(figure.span.start, |token| token.span.start);
        let unit_start = figure.span.end - attached.len();
        if attached.is_empty() && self.take(Kind::Sign('%')).is_none() {
            // A word that is no clause can only be a unit: `500 KB`.
            if !self.at_clause_or_end() && self.word().is_some() {
                self.next += 1;
            }
        }
        if self.take(Kind::Sign('/')).is_some() && self.take(Kind::Word).is_none() {
            return Err(self.refuse("write a rate such as `/h`"));
        }
        let end = self.tokens.get(self.next - 1).map_or(unit_start, |token| token.span.end);
        let unit = self.unit(unit_start..end)?;
        Ok((Quantity::new(value, unit), start..end))
    }

    /// The figure of a token and the letters that follow it.
    fn number(&self, token: &Token) -> Result<(Decimal, &'t str), RuleError> {
        let written = self.written(&token.span);
        let split = written.find(|c: char| c.is_alphabetic()).unwrap_or(written.len());
        let (digits, attached) = written.split_at(split);
        if digits.contains([',', '_']) {
            let plain: String = digits.chars().filter(|c| !matches!(c, ',' | '_')).collect();
            let error = self.error(token.span.clone(), format!("`{digits}` has separators"));
            return Err(
                error.help(format!("write `{plain}` without separators, and a point before fractions"))
            );
        }
        if attached.len() > 1
            && attached.starts_with(['e', 'E'])
            && attached[1..].starts_with(|c: char| c.is_ascii_digit())
        {
            return Err(self
                .error(token.span.clone(), format!("`{written}` is in powers of ten"))
                .help("write the figure out"));
        }
        let whole = !digits.ends_with('.') && digits.matches('.').count() <= 1;
        match Decimal::from_str_exact(digits) {
            Ok(value) if whole => Ok((value, attached)),
            _ if whole => Err(self
                .error(token.span.clone(), "the figure has too many digits")
                .help("28 digits are kept")),
            _ => Err(self
                .error(token.span.clone(), format!("`{digits}` is not a figure"))
                .help("write a figure such as `2.5`")),
        }
    }

    fn unit(&self, span: Range<usize>) -> Result<Unit, RuleError> {
        let written: String = self.written(&span).split_whitespace().collect();
        if written.is_empty() {
            return Ok(Unit::COUNT);
        }
        written.parse().map_err(|error| {
            let start = span.end - self.written(&span).trim_start().len();
            let span = start..span.end;
            let nearly_clause =
                suggest::nearest(&written, CLAUSES.into_iter()).map(|clause| format!("write `{clause}`"));
            match error {
                _ if RESERVED.contains(&written.as_str()) => {
                    self.error(span, format!("`{written}` is not understood here")).help("write a figure")
                }
                UnitError::Unknown { meant: Some(meant), written } => {
                    self.error(span, format!("`{written}` is not a unit")).help(format!("write `{meant}`"))
                }
                UnitError::Unknown { written, .. } => self
                    .error(span, format!("`{written}` is not a unit"))
                    .help(nearly_clause.unwrap_or_else(|| {
                        "use none, ratio, %, us, ms, s, m, h, d, B, KB, KiB and so on, or a rate such as /h"
                            .into()
                    })),
                other => self.error(span, other.to_string()),
            }
        })
    }

    /// Takes the word of the next clause; clauses come once each and in one order.
    fn clause(&mut self, seen: &mut Option<usize>) -> Result<Option<&'static str>, RuleError> {
        let Some(token) = self.peek() else { return Ok(None) };
        let written = self.written(&token.span);
        let Some(rank) = CLAUSES.iter().position(|clause| *clause == written) else {
            return Err(self.not_a_clause(written, token.span));
        };
        if let Some(before) = *seen
            && rank <= before
        {
            let message = if rank == before {
                format!("`{written}` is said twice")
            } else {
                format!("`{written}` comes too late")
            };
            return Err(self.error(token.span, message).help("the order is `for` or `over`, then `with`"));
        }
        *seen = Some(rank);
        self.next += 1;
        Ok(Some(CLAUSES[rank]))
    }

    fn not_a_clause(&self, written: &str, span: Range<usize>) -> RuleError {
        if written == "sustained" {
            return self
                .error(span, "`sustained` needs a duration")
                .help("write `for 5m`, the time it must last");
        }
        let error = self.error(span, format!("`{written}` is not understood here"));
        match suggest::nearest(written, CLAUSES.into_iter()) {
            Some(clause) => error.help(format!("write `{clause}`")),
            None if RESERVED.contains(&written) => error.help("write a figure"),
            None => error.help("a rule may go on with `for`, `over` or `with`"),
        }
    }

    fn duration(&mut self, clause: &str, example: &str) -> Result<Period, RuleError> {
        if self.at_clause_or_end() {
            let span = self.tokens.get(self.next - 1).map_or(0..0, |token| token.span.clone());
            return Err(self
                .error(span, format!("`{clause}` needs a duration"))
                .help(format!("write `{clause} {example}`")));
        }
        let Some(figure) = self.take(Kind::Figure) else {
            return Err(self.refuse(&format!("write a duration, such as `{clause} {example}`")));
        };
        let written = self.written(&figure.span);
        let next = self.peek().filter(|_| !self.at_clause_or_end());
        if let Some(next) = &next {
            // `5 m`, `5 min`, `1h 30m`, `5 %`: read them together to say what is meant.
            let span = figure.span.start..next.span.end;
            let joined = format!("{written}{}", self.written(&next.span));
            let spaced = self.written(&span);
            match parse_duration(&joined) {
                Ok(_) => {
                    let message = format!("`{spaced}` is written without a space");
                    return Err(self.error(span, message).help(format!("write `{joined}`")));
                }
                Err(error) if parse_duration(written).is_err() => {
                    return Err(self.not_a_duration(spaced, span, &error));
                }
                Err(_) => {}
            }
        }
        match parse_duration(written) {
            Ok(period) if period.is_zero() => Err(self
                .error(figure.span, format!("`{clause} {written}` is no time at all"))
                .help(format!("write `{clause} {example}`"))),
            Ok(period) => Ok(period),
            Err(error) => Err(self.not_a_duration(written, figure.span, &error)),
        }
    }

    fn not_a_duration(&self, written: &str, span: Range<usize>, error: &PeriodError) -> RuleError {
        match error {
            PeriodError::Unit { unit, meant } => {
                let help = match meant {
                    Some(meant) => {
                        format!("write `{}{meant}`", written.trim_end_matches(unit.as_str()).trim_end())
                    }
                    None => "use w, d, h, m, s or ms".to_owned(),
                };
                self.error(span, format!("`{written}` is not a duration: `{unit}` is not a unit of time"))
                    .help(help)
            }
            other => self.error(span, other.to_string()),
        }
    }

    fn window(&mut self, before: Span) -> Result<Span, RuleError> {
        let over = self.next - 1;
        let window = self.duration("over", "30m")?;
        if before == Span::Newest {
            return Ok(Span::Window(window));
        }
        let span = self.tokens.get(over).map_or(0..0, |token| token.span.clone());
        let error = self.error(span, "`for` and `over` are not understood together");
        Err(error.help("use `for` for every sample of a run, `over` for one figure over a window"))
    }

    fn traffic(&mut self) -> Result<(TrafficMinimum, Range<usize>), RuleError> {
        let example = "write `with >= 100 requests`";
        match self.peek() {
            Some(Token { kind: Kind::Compare(Comparison::AtLeast), .. }) => self.next += 1,
            Some(Token { kind: Kind::Compare(other), span }) => {
                let message = format!("`with` asks for at least so many; `{other}` is not understood here");
                return Err(self.error(span, message).help(example));
            }
            _ => return Err(self.refuse(example)),
        }
        let Some(figure) = self.take(Kind::Figure) else {
            return Err(self.refuse(example));
        };
        let count = match self.written(&figure.span).parse::<u64>() {
            Ok(count) if count > 0 && self.take(Kind::Sign('%')).is_none() => count,
            Ok(0) => {
                return Err(self
                    .error(figure.span, "a minimum of 0 checks nothing")
                    .help("write at least 1"));
            }
            _ => {
                let error = self.error(figure.span, "a minimum is a plain whole number");
                return Err(error.help(example));
            }
        };
        let (metric, span) = self.metric("`with` needs the metric that is counted", example)?;
        Ok((TrafficMinimum { count, metric }, span))
    }
}
