use super::landlock_rules::{Rule, place, rules, ruleset};
use crate::{Confinement, TcpPorts};
use landlock::{AccessFs, BitFlags, RulesetError};
use rustix::fs::{Stat, fstat, stat};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

/// The ruleset of the last program, for the next one that is confined alike: most are.
#[derive(Default)]
pub(crate) struct Rulesets(Option<Last>);

struct Last {
    rules: Vec<Rule>,
    connect: TcpPorts,
    bind: TcpPorts,
    /// What lay at each path, if anything did. Held open, so that no other file gets the same number.
    identities: Vec<Option<(u64, u64)>>,
    _places: Vec<(OwnedFd, Stat, BitFlags<AccessFs>)>,
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
        let rules = rules(confinement, program, foreground);
        let last = match self.0.take().filter(|last| last.is_for(&rules, confinement)) {
            Some(last) => last,
            None => Last::new(rules, confinement)?,
        };
        Ok(self.0.insert(last).ruleset.as_ref().map(AsFd::as_fd))
    }
}

impl Last {
    fn new(rules: Vec<Rule>, confinement: &Confinement) -> Result<Self, RulesetError> {
        let (mut places, mut identities) = (vec![], vec![]);
        for (path, access) in &rules {
            let found = place(path).and_then(|place| fstat(&place).ok().map(|stat| (place, stat)));
            identities.push(found.as_ref().map(|(_, stat)| identity(stat)));
            places.extend(found.map(|(place, stat)| (place, stat, *access)));
        }
        let (connect, bind) = (confinement.connect_tcp.clone(), confinement.bind_tcp.clone());
        let ruleset = ruleset(&places, &connect, &bind)?;
        Ok(Self { rules, connect, bind, identities, _places: places, ruleset })
    }

    /// Whether it grants the same paths, and what lies there now is what lay there then. It names files, not paths, so one that was
    /// replaced is not granted any more; a link that was swapped in leads to another file and is noticed by that.
    fn is_for(&self, rules: &[Rule], confinement: &Confinement) -> bool {
        self.rules == rules
            && self.connect == confinement.connect_tcp
            && self.bind == confinement.bind_tcp
            && rules.iter().zip(&self.identities).all(|((path, _), known)| stat(path).ok().map(|stat| identity(&stat)) == *known)
    }
}

fn identity(stat: &Stat) -> (u64, u64) {
    (stat.st_dev, stat.st_ino)
}
