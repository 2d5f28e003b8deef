use crate::grants::named;
use crate::include::{Document, documents};
use crate::names::{Names, declared, overlay};
use crate::node::Table;
use crate::param_declaration::params;
use crate::problems::Problems;
use crate::profile::{CHOOSER, chain, profiles};
use crate::values::Givers;
use crate::{
    Diagnostic, Diagnostics, FILE_NAME, Infrafile, Param, Request, Source, Sources, Task, assignments, cycles, include_rules,
    project, references, secrets, syntax, task_reading, text_file,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Reads and checks an Infrafile, with the profile that the values choose.
pub fn load(request: &Request) -> Result<Infrafile, Diagnostics> {
    load_with(request, None)
}

/// Reads and checks an Infrafile with every one of its profiles: first as it is asked for, then with each profile that it
/// declares and each value of `PROFILE`.
pub fn check(request: &Request) -> Result<Vec<Infrafile>, Diagnostics> {
    let first = load(request)?;
    let choices = first.params.iter().filter(|param| param.name == CHOOSER).flat_map(|param| &param.choices);
    let mut names: Vec<String> = choices.filter_map(|choice| choice.as_str().map(str::to_owned)).collect();
    names.extend(first.profiles.iter().filter(|name| !names.contains(name)).cloned().collect::<Vec<_>>());
    let chosen = first.values.get(CHOOSER).and_then(|value| value.value.as_str().map(str::to_owned));
    let mut all = vec![first];
    let mut wrong: Option<Diagnostics> = None;
    for name in names.iter().filter(|name| Some(*name) != chosen.as_ref()) {
        match (load_with(request, Some(name)), &mut wrong) {
            (Ok(infrafile), _) => all.push(infrafile),
            (Err(problems), None) => wrong = Some(problems),
            (Err(problems), Some(wrong)) => {
                let new = problems.all.into_iter().filter(|problem| !wrong.all.contains(problem)).collect::<Vec<_>>();
                wrong.all.extend(new);
            }
        }
    }
    wrong.map_or(Ok(all), Err)
}

fn load_with(request: &Request, forced: Option<&str>) -> Result<Infrafile, Diagnostics> {
    let mut sources = Sources::default();
    let mut problems = Problems::default();
    let infrafile = read(request, forced, &mut sources, &mut problems);
    match infrafile {
        Some(mut infrafile) if problems.is_empty() => {
            infrafile.sources = sources;
            Ok(infrafile)
        }
        _ => Err(problems.diagnostics(sources)),
    }
}

fn read(request: &Request, forced: Option<&str>, sources: &mut Sources, problems: &mut Problems) -> Option<Infrafile> {
    let (root, text) = open(&request.file, problems)?;
    let parsed = syntax::parse(&text, 0);
    let name = request.file.file_name().map_or_else(|| PathBuf::from(FILE_NAME), PathBuf::from);
    sources.0.push(Source { path: name, text });
    let tree = parsed.map_err(|errors| problems.files.extend(errors)).ok()?;
    problems.unknown_keys(&tree, &["project", "params", "secrets", "profile", "grants", "tasks", "include"], "an Infrafile");
    let grants = problems.table(&tree, "grants").map(|table| named(table, problems)).unwrap_or_default();
    let included = documents(&root, &tree, &grants, sources, problems);
    let mut documents = vec![Document { tree, grants, included: None }];
    documents.extend(included);
    let project = project::project(&documents[0].tree, &root, problems);
    let params = all_params(&documents, problems);
    let mut tasks = declared(&documents, problems);
    let known: Vec<&str> = tasks.iter().map(|task| task.name.as_str()).collect();
    let empty = Table::default();
    let table = problems.table(&documents[0].tree, "profile").unwrap_or(&empty);
    let profiles = profiles(table, &params, &known, problems);
    let (values, profile) = Givers::new(request, &root, forced, problems).values(&params, &profiles, problems);
    for profile in profile.iter().flat_map(|name| chain(&profiles, name)) {
        overlay(&mut tasks, &profile.tasks);
    }
    let secrets = problems.table(&documents[0].tree, "secrets").map(|table| secrets::secrets(table, sources, problems));
    let secrets = secrets.unwrap_or_default();
    let mut names = Names::new(&tasks, &documents, problems);
    names.secrets = secrets.iter().map(|secret| secret.name.clone()).collect();
    let mut typed: BTreeMap<String, Task> = BTreeMap::new();
    for declared in &tasks {
        let Some(document) = documents.get(declared.document) else { continue };
        let namespace = document.namespace();
        let Some(mut task) = task_reading::task(declared, namespace, &names, &document.grants, problems) else { continue };
        references::check(&mut task, &params, namespace, &names, problems);
        if let Some(included) = &document.included {
            include_rules::check(&task, included, &root, problems);
            include_rules::check_params(&task.params, problems);
        }
        typed.insert(task.name.clone(), task);
    }
    references::check_calls(&typed, &params, problems);
    problems.files.extend(cycles::cycles(&typed));
    let assignments = assignments::of_tasks(request, &params, &typed, problems);
    Some(Infrafile {
        root,
        project: project.name,
        sandbox_required: project.sandbox_required,
        protect: project.protect,
        params,
        values,
        assignments,
        tasks: typed,
        secrets,
        profiles: profiles.into_iter().map(|profile| profile.name).collect(),
        sources: Sources::default(),
    })
}

/// The project's root, and the text of its file.
fn open(file: &Path, problems: &mut Problems) -> Option<(PathBuf, String)> {
    let opened = std::path::absolute(file).map_err(|error| error.to_string()).and_then(|file| {
        let root = file.parent().unwrap_or(&file).canonicalize().map_err(|error| error.to_string())?;
        let text = text_file::read_inside(&root, &file)?;
        Ok((root, text))
    });
    opened
        .map_err(|reason| {
            let problem = Diagnostic::new(format!("{} cannot be read: {reason}", file.display()));
            problems.push(problem.help("`infra init` makes an Infrafile"));
        })
        .ok()
}

/// The parameters of the project, then those of the included files that it does not declare itself.
fn all_params(documents: &[Document], problems: &mut Problems) -> Vec<Param> {
    let mut all: Vec<Param> = Vec::new();
    for document in documents {
        let Some(table) = problems.table(&document.tree, "params") else { continue };
        let own = params(table, problems);
        if document.included.is_some() {
            include_rules::check_params(&own, problems);
        }
        all.extend(own.into_iter().filter(|param| all.iter().all(|known| known.name != param.name)).collect::<Vec<_>>());
    }
    all
}
