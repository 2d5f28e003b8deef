//! The binary `infra`.

fn main() {}
