//! The `seaworthy` command line.

fn main() {}
