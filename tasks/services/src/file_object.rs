//! Secrets and configs of a project: files of the host.

use crate::fields::Fields;
use crate::file_reference::FileKind;
use crate::location::Location;
use crate::problems::Problems;
use crate::yaml::Entry;

/// The absolute path of the file.
pub(crate) fn file_object(kind: FileKind, entry: &Entry, location: &Location, problems: &Problems) -> String {
    let name = format!("{}.{}", kind.section(), entry.key);
    let mut fields = Fields::open(name.as_str(), &entry.value, problems);
    let path = fields.text("file");
    // Compose names it; nothing comes of it for a file.
    let _ = fields.text("name");
    if path.is_none() {
        problems.add(&entry.place, format!("`{name}` needs a `file`: only files are supported"));
    }
    fields.finish();
    path.map(|path| location.absolute(&path)).unwrap_or_default()
}
