//! `infra`: arguments in, report out.

mod arguments;
mod verb;

use arguments::Arguments;
use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    // This binary is also the process that starts programs.
    infra_session::spawner_main();
    // And the one that holds a service.
    if let Some(code) = infra_session::service_main() {
        return ExitCode::from(code.code());
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            let code = if error.use_stderr() { infra_session::ExitCode::Usage } else { infra_session::ExitCode::Done };
            return ExitCode::from(code.code());
        }
    };
    let code = match arguments.verb {
        None => verb::list::welcome(&arguments.global),
        Some(verb) => verb.call(&arguments.global),
    };
    ExitCode::from(code.code())
}
