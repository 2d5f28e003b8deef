use infra_event::Digest;

/// A standard task, as the build script compiled it.
pub(crate) struct BuiltIn {
    pub(crate) name: &'static str,
    pub(crate) bytes: &'static [u8],
    pub(crate) digest: Digest,
}

include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

/// The standard tasks: the name without `std/`, the bytes, and their digest.
pub fn built_ins() -> impl Iterator<Item = (&'static str, &'static [u8], Digest)> {
    BUILT_INS.iter().map(|task| (task.name, task.bytes, task.digest))
}

pub(crate) fn built_in(name: &str) -> Option<&'static BuiltIn> {
    BUILT_INS.iter().find(|task| task.name == name)
}
