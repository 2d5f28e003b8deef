use crate::{Report, timeline::Timeline};
use infra_event::{Event, Outcome, StepId};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;

/// A trace that Perfetto and the browser of Chrome show: attempts as slices, effects as marks, needs as arrows. It is written when the run
/// ends.
#[must_use]
pub fn trace(out: Box<dyn Write + Send>) -> Box<dyn Report> {
    Box::new(Trace { out, timeline: Timeline::default(), written: false })
}

struct Trace {
    out: Box<dyn Write + Send>,
    timeline: Timeline,
    written: bool,
}

impl Report for Trace {
    fn event(&mut self, event: &Event) {
        self.timeline.observe(event);
    }

    fn finish(&mut self) {
        if !std::mem::replace(&mut self.written, true) && !self.timeline.is_plan() {
            let whole = json!({ "displayTimeUnit": "ms", "otherData": { "project": self.timeline.project }, "traceEvents": self.events() });
            let _ = serde_json::to_writer(&mut self.out, &whole);
            let _ = self.out.flush();
        }
    }
}

impl Trace {
    fn events(&self) -> Vec<Value> {
        let timeline = &self.timeline;
        let name = format!("infra run {}", timeline.tasks.join(" "));
        let mut events = vec![json!({ "ph": "M", "pid": 1, "tid": 0, "name": "process_name", "args": { "name": name } })];
        let lanes = self.lanes();
        let used = lanes.values().max().map_or(0, |lane| lane + 1);
        for lane in 0..used {
            let args = json!({ "name": format!("at once {}", lane + 1) });
            events.push(json!({ "ph": "M", "pid": 1, "tid": lane + 1, "name": "thread_name", "args": args }));
        }
        for (step, timed) in &timeline.steps {
            let (Some(lane), Some(end)) = (lanes.get(step), self.end(*step)) else { continue };
            let outcome = match &timed.outcome {
                Some(Outcome::Succeeded { changed: true, .. }) => "changed",
                Some(Outcome::Succeeded { .. }) => "no changes",
                Some(Outcome::UpToDate { .. }) => "up to date",
                Some(Outcome::Failed { .. }) => "failed",
                _ => "cancelled",
            };
            for (index, start) in timed.attempts.iter().enumerate() {
                let start = timeline.since_start(*start);
                let until = timed.attempts.get(index + 1).map_or(end, |next| timeline.since_start(*next));
                let label = if timed.attempts.len() > 1 {
                    format!("{} (attempt {})", timed.info.name, index + 1)
                } else {
                    timed.info.name.clone()
                };
                events.push(json!({
                    "ph": "X", "pid": 1, "tid": lane + 1, "ts": start * 1000, "dur": until.saturating_sub(start) * 1000,
                    "cat": "task", "name": label, "args": { "task": timed.info.task, "outcome": outcome },
                }));
            }
            for (at, kind, target) in &timed.effects {
                let at = timeline.since_start(*at).min(end);
                events.push(json!({
                    "ph": "i", "s": "t", "pid": 1, "tid": lane + 1, "ts": at * 1000, "cat": "effect", "name": kind, "args": { "target": target },
                }));
            }
            for need in &timed.info.needs {
                let (Some(from), Some(before)) = (lanes.get(need), self.end(*need)) else { continue };
                let Some(start) = timed.attempts.first().map(|at| timeline.since_start(*at)) else { continue };
                let id = format!("{need}-{step}");
                // An arrow begins within its slice, so a little before the end.
                let before = before.saturating_sub(1);
                events.push(json!({ "ph": "s", "id": id, "pid": 1, "tid": from + 1, "ts": before * 1000, "cat": "needs", "name": "needs" }));
                events.push(json!({ "ph": "f", "bp": "e", "id": id, "pid": 1, "tid": lane + 1, "ts": start * 1000, "cat": "needs", "name": "needs" }));
            }
        }
        events
    }

