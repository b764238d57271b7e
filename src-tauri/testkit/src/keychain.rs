//! A desktop session of a test's own: a private bus and an open keychain on it.

use crate::session::PRIVATE_BUS;
use crate::session::missing;
use std::ffi::OsString;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

/// What a machine needs for it.
const NEEDED: [&str; 3] = ["dbus-daemon", "gnome-keyring-daemon", "gdbus"];

/// A session with an open keychain; both end with this value.
#[derive(Debug)]
pub struct Keychain {
    address: String,
    folder: PathBuf,
    children: Vec<Child>,
}

impl Keychain {
    /// Starts both; the keychain's file lies below `folder`. `None`, visibly, where the machine lacks a part of it.
    ///
    /// # Panics
    /// When a part is there and does not start.
    pub fn start(folder: &Path) -> Option<Self> {
        if missing(&NEEDED) {
            return None;
        }
        let config = folder.join("bus.conf");
        std::fs::write(&config, PRIVATE_BUS).expect("the bus can be described");
        let mut bus = Command::new("dbus-daemon")
            .args(["--nofork", "--print-address", "--config-file"])
            .arg(config)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the bus starts");
        let mut address = String::new();
        let told = bus.stdout.take().expect("its output is ours");
        BufReader::new(told).read_line(&mut address).expect("the bus says where it is");
        let address = address.trim().to_owned();
        let mut session = Self { address, folder: folder.to_owned(), children: vec![bus] };
        let mut daemon = session
            .command("gnome-keyring-daemon")
            .args(["--foreground", "--unlock", "--components=secrets"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the keychain starts");
        daemon.stdin.take().expect("its input is ours").write_all(b"pw").expect("it takes its password");
        session.children.push(daemon);
        let wait = ["wait", "--session", "--timeout", "60", "org.freedesktop.secrets"];
        assert!(session.command("gdbus").args(wait).status().expect("gdbus starts").success());
        Some(session)
    }

    /// What a program needs in its environment to be in this session.
    pub fn variables(&self) -> Vec<(String, OsString)> {
        let data = self.folder.join("keychain");
        [
            ("DBUS_SESSION_BUS_ADDRESS", OsString::from(&self.address)),
            ("HOME", self.folder.clone().into()),
            ("XDG_DATA_HOME", data.into()),
            ("XDG_RUNTIME_DIR", self.folder.clone().into()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// A program in this session, not started yet.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.envs(self.variables());
        command
    }
}

impl Drop for Keychain {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            let _gone_already = child.kill();
            let _reaped = child.wait();
        }
    }
}
