use infra_event::Digest;
use wasmtime::component::Component as Compiled;

/// A component that is ready to be linked.
#[derive(Clone)]
pub struct Component {
    digest: Digest,
    compiled: Compiled,
}

impl Component {
    pub(crate) const fn new(digest: Digest, compiled: Compiled) -> Self {
        Self { digest, compiled }
    }

    /// The digest of its bytes.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// For the linker.
    #[must_use]
    pub const fn compiled(&self) -> &Compiled {
        &self.compiled
    }
}

impl std::fmt::Debug for Component {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Component").field("digest", &self.digest).finish_non_exhaustive()
    }
}
