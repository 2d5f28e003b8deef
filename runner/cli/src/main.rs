//! `infra`: arguments in, report out.

mod arguments;
mod follow;
mod suggestion;
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
    let arguments = match Arguments::try_parse_from(follow::spelled_out(std::env::args_os())) {
        Ok(arguments) => arguments,
        Err(mut error) => {
            suggestion::by_name(&mut error);
            if error.use_stderr() && wants_events() {
                return ExitCode::from(infra_session::usage_event(&error.to_string()).code());
            }
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

/// Whether the command line, or the environment, asks for events, even where it is wrong otherwise.
fn wants_events() -> bool {
    let mut output = std::env::var("INFRA_OUTPUT").ok();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--" => break,
            "-o" | "--output" => output = words.next(),
            "-ojson" | "-o=json" | "--output=json" => output = Some("json".to_owned()),
            _ => {}
        }
    }
    output.as_deref() == Some("json")
}
