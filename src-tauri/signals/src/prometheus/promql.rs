//! What can be told from a query without asking anybody.

use promql_parser::parser;
use promql_parser::parser::Expr;
use promql_parser::parser::VectorSelector;
use promql_parser::util::ExprVisitor;
use promql_parser::util::walk_expr;
use rust_decimal::Decimal;
use seaworthy_rules::Comparison;
use std::convert::Infallible;
use std::fmt::Write;

/// Selectors of one query whose newest samples are asked for; a query with more is judged by the first of them.
const SELECTORS_MAX: usize = 16;

/// A query for the time of the newest raw sample behind `query`, in Unix seconds.
///
/// An instant query answers for the moment it is asked for, however old what it is made of: up to five minutes, and as
/// long as its range. `timestamp()` of a plain selector is the time of its sample (Prometheus, "Functions"). Parts
/// that look back on purpose (`offset`, `@`) are left out. `None` where nothing is selected or the query is not
/// understood.
pub(super) fn freshness(query: &str) -> Option<String> {
    let mut found = Selectors::default();
    let Ok(_walked) = walk_expr(&mut found, &parser::parse(query).ok()?);
    if found.0.is_empty() {
        return None;
    }
    let mut newest = String::from("max(");
    for (index, selector) in found.0.iter().enumerate() {
        let or = if index == 0 { "" } else { " or " };
        // A label of its own for each, or `or` would leave out all but the first.
        let _strings_take_everything = write!(
            newest,
            "{or}label_replace(max(timestamp({selector})), \"part\", \"{index}\", \"\", \"\")"
        );
    }
    newest.push(')');
    Some(newest)
}

#[derive(Default)]
struct Selectors(Vec<String>);

impl Selectors {
    fn take(&mut self, selector: &VectorSelector) {
        if selector.offset.is_some() || selector.at.is_some() || self.0.len() == SELECTORS_MAX {
            return;
        }
        let text = selector.to_string();
        if !self.0.contains(&text) {
            self.0.push(text);
        }
    }
}

impl ExprVisitor for Selectors {
    type Error = Infallible;

    fn pre_visit(&mut self, expr: &Expr) -> Result<bool, Infallible> {
        match expr {
            Expr::VectorSelector(selector) => self.take(selector),
            Expr::MatrixSelector(matrix) => self.take(&matrix.vs),
            _ => {}
        }
        Ok(true)
    }
}

/// Every comparison with a number that `expression` is true for only together with: that of an alerting rule, or of
/// each side of its `and`, `or` and `unless`.
pub(super) fn limits(expression: &str) -> Option<Vec<(Comparison, Decimal)>> {
    let mut found = Vec::new();
    collect(&parser::parse(expression).ok()?, &mut found);
    Some(found)
}

fn collect(expr: &Expr, found: &mut Vec<(Comparison, Decimal)>) {
    match expr {
        Expr::Paren(paren) => collect(&paren.expr, found),
        Expr::Binary(binary) if binary.op.is_comparison_operator() => {
            let Some(comparison) = comparison(&binary.op.to_string()) else { return };
            match (number(&binary.lhs), number(&binary.rhs)) {
                (None, Some(limit)) => found.push((comparison, limit)),
                (Some(limit), None) => found.push((mirrored(comparison), limit)),
                _ => {}
            }
        }
        Expr::Binary(binary) if binary.op.is_set_operator() => {
            collect(&binary.lhs, found);
            collect(&binary.rhs, found);
        }
        _ => {}
    }
}

fn number(expr: &Expr) -> Option<Decimal> {
    match expr {
        Expr::Paren(paren) => number(&paren.expr),
        Expr::Unary(unary) => number(&unary.expr).map(|number| -number),
        // The shortest text that reads as the same number is the text of the rule but for trailing zeros.
        Expr::NumberLiteral(literal) => Decimal::from_str_exact(&literal.val.to_string()).ok(),
        _ => None,
    }
}

fn comparison(symbol: &str) -> Option<Comparison> {
    Comparison::ALL.into_iter().find(|comparison| comparison.symbol() == symbol)
}

fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Above => Comparison::Below,
        Comparison::AtLeast => Comparison::AtMost,
        Comparison::Below => Comparison::Above,
        Comparison::AtMost => Comparison::AtLeast,
        same @ (Comparison::Equal | Comparison::NotEqual) => same,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_everything_selected_is_asked_for() {
        let query = r#"sum(rate(x{v="a\"b",code=~"5.."}[5m])) / sum(rate(x{v="a\"b"}[5m])) or vector(0)"#;
        let asked = freshness(query).unwrap();
        assert_eq!(asked.matches("timestamp(").count(), 2, "{asked}");
        assert!(parser::parse(&asked).is_ok(), "{asked}");
        assert_eq!(
            freshness("x / x offset 1d + x @ 5"),
            Some(r#"max(label_replace(max(timestamp(x)), "part", "0", "", ""))"#.to_owned())
        );
        assert_eq!(freshness("vector(1)"), None);
        assert_eq!(freshness("sum("), None);
    }

    #[test]
    fn limits_are_read_from_either_side() {
        let said = |expression: &str| {
            let limits = limits(expression).unwrap();
            limits.iter().map(|(c, n)| format!("{c} {n}")).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(said("rate(a[5m]) / rate(b[5m]) > 0.01"), "> 0.01");
        assert_eq!(said("0.5 >= (x)"), "<= 0.5");
        assert_eq!(said("(a > bool 1e-3) and on() (b < -2)"), "> 0.001, < -2");
        assert_eq!(said("up == 0 unless absent(x)"), "== 0");
        assert_eq!(said("a > b"), "");
        assert_eq!(said("absent(x)"), "");
    }
}
