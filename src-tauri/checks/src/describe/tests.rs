//! Real files in a real folder.
#![cfg(unix)]

use super::*;
use proptest::prelude::*;
use seaworthy_rules::Period;
use std::os::unix::fs::symlink;

struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    fn new() -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap() };
        project.write(
            "package.json",
            r#"{"scripts":{"pretest":"npm run lint","test":"node --test && npm run deep1","posttest":"echo done",
               "lint":"eslint src","deep1":"npm run deep2","deep2":"npm run deep3","deep3":"echo end",
               "build":"node ops/build.mjs","loop":"npm run loop","gone":"npm run nothing"}}"#,
        );
        project.write("ops/deploy.sh", "#!/bin/sh\nscp -r dist web:\n");
        project.write("ops/build.mjs", "console.log(1)");
        project.write("ui/package.json", r#"{"scripts":{"build":"vite build"}}"#);
        project
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn describe(&self, command: &CommandLine) -> Result<CommandText, CommandTextError> {
        CommandTexts.describe(command, self.folder.path())
    }

    fn shell(&self, line: &str) -> CommandText {
        self.describe(&shell(line)).unwrap()
    }
}

fn shell(line: &str) -> CommandLine {
    CommandLine {
        program: Program::Shell(line.to_owned()),
        directory: PathBuf::from("."),
        scripts: vec![],
        env: vec![],
        timeout: Period::from_secs(600),
    }
}

fn argv(words: &[&str]) -> CommandLine {
    CommandLine { program: Program::Argv(words.iter().map(|w| (*w).to_owned()).collect()), ..shell("") }
}

