//! Sound policies and what they become.

use super::WHOLE;
use super::parsed;
use crate::Starter;
use crate::template;
use seaworthy_domain::Digest;
use seaworthy_domain::policy::*;
use seaworthy_rules::Aggregate;
use seaworthy_rules::Period;
use seaworthy_rules::Unit;

#[test]
fn a_whole_policy_is_read() {
    let read = parsed(WHOLE);
    assert!(read.warnings.is_empty(), "{}", read.warnings);
    assert_eq!(read.digest, Digest::of(WHOLE.as_bytes()));
    insta::assert_debug_snapshot!(read.policy);
}

#[test]
fn order_is_that_of_the_file() {
    let policy = parsed(WHOLE).policy;
    let phases: Vec<_> = policy.phases.iter().map(|p| (p.id.as_str(), p.title.as_str())).collect();
    assert_eq!(phases, [("build", "Build and test"), ("release-day", "Release Day")]);
    let gates: Vec<_> = policy.gates.iter().map(|gate| gate.id.as_str()).collect();
    assert_eq!(gates, ["quality", "go-live", "widen"]);
    let guardrails: Vec<_> = policy.guardrails.iter().map(|g| g.name.as_str()).collect();
    assert_eq!(guardrails, ["errors", "slow"]);
}

#[test]
fn defaults_follow_from_what_is_written() {
    let policy = parsed(WHOLE).policy;
    let rate = &policy.metrics["error_rate"];
    assert_eq!((rate.unit, rate.aggregate), (Unit::PERCENT, Some(Aggregate::Ratio)));
    assert_eq!(rate.interval, Period::from_secs(30));
    assert_eq!(rate.allowed_gap, Period::from_secs(60));
    assert_eq!(rate.stale_after, Period::from_secs(150));
    assert_eq!(rate.traffic.as_deref(), Some("requests"));
    let p95 = &policy.metrics["p95"];
    assert_eq!((p95.aggregate, p95.traffic.as_deref()), (None, None));
    let criterion = |name| policy.criterion(name).map(|(_, c)| (c.subject.clone(), c.holds));
    let staging = Subject::Deployment { environment: "staging".into() };
    let production = Subject::Deployment { environment: "production".into() };
    assert_eq!(criterion("lint"), Some((Subject::Candidate, Holds::AtPassage)));
    assert_eq!(criterion("smoke"), Some((staging.clone(), Holds::AtPassage)));
    assert_eq!(criterion("staged"), Some((staging, Holds::AtPassage)));
    assert_eq!(criterion("notes"), Some((Subject::Release, Holds::AtPassage)));
    assert_eq!(criterion("errors"), Some((production, Holds::UntilClose)));
    assert_eq!(policy.environments["production"].url.as_deref(), Some("https://harbour.example"));
}

const SMALLEST: &str = r#"
[project]
id = "7f2c1d54-9d0e-4c1b-8a53-3f0a6f4f9d21"
name = "dinghy"
[environments.production]
target = "folder"
[targets.folder]
kind = "folder"
source = "dist"
directory = "out"
"#;

#[test]
fn the_smallest_policy_releases_to_everybody_at_once() {
    let read = parsed(SMALLEST);
    assert!(read.warnings.is_empty(), "{}", read.warnings);
    let policy = read.policy;
    assert_eq!(policy.meta.title, "dinghy");
    assert_eq!(policy.roles.keys().collect::<Vec<_>>(), ["captain"]);
    let stages: Vec<_> = policy.rollout.stages.iter().map(|s| (s.share.to_string(), &s.soak)).collect();
    assert_eq!(stages, [("100%".to_owned(), &None)]);
}

#[test]
fn the_order_of_sections_does_not_matter() {
    let (head, tail) = WHOLE.split_at(WHOLE.find("[environments.production]").unwrap());
    assert_eq!(parsed(&format!("{tail}\n{head}")).policy, parsed(WHOLE).policy);
}

