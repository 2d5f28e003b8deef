pub mod build;
pub mod check;
pub mod complete;
pub mod completions;
pub mod diff;
pub mod doctor;
pub mod explain;
pub mod fmt;
pub mod grants;
pub mod graph;
pub mod history;
pub mod import;
pub mod init;
pub mod inspect;
pub mod learn;
pub mod list;
pub mod logs;
pub mod man;
pub mod new;
pub mod plan;
pub mod policy;
pub mod ps;
pub mod report;
pub mod resume;
pub mod run;
pub mod schema;
pub mod show;
pub mod stop;
pub mod watch;

use crate::arguments::Global;
use clap::Subcommand;
use infra_session::ExitCode;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run tasks: infra run TASK… [KEY=VALUE…]
    #[command(visible_alias = "r")]
    Run(run::Run),
    /// Run tasks, and again whenever one of their inputs has changed
    Watch(watch::Watch),
    /// Show what a run would do, without doing it
    Plan(plan::Plan),
    /// List the tasks
    #[command(visible_alias = "ls")]
    List(list::List),
    /// Show all that is known of a task
    Explain(explain::Explain),
    /// Show what a task is granted, asks for and has used
    Grants(grants::Grants),
    /// Find the smallest `allow` of a task, by its plan or by a run within a bound
    Learn(learn::Learn),
    /// Show the second key, and what it takes away
    Policy(policy::Policy),
    /// Show what tasks call
    Graph(graph::Graph),
    /// Go on with a run that failed or was interrupted
    Resume(resume::Resume),
    /// List past runs
    History(history::History),
    /// Show the log of a run
    Logs(logs::Logs),
    /// Show a run: its steps, effects, parameters and results
    Show(show::Show),
    /// Show what differs between two runs
    Diff(diff::Diff),
    /// Write a run as a page
    Report(report::Report),
    /// List the services and containers that tasks have started
    Ps(ps::Ps),
    /// Stop services and containers that tasks have started
    Stop(stop::Stop),
    /// Find every error in the Infrafile, and what is hardly meant
    Check(check::Check),
    /// Write the Infrafile in the one way
    Fmt(fmt::Fmt),
    /// Tell what this machine offers: Docker, confinement, targets
    Doctor(doctor::Doctor),
    /// Start an Infrafile in this directory
    Init(init::Init),
    /// Make an Infrafile of a Makefile
    Import(import::Import),
    /// Start a task of your own
    New(new::New),
    /// Build the tasks of the project
    Build(build::Build),
    /// Show what a component says of itself
    Inspect(inspect::Inspect),
    /// Print the JSON Schema of an Infrafile, for editors
    Schema(schema::Schema),
    /// What the completions of shells ask
    #[command(hide = true)]
    Complete(complete::Complete),
    /// Print a page of the manual
    Man(man::Man),
    /// Print the completions of a shell
    Completions(completions::Completions),
}

impl Verb {
    /// Does it.
    pub fn call(self, global: &Global) -> ExitCode {
        match self {
            Self::Run(verb) => verb.call(global),
            Self::Watch(verb) => verb.call(global),
            Self::Plan(verb) => verb.call(global),
            Self::List(verb) => verb.call(global),
            Self::Explain(verb) => verb.call(global),
            Self::Grants(verb) => verb.call(global),
            Self::Learn(verb) => verb.call(global),
            Self::Policy(verb) => verb.call(global),
            Self::Graph(verb) => verb.call(global),
            Self::Resume(verb) => verb.call(global),
            Self::History(verb) => verb.call(global),
            Self::Logs(verb) => verb.call(global),
            Self::Show(verb) => verb.call(global),
            Self::Diff(verb) => verb.call(global),
            Self::Report(verb) => verb.call(global),
            Self::Ps(verb) => verb.call(global),
            Self::Stop(verb) => verb.call(global),
            Self::Check(verb) => verb.call(global),
            Self::Fmt(verb) => verb.call(global),
            Self::Doctor(verb) => verb.call(global),
            Self::Init(verb) => verb.call(global),
            Self::Import(verb) => verb.call(global),
            Self::New(verb) => verb.call(global),
            Self::Build(verb) => verb.call(global),
            Self::Inspect(verb) => verb.call(global),
            Self::Schema(verb) => verb.call(global),
            Self::Complete(verb) => verb.call(global),
            Self::Man(verb) => verb.call(global),
            Self::Completions(verb) => verb.call(global),
        }
    }
}
