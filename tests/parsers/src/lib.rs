//! The readers of what others have written, each as one function that any bytes may be given to. None may panic, and what they say must fit
//! together. The fuzz targets in `fuzz/` call them, and the tests of this crate, with the corpora in `fuzz/corpus` and changes of those.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a target that finds something ends")]

mod components;
mod grants;
mod images;
mod infrafiles;
mod journals;
mod kubeconfigs;
mod makefiles;
mod network;
mod packed;
mod yaml;

/// A target: what it reads, and how.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name: that of the fuzz target and of its corpus.
    pub name: &'static str,
    /// Reads the bytes.
    pub read: fn(&[u8]),
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "infrafile", read: infrafiles::infrafile },
    Target { name: "template", read: infrafiles::template },
    Target { name: "dotenv", read: infrafiles::dotenv },
    Target { name: "yaml", read: yaml::documents },
    Target { name: "makefile", read: makefiles::makefile },
    Target { name: "kubeconfig", read: kubeconfigs::kubeconfig },
    Target { name: "dockerignore", read: images::dockerignore },
    Target { name: "image", read: images::image },
    Target { name: "descriptor", read: components::descriptor },
    Target { name: "journal", read: journals::journal },
    Target { name: "packed", read: packed::packed },
    Target { name: "url", read: network::url },
    Target { name: "patterns", read: grants::patterns },
    Target { name: "grants", read: grants::grants },
];

/// Reads the bytes with the target of this name.
pub fn read(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.unwrap_or_else(|| panic!("there is no target `{name}`")).read)(data);
}

/// The bytes as texts, apart by zero bytes.
fn texts<const COUNT: usize>(data: &[u8]) -> [String; COUNT] {
    let mut parts = data.splitn(COUNT, |byte| *byte == 0).map(|part| String::from_utf8_lossy(part).into_owned());
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}
