//! Problems of gates, criteria and rules.

use super::broken;

/// One test for each line: its name, what is replaced, and by what.
macro_rules! broken {
    ($($name:ident: $from:expr => $to:expr;)*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(broken($from, $to));
        }
    )*};
}

broken! {
    unknown_check: r#"check = "lint""# => r#"check = "lnt""#;
    unknown_role: r#"owner = "quality""# => r#"owner = "qualty""#;
    unknown_environment_in_a_transition: r#""deploy:staging""# => r#""deploy:stagging""#;
    unknown_stage: r#""advance:2""# => r#""advance:4""#;
    unknown_transition: r#""advance:2""# => r#""advnce:2""#;
    gate_without_criteria: r#"criteria = [{ id = "errors", rule = "error_rate < 1% over 30m with >= 50 requests" }]"# => "criteria = []";
    duplicate_criterion: r#"id = "tests""# => r#"id = "lint""#;
    criterion_without_proof: r#"{ id = "smoke", check = "smoke" }"# => r#"{ id = "smoke" }"#;
    criterion_with_two_proofs: r#"{ id = "smoke", check = "smoke" }"# => r#"{ id = "smoke", check = "smoke", attest = "It works" }"#;
    criterion_with_a_stranger: r#"{ id = "smoke", check = "smoke" }"# => r#"{ id = "smoke", check = "smoke", by = "quality" }"#;
    subject_without_environment: r#"{ id = "lint", check = "lint" }"# => r#"{ id = "lint", check = "lint", subject = "deployment" }"#;
    environment_of_a_candidate: r#"{ id = "lint", check = "lint" }"# => r#"{ id = "lint", check = "lint", subject = "candidate", environment = "staging" }"#;
    proof_that_comes_too_late: r#"guards = "deploy:staging""# => r#"guards = "candidate""#;
    proof_by_the_step_itself: r#"deployed = "staging""# => r#"deployed = "production""#;
    unknown_holds: r#"fresh_for = "24h""# => r#"holds = "until_closed""#;
    watch_after_close: "needed_for = \"close\"" => "needed_for = \"follow_up\"";
    unknown_metric: r#"rule = "p95 > 800ms for 10m""# => r#"rule = "p99 > 800ms for 10m""#;
    unit_that_does_not_fit: r#"rule = "p95 > 800ms for 10m""# => r#"rule = "p95 > 5% for 10m""#;
    sustained_without_duration: r#"rule = "p95 > 800ms for 10m""# => r#"rule = "p95 > 800ms sustained""#;
    rule_that_ends_early: r#"rule = "p95 > 800ms for 10m""# => r#"rule = "p95 >""#;
    too_deep: r#"check = "lint""# => "check = [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]";
}

#[test]
fn too_many_gates() {
    let more: String = (0..300)
        .map(|n| format!("[gate.g{n}]\nphase = \"x\"\ncriteria = [{{ id = \"a\", attest = \"b\" }}]\n"))
        .collect();
    insta::assert_snapshot!(super::rendered(&format!("{}{more}", super::WHOLE)));
}
