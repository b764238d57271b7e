//! Which kind of system this is, as far as its package manager goes.

use std::fs;

use crate::shell::{self, Step};

/// The systems that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    /// Debian, Ubuntu and relatives: packages are looked up and installed.
    Debian,
    /// Fedora and relatives: the command is named.
    Fedora,
    /// Arch and relatives: the command is named.
    Arch,
    /// Another Linux: what has to be there is named.
    OtherLinux,
    /// macOS: the command is named.
    Mac,
    /// Windows: what has to be there is named.
    Windows,
}

impl System {
    pub(super) fn detect() -> Self {
        if cfg!(target_os = "macos") {
            return Self::Mac;
        }
        if cfg!(windows) {
            return Self::Windows;
        }
        if shell::ask(&Step::new("dpkg-query").args(["--version"])).is_some() {
            return Self::Debian;
        }
        Self::of_linux(&fs::read_to_string("/etc/os-release").unwrap_or_default())
    }

    fn of_linux(os_release: &str) -> Self {
        let value = |line: &str| line.split_once('=').map(|(_, value)| value.trim_matches('"').to_owned());
        let families =
            os_release.lines().filter(|line| line.starts_with("ID=") || line.starts_with("ID_LIKE="));
        let words = families.filter_map(value).collect::<Vec<_>>().join(" ");
        let is = |name: &str| words.split_whitespace().any(|word| word == name);
        if is("fedora") || is("rhel") {
            Self::Fedora
        } else if is("arch") {
            Self::Arch
        } else {
            Self::OtherLinux
        }
    }
}

#[cfg(test)]
mod tests {
    use super::System;

    #[test]
    fn relatives_count_as_their_family() {
        assert_eq!(System::of_linux("NAME=x\nID=rocky\nID_LIKE=\"rhel centos fedora\"\n"), System::Fedora);
        assert_eq!(System::of_linux("ID=endeavouros\nID_LIKE=arch\n"), System::Arch);
        assert_eq!(System::of_linux("ID=nixos\n"), System::OtherLinux);
        assert_eq!(System::of_linux(""), System::OtherLinux);
    }
}
