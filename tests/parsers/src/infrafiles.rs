use crate::texts;
use infra_infrafile::{Infrafile, Location, Request, Template, load};
use std::collections::BTreeMap;
use std::fs;

fn loaded(files: &[(&str, &[u8])]) -> Option<Infrafile> {
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(directory.path().join(name), content).unwrap();
    }
    let file = directory.path().join("Infrafile.toml");
    match load(&Request { file, assignments: vec![], environment: BTreeMap::new() }) {
        Ok(infrafile) => Some(infrafile),
        Err(problems) => {
            assert!(!problems.render(false).is_empty(), "an error says nothing");
            None
        }
    }
}

/// An Infrafile, and one that it may include.
pub(crate) fn infrafile(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let (own, included) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let _ = loaded(&[("Infrafile.toml", own), ("included.toml", included)]);
}

/// References in a text: alone, and where they stand in a task.
pub(crate) fn template(data: &[u8]) {
    let [text] = texts(data);
    let _ = Template::parse(&text, &Location { file: 0, span: 1..1 + text.len() });
    let quoted = serde_json::Value::String(text);
    let task = format!(
        "[params]\nA = \"x\"\n[tasks.a]\nrun = [\"echo\", {quoted}]\nenv = {{ A = {quoted} }}\nwhen = {{ A = {quoted} }}\nmatrix = {{ M = [{quoted}] }}\nneeds = [\"b\"]\n[tasks.b]\nrun = [\"true\"]\n"
    );
    let _ = loaded(&[("Infrafile.toml", task.as_bytes())]);
}

/// A `.env`, which feeds parameters.
pub(crate) fn dotenv(data: &[u8]) {
    let found = loaded(&[("Infrafile.toml", b"[params]\nA = \"own\"\n[tasks.a]\nrun = [\"echo\", \"${A}\"]\n"), (".env", data)]);
    if let Some(infrafile) = found {
        assert_eq!(infrafile.values.len(), 1, "`.env` declares no parameters");
    }
}
