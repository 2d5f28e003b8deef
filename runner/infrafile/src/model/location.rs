use std::ops::Range;

/// Where something is written: a file of [`Sources`](crate::Sources), and bytes in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// The file's place in the sources; 0 is the Infrafile itself.
    pub file: usize,
    /// Bytes from the file's start.
    pub span: Range<usize>,
}

/// A value and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where.
    pub at: Location,
}
