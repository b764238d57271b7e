//! Input that is wrong: a clear error, and nothing is lost.

use super::captain::Captain;
use seaworthy_testkit::Plan;
use seaworthy_testkit::Repository;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::State;
use std::fs;

fn policy_check(captain: &Captain) -> Request {
    Request::PolicyCheck { folder: captain.sample.project().to_string_lossy().into_owned() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_that_is_wrong_is_refused_with_its_place() {
    let captain = Captain::new(&Plan::default());
    let good = captain.sample.repository.read("seaworthy.toml");
    let changed = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1).into_bytes()
    };
    let cases: [(&str, Vec<u8>, &[&str]); 8] = [
        ("empty", Vec::new(), &["empty"]),
        ("five megabytes", vec![b'#'; 5 * 1024 * 1024], &["at most 1048576"]),
        ("not UTF-8", b"[meta]\ntitle = \"caf\xe9\"\n".to_vec(), &["UTF-8", ":2:"]),
        (
            "unknown metric",
            changed("rule = \"error_rate < 1%", "rule = \"eror_rate < 1%"),
            &["eror_rate", "error_rate", "-->"],
        ),
        ("decreasing shares", changed("share = \"25%\"", "share = \"4%\""), &["4%", "-->"]),
        ("zero soak", changed("length = \"10m\"", "length = \"0m\""), &["0m", "-->"]),
        ("sustained without duration", changed("> 1% for 5m with", "> 1% for with"), &["for", "-->"]),
        ("unknown key", changed("[probe]\npath", "[probe]\npaht"), &["paht", "path", "-->"]),
    ];
    for (what, bytes, words) in cases {
        captain.sample.repository.write("seaworthy.toml", bytes);
        for fault in [
            captain.ask(policy_check(&captain)).await.unwrap_err(),
            captain.open_release("9.0.0").await.unwrap_err(),
        ] {
            assert_eq!(fault.code, Code::BadInput, "{what}");
            for word in words {
                assert!(fault.message.contains(word), "{what} does not say {word:?}: {}", fault.message);
            }
        }
    }
    captain.sample.repository.write("seaworthy.toml", &good);
    assert!(captain.log().await.is_empty(), "nothing was written down");
    assert!(matches!(captain.ask(policy_check(&captain)).await, Ok(Reply::PolicyFine(_))));
    fs::remove_file(captain.sample.project().join("seaworthy.toml")).unwrap();
    let missing = captain.open_release("9.0.0").await.unwrap_err();
    assert!(missing.help.is_some_and(|help| help.contains("seaworthy init")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dirty_or_detached_repository_and_one_without_commits() {
    let captain = Captain::new(&Plan::default());
    captain.open_release("1.1.0").await.unwrap();
    captain.attest("scope/goal").await;
    captain.get(Request::Freeze { which: captain.which() }).await;
    let repository = &captain.sample.repository;
    repository.write("tides.mjs", "// Half a thought.\n");
    let dirty = captain.candidate().await.unwrap_err();
    assert_eq!(dirty.code, Code::Refused);
    assert!(dirty.message.contains("tides.mjs"), "{dirty}");
    repository.git(&["checkout", "--quiet", "--", "tides.mjs"]);
    repository.git(&["checkout", "--quiet", "--detach"]);
    let view = captain.candidate().await.expect("a detached commit is a commit");
    assert_eq!(view.head.commit, Some(repository.git(&["rev-parse", "HEAD"])));
    let unknown =
        Request::Candidate { which: captain.which(), revision: Some("no-such-tag".into()), again: false };
    assert_eq!(captain.want(unknown).await.unwrap_err().code, Code::BadInput);

    let empty = captain.sample.beside("empty");
    fs::create_dir(&empty).unwrap();
    let outside = refused_candidate(&captain, &empty, "2.0.0").await;
    assert!(outside.message.contains("not inside a git repository"), "{outside}");
    Repository::init(&empty);
    let unborn = refused_candidate(&captain, &empty, "2.0.1").await;
    assert!(unborn.message.contains("no commit yet"), "{unborn}");
}

/// Opens another project in `folder` as far as its candidate, which is refused.
async fn refused_candidate(captain: &Captain, folder: &std::path::Path, version: &str) -> Fault {
    let policy = captain.sample.repository.read("seaworthy.toml");
    let id = policy.lines().find(|line| line.starts_with("id = ")).unwrap();
    let policy = policy.replacen(id, "id = \"6f9619ff-8b86-4011-b42d-00c04fc964ff\"", 1);
    fs::write(folder.join("seaworthy.toml"), policy).unwrap();
    let folder = folder.to_string_lossy().into_owned();
    captain.get(Request::Open { folder, version: version.to_owned() }).await;
    let which = seaworthy_wire::Which { release: Some(version.to_owned()), folder: None };
    let criterion = "scope/goal".to_owned();
    captain.get(Request::Attest { which: which.clone(), criterion, note: String::new() }).await;
    captain.get(Request::Freeze { which: which.clone() }).await;
    captain.want(Request::Candidate { which, revision: None, again: false }).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_moves_during_a_check_proves_nothing() {
    let plan = Plan::default().edit(
        "run = \"npm run lint\"",
        "run = \"git -c user.name=D -c user.email=d@example.com commit -q --allow-empty -m moved\"",
    );
    let captain = Captain::new(&plan);
    captain.prepare().await;
    let view = captain.check(&["lint"]).await.expect("the command itself passes");
    let lint = view
        .phases
        .iter()
        .flat_map(|p| &p.gates)
        .flat_map(|g| &g.criteria)
        .find(|c| c.name == "quality/lint");
    let lint = lint.unwrap();
    assert_eq!(lint.state, State::NoData);
    assert!(lint.reason.contains("does not count: after the run the working tree is at"), "{}", lint.reason);
    // From a tree that is elsewhere from the start it does not count either.
    let view = captain.check(&["test"]).await.unwrap();
    let test = view
        .phases
        .iter()
        .flat_map(|p| &p.gates)
        .flat_map(|g| &g.criteria)
        .find(|c| c.name == "quality/test");
    assert_eq!(test.unwrap().state, State::NoData);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_engine_is_refused_and_the_first_goes_on() {
    let captain = Captain::new(&Plan::default());
    captain.open_release("1.1.0").await.unwrap();
    let Err(second) = captain.open() else { panic!("two engines in one data directory") };
    assert_eq!(second.code, Code::Refused);
    captain.attest("scope/goal").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_byte_is_found_and_only_viewing_is_left() {
    let mut captain = Captain::new(&Plan::default());
    captain.prepare().await;
    captain.leave();
    let file = captain.sample.home.join("ledger.db");
    let mut bytes = fs::read(&file).unwrap();
    let word = b"\"version\":\"1.1.0\"";
    let places: Vec<_> = (0..bytes.len() - word.len()).filter(|at| bytes[*at..].starts_with(word)).collect();
    assert!(!places.is_empty(), "the first event is in the file");
    // The one that counts among copies that the database left behind.
    for place in places {
        bytes[place + 12] ^= 1;
    }
    fs::write(&file, &bytes).unwrap();
    captain.reopen();
    let refused =
        captain.want(Request::Hold { which: captain.which(), reason: "x".into() }).await.unwrap_err();
    assert!(matches!(refused.code, Code::Refused | Code::Integrity), "{refused}");
    let Ok(Reply::Doctor(doctor)) = captain.ask(Request::Doctor).await else { panic!("no doctor") };
    assert!(
        doctor.lines.iter().any(|line| line.state == State::Fail && line.what == "ledger"),
        "{doctor:#?}"
    );
    // The first hundred bytes are the database's own counters.
    assert!(fs::read(&file).unwrap()[100..] == bytes[100..], "looking changes nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_write_ahead_log_is_noticed_and_can_be_accepted() {
    let mut captain = Captain::new(&Plan::default());
    captain.prepare().await;
    // A copy taken while the engine runs is what a kill leaves behind.
    let copy = captain.sample.beside("copy");
    fs::create_dir(&copy).unwrap();
    for name in ["ledger.db", "ledger.head"] {
        fs::copy(captain.sample.home.join(name), copy.join(name)).unwrap();
    }
    fs::rename(captain.sample.home.join("evidence"), copy.join("evidence")).unwrap();
    captain.leave();
    captain.sample.home = copy;
    captain.reopen();
    let Ok(Reply::Doctor(doctor)) = captain.ask(Request::Doctor).await else { panic!("no doctor") };
    assert!(
        doctor.lines.iter().any(|l| l.state == State::Fail && l.text.contains("--accept-regression")),
        "{doctor:#?}"
    );
    let blocked = captain.open_release("2.0.0").await.unwrap_err();
    assert_eq!(blocked.code, Code::Integrity, "{blocked}");
    captain.ask(Request::AcceptRegression { reason: "The disk was full".into() }).await.unwrap();
    assert_eq!(captain.count("ledger.regression_accepted").await, 1);
    captain.open_release("2.0.0").await.expect("work goes on");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_data_directory_that_cannot_be_written_is_said_so() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut captain = Captain::new(&Plan::default());
    captain.leave();
    let sealed = captain.sample.beside("sealed");
    fs::create_dir(&sealed).unwrap();
    fs::set_permissions(&sealed, fs::Permissions::from_mode(0o500)).unwrap();
    if fs::write(sealed.join("probe"), "").is_ok() {
        // Root writes everywhere; a file where the directory should be refuses root too.
        fs::set_permissions(&sealed, fs::Permissions::from_mode(0o700)).unwrap();
        fs::remove_dir_all(&sealed).unwrap();
        fs::write(&sealed, "in the way").unwrap();
    }
    captain.sample.home = sealed.join("home");
    let Err(fault) = captain.open() else { panic!("opened where nothing can be written") };
    assert_eq!(fault.code, Code::Outside);
    assert!(fault.message.contains("sealed"), "{fault}");
}
