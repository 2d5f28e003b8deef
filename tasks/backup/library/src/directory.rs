use crate::store::Store;
use infra::pipe::{self, Expected, Filter, Measured, Sink, Source};
use infra::{Result, files};

/// A directory of the project.
#[derive(Clone, Debug)]
pub(crate) struct Directory(String);

impl Directory {
    pub(crate) fn new(path: &str) -> Self {
        Self(path.trim_end_matches('/').to_owned())
    }
}

impl Store for Directory {
    fn place(&self, file: &str) -> String {
        if file.is_empty() { self.0.clone() } else { format!("{}/{file}", self.0) }
    }

    fn make(&self, _: &str) -> Result<()> {
        files::create_directory(&self.0)
    }

    fn files(&self, start: &str) -> Result<Vec<String>> {
        if files::stat(&self.0)?.is_none() {
            return Ok(Vec::new());
        }
        let names = files::list_directory(&self.0)?;
        Ok(names.into_iter().filter(|name| name.starts_with(start)).collect())
    }

    fn size(&self, file: &str) -> Result<Option<u64>> {
        Ok(files::stat(&self.place(file))?.map(|found| found.size))
    }

    fn read(&self, file: &str) -> Result<Option<String>> {
        let path = self.place(file);
        if files::stat(&path)?.is_none() {
            return Ok(None);
        }
        files::read_to_string(&path).map(Some)
    }

    fn write(&self, file: &str, text: &str) -> Result<()> {
        files::write(&self.place(file), text)
    }

    fn remove(&self, file: &str) -> Result<()> {
        files::remove(&self.place(file))
    }

    fn save(&self, label: &str, source: &Source, filters: &[Filter], file: &str) -> Result<Measured> {
        pipe::run(label, source, filters, &Sink::File(self.place(file)), &Expected::default())
    }

    fn load(&self, label: &str, file: &str, filters: &[Filter], sink: &Sink, expected: &Expected) -> Result<Measured> {
        pipe::run(label, &Source::File(self.place(file)), filters, sink, expected)
    }

    fn is_far(&self) -> bool {
        false
    }
}
