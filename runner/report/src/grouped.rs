use crate::{
    Report, Style,
    clean_text::clean_text,
    plain::{effect_text, log_text, wait_text},
    progress_text::progress_text,
    record::{KEPT_LINES, Record, capped},
    step_line::step_line,
    style::DIM,
    summary::Summary,
};
use infra_event::{Event, LogStream, NoticeLevel, Outcome, StepId, TaskError, Timestamp};
use std::{
    collections::{BTreeMap, VecDeque},
    io::Write,
};

/// How a service that shows logs marks what belongs together.
pub(crate) trait Marks: Send {
    /// Begins a group.
    fn open(&self, step: StepId, name: &str, at: Timestamp) -> String;
    /// Ends it.
    fn close(&self, step: StepId, at: Timestamp) -> String;
    /// A line that a task wrote, so that the service takes it for nothing else.
    fn line(&self, text: &str) -> String;
    /// A notice about the run.
    fn notice(&self, level: NoticeLevel, text: &str) -> Vec<String>;
    /// What is said of a failure besides.
    fn failure(&self, task: &str, name: &str, error: &TaskError) -> Vec<String>;
}

/// The lines of a task stand together. One task that runs is shown as it goes, and others when they have ended or it is their turn.
pub(crate) struct Grouped<M> {
    out: Box<dyn Write + Send>,
    style: Style,
    marks: M,
    record: Record,
    tasks: BTreeMap<StepId, String>,
    /// The task whose group is open.
    front: Option<StepId>,
    /// Tasks that run behind it, in the order of their start, with their lines.
    behind: VecDeque<(StepId, Timestamp, Vec<String>)>,
    /// Groups that have ended meanwhile.
    ended: Vec<String>,
}

impl<M: Marks + 'static> Grouped<M> {
    pub fn boxed(marks: M, style: Style, out: Box<dyn Write + Send>) -> Box<dyn Report> {
        Box::new(Self {
            out,
            style,
            marks,
            record: Record::default(),
            tasks: BTreeMap::new(),
            front: None,
            behind: VecDeque::new(),
            ended: vec![],
        })
    }
}

impl<M: Marks> Report for Grouped<M> {
    fn event(&mut self, event: &Event) {
        if let Event::StepFinished { step, at, outcome, .. } = event {
            // The record keeps the log of a failure only, so what is written is written before.
            self.record.observe(event);
            if self.record.shows(event, &self.style) {
                self.finished(*step, *at, outcome);
            }
            return;
        }
        self.record.observe(event);
        if self.record.shows(event, &self.style) {
            self.tell(event);
        }
    }

    fn finish(&mut self) {
        let _ = self.out.flush();
    }
}

impl<M: Marks> Grouped<M> {
    fn tell(&mut self, event: &Event) {
        match event {
            Event::RunStarted { steps, .. } => {
                self.tasks = steps.iter().map(|step| (step.step, step.task.clone())).collect();
            }
            Event::Notice { level, text } => {
                let lines = self.marks.notice(*level, text);
                self.write(&lines);
            }
            Event::StepStarted { step, at, attempt: 1 } => self.started(*step, *at),
            Event::StepStarted { step, attempt, .. } => self.line(*step, &format!("attempt {attempt}")),
            Event::StepLog { stream: LogStream::Debug, .. } if self.style.verbose == 0 => {}
            Event::StepLog { step, stream, text } => {
                let text = self.marks.line(&log_text(*stream, text, &self.style));
                self.line(*step, &text);
            }
            Event::StepProgress { step, label, position, total, unit, finished: true, .. } => {
                let text = format!("{} {}", capped(label), progress_text(*position, *total, *unit));
                let text = self.marks.line(text.trim_end());
                self.line(*step, &text);
            }
            Event::StepEffect { step, kind, target, action, .. } if self.style.verbose >= 2 => {
                let text = self.marks.line(&self.style.paint(DIM, &effect_text(kind, target, *action)));
                self.line(*step, &text);
            }
            Event::StepRetry { step, attempt, delay_ms, error } => {
                let text = format!("attempt {attempt} failed: {}; again in {}", clean_text(&error.message), wait_text(*delay_ms));
                let text = self.marks.line(&text);
                self.line(*step, &text);
            }
            Event::RunFinished { duration_ms, outcome, .. } => {
                let summary = Summary {
                    record: &self.record,
                    style: &self.style,
                    columns: None,
                    outcome: *outcome,
                    duration_ms: *duration_ms,
                    log_lines: KEPT_LINES,
                    log_shown: None,
                    only_failures: false,
                };
                let lines: Vec<String> = summary.lines().iter().map(|line| self.marks.line(line)).collect();
                self.write(&lines);
            }
            Event::StepProgress { .. } | Event::StepEffect { .. } | Event::StepFinished { .. } => {}
        }
    }

    fn started(&mut self, step: StepId, at: Timestamp) {
        if self.front.is_some() {
            self.behind.push_back((step, at, vec![]));
            return;
        }
        self.front = Some(step);
        let open = self.marks.open(step, &self.record.name(step), at);
        self.write(&[open]);
    }

    fn line(&mut self, step: StepId, text: &str) {
        if self.front == Some(step) {
            self.write(&[text.to_owned()]);
        } else if let Some((_, _, lines)) = self.behind.iter_mut().find(|(behind, ..)| *behind == step) {
            lines.push(text.to_owned());
        }
    }

    fn finished(&mut self, step: StepId, at: Timestamp, outcome: &Outcome) {
        let mut verdict = vec![];
        if let Some(record) = self.record.steps.get(&step) {
            verdict.push(self.marks.line(&step_line(record, outcome, &self.style, None)));
        }
        if let Outcome::Failed { error } = outcome {
            let task = self.tasks.get(&step).cloned().unwrap_or_default();
            verdict.extend(self.marks.failure(&task, &self.record.name(step), error));
        }
        if self.front == Some(step) {
            self.front = None;
            let close = self.marks.close(step, at);
            self.write(&[close]);
            self.write(&verdict);
            let ended = std::mem::take(&mut self.ended);
            self.write(&ended);
            if let Some((next, started, lines)) = self.behind.pop_front() {
                self.started(next, started);
                self.write(&lines);
            }
            return;
        }
        if let Some(index) = self.behind.iter().position(|(behind, ..)| *behind == step)
            && let Some((_, started, lines)) = self.behind.remove(index)
        {
            self.ended.push(self.marks.open(step, &self.record.name(step), started));
            self.ended.extend(lines);
            self.ended.push(self.marks.close(step, at));
        }
        if self.front.is_some() {
            self.ended.extend(verdict);
        } else {
            self.write(&verdict);
        }
    }

    fn write(&mut self, lines: &[String]) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        // A reader that has gone away is no reason to stop the run.
        let _ = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
    }
}
