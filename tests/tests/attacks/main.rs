//! Attempts to get past what is granted, each through the door that users have, and beside each what is allowed.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

mod arguments;
mod compose;
mod descriptors;
mod environment;
mod infrafiles;
mod links;
mod uses;

use infra_tests::{Output, Project};

fn run(project: &Project, words: &[&str]) -> Output {
    project.infra(&[&["run"], words].concat()).output()
}

/// A run that is refused, however it is: with an error of its own and not by a crash, and without these words.
fn refused(output: &Output, secret: &str) {
    let code = output.code.unwrap_or_default();
    assert!(code != 0 && code != 70 && code != 101, "{code}: {} {}", output.stdout, output.stderr);
    for text in [&output.stdout, &output.stderr] {
        assert!(!text.contains(secret), "it tells what it must not: {text}");
        assert!(!text.contains("panicked"), "{text}");
    }
}
