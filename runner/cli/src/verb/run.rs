use crate::arguments::{Arguments, Global};
use clap::{Args, CommandFactory as _};
use infra_session::ExitCode;
use std::path::PathBuf;

/// `infra run`
#[derive(Args, Debug)]
#[command(disable_help_flag = true)]
pub struct Run {
    /// Tasks and parameters, in any order
    #[arg(value_name = "TASK|KEY=VALUE")]
    pub words: Vec<String>,
    /// How many tasks run at once; else as many as there are processors
    #[arg(short, long, value_name = "N", env = "INFRA_JOBS", value_parser = jobs)]
    pub jobs: Option<usize>,
    /// Go on with what does not depend on a failure
    #[arg(short, long)]
    pub keep_going: bool,
    /// Show what would be done, and do not do it
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Show the plan and ask before anything runs; --yes answers
    #[arg(long, conflicts_with = "dry_run")]
    pub plan_first: bool,
    /// Wait for locks that other runs hold
    #[arg(long)]
    pub wait: bool,
    /// Run what is up to date as well
    #[arg(long)]
    pub force: bool,
    /// Answer every confirmation with yes
    #[arg(short, long, env = "INFRA_YES")]
    pub yes: bool,
    /// Write the result as JSON
    #[arg(long)]
    pub json: bool,
    /// Write a JUnit file: each step is a test case
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Write a trace for Perfetto
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
    /// Print help; with a TASK, what the task does, takes and may do
    #[arg(short, long)]
    pub help: bool,
}

impl Run {
    pub fn call(self, global: &Global) -> ExitCode {
        if self.help && self.words.is_empty() {
            return verb_help("run");
        }
        if self.help {
            return infra_session::task_help(&global.into(), &self.words);
        }
        let request = infra_session::RunRequest {
            words: self.words,
            jobs: self.jobs,
            keep_going: self.keep_going,
            force: self.force,
            yes: self.yes,
            plan_first: self.plan_first,
            wait: self.wait,
            json: self.json,
            junit: self.junit,
            trace: self.trace,
        };
        if self.dry_run {
            return infra_session::plan(&global.into(), &infra_session::PlanRequest::from(request));
        }
        infra_session::run(&global.into(), &request)
    }
}

pub fn jobs(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|jobs| *jobs > 0).ok_or_else(|| "it must be a whole number of at least 1".to_owned())
}

/// What clap says of a verb.
fn verb_help(name: &str) -> ExitCode {
    let mut command = Arguments::command();
    command.build();
    let printed = command.find_subcommand_mut(name).map(clap::Command::print_help);
    match printed {
        Some(Ok(())) => ExitCode::Done,
        Some(Err(_)) => ExitCode::InputOutput,
        None => ExitCode::Defect,
    }
}
