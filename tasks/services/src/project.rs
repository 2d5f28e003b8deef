//! All Compose files of a project, read as one.

use crate::compose_files::{FileSet, find};
use crate::fields::Fields;
use crate::file_object::file_object;
use crate::file_reference::FileKind;
use crate::network::Network;
use crate::problems::Problems;
use crate::project_check::check;
use crate::service::Service;
use crate::service_reader::Set;
use crate::volume::NamedVolume;
use crate::yaml::{Entry, Place};
use infra::Result;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The services, networks and volumes of every file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Project {
    pub(crate) name: String,
    /// By name.
    pub(crate) services: BTreeMap<String, Service>,
    pub(crate) networks: BTreeMap<String, Network>,
    pub(crate) volumes: BTreeMap<String, NamedVolume>,
    /// The absolute paths of their files.
    pub(crate) secrets: BTreeMap<String, String>,
    pub(crate) configs: BTreeMap<String, String>,
}

/// Where files, variables and the project's name come from.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    pub(crate) patterns: &'a [String],
    pub(crate) merged: bool,
    pub(crate) env: &'a BTreeMap<String, String>,
    /// What the task says; else the files' `name` counts, and behind that the Infrafile's project.
    pub(crate) name: Option<&'a str>,
}

impl Project {
    /// Reads the files that have one of the patterns.
    ///
    /// # Errors
    /// `invalid` with all that is wrong with them.
    pub(crate) fn load(source: &Source<'_>) -> Result<Self> {
        let problems = Problems::default();
        let mut sets = Vec::new();
        let mut left: VecDeque<(String, Vec<String>)> = find(source.patterns, source.merged)?.into();
        let mut seen = BTreeSet::new();
        while let Some((directory, files)) = left.pop_front() {
            // A file that is included and has a pattern too counts once, as does one that is included twice.
            let files: Vec<String> = files.into_iter().filter(|file| seen.insert(file.clone())).collect();
            if files.is_empty() {
                continue;
            }
            let mut set = FileSet::read(&directory, &files, source.env, &problems)?;
            left.extend(set.take_included(&problems));
            sets.push(set);
        }
        let mut project = Self { name: name(source, &sets, &problems), ..Self::default() };
        for set in &sets {
            project.add(set, &problems);
        }
        if project.services.values().any(|service| service.networks.contains_key("default")) {
            let default = Network::default_of(&project.name);
            project.networks.entry("default".to_owned()).or_insert(default);
        }
        check(&project, &problems);
        problems.finish()?;
        Ok(project)
    }

    fn add(&mut self, files: &FileSet, problems: &Problems) {
        let set = Set { location: &files.location, files: &files.files, variables: &files.variables, problems };
        let mut fields = Fields::open("", &files.root, problems);
        // The specification calls `version` obsolete and without effect; the name was looked at before.
        let _ = (fields.get("version"), fields.get("name"));
        for entry in fields.map("services") {
            let service = set.service(entry);
            if let Some(other) = self.services.get(&entry.key) {
                problems.add(&entry.place, format!("service `{}` stands at {} too", entry.key, other.place));
            }
            self.services.insert(entry.key.clone(), service);
        }
        let name = self.name.clone();
        insert(&mut self.networks, fields.map("networks"), "network", problems, |entry| Network::read(&name, entry, problems));
        insert(&mut self.volumes, fields.map("volumes"), "volume", problems, |entry| NamedVolume::read(&name, entry, problems));
        insert(&mut self.secrets, fields.map("secrets"), "secret", problems, |entry| {
            file_object(FileKind::Secret, entry, set.location, problems)
        });
        insert(&mut self.configs, fields.map("configs"), "config", problems, |entry| {
            file_object(FileKind::Config, entry, set.location, problems)
        });
        fields.finish();
    }

    /// The network's name in Docker.
    pub(crate) fn network(&self, name: &str) -> String {
        self.networks.get(name).map_or_else(|| name.to_owned(), |network| network.name.clone())
    }
}

/// Several directories may share a network or a volume when they say the same about it.
fn insert<T: PartialEq>(
    into: &mut BTreeMap<String, T>,
    entries: &[Entry],
    what: &str,
    problems: &Problems,
    read: impl Fn(&Entry) -> T,
) {
    for entry in entries {
        let found = read(entry);
        if into.get(&entry.key).is_some_and(|other| *other != found) {
            problems.add(&entry.place, format!("the {what} `{}` is something else in another file", entry.key));
        }
        into.insert(entry.key.clone(), found);
    }
}

fn name(source: &Source<'_>, sets: &[FileSet], problems: &Problems) -> String {
    let mut given: Option<(String, &Place)> = None;
    for entry in sets.iter().filter_map(|set| set.root.entries()).flatten().filter(|entry| entry.key == "name") {
        let Some(text) = entry.value.text().filter(|text| is_name(text)) else {
            let rule = "it has lower-case letters, digits, `_` and `-`, and starts with a letter or digit";
            problems.add(&entry.place, format!("`name` is not a project's name: {rule}"));
            continue;
        };
        match &given {
            Some((other, place)) if *other != text => {
                problems.add(&entry.place, format!("the project is called `{text}` here and `{other}` at {place}"));
            }
            _ => given = Some((text, &entry.place)),
        }
    }
    match (source.name, given) {
        (Some(name), _) => name.to_owned(),
        (None, Some((name, _))) => name,
        // As Compose makes a name of a directory's.
        (None, None) => {
            let lower = infra::context::project().to_lowercase();
            lower.chars().filter(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-')).collect()
        }
    }
}

/// Whether Compose takes it as a project's name.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|char: char| char.is_ascii_lowercase() || char.is_ascii_digit())
        && text.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || matches!(char, '_' | '-'))
}
