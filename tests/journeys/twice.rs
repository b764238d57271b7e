//! The same step asked for twice: a hosted rolling release moves one stage.

use seaworthy_practice::Call;
use seaworthy_practice::Trouble;
use seaworthy_practice::What;
use seaworthy_testkit::Cli;
use seaworthy_testkit::Ended;
use seaworthy_testkit::HOSTED;
use seaworthy_testkit::Hosted;
use seaworthy_testkit::eventually;
use std::time::Duration;

/// Two processes ask for the next stage at once, and both were told that the release stands at `position`.
fn twice(cli: &Cli, position: &str) -> [Ended; 2] {
    let ask = || cli.start(&["advance", "--yes", "--expect", position]);
    let (first, second) = (ask(), ask());
    [first, second].map(|child| Ended::read(&child.wait_with_output().unwrap()))
}

/// Exactly one of them moved; the other was told that it came too late, or that whom it asked had just ended.
fn one_moved(ended: &[Ended; 2]) {
    let moved = ended.iter().filter(|ended| ended.code == Some(0)).count();
    assert_eq!(moved, 1, "{ended:#?}");
}

fn position(cli: &Cli) -> String {
    cli.run(&["status"]).data()["head"]["position"].as_str().unwrap().to_owned()
}

#[test]
fn two_advances_in_quick_succession_move_one_stage() {
    let Some(hosted) = Hosted::start(16) else { return };
    hosted.connect(&[]).ok(0);
    let cli = hosted.cli();
    for words in
        [&["open", "1.1.0"][..], &["freeze"], &["candidate"], &["approve", "--all", "--yes"], &["check"]]
    {
        cli.run(words).ok(0);
    }
    cli.forward(&["deploy", "--env", "staging"]).ok(0);
    cli.forward(&["deploy"]).ok(0);

    let count = |what| hosted.practice.effects().iter().filter(|effect| effect.what == what).count();
    // The first call is slow, so that the second command comes while it is under way.
    hosted.practice.trouble(Call::Start, Trouble::Late(Duration::from_secs(2)));
    let ended = twice(&cli, &position(&cli));
    one_moved(&ended);
    assert_eq!((count(What::Started), count(What::Advanced)), (1, 0));
    let shares = hosted.practice.standing(HOSTED).unwrap().shares;
    assert_eq!(shares.iter().map(|(_, share)| *share).collect::<Vec<_>>(), [75.0, 25.0]);

    // The same while somebody watches: both commands go to the engine that is there.
    let before = position(&cli);
    let mut watch = hosted.watch();
    eventually("the soak", || {
        let status = cli.run(&["status"]);
        let rollout = &status.data()["rollout"];
        let quiet = rollout["guardrails"][0]["state"] == "pass" && rollout["decision"]["state"] == "pass";
        quiet.then_some(())
    });
    hosted.practice.trouble(Call::Approve, Trouble::Late(Duration::from_secs(2)));
    let ended = twice(&cli, &before);
    one_moved(&ended);
    watch.kill().unwrap();
    watch.wait().unwrap();
    assert_eq!((count(What::Advanced), count(What::Completed)), (1, 0));
    let shares = hosted.practice.standing(HOSTED).unwrap().shares;
    assert_eq!(shares.iter().map(|(_, share)| *share).collect::<Vec<_>>(), [50.0, 50.0]);
}
