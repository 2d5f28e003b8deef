use crate::bindings::infra::task::types::Output;
use infra_gate::{MaskStream, Masker};

/// Takes secrets that a task may not know out of what comes back to it.
#[derive(Debug)]
pub(crate) struct Veil {
    stdout: MaskStream,
    stderr: MaskStream,
}

impl Veil {
    pub(crate) fn new(masker: &Masker) -> Self {
        Self { stdout: masker.stream(), stderr: masker.stream() }
    }

    /// What is certain of the next piece; nothing of it may be.
    pub(crate) fn piece(&mut self, output: Output) -> Option<Output> {
        match output {
            Output::Stdout(bytes) => some(self.stdout.push(&bytes)).map(Output::Stdout),
            Output::Stderr(bytes) => some(self.stderr.push(&bytes)).map(Output::Stderr),
        }
    }

    /// What was held back, one stream after the other.
    pub(crate) fn end(&mut self) -> Option<Output> {
        some(self.stdout.flush()).map(Output::Stdout).or_else(|| some(self.stderr.flush()).map(Output::Stderr))
    }
}

fn some(bytes: Vec<u8>) -> Option<Vec<u8>> {
    (!bytes.is_empty()).then_some(bytes)
}
