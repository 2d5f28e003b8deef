use crate::action::{Run, Script};
use crate::counts::Counts;
use crate::name::task_name;
use crate::program::{Kind, kind};
use crate::toml_text::text;
use std::collections::BTreeMap;

/// The grants that tasks name, each with the lines that declare it.
#[derive(Debug, Default)]
pub(crate) struct GrantsText {
    pub named: BTreeMap<String, String>,
}

/// Scripts.
const SHELL: &str = "shell";
/// Reading the project.
const PROJECT: &str = "project";

impl GrantsText {
    /// What a program needs so that it does what it did under make.
    pub fn of_run(&mut self, run: &Run, counts: &mut Counts) -> Option<String> {
        let words: Vec<Option<String>> = run.words.iter().map(crate::word_text::Value::literal).collect();
        let program = run.words.first()?.start();
        let first = words[1..].iter().flatten().find(|word| !word.starts_with('-'));
        match kind(program, first.map(String::as_str)) {
            Kind::Harmless => None,
            Kind::Reader => Some(self.project()),
            Kind::MakesDirectories => match directories(run) {
                Some(made) => {
                    let made: Vec<String> = made.iter().map(|path| text(&format!("{path}/**"))).collect();
                    Some(format!("{{ files = {{ write = [{}] }} }}", made.join(", ")))
                }
                None => Some(self.program(program, counts)),
            },
            Kind::OwnScript => {
                let script = if program.contains('/') { program } else { first.map_or(program, String::as_str) };
                counts.own_scripts.insert(script.to_owned());
                Some(self.unconfined(program))
            }
            Kind::Other => Some(self.program(program, counts)),
        }
    }

    /// What a script needs. One that only reads runs confined.
    pub fn of_script(&mut self, script: &Script, counts: &mut Counts) -> String {
        if script.is_tame() {
            return self.project();
        }
        for program in script.programs.iter().flatten() {
            match kind(program, None) {
                Kind::OwnScript => drop(counts.own_scripts.insert(program.clone())),
                Kind::Other => drop(counts.unconfined.insert(program.clone())),
                _ => {}
            }
        }
        self.shell(counts)
    }

    /// The shell without confinement.
    pub fn shell(&mut self, counts: &mut Counts) -> String {
        counts.unconfined.insert("sh".to_owned());
        let line = "# Scripts that start programs: what those touch is not known. They run as make ran them.\n\
                    process = [{ program = \"sh\", env = [\"**\"], confine = false }]";
        self.named.insert(SHELL.to_owned(), line.to_owned());
        text(SHELL)
    }

    fn project(&mut self) -> String {
        self.named.insert(PROJECT.to_owned(), "files = { read = [\"**\"] }".to_owned());
        text(PROJECT)
    }

    fn program(&mut self, program: &str, counts: &mut Counts) -> String {
        counts.unconfined.insert(program.to_owned());
        self.unconfined(program)
    }

    fn unconfined(&mut self, program: &str) -> String {
        let line = format!("process = [{{ program = {}, env = [\"**\"], confine = false }}]", text(program));
        let base = match task_name(program.rsplit('/').next().unwrap_or(program)) {
            reserved if reserved == SHELL || reserved == PROJECT => format!("{reserved}-program"),
            name => name,
        };
        let mut name = base.clone();
        let mut number = 2;
        while self.named.get(&name).is_some_and(|known| *known != line) {
            name = format!("{base}-{number}");
            number += 1;
        }
        self.named.insert(name.clone(), line);
        text(&name)
    }
}

/// The directories that `mkdir -p` makes, as far as they are known; none where they are not in the project.
fn directories(run: &Run) -> Option<Vec<String>> {
    let words: Vec<_> = run.words[1..].iter().filter(|word| !word.start().starts_with('-')).collect();
    let parents = run.words[1..].iter().any(|word| word.start() == "-p" || word.start() == "--parents");
    if !parents || run.dir.is_some() || words.is_empty() {
        return None;
    }
    words
        .into_iter()
        .map(|word| {
            let path = match word.literal() {
                Some(path) => path,
                None => word.start().rsplit_once('/')?.0.to_owned(),
            };
            let path = path.trim_start_matches("./").trim_end_matches('/').to_owned();
            let inside =
                !path.is_empty() && !path.starts_with(['/', '~']) && path.split('/').all(|part| part != ".." && part != ".");
            inside.then_some(path)
        })
        .collect()
}
