use crate::{Expression, Plan, Work};
use infra_event::StepId;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

/// Puts steps that were there already after these, where these do not come after them themselves.
pub(crate) fn put_after<'a>(plan: &mut Plan, steps: impl Iterator<Item = &'a StepId>, after: &[StepId]) {
    let mut steps = steps.peekable();
    if after.is_empty() || steps.peek().is_none() {
        return;
    }
    let before = before(plan, after);
    for id in steps.filter(|id| !before.contains(id)) {
        if let Some(step) = plan.steps.get_mut(id.index()) {
            step.needs.extend(after);
            step.needs.sort_unstable();
            step.needs.dedup();
        }
    }
}

/// These steps, and all that they come after.
fn before(plan: &Plan, steps: &[StepId]) -> HashSet<StepId> {
    let mut found: HashSet<StepId> = steps.iter().copied().collect();
    let mut open = steps.to_vec();
    while let Some(step) = open.pop().and_then(|id| plan.step(id)) {
        open.extend(step.needs.iter().chain(&step.finalizes).filter(|id| found.insert(**id)));
    }
    found
}

/// Gives the steps numbers such that each comes after those that it needs or follows; the order stays as it is where it can.
pub(crate) fn sort(plan: &mut Plan) {
    let comes_before = |step: &crate::Step| step.needs.iter().chain(&step.finalizes).any(|other| *other >= step.id);
    if !plan.steps.iter().any(comes_before) {
        return;
    }
    let mut open = vec![0_usize; plan.steps.len()];
    let mut followers = vec![vec![]; plan.steps.len()];
    for step in &plan.steps {
        for before in step.needs.iter().chain(&step.finalizes) {
            open[step.id.index()] += 1;
            followers[before.index()].push(step.id);
        }
    }
    let free = plan.steps.iter().filter(|step| open[step.id.index()] == 0);
    let mut ready: BinaryHeap<_> = free.map(|step| Reverse(step.id)).collect();
    let mut numbers = vec![StepId(0); plan.steps.len()];
    let mut next = 0;
    while let Some(Reverse(id)) = ready.pop() {
        numbers[id.index()] = StepId(next);
        next += 1;
        for follower in &followers[id.index()] {
            open[follower.index()] -= 1;
            if open[follower.index()] == 0 {
                ready.push(Reverse(*follower));
            }
        }
    }
    for step in &mut plan.steps {
        let places = step.needs.iter_mut().chain(&mut step.finalizes).chain([&mut step.id]);
        places.for_each(|id| *id = numbers[id.index()]);
        step.needs.sort_unstable();
        step.finalizes.sort_unstable();
        if let Work::Component { args, .. } = &mut step.work {
            renumber(args, &numbers);
        }
        let ready = step.service.iter_mut().filter_map(|service| service.ready.as_mut());
        let patterns = step.up_to_date.iter_mut().flat_map(|one| one.inputs.iter_mut().chain(&mut one.outputs));
        let values = step.env.iter_mut().map(|(_, value)| value).chain(step.params.iter_mut().map(|(_, value)| value));
        values.chain(&mut step.dir).chain(ready).chain(patterns).for_each(|value| renumber(value, &numbers));
    }
    plan.steps.sort_by_key(|step| step.id);
}

fn renumber(value: &mut Expression, numbers: &[StepId]) {
    match value {
        Expression::Literal(_) | Expression::Secret { .. } => {}
        Expression::Output { steps, .. } => steps.iter_mut().for_each(|id| *id = numbers[id.index()]),
        Expression::Text(parts) => parts.iter_mut().for_each(|part| renumber(&mut part.value, numbers)),
        Expression::List(items) => items.iter_mut().for_each(|item| renumber(item, numbers)),
        Expression::Table(entries) => entries.iter_mut().for_each(|(_, value)| renumber(value, numbers)),
    }
}
