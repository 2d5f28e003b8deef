use std::collections::BTreeSet;
use std::fmt;

/// What became of a Makefile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Targets whose recipes are tasks through and through.
    pub carried: usize,
    /// Targets of which at least one recipe line is a script as a whole.
    pub scripts: usize,
    /// Targets of which at least one line could not be carried: it fails, and a comment says why.
    pub broken: usize,
    /// What has no place in an Infrafile; a comment says why.
    pub left_out: usize,
    /// Variables that are parameters now.
    pub params: usize,
    /// Lines that only announced what comes next.
    pub announcements: usize,
    /// Scripts of the repository, which run without confinement.
    pub own_scripts: BTreeSet<String>,
    /// Other programs that run without confinement.
    pub unconfined: BTreeSet<String>,
    /// Tasks that need several others, which make did one after the other.
    pub at_once: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let targets = self.carried + self.scripts + self.broken;
        let whole = format!("{} carried, {} whole as `sh`, {} not carried", self.carried, self.scripts, self.broken);
        writeln!(f, "{}: {whole}", counted(targets, "target"))?;
        let (params, said) = (counted(self.params, "parameter"), counted(self.announcements, "announcement"));
        writeln!(f, "{params}; {said} left to infra's own report")?;
        let names = |names: &BTreeSet<String>| names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        if self.left_out > 0 {
            writeln!(f, "{} not carried: a comment with the reason stands for each", counted(self.left_out, "other line"))?;
        }
        if !self.own_scripts.is_empty() {
            let scripts = counted(self.own_scripts.len(), "script");
            writeln!(f, "{scripts} of the repository unconfined: {}", names(&self.own_scripts))?;
        }
        if !self.unconfined.is_empty() {
            writeln!(f, "{} unconfined: {}", counted(self.unconfined.len(), "program"), names(&self.unconfined))?;
        }
        if self.at_once > 0 {
            let tasks = counted(self.at_once, "task");
            writeln!(f, "{tasks} with several `needs`: these may now run at once where nothing orders them")?;
        }
        Ok(())
    }
}

fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
