//! The stages of a test run, in order. A stage that has nothing to run is not in the list.

use crate::error::XtaskError;
use crate::place::Place;
use crate::setup::{app, ui};
use crate::shell::{self, Step};
use crate::test::tally::Tally;
use crate::test::tools::Tools;
use crate::test::{Part, doctest, nextest, vitest};

/// Where the tests of the real window lie, and the start of their names.
const WINDOW_TESTS: &str = "tests/e2e";
/// Tests of the commands: in the program itself, or in the module `ipc` of the root's tests.
const IPC_FILTER: &str = "kind(bin) | test(/^ipc::/)";
const WINDOW_FILTER: &str = "test(/^e2e::/)";

/// Programs for tests are built together with the tests: alone, their libraries would get other features
/// and be compiled a second time.
const WITH_TEST_FEATURES: [&str; 2] = ["--bins", "--tests"];

/// What a stage does; a stage without tests gives an empty tally.
type Work = Box<dyn Fn(&Place, &Tools) -> Result<Tally, XtaskError>>;

/// One line of the final table.
pub(super) struct Stage {
    pub(super) name: &'static str,
    parts: &'static [Part],
    pub(super) work: Work,
}

impl Stage {
    /// Whether one of the wanted parts needs this stage.
    pub(super) fn serves(&self, wants: &impl Fn(Part) -> bool) -> bool {
        self.parts.iter().any(|part| wants(*part))
    }
}

/// Every stage that has something to do in this repository.
pub(super) fn all(place: &Place) -> Result<Vec<Stage>, XtaskError> {
    let mut stages = light();
    let examples = doctest::packages(place)?;
    if !examples.is_empty() {
        let work = move |place: &Place, _: &Tools| doctest::run(place, &examples);
        stages.push(stage("examples in documentation", &[Part::Light], work));
    }
    stages.extend(interface());
    stages.extend(window(place.root().join(WINDOW_TESTS).is_dir()));
    Ok(stages)
}

fn light() -> Vec<Stage> {
    const LIGHT: &[Part] = &[Part::Light];
    vec![
        checked("format", LIGHT, |place, tools| tools.cargo(place).args(["fmt", "--all", "--check"])),
        checked("lints", LIGHT, |place, tools| {
            tools.cargo(place).args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
        }),
        checked("licences and sources", LIGHT, |place, tools| {
            tools.cargo(place).args([
                "deny",
                "--all-features",
                "check",
                "--hide-inclusion-graph",
                "bans",
                "licenses",
                "sources",
            ])
        }),
        stage("light tests", LIGHT, |place, tools| {
            shell::show(&terminal_build(place, tools))?;
            let run = tools.cargo(place).args(["nextest", "run", "--workspace", "--no-fail-fast"]);
            nextest::run(&with_programs(run, place))
        }),
    ]
}

fn interface() -> Vec<Stage> {
    const UI: &[Part] = &[Part::Ui];
    const PAGE: &[Part] = &[Part::Ui, Part::Ipc, Part::Window];
    let npm = |place: &Place, script: &str| Step::npm().args(["run", script]).within(&place.ui());
    vec![
        checked("interface lints", UI, move |place, _| npm(place, "lint")),
        checked("interface types", UI, move |place, _| npm(place, "check")),
        stage("interface tests", UI, |place, _| vitest::run(place)),
        stage("interface build", PAGE, |place, _| ui::build(place).map(|()| Tally::default())),
    ]
}

fn window(has_window_tests: bool) -> Vec<Stage> {
    const IPC: &[Part] = &[Part::Ipc];
    const WINDOW: &[Part] = &[Part::Window];
    let mut stages = vec![
        checked("window lints", IPC, |place, tools| {
            let clippy = tools.cargo(place).arg("clippy").args(app::WINDOW_FEATURES);
            clippy.args(["--all-targets", "--", "-D", "warnings"])
        }),
        stage("command tests", IPC, |place, tools| part_run(place, tools, IPC_FILTER)),
    ];
    if has_window_tests {
        stages.push(stage("window build", WINDOW, |place, tools| {
            shell::show(&terminal_build(place, tools))?;
            let window = tools.cargo(place).arg("build").args(app::WINDOW_FEATURES);
            shell::show(&window.args(WITH_TEST_FEATURES)).map(|()| Tally::default())
        }));
        stages.push(stage("window tests", WINDOW, |place, tools| part_run(place, tools, WINDOW_FILTER)));
    }
    stages
}

/// The terminal's program, which journeys start. This program is left out because it is running.
fn terminal_build(place: &Place, tools: &Tools) -> Step {
    tools.cargo(place).args(["build", "--workspace", "--exclude", "xtask"]).args(WITH_TEST_FEATURES)
}

/// The root package's tests that `filter` names. What it leaves out is another stage's, not skipped.
fn part_run(place: &Place, tools: &Tools, filter: &str) -> Result<Tally, XtaskError> {
    let run = tools.cargo(place).args(["nextest", "run"]).args(app::WINDOW_FEATURES);
    let step = with_programs(run.args(["--no-fail-fast", "--filterset", filter]), place);
    Ok(Tally { skipped: 0, ..nextest::run(&step)? })
}

/// Tests find the programs under test here.
fn with_programs(step: Step, place: &Place) -> Step {
    step.env("SEAWORTHY_APP", place.built(app::WINDOW)).env("SEAWORTHY_CLI", place.built(app::TERMINAL))
}

fn stage(
    name: &'static str,
    parts: &'static [Part],
    work: impl Fn(&Place, &Tools) -> Result<Tally, XtaskError> + 'static,
) -> Stage {
    Stage { name, parts, work: Box::new(work) }
}

/// A stage that passes or fails as a whole.
fn checked(
    name: &'static str,
    parts: &'static [Part],
    step: impl Fn(&Place, &Tools) -> Step + 'static,
) -> Stage {
    stage(name, parts, move |place, tools| shell::show(&step(place, tools)).map(|()| Tally::default()))
}

#[cfg(test)]
mod tests {
    use super::all;
    use crate::place::Place;
    use crate::test::Part;
    use std::fs;

    fn names(place: &Place, only: Part) -> Vec<&'static str> {
        let stages = all(place).expect("readable");
        stages.iter().filter(|stage| stage.serves(&|part| part == only)).map(|stage| stage.name).collect()
    }

    #[test]
    fn a_stage_without_tests_does_not_exist() {
        let folder = tempfile::tempdir().expect("temp dir");
        let place = Place::at(folder.path());
        let sources = folder.path().join("src-tauri/domain/src");
        fs::create_dir_all(&sources).expect("folder");
        fs::write(sources.join("lib.rs"), "//! Nothing.\n").expect("write");
        assert_eq!(names(&place, Part::Window), ["interface build"]);
        assert!(!names(&place, Part::Light).contains(&"examples in documentation"));

        fs::create_dir_all(folder.path().join("tests/e2e")).expect("folder");
        fs::write(sources.join("lib.rs"), "//! ```\n//! assert!(true);\n//! ```\n").expect("write");
        assert_eq!(names(&place, Part::Window), ["interface build", "window build", "window tests"]);
        assert!(names(&place, Part::Light).contains(&"examples in documentation"));
    }
}
