//! Lines and columns, in every way a value can be written.

use super::WHOLE;
use super::changed;
use crate::Code;
use crate::Diagnostic;
use crate::FILE_NAME;
use crate::parse;

fn only(text: &str) -> Diagnostic {
    let problems = parse(text, FILE_NAME).expect_err("something is wrong").problems;
    let [problem] = problems.as_slice() else { panic!("one problem expected: {problems:?}") };
    problem.clone()
}

/// The part of its line that a problem points at.
fn pointed(problem: &Diagnostic) -> String {
    problem.text.chars().skip(problem.column - 1).take(problem.length).collect()
}

fn line_of(text: &str, part: &str) -> usize {
    text.lines().position(|line| line.contains(part)).unwrap() + 1
}

#[test]
fn a_name_inside_a_list_of_inline_tables() {
    let text = changed("check = \"test\", fresh_for", "check = \"tset\", fresh_for");
    let problem = only(&text);
    assert_eq!(problem.code, Code::UnknownName);
    assert_eq!((problem.line, problem.column), (line_of(&text, "tset"), 27));
    assert_eq!(pointed(&problem), "\"tset\"");
    assert_eq!(problem.help.as_deref(), Some("write `test`"));
}

#[test]
fn a_word_inside_a_rule() {
    let text = changed("error_rate < 1% over 30m", "error_rate < 1 ms over 30m");
    let problem = only(&text);
    assert_eq!((problem.code, pointed(&problem).as_str()), (Code::BadRule, "1 ms"));
}

#[test]
fn windows_line_ends_change_no_place() {
    let unix = changed("then = \"hold\"", "then = \"hodl\"");
    let windows = unix.replace('\n', "\r\n");
    assert_eq!(only(&unix), only(&windows));
    assert_eq!(pointed(&only(&windows)), "\"hodl\"");
}

#[test]
fn columns_count_characters_and_not_bytes() {
    let text = changed("{ duties = \"Owns the tests\" }", "{ duties = \"Prüft 船の試験\", x = 1 }");
    let problem = only(&text);
    assert_eq!((problem.column, pointed(&problem).as_str()), (36, "x"));
}

#[test]
fn carets_stand_below_wide_characters() {
    let text = changed("{ duties = \"Owns the tests\" }", "{ duties = \"Prüft 船の試験\", x = 1 }");
    insta::assert_snapshot!(super::rendered(&text));
}

#[test]
fn a_string_with_escapes_is_pointed_at_whole() {
    let text = changed("\"p95 > 800ms for 10m\"", "\"p95 \\u003e 800ms sustained\"");
    let problem = only(&text);
    assert_eq!(pointed(&problem), "\"p95 \\u003e 800ms sustained\"");
}

#[test]
fn the_other_kinds_of_quotes_keep_the_place() {
    for (quoted, line_after) in [
        ("'p95 > 800ms sustained'", 0),
        ("'''p95 > 800ms sustained'''", 0),
        ("\"\"\"\np95 > 800ms sustained\"\"\"", 1),
    ] {
        let text = changed("\"p95 > 800ms for 10m\"", quoted);
        let problem = only(&text);
        assert_eq!(pointed(&problem), "sustained", "{quoted}");
        assert_eq!(problem.line, line_of(WHOLE, "p95 > 800ms for 10m") + line_after);
    }
}

#[test]
fn a_table_over_several_lines_is_pointed_at_on_its_first() {
    let text = changed(
        "{ id = \"errors\", rule = \"error_rate < 1% over 30m with >= 50 requests\" }",
        "{\n  id = \"errors\",\n}",
    );
    let problem = only(&text);
    assert_eq!((problem.code, pointed(&problem).as_str()), (Code::MissingKey, "{"));
}

#[test]
fn the_end_of_the_file_is_a_place() {
    let text = format!("{WHOLE}[watches.more]\nlength =");
    let problem = only(&text);
    assert_eq!((problem.code, problem.line), (Code::Syntax, text.lines().count()));
}

#[test]
fn every_problem_is_named_in_the_order_of_the_file() {
    let text =
        changed("then = \"hold\"", "then = \"hodl\"").replace("keep = 3", "keep = 0").replace("\"5%\"", "5");
    let problems = parse(&text, FILE_NAME).expect_err("three are wrong").problems;
    let codes: Vec<_> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, [Code::BadValue, Code::WrongType, Code::BadValue]);
    assert!(problems.is_sorted_by_key(|problem| problem.line));
}

#[test]
fn problems_are_data_too() {
    let problems = parse(&changed("keep = 3", "keep = 0"), FILE_NAME).expect_err("one is wrong");
    insta::assert_snapshot!(serde_json::to_string_pretty(&problems).unwrap());
}
