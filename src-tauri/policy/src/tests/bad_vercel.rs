//! Problems of a target at Vercel.

use super::changed;
use super::parsed;
use super::rendered;
use seaworthy_domain::policy::GitHost;
use seaworthy_domain::policy::GitSource;
use seaworthy_domain::policy::Target;
use seaworthy_domain::policy::VercelSource;
use seaworthy_domain::policy::VercelTarget;

const COMMANDS: &str = "kind = \"command\"
deploy = \"scripts/deploy.sh\"
set_share = { run = [\"scripts/share.sh\", \"--now\"], scripts = [\"scripts/share.sh\"], timeout = \"2m\" }
rollback = \"scripts/back.sh\"
observe = \"scripts/observe.sh\"";

const VERCEL: &str = "kind = \"vercel\"
connection = \"vercel\"
project = \"prj_harbour\"
rolling = true
upload = \"dist\"";

/// The whole policy with production at Vercel.
fn hosted() -> String {
    changed(COMMANDS, VERCEL)
}

/// One test for each line: its name, what is replaced, and by what.
macro_rules! broken {
    ($($name:ident: $from:expr => $to:expr;)*) => {$(
        #[test]
        fn $name() {
            let hosted = hosted();
            assert_eq!(hosted.matches($from).count(), 1, "{}", $from);
            insta::assert_snapshot!(rendered(&hosted.replace($from, $to)));
        }
    )*};
}

broken! {
    connection_of_nobody: "connection = \"vercel\"" => "connection = \"vercle\"";
    connection_to_another_service: "connection = \"vercel\"" => "connection = \"metrics\"";
    connection_missing: "connection = \"vercel\"\n" => "";
    project_that_is_a_path: "\"prj_harbour\"" => "\"prj_harbour/../x\"";
    no_source: "upload = \"dist\"\n" => "";
    two_sources: "upload = \"dist\"" =>
        "upload = \"dist\"\ngit = { host = \"github\", repository = \"acme/shop\", branch = \"main\" }";
    upload_from_outside: "upload = \"dist\"" => "upload = \"../dist\"";
    repository_without_owner: "upload = \"dist\"" =>
        "git = { host = \"github\", repository = \"shop\", branch = \"main\" }";
    host_unknown: "upload = \"dist\"" =>
        "git = { host = \"gitlab\", repository = \"acme/shop\", branch = \"main\" }";
    key_of_a_command: "rolling = true" => "rolling = true\nobserve = \"./look\"";
    share_below_one_percent: "share = \"5%\"" => "share = \"0.5%\"";
    share_with_a_fraction: "share = \"25%\"" => "share = \"12.5%\"";
    stages_without_rolling: "rolling = true\n" => "";
    staging_at_vercel: "target = \"preview\"" => "target = \"web\"";
}

#[test]
fn a_rolling_release_needs_a_stage_before_everybody() {
    let alone = "[[rollout.stages]]
name = \"first\"
share = \"5%\"
soak = \"30m\"
auto_advance = true

[[rollout.stages]]
share = \"25%\"
soak = { length = \"1h..2h\", coverage = \"90%\" }

";
    let text = hosted().replace(alone, "").replace("guards = \"advance:2\"", "guards = \"advance:1\"");
    insta::assert_snapshot!(rendered(&text));
}

fn web(text: &str) -> VercelTarget {
    match parsed(text).policy.targets.remove("web") {
        Some(Target::Vercel(target)) => *target,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_target_knows_its_connection_and_its_ladder() {
    let target = web(&hosted());
    let ladder: Vec<String> = target.rolling.iter().flatten().map(ToString::to_string).collect();
    assert_eq!(ladder, ["5%", "25%", "100%"]);
    assert_eq!((target.team(), target.at.origin.as_str()), (Some("harbour"), "https://api.vercel.com"));
    assert_eq!(
        (target.project.as_str(), target.source),
        ("prj_harbour", VercelSource::Upload("dist".into()))
    );
}

#[test]
fn a_commit_can_be_fetched_instead() {
    let git = "git = { host = \"bitbucket\", repository = \"acme/shop\", branch = \"main\" }";
    let (repository, branch) = ("acme/shop".to_owned(), "main".to_owned());
    let source = VercelSource::Git(GitSource { host: GitHost::Bitbucket, repository, branch });
    assert_eq!(web(&hosted().replace("upload = \"dist\"", git)).source, source);
}
