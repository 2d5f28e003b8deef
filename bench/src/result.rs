use crate::case::Case;
use crate::measure::Sample;
use crate::tool::Name;
use serde::Serialize;
use std::collections::BTreeMap;

/// What one case measured.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The case.
    pub case: Case,
    /// Every call of each tool.
    pub samples: BTreeMap<Name, Vec<Sample>>,
}

/// A row of the JSON.
#[derive(Serialize)]
struct Row<'a> {
    case: &'a str,
    shape: &'a str,
    tasks: usize,
    tool: &'a str,
    median_seconds: f64,
    microseconds_per_task: f64,
    peak_memory_kib: u64,
    rounds: usize,
}

impl Measured {
    /// The median time of a tool, in seconds.
    pub fn median(&self, tool: Name) -> Option<f64> {
        let mut seconds: Vec<f64> = self.samples.get(&tool)?.iter().map(|sample| sample.seconds).collect();
        seconds.sort_by(f64::total_cmp);
        seconds.get(seconds.len() / 2).copied()
    }

    /// The largest resident set of a tool, in KiB.
    pub fn memory(&self, tool: Name) -> Option<u64> {
        self.samples.get(&tool)?.iter().map(|sample| sample.memory).max()
    }

    /// How much of the goal's peer `infra` takes.
    pub fn ratio(&self) -> Option<f64> {
        let (peer, _) = self.case.goal?;
        Some(self.median(Name::Infra)? / self.median(peer)?)
    }
}

/// Everything as JSON.
pub fn json(all: &[Measured]) -> serde_json::Result<String> {
    let mut rows = Vec::new();
    for measured in all {
        for (tool, samples) in &measured.samples {
            let seconds = measured.median(*tool).unwrap_or_default();
            rows.push(Row {
                case: &measured.case.title,
                shape: measured.case.shape.word(),
                tasks: measured.case.count,
                tool: tool.word(),
                median_seconds: seconds,
                microseconds_per_task: seconds * 1e6 / measured.case.count.max(1) as f64,
                peak_memory_kib: measured.memory(*tool).unwrap_or_default(),
                rounds: samples.len(),
            });
        }
    }
    serde_json::to_string_pretty(&rows)
}
