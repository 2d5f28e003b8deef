use crate::Masker;

/// Takes secrets out of bytes that come in pieces, wherever the pieces are cut. It holds back what may be the beginning of a secret.
#[derive(Debug)]
pub struct MaskStream {
    masker: Masker,
    held: Vec<u8>,
    /// How many of the held bytes belong to a secret whose mask is written.
    covered: usize,
}

impl MaskStream {
    pub(crate) const fn new(masker: Masker) -> Self {
        Self { masker, held: Vec::new(), covered: 0 }
    }

    /// The next piece. What is certain comes out.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(bytes);
        self.take(false)
    }

    /// The last piece, with what was held back: nothing follows that belongs to it.
    pub fn finish(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(bytes);
        self.flush()
    }

    /// What was held back: nothing follows that belongs to it.
    pub fn flush(&mut self) -> Vec<u8> {
        let rest = self.take(true);
        self.held.clear();
        self.covered = 0;
        rest
    }

    fn take(&mut self, all: bool) -> Vec<u8> {
        let length = self.held.len();
        let Some(search) = self.masker.search() else {
            // Nothing is known any more of what was covered, and nothing begins here.
            let rest = self.held.split_off(self.covered.min(length));
            self.covered -= length - rest.len();
            self.held.clear();
            return rest;
        };
        let end = if all { length } else { search.complete(&self.held) };
        let mut out = Vec::with_capacity(end);
        self.covered = search.replace(&self.held, self.covered, end, &mut out);
        self.held.drain(..end);
        out
    }
}
