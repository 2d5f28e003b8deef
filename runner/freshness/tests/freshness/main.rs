//! What is up to date, through the room's door.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod index;
mod judge;
mod snapshot;
mod store;

use infra_effect::PathPattern;
use infra_freshness::Base;
use std::path::Path;

fn patterns(all: &[&str]) -> Vec<PathPattern> {
    all.iter().map(|text| PathPattern((*text).to_owned())).collect()
}

fn base(root: &Path) -> Base {
    Base::open(root, None).unwrap()
}

fn file(root: &Path, path: &str, content: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}
