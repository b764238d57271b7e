//! Problems of keys, types, places and measurements.

use super::broken;
use super::rendered;

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
    unknown_section: "[checks.lint]" => "[cheks.lint]";
    unknown_key: r#"directory = "web""# => r#"directry = "web""#;
    unknown_key_without_a_neighbour: "keep = 3" => "flavour = 3";
    key_of_the_other_kind: "keep = 3\n" => "keep = 3\ndeploy = \"x\"\n";
    duplicate_key: "requests = 20" => "requests = 20\nrequests = 30";
    duplicate_table: "[watches.week]" => "[watches.first-day]";
    slip_in_a_key_that_must_be_there: "source = \"dist\"" => "sorce = \"dist\"";
    missing_key: "source = \"dist\"\n" => "";
    number_for_a_string: r#"version = "3""# => "version = 3";
    number_for_a_duration: r#"every = "30s""# => "every = 30";
    string_for_a_number: "requests = 20" => r#"requests = "20""#;
    string_for_a_flag: "auto_advance = true" => r#"auto_advance = "true""#;
    number_out_of_range: "requests = 20" => "requests = 100000";
    unknown_unit_of_time: r#"timeout = "20m""# => r#"timeout = "20 minutes""#;
    duration_without_unit: r#"timeout = "20m""# => r#"timeout = "20""#;
    table_for_a_command: r#"run = "npm run lint""# => "run = 5";
    merge_conflict: "[phase.build]" => "<<<<<<< HEAD\n[phase.build]\n=======\n[phase.test]\n>>>>>>> other";
    missing_quotes: r#"target = "preview""# => "target = preview";
    missing_comma: r#"{ id = "lint", check = "lint" },"# => r#"{ id = "lint", check = "lint" }"#;
    unclosed_string: r#"target = "preview""# => r#"target = "preview"#;
    control_character: r#"title = "Tests pass""# => r#"title = "Tests\u0007 pass""#;
    hidden_character: r#"run = "npm run lint""# => r#"run = "npm run \u202Etnil""#;
    name_with_spaces: "[checks.smoke]" => r#"[checks."smoke test"]"#;
    variable_name: r#"NODE_ENV = "test""# => r#""NODE-ENV" = "test", SEAWORTHY_SHARE = "1""#;
    path_out_of_the_repository: r#"directory = "web""# => r#"directory = "../web""#;
    absolute_script: r#"scripts = ["scripts/share.sh"]"# => r#"scripts = ["/usr/bin/share"]"#;
    identity: "7f2c1d54-9d0e-4c1b-8a53-3f0a6f4f9d21" => "harbour-1";
    address: r#"url = "http://127.0.0.1:8081""# => r#"url = "127.0.0.1:8081""#;
    address_with_a_password: r#"url = "http://127.0.0.1:8081""# => r#"url = "http://me:secret@127.0.0.1""#;
    unknown_target: r#"target = "preview""# => r#"target = "preveiw""#;
    two_productions: "[environments.staging]\n" => "[environments.staging]\nkind = \"production\"\n";
    unclear_kind: "[environments.staging]" => "[environments.stage]";
    no_production: "[environments.production]\n" => "[environments.production]\nkind = \"staging\"\n";
    one_folder_for_two: "target = \"web\"\n" => "target = \"preview\"\n";
    no_probe: "[probe]\n" => "[prober]\n";
    slow_requests: r#"timeout = "1s""# => r#"timeout = "30s""#;
    version_in_two_places: r#"json = "commit""# => r#"header = "x-version""#;
    unknown_query: r#"query = "latency_p95""# => r#"query = "latency_p90""#;
    unit_of_another_kind: r#"stale_after = "5m""# => r#"unit = "%""#;
    mean_of_percentiles: r#"stale_after = "5m""# => r#"aggregate = "mean""#;
    stale_before_the_next_sample: r#"stale_after = "5m""# => r#"stale_after = "10s""#;
    traffic_that_is_no_count: r#"stale_after = "5m""# => r#"traffic = "error_rate""#;
    metric_that_rules_cannot_name: "p95 = {" => "p-95 = {";
    check_of_two_kinds: r#"http = "/health""# => "http = \"/health\"\nrun = \"true\"";
    check_without_a_kind: "run = \"npm run lint\"\n" => "timeout = \"1m\"\n";
    path_without_an_address: "\nurl = \"http://127.0.0.1:8081\"" => "";
    path_without_environment: "environment = \"staging\"\nbody" => "body";
}

#[test]
fn nothing_of_a_policy() {
    insta::assert_snapshot!(rendered("[tool.poetry]\nname = \"x\"\n"));
}

#[test]
fn not_even_toml() {
    insta::assert_snapshot!(rendered("{ \"name\": \"web\", \"scripts\": {} }\n"));
}