#[test]
fn line_ends_do_not_change_a_command() {
    let run = "run = \"\"\"\nnpm ci\nnpm test\"\"\"";
    let unix = super::changed("run = \"npm run lint\"", run);
    let windows = unix.replace('\n', "\r\n");
    assert_eq!(parsed(&unix).policy, parsed(&windows).policy);
    assert_ne!(parsed(&unix).digest, parsed(&windows).digest);
}

fn starter<'a>(name: &'a str, scripts: &'a [&'a str]) -> Starter<'a> {
    let project_id = "7f2c1d54-9d0e-4c1b-8a53-3f0a6f4f9d21".parse().unwrap();
    Starter { name, version: "1", project_id, scripts }
}

#[test]
fn the_template_is_a_policy_without_warnings() {
    for scripts in [&["build", "dev", "lint", "test"][..], &["test"], &[]] {
        for name in ["web shop", "\"quoted\" \\ 名前 @ID@", "", "a\nb\u{7}"] {
            let text = template(&starter(name, scripts));
            let read = parsed(&text);
            assert!(read.warnings.is_empty(), "{}", read.warnings);
            let checks: Vec<_> = read.policy.checks.keys().map(String::as_str).collect();
            let expected: Vec<_> = scripts.iter().copied().filter(|s| *s != "dev").collect();
            assert_eq!(checks, expected);
        }
    }
    insta::assert_snapshot!(template(&starter("web shop", &["lint", "test", "build"])));
}

#[test]
fn what_is_said_about_staging_in_the_template_waits_for_staging() {
    let text = template(&starter("web shop", &[]));
    let policy = parsed(&text).policy;
    let (_, criterion) = policy.criterion("go-live/looks-right").unwrap();
    assert_eq!(criterion.subject, Subject::Deployment { environment: "staging".into() });
}

#[test]
fn the_measuring_part_of_the_template_works_once_uncommented() {
    let text = template(&starter("web shop", &["test"]));
    let (before, measuring) = text.split_once("# [probe]").unwrap();
    let measuring: String = measuring
        .lines()
        .map(|line| line.strip_prefix("# ").or(line.strip_prefix('#')).unwrap_or(line).to_owned() + "\n")
        .collect();
    let before = before.replace("# url = ", "url = ");
    let read = parsed(&format!("{before}[probe]{measuring}"));
    assert!(read.warnings.is_empty(), "{}", read.warnings);
    assert_eq!(
        (read.policy.metrics.len(), read.policy.guardrails.len(), read.policy.watches.len()),
        (3, 1, 1)
    );
}

#[test]
fn doubtful_policies_are_read_with_warnings() {
    let without = |from: &str, to: &str| super::changed(from, to);
    let cases = [
        ("observe", without("observe = \"scripts/observe.sh\"\n", "")),
        ("phase", without("phase = \"build\"\nowner", "phase = \"biuld\"\nowner")),
        ("rule_too_early", without("guards = \"advance:2\"", "guards = \"deploy:production\"")),
        ("no_guardrail", {
            let (before, rest) = WHOLE.split_once("[guardrails.errors]").unwrap();
            format!("{before}[watches.first-day]{}", rest.split_once("[watches.first-day]").unwrap().1)
        }),
    ];
    for (name, text) in cases {
        insta::assert_snapshot!(format!("warning_{name}"), parsed(&text).warnings);
    }
}

/// The format's description ends with an example; it must be one.
#[test]
fn the_documented_example_is_a_policy() {
    let page = include_str!("../../../../docs/formats/policy.md");
    let blocks: Vec<&str> =
        page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let example = blocks.last().expect("the page has an example");
    let read = parsed(example);
    assert!(read.warnings.is_empty(), "{}", read.warnings);
    for section in
        ["meta", "project", "roles", "environments", "targets", "probe", "metrics", "checks", "phase"]
    {
        assert!(example.contains(&format!("[{section}")), "the example shows [{section}]");
    }
    assert!(!read.policy.gates.is_empty() && !read.policy.watches.is_empty());
    assert!(read.policy.rollout.stages.len() > 1 && !read.policy.guardrails.is_empty());
}
