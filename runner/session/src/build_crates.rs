use crate::error::SessionError;
use infra_components::{ComponentError, Source, build_command, is_fresh, mark_built};
use infra_confine::{Confinement, Request, Stdio, TcpPorts, base_profile};
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

/// cargo with its directories.
struct Cargo {
    program: PathBuf,
    cargo_home: PathBuf,
    rustup_home: PathBuf,
}

impl Cargo {
    fn find(host: &Host) -> Option<Self> {
        let programs = &host.world().programs;
        let directory = |name: &str, default: &str| {
            programs.environment.get(name).map(PathBuf::from).or_else(|| Some(programs.home.as_ref()?.join(default)))
        };
        let (cargo_home, rustup_home) = (directory("CARGO_HOME", ".cargo")?, directory("RUSTUP_HOME", ".rustup")?);
        let paths = programs.path().split(':').map(PathBuf::from).chain([cargo_home.join("bin")]);
        let program = paths.map(|path| path.join("cargo")).find(|file| file.is_file())?;
        Some(Self { program, cargo_home, rustup_home })
    }

    fn environment(&self, host: &Host) -> Vec<(String, String)> {
        let programs = &host.world().programs;
        let path =
            format!("{}:{}", self.program.parent().map_or_else(String::new, |path| path.display().to_string()), programs.path());
        let mut environment = vec![
            ("PATH".to_owned(), path),
            ("CARGO_HOME".to_owned(), self.cargo_home.display().to_string()),
            ("RUSTUP_HOME".to_owned(), self.rustup_home.display().to_string()),
            ("CARGO_TERM_COLOR".to_owned(), "never".to_owned()),
        ];
        for name in [
            "HOME",
            "RUSTUP_TOOLCHAIN",
            "CARGO_NET_OFFLINE",
            "HTTPS_PROXY",
            "HTTP_PROXY",
            "NO_PROXY",
            "https_proxy",
            "http_proxy",
            "no_proxy",
            "SSL_CERT_FILE",
        ] {
            if let Some(value) = programs.environment.get(name) {
                environment.push((name.to_owned(), value.clone()));
            }
        }
        environment
    }

    fn confinement(&self, host: &Host, target: &Path) -> Confinement {
        let canonical = |path: &Path| path.canonicalize().ok();
        let mut confinement = base_profile();
        let tool_directories = [&self.cargo_home, &self.rustup_home].into_iter().filter_map(|path| canonical(path));
        confinement.execute.extend(tool_directories);
        confinement.execute.extend(canonical(host.world().paths.root()));
        // cargo keeps what it fetches; its `bin` and its configuration stay as they are.
        let kept = ["registry", "git", ".package-cache", ".package-cache-mutate", ".global-cache"];
        let kept = kept.iter().map(|name| self.cargo_home.join(name));
        let written = kept.chain([target.to_owned(), target.with_file_name("Cargo.lock")]);
        confinement.write.extend(written.filter_map(|path| canonical(&path)));
        confinement.write.extend(canonical(&std::env::temp_dir()));
        confinement.connect_tcp = TcpPorts::Any;
        confinement.udp = true;
        confinement
    }
}

fn component(error: ComponentError) -> SessionError {
    TaskError::from(error).into()
}
