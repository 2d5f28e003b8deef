//! The binary `infra`: one file per verb, arguments in, report out.

mod arguments;
mod verb;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    // A spawner of programs is this same binary, started with a name of its own: it never gets further than here.
    infra_session::spawner_main();
    let arguments = arguments::Arguments::parse();
    let code = match arguments.verb {
        None => verb::list::welcome(&arguments.global),
        Some(verb) => verb.call(&arguments.global),
    };
    ExitCode::from(code.code())
}
