//! Problems of stages, guardrails and watches.

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
    share_without_percent: r#"share = "5%""# => r#"share = "5""#;
    share_above_everybody: r#"share = "5%""# => r#"share = "500%""#;
    share_of_nobody: r#"share = "5%""# => r#"share = "0%""#;
    decreasing_shares: r#"share = "5%""# => r#"share = "50%""#;
    equal_shares: r#"share = "5%""# => r#"share = "25%""#;
    last_stage_is_not_everybody: r#"share = "100%""# => "share = \"90%\"\nsoak = \"1h\"";
    zero_soak: r#"soak = "30m""# => r#"soak = "0m""#;
    missing_soak: "soak = \"30m\"\n" => "";
    soak_after_full_traffic: r#"share = "100%""# => "share = \"100%\"\nsoak = \"24h\"";
    range_that_ends_before_it_begins: r#""1h..2h""# => r#""2h..1h""#;
    range_with_a_wrong_unit: r#""1h..2h""# => r#""1h..2hours""#;
    coverage_above_everything: r#"coverage = "90%""# => r#"coverage = "120%""#;
    coverage_of_nothing: r#"coverage = "30%""# => r#"coverage = "0%""#;
    advance_after_the_last: r#"share = "100%""# => "share = \"100%\"\nauto_advance = true";
    ladder_on_a_folder: "target = \"web\"\nurl = \"https://harbour.example/\"" => "target = \"live\"\n[targets.live]\nkind = \"folder\"\nsource = \"dist\"\ndirectory = \"/srv/live\"";
    unknown_reaction: r#"then = "rollback""# => r#"then = "roll back""#;
    unknown_anchor: r#"after = "deploy""# => r#"after = "deployment""#;
    watch_without_length: "length = \"24h\"\n" => "";
}

#[test]
fn no_stages() {
    insta::assert_snapshot!(rendered("[rollout]\nstages = []\n"));
}

#[test]
fn own_address_of_a_folder() {
    let folder = super::changed("target = \"web\"", "target = \"live\"")
        .replace("route = { header = \"x-candidate\" }\n", "")
        .replace("[targets.preview]", "[targets.live]\nkind = \"folder\"\nsource = \"dist\"\ndirectory = \"/srv/live\"\n[targets.preview]");
    let (before, ladder) = folder.split_once("[[rollout.stages]]").unwrap();
    let after = ladder.split_once("[guardrails.errors]").unwrap().1;
    let text = format!("{before}[guardrails.errors]{after}").replace("advance:2", "advance:1");
    insta::assert_snapshot!(rendered(&text));
}

#[test]
fn header_without_an_address() {
    let project = "[project]\nid = \"7f2c1d54-9d0e-4c1b-8a53-3f0a6f4f9d21\"\nname = \"dinghy\"\n";
    let place = "[environments.production]\ntarget = \"folder\"\n\
         [targets.folder]\nkind = \"folder\"\nsource = \"dist\"\ndirectory = \"out\"\n";
    let probe = "[probe]\nroute = { header = \"x-candidate\" }\nversion = { header = \"x-version\" }\n";
    insta::assert_snapshot!(rendered(&format!("{project}{place}{probe}")));
}

#[test]
fn a_command_too_long_to_be_recorded() {
    // The directory is a byte too, and a line of the file has a limit of its own.
    let long = |bytes: usize| {
        let words: Vec<_> = "x"
            .repeat(bytes)
            .as_bytes()
            .chunks(1024)
            .map(|w| format!("{:?}", String::from_utf8_lossy(w)))
            .collect();
        let run = format!("[checks.long]\nrun = [\n{}]\n\n[phase.", words.join(",\n"));
        super::WHOLE.replacen("[phase.", &run, 1)
    };
    super::parsed(&long(16 * 1024 - 1));
    let problems = rendered(&long(16 * 1024));
    assert!(problems.contains("`run` is longer than 16384 bytes with its variables"), "{problems}");
}
