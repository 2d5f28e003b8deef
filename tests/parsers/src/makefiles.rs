use crate::texts;
use infra_import::{Request, import, included};
use std::collections::BTreeMap;

/// A Makefile, and one that it includes.
pub(crate) fn makefile(data: &[u8]) {
    let [own, other] = texts(data);
    let files: BTreeMap<String, String> = included(&own).into_iter().map(|name| (name, other.clone())).collect();
    if let Ok(imported) = import(&Request { project: "p".to_owned(), makefile: own, files }) {
        let parsed = toml::from_str::<toml::Table>(&imported.infrafile);
        assert!(parsed.is_ok(), "what was made is no TOML: {:?}\n{}", parsed.err(), imported.infrafile);
    }
}
