use crate::shape::Shape;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

/// What each task does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// In `infra` a component that does nothing; elsewhere the program `true`, the least that peers can do.
    Nothing,
    /// The program `true`, everywhere.
    Program,
}

/// The same graph in every tool's own file.
#[derive(Clone, Debug)]
pub struct Graph {
    /// The directory with the files.
    pub directory: PathBuf,
    /// How many tasks, besides `all`.
    pub count: usize,
    /// How they depend on each other.
    pub needs: Vec<Vec<usize>>,
}

impl Graph {
    /// Writes the files.
    pub fn write(directory: &Path, shape: Shape, count: usize, work: Work) -> io::Result<Self> {
        std::fs::create_dir_all(directory)?;
        let graph = Self { directory: directory.to_owned(), count, needs: shape.needs(count) };
        let write = |name: &str, text: String| std::fs::write(directory.join(name), text);
        write("Makefile", graph.makefile())?;
        write("build.ninja", graph.ninja())?;
        write("justfile", graph.justfile())?;
        write("Taskfile.yml", graph.taskfile())?;
        write("Infrafile.toml", graph.infrafile(work))?;
        let component = wat::parse_str(include_str!("../guest/noop.wat")).map_err(io::Error::other)?;
        std::fs::write(directory.join("noop.wasm"), component)?;
        Ok(graph)
    }

    fn names(tasks: impl IntoIterator<Item = usize>, form: &str, between: &str) -> String {
        tasks.into_iter().map(|task| form.replace('#', &task.to_string())).collect::<Vec<_>>().join(between)
    }

    /// Every task by name: what `all` depends on.
    fn every(&self, form: &str, between: &str) -> String {
        Self::names(0..self.count, form, between)
    }

    fn makefile(&self) -> String {
        let mut text = format!(".PHONY: all {0}\nall: {0}\n", self.every("t#", " "));
        for (task, needs) in self.needs.iter().enumerate() {
            let needs = Self::names(needs.iter().copied(), "t#", " ");
            // The path keeps make from taking `true` for a built-in of its shell: it starts the program itself.
            let _ = write!(text, "t{task}: {needs}\n\t@/bin/true\n");
        }
        text
    }

    fn ninja(&self) -> String {
        let mut text = "rule true\n  command = /bin/true\n".to_owned();
        for (task, needs) in self.needs.iter().enumerate() {
            let needs = Self::names(needs.iter().copied(), "t#", " ");
            let _ = writeln!(text, "build t{task}: true {needs}");
        }
        let _ = writeln!(text, "build all: phony {}\ndefault all", self.every("t#", " "));
        text
    }

    fn justfile(&self) -> String {
        let mut text = format!("all: {}\n", self.every("t#", " "));
        for (task, needs) in self.needs.iter().enumerate() {
            let needs = Self::names(needs.iter().copied(), "t#", " ");
            let _ = write!(text, "t{task}: {needs}\n    @/bin/true\n");
        }
        text
    }

    fn taskfile(&self) -> String {
        let mut text = format!("version: '3'\nsilent: true\ntasks:\n  all:\n    deps: [{}]\n", self.every("t#", ", "));
        for (task, needs) in self.needs.iter().enumerate() {
            let needs = Self::names(needs.iter().copied(), "t#", ", ");
            let _ = write!(text, "  t{task}:\n    deps: [{needs}]\n    run: once\n    cmds: [/bin/true]\n");
        }
        text
    }

    fn infrafile(&self, work: Work) -> String {
        let mut text = format!("[project]\nname = \"bench\"\n\n[tasks.all]\nneeds = [{}]\n", self.every("\"t#\"", ", "));
        let does = match work {
            Work::Nothing => "uses = \"./noop.wasm\"",
            Work::Program => "run = [\"true\"]",
        };
        for (task, needs) in self.needs.iter().enumerate() {
            let needs = Self::names(needs.iter().copied(), "\"t#\"", ", ");
            let _ = write!(text, "\n[tasks.t{task}]\n{does}\n");
            if !needs.is_empty() {
                let _ = writeln!(text, "needs = [{needs}]");
            }
        }
        text
    }
}
