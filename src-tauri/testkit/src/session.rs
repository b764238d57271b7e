//! What the tests of a desktop session need: a bus of their own, and the programs that take part.

/// Configuration of a session bus that starts nothing by itself, for `dbus-run-session --config-file`.
pub const PRIVATE_BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// Whether a test must be skipped because one of `programs` is not installed; says so where the counts are read.
#[must_use]
pub fn missing(programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = |program: &str| std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    let gone: Vec<_> = programs.iter().filter(|program| !found(program)).collect();
    if !gone.is_empty() {
        println!("skipped: {gone:?} not installed");
    }
    !gone.is_empty()
}
