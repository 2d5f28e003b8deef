use infra::Result;
use infra::pipe::{Expected, Filter, Measured, Sink, Source};

/// A place where backups lie as files. What a [`Shelf`](crate::Shelf) needs of it.
pub(crate) trait Store {
    /// Where a file is, for people.
    fn place(&self, file: &str) -> String;

    /// Makes the place where it is not there, and tells early that it cannot be used. `name` is that of the backups that will be saved.
    fn make(&self, name: &str) -> Result<()>;

    /// The files whose names begin so.
    fn files(&self, start: &str) -> Result<Vec<String>>;

    /// A file's bytes, where there is one.
    fn size(&self, file: &str) -> Result<Option<u64>>;

    /// The content of a small file, where there is one.
    fn read(&self, file: &str) -> Result<Option<String>>;

    /// Creates or replaces a small file at once.
    fn write(&self, file: &str, text: &str) -> Result<()>;

    /// Removes a file; done where there is none.
    fn remove(&self, file: &str) -> Result<()>;

    /// Takes what a source gives: all of it, or nothing has the name.
    fn save(&self, label: &str, source: &Source, filters: &[Filter], file: &str) -> Result<Measured>;

    /// Gives what a file has.
    fn load(&self, label: &str, file: &str, filters: &[Filter], sink: &Sink, expected: &Expected) -> Result<Measured>;

    /// Whether reading a large file costs so much that a plan does not do it.
    fn is_far(&self) -> bool;
}
