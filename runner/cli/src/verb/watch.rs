use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;
use std::ffi::OsString;

/// `infra watch`
#[derive(Args, Debug)]
pub struct Watch {
    /// Tasks and parameters, in any order
    #[arg(value_name = "TASK|KEY=VALUE", required = true)]
    pub words: Vec<String>,
    /// How many tasks run at once; else as many as there are processors
    #[arg(short, long, value_name = "N", env = "INFRA_JOBS", value_parser = super::run::jobs)]
    pub jobs: Option<usize>,
    /// Go on with what does not depend on a failure
    #[arg(short, long)]
    pub keep_going: bool,
    /// Answer every confirmation with yes
    #[arg(short, long, env = "INFRA_YES")]
    pub yes: bool,
}

impl Watch {
    pub fn call(self, global: &Global) -> ExitCode {
        let mut run: Vec<OsString> = global.words();
        run.push("run".into());
        run.extend(self.jobs.map(|jobs| OsString::from(format!("--jobs={jobs}"))));
        let flags = [(self.keep_going, "--keep-going"), (self.yes, "--yes")];
        run.extend(flags.into_iter().filter(|(is, _)| *is).map(|(_, flag)| OsString::from(flag)));
        run.push("--".into());
        run.extend(self.words.iter().map(OsString::from));
        infra_session::watch(&global.into(), &infra_session::WatchRequest { words: self.words, run })
    }
}
