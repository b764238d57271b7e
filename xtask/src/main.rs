//! Developer commands: `cargo xtask run`, `cargo xtask test`.

fn main() {}