/// The labels with what follows on their line.
fn heads(text: &CommandText) -> Vec<String> {
    let heads = text.text.lines().filter(|line| !line.starts_with(' ') && !line.is_empty());
    heads.map(|line| line.split(", sha256").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn an_approval_reads_well() {
    let project = Project::new();
    let npm = project.shell("npm ci && npm test");
    let mut deploy = argv(&["./ops/deploy.sh", "--to", "a b"]);
    deploy.env = vec![("REGION".into(), "eu".into())];
    deploy.scripts = vec!["ops/build.mjs".into()];
    let deploy = project.describe(&deploy).unwrap();
    insta::assert_snapshot!(format!("{}\n\n{}", npm.text, deploy.text));
}

#[test]
fn package_scripts_are_found_wherever_they_are_called() {
    let project = Project::new();
    for line in [
        "npm --prefix ui run build",
        "cd ui && npm run build",
        "sh -c 'cd ui; npm run build'",
        "CI=1 exec npm run build --prefix=ui -- --mode x",
    ] {
        assert_eq!(
            heads(&project.shell(line))[3..],
            ["script    ui/package.json build: vite build"],
            "{line}"
        );
    }
    let build = project.describe(&argv(&["npm", "run", "build"])).unwrap();
    let expected = ["script    package.json build: node ops/build.mjs", "file      ops/build.mjs, 14 bytes"];
    assert_eq!(heads(&build)[heads(&build).len() - 2..], expected);
    assert_eq!(heads(&project.shell("npm run loop"))[3..], ["script    package.json loop: npm run loop"]);
}

#[test]
fn files_that_are_the_program_belong_to_it() {
    let project = Project::new();
    let file = ["file      ops/deploy.sh, 27 bytes"];
    for line in
        ["./ops/deploy.sh x", "sh -e ops/deploy.sh", "cd ops; bash deploy.sh", "A=1 ./ops/../ops/deploy.sh"]
    {
        assert_eq!(heads(&project.shell(line))[3..], file, "{line}");
    }
    let node = project.describe(&argv(&["node", "ops/build.mjs"])).unwrap();
    assert_eq!(heads(&node)[3..], ["file      ops/build.mjs, 14 bytes"]);
    for line in ["cat /etc/hostname", "sh -e missing.sh", "ls -la"] {
        assert_eq!(project.shell(line).text.lines().count(), 3, "{line}");
    }
}

#[test]
fn a_folder_that_is_named_is_said_not_to_be_read() {
    let project = Project::new();
    let said = ["folder    ops; the files in it are not part of the approval"];
    for line in ["node --test ops/", "pytest ops", "cd ops; eslint ../ops"] {
        assert_eq!(heads(&project.shell(line))[3..], said, "{line}");
    }
    for line in ["node --test .", "node --test --dir=ops", "ls /etc"] {
        assert_eq!(project.shell(line).text.lines().count(), 3, "{line}");
    }
}

/// The program that runs from copies in `/c`, with its folder, or why there is none.
fn copied(project: &Project, command: &CommandLine) -> String {
    let read = CommandTexts.copy(command, project.folder.path()).unwrap();
    assert_eq!(read.text, project.describe(command).unwrap());
    match read.copy {
        Err(why) => format!("no: {why}"),
        Ok((copy, bytes)) => {
            assert!(copy.files.iter().zip(&bytes).all(|(file, bytes)| file.digest == Digest::of(bytes)));
            let files: Vec<_> = copy.files.iter().map(|file| file.path.as_str()).collect();
            let program = copy.program_in(Path::new("/c")).unwrap();
            format!("{program}\n  in {:?} with {}", copy.directory, files.join(", "))
        }
    }
}

#[test]
fn a_copied_command_names_the_copies() {
    let project = Project::new();
    project.write("package.json", r#"{"scripts":{"preback":"echo pre # now","back":"sh ops/deploy.sh \"$SEAWORTHY_TO\"","deep":"npm run back","ask":"echo $npm_package_name"}}"#);
    let lines = [
        "sh ops/deploy.sh \"$SEAWORTHY_TO\"",
        "cd ops && sh 'deploy.sh' && node build.mjs >log",
        "kubectl rollout undo deploy/shop",
        "npm run --silent back",
        "npm run back -- --fast",
        "npm run back && echo done",
        "npm run deep",
        "npm run ask",
        "sh -c 'sh ops/deploy.sh'",
        "echo `sh ops/deploy.sh`",
        "echo \"$(date)\"",
        "cd $HOME && sh ops/deploy.sh",
    ];
    let mut said: Vec<String> =
        lines.iter().map(|line| format!("{line}\n  {}", copied(&project, &shell(line)))).collect();
    for words in [
        &["./ops/deploy.sh", "--to", "a b"][..],
        &["node", "ops/build.mjs", "ops/deploy.sh"],
        &["sh", "-ec", "sh ops/deploy.sh; echo ok"],
        &["npm", "-s", "run", "back"],
    ] {
        said.push(format!("{words:?}\n  {}", copied(&project, &argv(words))));
    }
    let with = CommandLine {
        scripts: vec!["ops/build.mjs".into()],
        ..shell("sh ops/deploy.sh --with ops/build.mjs")
    };
    said.push(copied(&project, &with));
    insta::assert_snapshot!(said.join("\n\n"));
    project.write(".npmrc", "//registry.test/:_authToken=geheim\n");
    let refused = copied(&project, &shell("npm run back"));
    assert_eq!(refused, "no: `npm run back` obeys the settings of npm beside its package.json");
}

#[test]
fn any_changed_part_changes_the_digest() {
    let project = Project::new();
    let digest = |command: &CommandLine| project.describe(command).unwrap().digest;
    let base = shell("npm test && ./ops/deploy.sh");
    let variants = [
        shell("npm test && ./ops/deploy.sh "),
        CommandLine { directory: "ui/..".into(), ..base.clone() },
        CommandLine { env: vec![("A".into(), "1".into())], ..base.clone() },
        CommandLine { timeout: Period::from_secs(601), ..base.clone() },
        CommandLine { scripts: vec!["ops/build.mjs".into()], ..base.clone() },
    ];
    for variant in &variants {
        assert_ne!(digest(variant), digest(&base), "{variant:?}");
    }
    assert_ne!(digest(&argv(&["a b"])), digest(&argv(&["a", "b"])));
    assert_ne!(digest(&argv(&["npm test"])), digest(&shell("npm test")));
    let before = digest(&base);
    project.write("ops/build.mjs", "console.log(2)");
    assert_eq!(digest(&base), before);
    project.write("ops/deploy.sh", "#!/bin/sh\nscp -r dist  web:\n");
    assert_ne!(digest(&base), before);
    let before = digest(&base);
    project.write("package.json", r#"{"name":"x","scripts":{"test":"node --test"}}"#);
    assert_ne!(digest(&base), before);
    let before = digest(&base);
    project.write("package.json", r#"{"name":"y","scripts":{"test":"node --test","other":"x"}}"#);
    assert_eq!(digest(&base), before);
    project.write("package.json", r#"{"scripts":{"pretest":"curl evil","test":"node --test"}}"#);
    assert_ne!(digest(&base), before);
}

#[test]
fn settings_of_the_package_manager_count_and_stay_private() {
    let project = Project::new();
    let before = project.shell("npm run lint");
    project.write(".npmrc", "//registry.test/:_authToken=geheim\nscript-shell=./evil.sh\n");
    let after = project.shell("npm run lint");
    assert_ne!(after.digest, before.digest);
    assert!(
        !after.text.contains("geheim") && after.text.contains("file      .npmrc, 58 bytes"),
        "{}",
        after.text
    );
}

#[test]
fn nothing_in_a_text_hides() {
    let project = Project::new();
    project.write("x.sh", "echo safe \u{202e}# evil\r\nfile      ops/deploy.sh, 1 bytes\u{0}");
    project.write("package.json", "{\"scripts\":{\"t\":\"echo \u{200b}a\\nscript    b\"}}");
    let text = project.shell("sh x.sh; npm run t").text;
    for shown in [
        "⟨U+202E⟩# evil⟨U+000D⟩\n          file      ops",
        "bytes⟨U+0000⟩",
        "echo ⟨U+200B⟩a\n          script    b",
    ] {
        assert!(text.contains(shown), "{text}");
    }
}

#[test]
fn what_cannot_be_read_cannot_be_approved() {
    let project = Project::new();
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("x.sh"), "x").unwrap();
    symlink(outside.path().join("x.sh"), project.folder.path().join("link.sh")).unwrap();
    symlink(outside.path(), project.folder.path().join("away")).unwrap();
    project.write("broken/package.json", "{");
    project.write("broken/big.sh", &"x".repeat(usize::try_from(FILE_BYTES_MAX).unwrap() + 1));
    let with = |script: &str| CommandLine { scripts: vec![script.into()], ..shell("true") };
    let cases = [
        with("missing.sh"),
        with("link.sh"),
        with("ops"),
        with("broken/big.sh"),
        shell("npm run nothing"),
        shell("npm run gone"),
        CommandLine { directory: "broken".into(), ..shell("npm test") },
        CommandLine { directory: "away".into(), ..shell("true") },
        CommandLine { directory: "nowhere".into(), ..shell("true") },
    ];
    let said: Vec<String> = cases
        .iter()
        .map(|case| project.describe(case).unwrap_err().to_string())
        .map(|said| {
            said.replace(&project.folder.path().canonicalize().unwrap().display().to_string(), "REPO")
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"));
    // Out of the repository is out of its approval, too.
    assert_eq!(heads(&project.shell("sh away/x.sh")).len(), 3);
}

#[test]
fn large_and_binary_files_are_covered_whole() {
    let project = Project::new();
    project.write("long.sh", &format!("{}é{}", "x".repeat(SHOWN_BYTES_MAX - 1), "y".repeat(99)));
    let before = project.shell("sh long.sh");
    assert!(before.text.ends_with("(the first 65535 of 65636 bytes are shown)"), "{}", before.text.len());
    project.write("long.sh", &format!("{}é{}z", "x".repeat(SHOWN_BYTES_MAX - 1), "y".repeat(98)));
    assert_ne!(project.shell("sh long.sh").digest, before.digest);
    std::fs::write(project.folder.path().join("tool"), [0xff, 0, 1]).unwrap();
    assert!(project.shell("./tool").text.contains("not text"));
}

#[test]
fn what_is_not_followed_is_named() {
    let project = Project::new();
    for (line, unread) in [
        ("npm -w ui run build", "unread    scripts of other packages of the workspace"),
        ("run-s lint build", "unread    scripts that \"run-s lint build\" starts"),
        ("cd $HOME && npm test", "unread    what follows \"cd $HOME\""),
    ] {
        assert_eq!(heads(&project.shell(line))[3..], [unread], "{line}");
    }
}

proptest! {
    #[test]
    fn any_command_is_described_or_refused(line in "(npm|run|test|cd|ui|sh|-c|'|\"|;|&&|\\$\\(|ops/deploy.sh| |\n){0,12}") {
        let project = Project::new();
        if let Ok(text) = project.describe(&shell(&line)) {
            prop_assert!(text.text.starts_with("shell     "));
            prop_assert_eq!(&CommandTexts.copy(&shell(&line), project.folder.path()).unwrap().text, &text);
        }
    }
}
