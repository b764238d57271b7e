//! What people see, at 80 columns.

use super::sample;
use crate::render;
use crate::render::Paint;
use crate::render::When;
use insta::assert_snapshot;
use seaworthy_wire::ApprovalView;
use seaworthy_wire::Standing;
use seaworthy_wire::State;
use unicode_width::UnicodeWidthStr;

const PLAIN: Paint = Paint { colour: false };

fn berlin() -> When {
    When { zone: chrono_tz::Europe::Berlin, now: Some(sample::NOW) }
}

#[test]
fn status() {
    assert_snapshot!(render::status(&sample::release(), berlin(), PLAIN));
}

#[test]
fn status_of_an_operation_without_outcome() {
    assert_snapshot!(render::status(&sample::unknown(), berlin(), PLAIN));
}

#[test]
fn status_with_every_criterion() {
    assert_snapshot!(render::explained(&sample::release(), berlin(), PLAIN));
}

#[test]
fn outcome_of_a_change() {
    assert_snapshot!(render::outcome(&sample::ready(), berlin(), PLAIN));
}

#[test]
fn ladder() {
    assert_snapshot!(render::rollout(&sample::release(), berlin(), PLAIN));
}

#[test]
fn block_of_a_watch() {
    assert_snapshot!(render::live(&sample::release(), berlin(), PLAIN));
}

#[test]
fn preview() {
    assert_snapshot!(render::preview(&sample::preview(), PLAIN));
}

#[test]
fn a_preview_cannot_be_written_by_what_it_shows() {
    let mut preview = sample::preview();
    let forged = "x\n\nChecked just now\n  ✓ 5 of 5 criteria hold\r\rStarts from: rc.9";
    preview.title = forged.to_owned();
    for call in &mut preview.calls {
        call.method = forged.to_owned();
        call.target = forged.to_owned();
        call.body = vec![forged.to_owned()];
    }
    let page = render::preview(&preview, PLAIN);
    let lines = |start: &str| page.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!((lines("Checked just now"), lines("Starts from:")), (1, 1), "{page}");
    assert_eq!(lines("  ✓ 5"), 0, "{page}");
}

#[test]
fn approvals_with_text_difference_and_problem() {
    assert_snapshot!(render::approvals(&sample::approvals(), PLAIN));
}

#[test]
fn a_script_of_several_commands_is_shown_once() {
    let approval = |subject: &str, act: &str, body: &str| ApprovalView {
        subject: subject.to_owned(),
        text: format!("program   ./shop.sh {act}\nin        .\nfile      shop.sh, 9 bytes\n          {body}"),
        ..sample::approvals().remove(0)
    };
    let shown = [
        approval("target shop: deploy", "deploy", "#!/bin/sh"),
        approval("target shop: roll back", "back", "#!/bin/sh"),
        approval("target shop: observe", "observe", "#!/bin/zsh"),
    ];
    assert_snapshot!(render::approvals(&shown, PLAIN));
}

#[test]
fn nothing_found_is_not_nothing_yet() {
    let page = seaworthy_wire::EventPage { events: Vec::new(), next: None, doubt: None };
    let said = |search| render::events(&page, search, berlin(), PLAIN);
    assert_eq!(said(Some("nope")), "Nothing says \"nope\".\n");
    assert_eq!(said(None), "Nothing yet.\n");
}

#[test]
fn fault_with_missing_facts() {
    assert_snapshot!(render::fault(&sample::missing(), PLAIN));
}

#[test]
fn log() {
    assert_snapshot!(render::events(&sample::events(), None, When { now: None, ..berlin() }, PLAIN));
}

#[test]
fn doctor() {
    assert_snapshot!(render::doctor(&sample::doctor(), PLAIN));
}

#[test]
fn checks() {
    let checks = [sample::check("lint", State::Pass, "a"), sample::check("test", State::Pending, "b")];
    assert_snapshot!(render::checks(checks.iter(), PLAIN));
}

#[test]
fn colours_change_no_character() {
    let colour = render::explained(&sample::release(), berlin(), Paint { colour: true });
    assert!(colour.contains("\x1b[31m"));
    let stripped = anstream::adapter::strip_str(&colour).to_string();
    assert_eq!(stripped, render::explained(&sample::release(), berlin(), PLAIN));
}

#[test]
fn no_line_is_wider_than_a_terminal() {
    let pages = [
        render::explained(&sample::unknown(), berlin(), PLAIN),
        render::rollout(&sample::release(), berlin(), PLAIN),
        render::preview(&sample::preview(), PLAIN),
        render::fault(&sample::missing(), PLAIN),
        render::doctor(&sample::doctor(), PLAIN),
    ];
    for line in pages.iter().flat_map(|page| page.lines()) {
        assert!(line.width() <= 80, "{} columns: {line}", line.width());
    }
}

#[test]
fn a_bundle_that_was_checked() {
    let shown = [Standing::Unknown, Standing::Expected, Standing::Other].map(|standing| {
        let page = render::bundle(&sample::bundle(standing), berlin(), PLAIN);
        assert!(page.lines().all(|line| line.width() <= 80), "{page}");
        page
    });
    assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_release_as_its_bundle_shows_it() {
    assert_snapshot!(render::document(&sample::bundle(Standing::Unknown), berlin(), PLAIN));
}

#[test]
fn what_nobody_saw_and_what_nobody_could_be_told() {
    let unseen = |view| seaworthy_wire::ReleaseView { notices: sample::notices(), ..view };
    let page = render::status(&unseen(sample::release()), berlin(), PLAIN);
    let told: Vec<_> = page.lines().take_while(|line| !line.starts_with("May I move?")).collect();
    assert_snapshot!(told.join("\n"));
    let closed = render::outcome(&unseen(sample::over()), berlin(), PLAIN);
    assert!(closed.contains("Nobody could be told"), "{closed}");
    let open = render::outcome(&unseen(sample::release()), berlin(), PLAIN);
    assert!(!open.contains("Nobody could be told"), "{open}");
}

#[test]
fn how_people_are_told() {
    assert_snapshot!(render::attention(&sample::attention(), PLAIN));
}
