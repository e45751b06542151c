//! The `meshbuild` binary.

fn main() {}
