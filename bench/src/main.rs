//! Measures infra and its peers on the same graphs, in one run and in turns, so that what the machine does besides is shared fairly.
//!
//! `bench/run` installs the peers and starts it. The table goes to standard output; `results.json` and `cost.svg` to the directory that
//! `--out` names.

mod case;
mod graph;
mod measure;
mod plot;
mod proof;
mod result;
mod shape;
mod table;
mod tool;

use case::Case;
use clap::Parser;
use graph::Graph;
use result::Measured;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tool::{Name, Tool};

/// Why the benchmark has no result.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A file or a process of the benchmark's own.
    #[error("{0}")]
    Itself(#[source] std::io::Error),
    /// A program could not be called.
    #[error("{program} {args:?} could not be measured")]
    Call {
        /// Which.
        program: PathBuf,
        /// How.
        args: Vec<String>,
    },
    /// A program did not do what it was asked.
    #[error("{tool} ended with {code} at `{case}`")]
    Code {
        /// Which.
        tool: &'static str,
        /// Its exit code.
        code: i32,
        /// Where.
        case: String,
    },
    /// The runner did not do its work.
    #[error("the run is not a fair one: {0}")]
    Proof(String),
    /// The plot cannot be drawn.
    #[error("the plot cannot be drawn: {0}")]
    Plot(String),
    /// The parent of one call has no program to call.
    #[error("no program is named")]
    Usage,
}

/// Measures infra and its peers.
#[derive(Debug, Parser)]
struct Arguments {
    /// The binary of infra
    #[arg(long, default_value = "target/release/infra")]
    infra: PathBuf,
    /// The largest graph
    #[arg(long, default_value_t = 100_000)]
    most: usize,
    /// How often each is called
    #[arg(long, default_value_t = 11)]
    rounds: usize,
    /// Where the results go
    #[arg(long, default_value = "target/bench")]
    out: PathBuf,
    /// How many tasks run at once
    #[arg(short, long, default_value_t = processors())]
    jobs: usize,
}

/// How many processors there are.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let ended = match words.split_first() {
        Some((first, rest)) if first == measure::PARENT => measure::parent(rest),
        _ => bench(&Arguments::parse()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bench(arguments: &Arguments) -> Result<(), Failure> {
    let infra = arguments.infra.canonicalize().map_err(Failure::Itself)?;
    let tools: Vec<Tool> = Name::ALL.into_iter().filter_map(|name| Tool::find(name, &infra)).collect();
    for name in Name::ALL.into_iter().filter(|name| !tools.iter().any(|tool| tool.name == *name)) {
        eprintln!("{} is not installed: its column stays empty", name.word());
    }
    std::fs::create_dir_all(&arguments.out).map_err(Failure::Itself)?;
    let out = arguments.out.canonicalize().map_err(Failure::Itself)?;
    let home = out.join("home");
    std::fs::create_dir_all(&home).map_err(Failure::Itself)?;
    let mut all = Vec::new();
    for case in case::all(arguments.most) {
        eprintln!("{}", case.title);
        all.push(measure(arguments, &case, &tools, &out, &home)?);
    }
    print!("{}", table::markdown(&all, &tools));
    let text = result::json(&all).map_err(|error| Failure::Itself(error.into()))?;
    std::fs::write(out.join("results.json"), text).map_err(Failure::Itself)?;
    plot::cost_by_size(&all, &out.join("cost.svg"))
}

fn measure(arguments: &Arguments, case: &Case, tools: &[Tool], out: &Path, home: &Path) -> Result<Measured, Failure> {
    let directory = out.join("graphs").join(case.title.replace([' ', ','], "-"));
    let graph = Graph::write(&directory, case.shape, case.count, case.work).map_err(Failure::Itself)?;
    if case.request == tool::Request::Run
        && let Some(infra) = tools.iter().find(|tool| tool.name == Name::Infra)
    {
        proof::order_and_journal(&infra.program, &graph, arguments.jobs, home)?;
    }
    let rounds = if case.count > 1_000 { arguments.rounds.min(5) } else { arguments.rounds };
    let mut samples: BTreeMap<Name, Vec<measure::Sample>> = BTreeMap::new();
    for _ in 0..rounds {
        for tool in tools.iter().filter(|tool| case.tools.contains(&tool.name) && tool.takes(&graph)) {
            let args = tool.arguments(case.request, arguments.jobs);
            let sample = measure::call(&tool.program, &args, &graph.directory, home)?;
            // `make -q` says with 1 that there is something to do.
            let expected = i32::from(tool.name == Name::Make && case.request == tool::Request::List);
            if sample.code != expected {
                return Err(Failure::Code { tool: tool.name.word(), code: sample.code, case: case.title.clone() });
            }
            samples.entry(tool.name).or_default().push(sample);
        }
    }
    Ok(Measured { case: case.clone(), samples })
}
