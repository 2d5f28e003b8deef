//! Runs a command in a container, for the tests.

use infra::docker::{ExecCommand, start_exec};
use infra::{Grants, Params, Result};

#[derive(Params)]
struct Exec {
    /// The container.
    container: String,
    /// The program and its arguments.
    args: Vec<String>,
    /// Feed its standard input, and never end it.
    #[param(default = false)]
    input: bool,
}

fn requires(_: &Exec) -> Result<Grants> {
    Ok(Grants::new().docker(infra::json!({ "verbs": ["exec"] })))
}

/// Runs a command in a container.
#[infra::task(requires = requires)]
fn exec(params: Exec) -> Result<Option<i32>> {
    let exec = start_exec(&params.container, &ExecCommand { args: params.args, input: params.input, ..ExecCommand::default() })?;
    if params.input {
        exec.write_input(b"half of what is fed")?;
    }
    while exec.next_output()?.is_some() {}
    Ok(exec.wait()?.code)
}
