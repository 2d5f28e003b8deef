use infra_event::StepId;
use std::collections::{BTreeMap, BTreeSet};

/// A step that has run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    /// The steps that had to end first.
    pub needs: Vec<StepId>,
    /// When it started and ended, in milliseconds from any moment.
    pub started: u64,
    pub ended: u64,
}

/// The steps that decided how long the run took: from the one that ended last back to the need that it waited for longest, and so on. In the
/// order in which they ran.
pub(crate) fn critical_path(spans: &BTreeMap<StepId, Span>) -> Vec<StepId> {
    let mut path = Vec::new();
    let mut seen = BTreeSet::new();
    let mut next = spans.iter().max_by_key(|(id, span)| (span.ended, **id)).map(|(id, _)| *id);
    while let Some(step) = next.filter(|step| seen.insert(*step)) {
        path.push(step);
        let needs = spans.get(&step).into_iter().flat_map(|span| &span.needs);
        next = needs.filter_map(|need| Some((spans.get(need)?.ended, *need))).max().map(|(_, need)| need);
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(spans: &[(u32, &[u32], u64, u64)]) -> Vec<u32> {
        let spans = spans.iter().map(|(id, needs, started, ended)| {
            let needs = needs.iter().copied().map(StepId).collect();
            (StepId(*id), Span { needs, started: *started, ended: *ended })
        });
        critical_path(&spans.collect()).into_iter().map(|step| step.0).collect()
    }

    #[test]
    fn it_follows_the_need_that_ended_last() {
        assert_eq!(path(&[(0, &[], 0, 5), (1, &[], 0, 9), (2, &[0, 1], 9, 12), (3, &[0], 5, 11)]), [1, 2]);
        assert_eq!(path(&[(0, &[], 0, 5), (1, &[0], 5, 6), (2, &[], 0, 99)]), [2]);
        assert_eq!(path(&[]), [0; 0]);
    }

    #[test]
    fn needs_that_did_not_run_or_go_round_are_no_trouble() {
        assert_eq!(path(&[(1, &[0], 5, 6)]), [1]);
        assert_eq!(path(&[(0, &[1], 0, 5), (1, &[0], 0, 6)]), [0, 1]);
    }
}
