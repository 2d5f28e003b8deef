//! Tasks and what calls what, as text, DOT, Mermaid, JSON or a page.

mod dot;
mod html;
mod json;
mod layout;
mod mermaid;
mod text;

pub use dot::dot;
pub(crate) use html::escaped;
pub use html::html;
pub use json::json;
pub use mermaid::mermaid;
pub use text::text;

/// Tasks, and what each calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// The project's name.
    pub project: String,
    /// The tasks that it starts from, by their places.
    pub roots: Vec<usize>,
    /// Every task once.
    pub tasks: Vec<GraphTask>,
    /// In the order in which the caller names them.
    pub links: Vec<GraphLink>,
}

/// A task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GraphTask {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub help: Option<String>,
    /// The heading that lists put it under.
    pub group: Option<String>,
    /// What it does, in a few words.
    pub does: String,
    /// Only other tasks call it.
    pub private: bool,
    /// What else is worth knowing: conditions, a matrix, a question.
    pub notes: Vec<String>,
    /// How it ended the last time, and after how many milliseconds.
    pub last: Option<(LastOutcome, Option<u64>)>,
}

/// How a task ended the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastOutcome {
    /// It succeeded.
    Succeeded,
    /// It failed.
    Failed,
    /// It was not done, or not to its end.
    NotDone,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphLink {
    /// The caller's place.
    pub from: usize,
    /// The place of the task that is called.
    pub to: usize,
    /// How it is called.
    pub kind: LinkKind,
    /// The values that it is called with.
    pub with: Option<String>,
}

/// How a task is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// It must be done before.
    Needs,
    /// It is the step with this number, from 1.
    Step(usize),
    /// It is done afterwards, whatever happened.
    Finally,
}

impl LastOutcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::NotDone => "not-done",
        }
    }
}

impl LinkKind {
    fn word(self) -> String {
        match self {
            Self::Needs => "needs".to_owned(),
            Self::Step(number) => number.to_string(),
            Self::Finally => "finally".to_owned(),
        }
    }
}

impl Graph {
    /// The calls of each task.
    fn calls(&self) -> Vec<Vec<&GraphLink>> {
        let mut calls = vec![Vec::new(); self.tasks.len()];
        for link in &self.links {
            if let Some(own) = calls.get_mut(link.from) {
                own.push(link);
            }
        }
        calls
    }
}

#[cfg(test)]
pub(crate) mod example {
    use super::*;

    pub fn task(name: &str, does: &str) -> GraphTask {
        GraphTask { name: name.to_owned(), does: does.to_owned(), ..GraphTask::default() }
    }

    pub fn link(from: usize, to: usize, kind: LinkKind) -> GraphLink {
        GraphLink { from, to, kind, with: None }
    }

    /// Five tasks; `images` is shared.
    pub fn bootstrap() -> Graph {
        let mut tasks = vec![
            task("bootstrap", "steps"),
            task("doctor", "std/doctor"),
            task("images", "std/images"),
            task("services", "std/services"),
            task("clean \"all\"", "runs rm"),
        ];
        tasks[0].help = Some("Bring <everything> up".to_owned());
        tasks[1].last = Some((LastOutcome::Succeeded, Some(340)));
        tasks[3].last = Some((LastOutcome::Failed, Some(64_000)));
        tasks[3].notes = vec!["when PROFILE is local".to_owned()];
        let mut links = vec![
            link(0, 1, LinkKind::Step(1)),
            link(0, 2, LinkKind::Step(2)),
            link(0, 3, LinkKind::Step(3)),
            link(3, 2, LinkKind::Needs),
            link(2, 1, LinkKind::Needs),
            link(0, 4, LinkKind::Finally),
        ];
        links[2].with = Some("ENV=dev".to_owned());
        Graph { project: "demo".to_owned(), roots: vec![0], tasks, links }
    }

    /// As many tasks, in layers of ten, each needing three of the layer before.
    pub fn layers(count: usize) -> Graph {
        let tasks = (0..count).map(|number| task(&format!("task-{number}"), "runs true")).collect();
        let mut links = Vec::new();
        for number in 10..count {
            for step in [0, 3, 7] {
                links.push(link(number, (number / 10 - 1) * 10 + (number + step) % 10, LinkKind::Needs));
            }
        }
        Graph { project: "many".to_owned(), roots: (count.saturating_sub(10)..count).collect(), tasks, links }
    }
}
