use infra::docker::{ExecCommand, start_exec};
use infra::process::Output;
use infra::{Error, Result};

/// What a command in a container writes.
///
/// # Errors
/// `failed` with its last words unless it ends with 0.
pub fn output_of(container: &str, args: &[&str]) -> Result<String> {
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    let program = args.first().cloned().unwrap_or_default();
    let exec = start_exec(container, &ExecCommand { args, ..ExecCommand::default() })?;
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    while let Some(output) = exec.next_output()? {
        match output {
            Output::Stdout(data) => stdout.extend(data),
            Output::Stderr(data) => stderr.extend(data),
        }
    }
    match exec.wait()?.code {
        Some(0) => String::from_utf8(stdout).map_err(|_| Error::new("invalid", format!("what `{program}` writes is not text"))),
        code => {
            let said = String::from_utf8_lossy(&stderr);
            let how = code.map_or_else(|| "was ended".to_owned(), |code| format!("ended with exit code {code}"));
            Err(Error::new("failed", format!("`{program}` in the container `{container}` {how}: {}", said.trim())))
        }
    }
}
