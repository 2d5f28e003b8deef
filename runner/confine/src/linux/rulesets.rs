use super::landlock_rules::{place, rules, ruleset};
use crate::Confinement;
use landlock::RulesetError;
use rustix::fs::{Stat, fstat, stat};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

/// How many are kept.
const KEPT: usize = 4;

/// The rulesets of the last programs, for the next one that is confined alike: most are. The last used stands last.
#[derive(Default)]
pub(crate) struct Rulesets(Vec<Known>);

/// A ruleset, and all that it was made of.
struct Known {
    confinement: Confinement,
    program: PathBuf,
    foreground: bool,
    /// The paths of its rules, with what lay at each, if anything did. The ruleset holds what it names, so no other file gets the same
    /// number while it is kept.
    found: Vec<(PathBuf, Option<(u64, u64)>)>,
    ruleset: Option<OwnedFd>,
}

impl Rulesets {
    /// The ruleset of a confinement; `None` where the kernel has no Landlock.
    pub fn get(
        &mut self,
        confinement: &Confinement,
        program: &Path,
        foreground: bool,
    ) -> Result<Option<BorrowedFd<'_>>, RulesetError> {
        let at = self.0.iter().rposition(|known| known.is_of(confinement, program, foreground));
        let known = match at.map(|at| self.0.remove(at)).filter(Known::still_holds) {
            Some(known) => known,
            None => Known::new(confinement, program, foreground)?,
        };
        if self.0.len() >= KEPT {
            self.0.remove(0);
        }
        self.0.push(known);
        Ok(self.0.last().and_then(|known| known.ruleset.as_ref()).map(AsFd::as_fd))
    }
}

impl Known {
    fn new(confinement: &Confinement, program: &Path, foreground: bool) -> Result<Self, RulesetError> {
        let (mut places, mut found) = (vec![], vec![]);
        for (path, access) in rules(confinement, program, foreground) {
            let there = place(&path).and_then(|place| fstat(&place).ok().map(|stat| (place, stat)));
            found.push((path, there.as_ref().map(|(_, stat)| identity(stat))));
            places.extend(there.map(|(place, stat)| (place, stat, access)));
        }
        let ruleset = ruleset(&places, &confinement.connect_tcp, &confinement.bind_tcp)?;
        Ok(Self { confinement: confinement.clone(), program: program.to_owned(), foreground, found, ruleset })
    }

    /// Whether it was made of the very same.
    fn is_of(&self, confinement: &Confinement, program: &Path, foreground: bool) -> bool {
        self.foreground == foreground && self.program == program && self.confinement == *confinement
    }

    /// Whether what lies at its paths now is what lay there then. It names files, not paths, so one that was replaced is not granted any
    /// more; a link that was swapped in leads to another file and is noticed by that.
    fn still_holds(&self) -> bool {
        self.found.iter().all(|(path, known)| stat(path).ok().map(|stat| identity(&stat)) == *known)
    }
}

fn identity(stat: &Stat) -> (u64, u64) {
    (stat.st_dev, stat.st_ino)
}
