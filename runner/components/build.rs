//! Compiles the standard tasks to WebAssembly, in a target directory of their own, and writes a table of them.

use sha2::{Digest, Sha256};
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const TARGET: &str = "wasm32-wasip2";

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let out = PathBuf::from(variable("OUT_DIR")?);
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("../..");
    println!("cargo::rerun-if-env-changed=INFRA_TASKS_DIR");
    let names = names(&root.join("tasks"))?;
    let ready = match env::var_os("INFRA_TASKS_DIR") {
        Some(directory) => PathBuf::from(directory),
        None => {
            watch(&root)?;
            compile(&root, &out)?
        }
    };
    let mut table = String::from("pub(crate) static BUILT_INS: &[BuiltIn] = &[\n");
    for name in names {
        let file = format!("infra_task_{}.wasm", name.replace('-', "_"));
        let from = ready.join(&file);
        if env::var_os("INFRA_TASKS_DIR").is_some() {
            println!("cargo::rerun-if-changed={}", from.display());
        }
        let bytes = fs::read(&from).map_err(|error| format!("cannot read the standard task {}: {error}", from.display()))?;
        let to = out.join(&file);
        if fs::read(&to).ok().as_ref() != Some(&bytes) {
            fs::write(&to, &bytes).map_err(|error| format!("cannot write {}: {error}", to.display()))?;
        }
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        let path = to.to_str().ok_or("the path of the build directory must be UTF-8")?;
        writeln!(
            table,
            "    BuiltIn {{ name: {name:?}, bytes: include_bytes!({path:?}), digest: Digest::from_bytes({digest:?}) }},"
        )
        .map_err(|error| error.to_string())?;
    }
    table.push_str("];\n");
    fs::write(out.join("built_in.rs"), table).map_err(|error| format!("cannot write the table of standard tasks: {error}"))
}

/// The standard tasks: every folder of `tasks/` that is a crate.
fn names(tasks: &Path) -> Result<Vec<String>, String> {
    let failed = |error| format!("cannot read {}: {error}", tasks.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(tasks).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.path().join("Cargo.toml").is_file() {
            names.push(
                entry
                    .file_name()
                    .into_string()
                    .map_err(|name| format!("the name of a task must be UTF-8: {}", name.display()))?,
            );
        }
    }
    names.sort();
    Ok(names)
}

/// What the tasks are made of. Not `tasks/` as a whole: it may hold a target directory.
fn watch(root: &Path) -> Result<(), String> {
    for path in ["wit", "sdk", "Cargo.toml"] {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
    }
    let tasks = root.join("tasks");
    let failed = |error| format!("cannot read {}: {error}", tasks.display());
    for entry in fs::read_dir(&tasks).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_name() != "target" {
            println!("cargo::rerun-if-changed={}", entry.path().display());
        }
    }
    Ok(())
}

fn compile(root: &Path, out: &Path) -> Result<PathBuf, String> {
    let target = out.join("tasks");
    let mut command = Command::new(variable("CARGO")?);
    command
        .args(["build", "--release", "--locked", "--lib", "--target", TARGET, "--manifest-path"])
        .arg(root.join("tasks/Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .current_dir(root);
    if env::var_os("CARGO_NET_OFFLINE").is_some_and(|value| value != "false" && value != "0") {
        command.arg("--offline");
    }
    // What the outer build is told is not for the inner one: a linter's wrapper, another target, a coverage tool's flags.
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(foreign) {
            command.env_remove(name);
        }
    }
    let output = command.output().map_err(|error| format!("cannot start cargo: {error}"))?;
    if output.status.success() {
        return Ok(target.join(TARGET).join("release"));
    }
    let text = String::from_utf8_lossy(&output.stderr);
    if ["target may not be installed", "can't find crate for `core`", "can't find crate for `std`"]
        .iter()
        .any(|sign| text.contains(sign))
    {
        return Err(format!(
            "the standard tasks are compiled to WebAssembly, and that target is not installed. Add it, then build again:\n\n    rustup target add {TARGET}\n"
        ));
    }
    Err(format!("the standard tasks do not compile:\n\n{text}"))
}

fn foreign(name: &str) -> bool {
    const EXACT: [&str; 7] = [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "TARGET",
        "CARGO_TARGET_DIR",
        "CLIPPY_ARGS",
    ];
    const STARTS: [&str; 5] = ["CARGO_CFG_", "CARGO_FEATURE_", "CARGO_PROFILE_", "CARGO_BUILD_", "CARGO_TARGET_WASM32_WASIP2_"];
    EXACT.contains(&name) || STARTS.iter().any(|start| name.starts_with(start))
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|error| format!("{name}: {error}"))
}