    /// When a step ended, in milliseconds since the start.
    fn end(&self, step: StepId) -> Option<u64> {
        let timed = self.timeline.steps.get(&step)?;
        let first = self.timeline.since_start(*timed.attempts.first()?);
        let ended = timed.ended.map(|at| self.timeline.since_start(at));
        Some(ended.unwrap_or_else(|| self.timeline.ended.map_or(first, |run| run.duration_ms)).max(first))
    }

    /// Steps that ran at the same time stand in lanes of their own.
    fn lanes(&self) -> BTreeMap<StepId, usize> {
        let mut ran: Vec<(u64, u64, StepId)> = self
            .timeline
            .steps
            .iter()
            .filter_map(|(step, timed)| Some((self.timeline.since_start(*timed.attempts.first()?), self.end(*step)?, *step)))
            .collect();
        ran.sort_unstable();
        let mut free_at: Vec<u64> = Vec::new();
        let mut lanes = BTreeMap::new();
        for (start, end, step) in ran {
            let lane = free_at.iter().position(|free| *free <= start).unwrap_or(free_at.len());
            if lane == free_at.len() {
                free_at.push(0);
            }
            free_at[lane] = end.max(start + 1);
            lanes.insert(step, lane);
        }
        lanes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::shown;
    use infra_event::{Mode, RunId, RunOutcome, StepInfo, TaskError, Timestamp};

    fn events() -> Vec<Event> {
        let info = |step, name: &str, needs: &[u32]| StepInfo {
            step: StepId(step),
            name: name.to_owned(),
            task: name.to_owned(),
            needs: needs.iter().copied().map(StepId).collect(),
            requested: false,
            finalizer: false,
            digest: None,
        };
        let at = |milliseconds: i64| Timestamp(1_000_000 + milliseconds);
        let started = |step, milliseconds: i64, attempt| Event::StepStarted { step: StepId(step), at: at(milliseconds), attempt };
        let finished = |step, milliseconds: i64, outcome| Event::StepFinished {
            step: StepId(step),
            at: at(milliseconds),
            duration_ms: 0,
            outcome,
        };
        let done = || Outcome::Succeeded { output: Value::Null, changed: true };
        vec![
            Event::RunStarted {
                run: RunId::generate(),
                at: at(0),
                project: "demo".to_owned(),
                tasks: vec!["c".to_owned()],
                params: BTreeMap::new(),
                mode: Mode::Run,
                steps: vec![info(0, "a", &[]), info(1, "b", &[]), info(2, "c", &[0, 1]), info(3, "d", &[])],
                about: Default::default(),
            },
            started(0, 0, 1),
            started(1, 5, 1),
            finished(0, 100, done()),
            started(1, 150, 2),
            finished(1, 300, done()),
            started(2, 300, 1),
            finished(2, 400, Outcome::Failed { error: TaskError::new("failed", "no") }),
            Event::RunFinished { at: at(400), duration_ms: 400, outcome: RunOutcome::Failed, exit_code: 1 },
        ]
    }

    #[test]
    fn steps_are_slices_in_lanes_and_needs_are_arrows() {
        let trace: Value = serde_json::from_str(&shown(trace, &events())).unwrap();
        let all = trace["traceEvents"].as_array().unwrap();
        let slices: Vec<(&str, u64, u64, u64)> = all
            .iter()
            .filter(|event| event["ph"] == "X")
            .map(|event| {
                let number = |key: &str| event[key].as_u64().unwrap();
                (event["name"].as_str().unwrap(), number("tid"), number("ts"), number("dur"))
            })
            .collect();
        assert_eq!(
            slices,
            [
                ("a", 1, 0, 100_000),
                ("b (attempt 1)", 2, 5_000, 145_000),
                ("b (attempt 2)", 2, 150_000, 150_000),
                ("c", 1, 300_000, 100_000)
            ]
        );
        let arrows = all.iter().filter(|event| event["ph"] == "s").count();
        assert_eq!((arrows, all.iter().filter(|event| event["ph"] == "f").count()), (2, 2));
        // A step that never started is in no lane.
        assert!(!trace.to_string().contains("\"d\""));
    }
}
