//! Host functions.
#[expect(missing_docs, reason = "the WIT package documents what is generated")]
pub mod bindings;
