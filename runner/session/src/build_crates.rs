use crate::cargo::Cargo;
use crate::error::SessionError;
use infra_components::{ComponentError, Source, build_command, is_fresh, mark_built};
use infra_confine::{Request, Stdio};
use infra_event::{ErrorCode, TaskError};
use infra_host::Host;
use std::path::{Path, PathBuf};
use tokio::io::{AsyncBufReadExt as _, BufReader};

/// Builds the crates that changed since they were built.
pub(crate) async fn build_stale(host: &Host, sources: impl Iterator<Item = &Source>) -> Result<(), SessionError> {
    for source in sources {
        if let Source::Crate(directory) = source
            && !is_fresh(directory)
        {
            build_crate(host, directory).await?;
        }
    }
    Ok(())
}

/// Builds one crate. Its build scripts run, so cargo is confined: it reads the project and the toolchain, and writes its target directory
/// and cargo's own cache.
pub(crate) async fn build_crate(host: &Host, directory: &Path) -> Result<PathBuf, SessionError> {
    let command = build_command(directory).map_err(component)?;
    let shown = host.world().paths.shown(directory).unwrap_or_else(|| directory.display().to_string());
    eprintln!("building {shown}");
    let cargo = Cargo::find(host).ok_or_else(|| {
        TaskError::new(ErrorCode::NOT_FOUND, format!("{shown} is a crate, and cargo is not installed"))
            .hint("install Rust, or name a built component: `uses = \"./NAME.wasm\"`")
    })?;
    cargo.make_directories().map_err(SessionError::input_output)?;
    let target = directory.join("target");
    std::fs::create_dir_all(&target).map_err(|error| SessionError::input_output(format!("{}: {error}", target.display())))?;
    let mut request = Request::new(&cargo.program).args(&command.args).dir(directory);
    for (name, value) in cargo.environment(host).into_iter().chain(command.env.iter().cloned()) {
        request = request.env(name, value);
    }
    if host.world().programs.support.files {
        request = request.confined(cargo.confinement(host, &target));
    }
    run(host, &request, &shown).await?;
    mark_built(directory).map_err(component)?;
    Ok(command.output)
}

async fn run(host: &Host, request: &Request, shown: &str) -> Result<(), SessionError> {
    let (mut stdio, pipes) = Stdio::piped().map_err(|error| SessionError::input_output(error.to_string()))?;
    stdio.stdin = Stdio::null().map_err(|error| SessionError::input_output(error.to_string()))?.stdin;
    let mut running = host
        .world()
        .programs
        .spawner()?
        .spawn(request, stdio)
        .await
        .map_err(|error| TaskError::new(ErrorCode::FAILED, error.to_string()))?;
    let mut lines = BufReader::new(pipes.stderr).lines();
    let mut errors = Vec::new();
    while let Ok(Some(line)) = lines.next_line().await {
        errors.push(line);
    }
    let status = running.wait().await.map_err(|error| TaskError::new(ErrorCode::DEFECT, error.to_string()))?;
    if status.success() {
        return Ok(());
    }
    let text = errors.join("\n");
    let error = TaskError::new(ErrorCode::FAILED, format!("{shown} does not build:\n{text}"));
    let missing = text.contains("target may not be installed") || text.contains("can't find crate for `core`");
    Err(if missing { error.hint("add the target: `rustup target add wasm32-wasip2`") } else { error }.into())
}

fn component(error: ComponentError) -> SessionError {
    TaskError::from(error).into()
}
