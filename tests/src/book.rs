use serde_json::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Writes the source of the book into a directory: the pages of `docs`, and one about the standard tasks that is made of what their
/// components say of themselves.
///
/// # Panics
/// Where a file cannot be read or written.
pub fn write_book(infra: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    let docs = repository().join("docs");
    for entry in std::fs::read_dir(&docs).unwrap().map(Result::unwrap) {
        let name = entry.file_name();
        if Path::new(&name).extension().is_some_and(|extension| extension == "md" || extension == "svg") {
            std::fs::copy(entry.path(), to.join(&name)).unwrap();
        }
    }
    let summary = std::fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let tasks = "- [Tasks](tasks.md)\n";
    assert!(summary.contains(tasks), "the summary has no place for the standard tasks");
    let page = format!("{tasks}- [All standard tasks](standard-tasks.md)\n");
    std::fs::write(to.join("SUMMARY.md"), summary.replace(tasks, &page)).unwrap();
    std::fs::write(to.join("standard-tasks.md"), standard_tasks(infra)).unwrap();
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The names of the standard tasks: the error about one that there is not lists them.
fn names(infra: &Path) -> Vec<String> {
    let told = Command::new(infra).args(["inspect", "std/xyzzy"]).output().unwrap();
    let told = String::from_utf8(told.stderr).unwrap();
    let quoted = told.lines().next().unwrap().split('`').skip(1).step_by(2);
    quoted.filter(|name| name.starts_with("std/") && *name != "std/xyzzy").map(str::to_owned).collect()
}

fn standard_tasks(infra: &Path) -> String {
    let mut page =
        "# All standard tasks\n\nThis page is made of what the components say of themselves: `infra inspect`.\n".to_owned();
    for name in names(infra) {
        let told = Command::new(infra).args(["inspect", &name, "--json"]).output().unwrap();
        let told: Value = serde_json::from_slice(&told.stdout).unwrap();
        let _ = write!(page, "\n## {name}\n\n{}\n", told["summary"].as_str().unwrap_or_default());
        let required: Vec<&str> = told["params"]["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let Some(properties) = told["params"]["properties"].as_object().filter(|properties| !properties.is_empty()) else {
            continue;
        };
        page.push_str("\n| parameter | values | default | what it is |\n| --- | --- | --- | --- |\n");
        for (parameter, schema) in properties {
            let default = match schema.get("default") {
                Some(default) if !default.is_null() => format!("`{default}`"),
                _ if required.contains(&parameter.as_str()) => "must be given".to_owned(),
                _ => String::new(),
            };
            let about = schema["description"].as_str().unwrap_or_default();
            let cells = [format!("`{parameter}`"), values(schema), default, about.to_owned()];
            let cells = cells.map(|cell| cell.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|"));
            let _ = writeln!(page, "| {} |", cells.join(" | "));
        }
    }
    page
}

/// What a parameter takes, in a few words.
fn values(schema: &Value) -> String {
    if let Some(choices) = schema["enum"].as_array() {
        return choices.iter().map(|choice| format!("`{}`", choice.as_str().unwrap_or_default())).collect::<Vec<_>>().join(", ");
    }
    match &schema["type"] {
        Value::String(kind) if kind == "array" => format!("list of {}", values(&schema["items"])),
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => {
            kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect::<Vec<_>>().join(", ")
        }
        _ => "any".to_owned(),
    }
}
