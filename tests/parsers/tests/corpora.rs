//! Each target reads its corpus, and what changes make of it.
//!
//! `INFRA_FUZZ_ROUNDS` says how many changed inputs each target gets, `INFRA_FUZZ_SEED` which.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that finds something fails")]

use infra_parsers::{TARGETS, Target};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const ROUNDS: u64 = 150;
/// What means something to one reader or another.
const SIGNS: &[u8] = b"\0\"'{}[]$\\/*:.-=#@&!%\n\xff";

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

fn corpus(target: &Target) -> Vec<Vec<u8>> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(directory().join("corpus").join(target.name)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// A small generator: what it gives follows from its seed alone.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }
}

/// One input with a few changes: bytes that are other ones, pieces that are gone, twice there, or from elsewhere.
fn changed(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut input = corpus[random.below(corpus.len())].clone();
    for _ in 0..=random.below(4) {
        let at = random.below(input.len() + 1);
        let end = (at + random.below(32)).min(input.len());
        match random.below(6) {
            0 if at < input.len() => input[at] ^= 1 << random.below(8),
            1 if at < input.len() => input[at] = SIGNS[random.below(SIGNS.len())],
            2 => drop(input.drain(at..end)),
            3 => {
                let piece = input[at..end].to_vec();
                for _ in 0..=random.below(8) {
                    input.splice(at..at, piece.iter().copied());
                }
            }
            4 => {
                let other = &corpus[random.below(corpus.len())];
                let from = random.below(other.len() + 1);
                let to = (from + random.below(64)).min(other.len());
                input.splice(at..at, other[from..to].iter().copied());
            }
            _ => input.truncate(at),
        }
    }
    input
}

fn read(target: Target, input: &[u8], what: &str) {
    let found = std::panic::catch_unwind(|| (target.read)(input));
    if found.is_err() {
        let kept = std::env::temp_dir().join(format!("infra-fuzz-{}", target.name));
        let _ = std::fs::write(&kept, input);
        panic!(
            "{}: {what} is not read well; it is kept as {}: {:?}",
            target.name,
            kept.display(),
            String::from_utf8_lossy(input)
        );
    }
}

#[test]
fn every_target_reads_its_corpus_and_what_changes_make_of_it() {
    let rounds = number("INFRA_FUZZ_ROUNDS").unwrap_or(ROUNDS);
    let seed = number("INFRA_FUZZ_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    println!("INFRA_FUZZ_SEED={seed} INFRA_FUZZ_ROUNDS={rounds}");
    std::thread::scope(|scope| {
        for target in TARGETS {
            scope.spawn(move || {
                let corpus = corpus(target);
                assert!(corpus.len() >= 2, "{} has no corpus", target.name);
                for input in &corpus {
                    read(*target, input, "its corpus");
                }
                for empty in [&b""[..], b"\0", b"\xff\xfe"] {
                    read(*target, empty, "next to nothing");
                }
                let mut random = Random(seed);
                for round in 0..rounds {
                    read(*target, &changed(&corpus, &mut random), &format!("round {round} of seed {seed}"));
                }
            });
        }
    });
}

#[test]
fn every_target_is_a_fuzz_target() {
    let stems = |directory: PathBuf| -> BTreeSet<String> {
        let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        entries.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
    };
    let names: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(stems(directory().join("fuzz_targets")), names);
    assert_eq!(stems(directory().join("corpus")), names);
    let manifest: toml::Table = toml::from_str(&std::fs::read_to_string(directory().join("Cargo.toml")).unwrap()).unwrap();
    let bins = manifest["bin"].as_array().unwrap().iter().map(|bin| bin["name"].as_str().unwrap().to_owned());
    assert_eq!(bins.collect::<BTreeSet<_>>(), names);
    for name in &names {
        let text = std::fs::read_to_string(directory().join("fuzz_targets").join(format!("{name}.rs"))).unwrap();
        assert!(text.contains(&format!("infra_parsers::read(\"{name}\", data)")), "{name}: {text}");
    }
}
