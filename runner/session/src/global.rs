use infra_report::Style;
use std::io::IsTerminal as _;
use std::path::PathBuf;

/// What every verb takes.
#[derive(Clone, Debug, Default)]
pub struct Global {
    /// The directory to start in.
    pub directory: Option<PathBuf>,
    /// The Infrafile; else the nearest one upwards.
    pub file: Option<PathBuf>,
    /// The policy file instead of the user's own.
    pub policy: Option<PathBuf>,
    /// How to report.
    pub output: OutputMode,
    /// Show effects and debug lines.
    pub verbose: u8,
    /// The service that the run is shown by.
    pub ci: Ci,
}

/// A service that runs and shows pipelines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ci {
    /// The one whose variables are in the environment.
    #[default]
    Auto,
    /// GitHub Actions.
    GitHub,
    /// GitLab.
    GitLab,
    /// None, whatever the environment says.
    None,
}

/// How to report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutputMode {
    /// Progress lines in a terminal, plain text elsewhere.
    #[default]
    Auto,
    /// One line for each thing that happens.
    Plain,
    /// The lines of a task together when it has ended, failures last.
    Grouped,
    /// One JSON object a line.
    Json,
    /// Only results and errors.
    Quiet,
}

impl Global {
    /// The service that the run is shown by; never `Auto`.
    pub(crate) fn service(&self) -> Ci {
        let set = |name: &str| std::env::var(name).is_ok_and(|value| value == "true");
        match self.ci {
            Ci::Auto if set("GITHUB_ACTIONS") => Ci::GitHub,
            Ci::Auto if set("GITLAB_CI") => Ci::GitLab,
            Ci::Auto => Ci::None,
            named => named,
        }
    }

    /// The style of standard output, which carries results.
    pub(crate) fn result_style(&self) -> Style {
        Style { verbose: self.verbose, ..Style::detect(std::io::stdout().is_terminal()) }
    }

    /// The style of standard error, which carries everything else.
    pub(crate) fn status_style(&self) -> Style {
        Style { verbose: self.verbose, ..Style::detect(std::io::stderr().is_terminal()) }
    }
}
