use crate::ComponentError;
use crate::manifest::Manifest;
use std::path::{Path, PathBuf};

/// The target that makes components.
const TARGET: &str = "wasm32-wasip2";

/// How a crate is built. Its build scripts are programs: run it confined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildCommand {
    /// The program.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// What is set in its environment.
    pub env: Vec<(String, String)>,
    /// Where it starts.
    pub dir: PathBuf,
    /// The component that it makes.
    pub output: PathBuf,
}

/// The command that builds the crate in a directory. Call [`mark_built`](crate::mark_built) when it succeeded.
///
/// # Errors
/// When its Cargo.toml cannot be understood.
pub fn build_command(dir: &Path) -> Result<BuildCommand, ComponentError> {
    let target = dir.join("target");
    let name = Manifest::read(dir)?.library()?;
    Ok(BuildCommand {
        program: "cargo".to_owned(),
        args: ["build", "--release", "--target", TARGET].map(str::to_owned).into(),
        env: vec![
            ("CARGO_TARGET_DIR".to_owned(), target.display().to_string()),
            ("CARGO_ENCODED_RUSTFLAGS".to_owned(), String::new()),
        ],
        dir: dir.to_owned(),
        output: target.join(TARGET).join("release").join(format!("{name}.wasm")),
    })
}
