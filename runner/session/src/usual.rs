use crate::verb::history::open;
use crate::{Global, OutputMode};
use infra_event::Event;
use infra_report::Style;
use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::Path;

/// How many past runs are looked through.
const RUNS: usize = 50;
/// As many of the last times of a step count.
const TIMES: usize = 5;

/// How long the steps of a project usually take, in milliseconds by their names: the middle of the last times that they succeeded.
pub(crate) fn usual(root: &Path) -> BTreeMap<String, u64> {
    let durations = open().and_then(|history| Ok(history.durations(root, RUNS)?)).unwrap_or_default();
    let middle = |mut last: Vec<u64>| {
        last.truncate(TIMES);
        last.sort_unstable();
        last.get(last.len() / 2).copied()
    };
    durations.into_iter().filter_map(|(name, last)| Some((name, middle(last)?))).collect()
}

/// The first event of a run, with how long its steps usually take where a person watches.
pub(crate) fn told(global: &Global, mut event: Event, root: &Path) -> Event {
    let watched = global.output == OutputMode::Auto && Style::wants_live_lines(std::io::stderr().is_terminal());
    if let (true, Event::RunStarted { steps, about, .. }) = (watched, &mut event) {
        let mut usual = usual(root);
        usual.retain(|name, _| steps.iter().any(|step| step.name == *name));
        about.usual = usual;
    }
    event
}
