use crate::verb::Verb;
use clap::{Args, Parser, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

/// Runs the tasks of an infrastructure repository, each a sandboxed WebAssembly component.
#[derive(Debug, Parser)]
#[command(
    name = "infra",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 done · 1 failed, or the code of the one program that failed · 2 plan --detailed-exitcode found changes · 64 usage · 69 daemon unavailable · 70 defect of infra · 74 file cannot be read or written · 75 locked by another run · 77 refused by a grant · 78 Infrafile · 124 out of time · 130 interrupted · 143 terminated"
)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// What every verb takes.
#[derive(Args, Clone, Debug)]
pub struct Global {
    /// Start in this directory
    #[arg(short = 'C', long, global = true, value_name = "DIR", env = "INFRA_DIRECTORY")]
    pub directory: Option<PathBuf>,
    /// The Infrafile; else the nearest Infrafile.toml upwards
    #[arg(short = 'f', long, global = true, value_name = "FILE", env = "INFRA_FILE")]
    pub file: Option<PathBuf>,
    /// The second key: a policy file instead of the user's own
    #[arg(long, global = true, value_name = "FILE", env = "INFRA_POLICY")]
    pub policy: Option<PathBuf>,
    /// How to report
    #[arg(short, long, global = true, value_enum, default_value = "auto", env = "INFRA_OUTPUT")]
    pub output: Output,
    /// Only results and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Show effects and debug lines
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// The service that shows the run; else the one whose variables are set
    #[arg(long, global = true, value_enum, default_value = "auto", env = "INFRA_CI")]
    pub ci: Ci,
}

impl Global {
    /// The same as words of a command line.
    pub fn words(&self) -> Vec<OsString> {
        let mut words: Vec<OsString> = Vec::new();
        for (flag, path) in [("--directory", &self.directory), ("--file", &self.file), ("--policy", &self.policy)] {
            words.extend(path.iter().flat_map(|path| [OsString::from(flag), path.into()]));
        }
        let name =
            |value: Option<clap::builder::PossibleValue>| value.map(|value| value.get_name().to_owned()).unwrap_or_default();
        words.extend([OsString::from("--output"), name(self.output.to_possible_value()).into()]);
        words.extend([OsString::from("--ci"), name(self.ci.to_possible_value()).into()]);
        words.extend(std::iter::repeat_n(OsString::from("--verbose"), self.verbose.into()));
        words.extend(self.quiet.then(|| OsString::from("--quiet")));
        words
    }
}

/// The service that shows the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Ci {
    /// The one whose variables are set
    Auto,
    /// GitHub Actions
    Github,
    /// GitLab
    Gitlab,
    /// None
    None,
}

/// How to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Progress lines in a terminal, plain text elsewhere
    Auto,
    /// One line for each thing that happens
    Plain,
    /// The lines of a task together when it has ended, failures last
    Grouped,
    /// One JSON object a line
    Json,
    /// Only results and errors
    Quiet,
}

impl From<&Global> for infra_session::Global {
    fn from(global: &Global) -> Self {
        Self {
            directory: global.directory.clone(),
            file: global.file.clone(),
            policy: global.policy.clone(),
            output: match global.output {
                _ if global.quiet => infra_session::OutputMode::Quiet,
                Output::Auto => infra_session::OutputMode::Auto,
                Output::Plain => infra_session::OutputMode::Plain,
                Output::Grouped => infra_session::OutputMode::Grouped,
                Output::Json => infra_session::OutputMode::Json,
                Output::Quiet => infra_session::OutputMode::Quiet,
            },
            verbose: global.verbose,
            ci: match global.ci {
                Ci::Auto => infra_session::Ci::Auto,
                Ci::Github => infra_session::Ci::GitHub,
                Ci::Gitlab => infra_session::Ci::GitLab,
                Ci::None => infra_session::Ci::None,
            },
        }
    }
}
