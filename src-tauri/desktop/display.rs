//! Whether there is a screen to open a window on. The window library panics without one.

use std::ffi::OsString;

/// No display server is named in the environment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoDisplay;

impl std::fmt::Display for NoDisplay {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(
            "no display: neither DISPLAY nor WAYLAND_DISPLAY is set; \
             start it in a desktop session, or use the terminal (`seaworthy --help`)",
        )
    }
}

/// Refuses to start where no window could be shown.
pub(crate) fn require() -> Result<(), NoDisplay> {
    check(cfg!(all(unix, not(target_os = "macos"))), |name| std::env::var_os(name))
}

fn check(asks_environment: bool, variable: impl Fn(&str) -> Option<OsString>) -> Result<(), NoDisplay> {
    let named = |name| variable(name).is_some_and(|value| !value.is_empty());
    if !asks_environment || named("DISPLAY") || named("WAYLAND_DISPLAY") {
        return Ok(());
    }
    Err(NoDisplay)
}

#[cfg(test)]
mod tests {
    use super::{NoDisplay, check};

    #[test]
    fn either_display_is_enough_and_an_empty_one_is_none() {
        assert_eq!(check(true, |_| None), Err(NoDisplay));
        assert_eq!(check(true, |_| Some("".into())), Err(NoDisplay));
        assert_eq!(check(true, |name| (name == "DISPLAY").then(|| ":1".into())), Ok(()));
        assert_eq!(check(true, |name| (name == "WAYLAND_DISPLAY").then(|| "wayland-0".into())), Ok(()));
    }

    #[test]
    fn systems_with_a_built_in_screen_are_not_asked() {
        assert_eq!(check(false, |_| None), Ok(()));
    }
}
