//! Anything may be in the file.

use super::WHOLE;
use super::parsed;
use crate::FILE_NAME;
use crate::MAX_BYTES;
use crate::MAX_LINE;
use crate::MAX_PROBLEMS;
use crate::parse;
use crate::read;
use proptest::prelude::*;

/// Reads, and checks that every place lies on its line.
fn sane(text: &str) {
    let Err(problems) = parse(text, FILE_NAME) else { return };
    assert!(!problems.is_empty());
    assert!(problems.problems.len() <= MAX_PROBLEMS);
    for problem in &problems.problems {
        let width = problem.text.chars().count();
        assert!(problem.line >= 1 && problem.column >= 1 && problem.column <= width + 1, "{problem:?}");
        assert!(problem.column - 1 + problem.length <= width, "{problem:?}");
    }
    // What a file contains must not steer the terminal of whoever reads its problems.
    let steering = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
    let rendered = problems.to_string();
    assert!(!rendered.is_empty() && !rendered.contains(steering), "{rendered:?}");
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        sane(&text);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in any::<Vec<u8>>()) {
        let _ = read(&bytes, FILE_NAME).map_err(|problems| problems.to_string());
    }

    #[test]
    fn a_policy_with_a_part_replaced_never_panics(
        from in 0..WHOLE.len(),
        length in 0..40_usize,
        text in "[\\PC\r\n\t\"'=\\[\\]{},.#0-9%\\\\]{0,12}",
    ) {
        let to = (from + length).min(WHOLE.len());
        prop_assume!(WHOLE.is_char_boundary(from) && WHOLE.is_char_boundary(to));
        sane(&format!("{}{text}{}", &WHOLE[..from], &WHOLE[to..]));
    }

    #[test]
    fn a_policy_with_its_lines_shuffled_never_panics(
        lines in Just(WHOLE.lines().collect::<Vec<_>>()).prop_shuffle(),
    ) {
        sane(&lines.join("\n"));
    }
}

#[test]
fn garbage_of_the_largest_size_is_refused_with_a_count() {
    for unit in ["]\n", "a\n", "a = 1\n", "[a]\n", "\"\n", "[[b]]\nc.d = {\n", "[gate.x]\ncriteria = [{}]\n"]
    {
        let text = unit.repeat(MAX_BYTES / unit.len() / 8);
        let problems = parse(&text, FILE_NAME).expect_err("garbage");
        assert_eq!(problems.problems.len().min(MAX_PROBLEMS), problems.problems.len(), "{unit:?}");
    }
}

#[test]
fn brackets_that_confuse_a_parser_do_not_exhaust_the_stack() {
    // Each line opens what the next one seems to close.
    for unit in ["[[b]]\nc = {\n", "a = [ }\n", "{ ] ", "a = { [\n", "[[[[", "x = [{"] {
        sane(&unit.repeat(MAX_BYTES / unit.len() / 2 - 1));
    }
}

#[test]
fn dotted_keys_have_the_same_depth() {
    for text in [format!("{}x = 1", "a.".repeat(40)), format!("[{}x]", "a.".repeat(40))] {
        let problems = parse(&text, FILE_NAME).expect_err("too deep").problems;
        assert_eq!(problems.iter().map(|p| p.code).collect::<Vec<_>>(), [crate::Code::Limit]);
    }
}

#[test]
fn many_different_keys_written_twice_are_read_in_one_breath() {
    let keys: String = (0..20_000).map(|n| format!("key{n} = 1\n")).collect();
    let problems = parse(&format!("{keys}{keys}"), FILE_NAME).expect_err("nothing of this is a policy");
    assert_eq!(problems.problems.len(), MAX_PROBLEMS);
    assert!(problems.omitted > 0);
    assert!(problems.to_string().ends_with(&format!("and {} more", problems.omitted)));
}

#[test]
fn bytes_that_are_no_text_are_explained() {
    let cases: [(&str, Vec<u8>); 6] = [
        ("empty", Vec::new()),
        ("blank", b" \r\n\n".to_vec()),
        ("latin1", b"[meta]\ntitle = \"Gr\xfc\xdfe\"\n".to_vec()),
        ("utf16", b"\xff\xfe[\0m\0".to_vec()),
        ("five_megabytes", vec![b'#'; 5 << 20]),
        ("long_line", format!("[meta]\n# {}", "x".repeat(MAX_LINE)).into_bytes()),
    ];
    for (name, bytes) in cases {
        insta::assert_snapshot!(format!("bytes_{name}"), read(&bytes, FILE_NAME).unwrap_err());
    }
}

#[test]
fn a_byte_order_mark_is_a_warning_and_part_of_the_digest() {
    let marked = format!("\u{feff}{WHOLE}");
    let read = read(marked.as_bytes(), FILE_NAME).unwrap();
    assert_eq!(read.policy, parsed(WHOLE).policy);
    assert_ne!(read.digest, parsed(WHOLE).digest);
    insta::assert_snapshot!(read.warnings);
}
