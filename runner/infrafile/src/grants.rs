use crate::node::{Node, Table};
use crate::problems::Problems;
use crate::{Diagnostic, suggest};
use infra_effect::{
    ArgumentPatterns, DockerGrant, DockerVerb, FilesGrant, Grants, HostPattern, HttpGrant, HttpMethod, KubernetesGrant,
    KubernetesVerb, PathPattern, PortPattern, ProcessGrant, SecretGrant, SecretSink, TextPattern,
};
use std::collections::BTreeMap;

/// The named grants of a file.
pub(crate) type NamedGrants = BTreeMap<String, Grants>;

/// The table `[grants]`.
pub(crate) fn named(table: &Table, problems: &mut Problems) -> NamedGrants {
    let mut all = NamedGrants::new();
    for entry in &table.0 {
        if let Some(inner) = problems.table_of(&entry.node, &entry.key) {
            all.insert(entry.key.clone(), grants(inner, problems));
        }
    }
    all
}

/// A list `allow`: names of grants, and grants themselves.
pub(crate) fn allow(table: &Table, known: &NamedGrants, problems: &mut Problems) -> Grants {
    let mut all = Grants::default();
    for node in problems.array(table, "allow", "grants: names and tables") {
        if let Some(inner) = node.table() {
            all.extend(&grants(inner, problems));
        } else if let Some(name) = node.text() {
            match known.get(name) {
                Some(grants) => all.extend(grants),
                None => {
                    let help = suggest(name, known.keys().map(String::as_str));
                    let help = help.unwrap_or_else(|| format!("declare it as `[grants.{name}]`"));
                    problems.push(Diagnostic::at(&node.at, format!("unknown grant `{name}`"), "not declared").help(help));
                }
            }
        } else {
            problems.wrong_kind(node, "allow", "a list of names and tables");
        }
    }
    all
}

fn grants(table: &Table, problems: &mut Problems) -> Grants {
    problems.unknown_keys(table, &["process", "files", "docker", "kubernetes", "http", "secrets"], "a grant");
    let process = tables(table, "process", problems).into_iter().filter_map(|node| process(node, problems)).collect();
    let files = problems.table(table, "files").map(|inner| {
        problems.unknown_keys(inner, &["read", "write"], "a grant of `files`");
        FilesGrant { read: paths(inner, "read", problems), write: paths(inner, "write", problems) }
    });
    let docker =
        tables(table, "docker", problems).into_iter().filter_map(|node| docker(node.table()?, problems).into()).collect();
    let kubernetes =
        tables(table, "kubernetes", problems).into_iter().filter_map(|node| kubernetes(node.table()?, problems).into()).collect();
    let http = tables(table, "http", problems).into_iter().filter_map(|node| http(node.table()?, problems).into()).collect();
    let secrets = tables(table, "secrets", problems).into_iter().filter_map(|node| secret(node, problems)).collect();
    Grants { process, files: files.unwrap_or_default(), docker, kubernetes, http, secrets }
}

fn secret(node: &Node, problems: &mut Problems) -> Option<SecretGrant> {
    let table = node.table()?;
    problems.unknown_keys(table, &["name", "from", "to", "reveal"], "a grant of `secrets`");
    let mut to = Vec::new();
    for place in problems.array(table, "to", "texts") {
        let Some(text) = problems.text_of(place, "to") else { continue };
        match text.parse() {
            Ok(sink) => to.push(sink),
            Err(_) => {
                let help = format!("write {}", SecretSink::FORMS);
                problems.push(Diagnostic::at(&place.at, format!("`{text}` is no place for a secret"), "not known").help(help));
            }
        }
    }
    let reveal = problems.boolean(table, "reveal").unwrap_or(false);
    let Some(name) = problems.text(table, "name") else {
        if table.get("name").is_none() {
            let problem = Diagnostic::at(&node.at, "a grant of `secrets` names no secret", "here");
            problems.push(problem.help("add `name = \"…\"`"));
        }
        return None;
    };
    if to.is_empty() && !reveal && table.get("to").is_none() {
        let problem = Diagnostic::at(&node.at, format!("the grant of the secret `{name}` says nowhere where it may go"), "here");
        problems.push(problem.help("add `to = [\"process:PROGRAM\"]`"));
    }
    Some(SecretGrant { name: TextPattern(name), from: patterns(table, "from", problems), to, reveal })
}

fn process(node: &Node, problems: &mut Problems) -> Option<ProcessGrant> {
    let table = node.table()?;
    let keys = ["program", "args", "read", "write", "connect", "listen", "env", "pure", "confine"];
    problems.unknown_keys(table, &keys, "a grant of `process`");
    let grant = ProcessGrant {
        program: TextPattern(problems.text(table, "program").unwrap_or_default()),
        args: match table.get("args") {
            Some(_) => ArgumentPatterns(problems.texts(table, "args")),
            None => ArgumentPatterns::default(),
        },
        read: paths(table, "read", problems),
        write: paths(table, "write", problems),
        connect: problems.texts(table, "connect"),
        listen: problems.texts(table, "listen"),
        env: patterns(table, "env", problems),
        pure: problems.boolean(table, "pure").unwrap_or(false),
        confine: problems.boolean(table, "confine").unwrap_or(true),
    };
    if table.get("program").is_none() {
        problems.push(Diagnostic::at(&node.at, "a grant of `process` names no program", "here").help("add `program = \"…\"`"));
        return None;
    }
    Some(grant)
}

fn docker(table: &Table, problems: &mut Problems) -> DockerGrant {
    let keys = ["images", "verbs", "mounts", "ports", "options", "contexts", "foreign"];
    problems.unknown_keys(table, &keys, "a grant of `docker`");
    DockerGrant {
        images: patterns(table, "images", problems),
        verbs: verbs(table, &DockerVerb::ALL, "Docker", problems),
        mounts: paths(table, "mounts", problems),
        ports: problems.texts(table, "ports").into_iter().map(PortPattern).collect(),
        options: patterns(table, "options", problems),
        contexts: paths(table, "contexts", problems),
        foreign: patterns(table, "foreign", problems),
    }
}

fn kubernetes(table: &Table, problems: &mut Problems) -> KubernetesGrant {
    let keys = ["contexts", "namespaces", "kinds", "verbs", "cluster", "secrets", "ports"];
    problems.unknown_keys(table, &keys, "a grant of `kubernetes`");
    KubernetesGrant {
        contexts: patterns(table, "contexts", problems),
        namespaces: patterns(table, "namespaces", problems),
        kinds: patterns(table, "kinds", problems),
        verbs: verbs(table, &KubernetesVerb::ALL, "Kubernetes", problems),
        cluster: patterns(table, "cluster", problems),
        secrets: patterns(table, "secrets", problems),
        ports: problems.texts(table, "ports").into_iter().map(PortPattern).collect(),
    }
}

fn http(table: &Table, problems: &mut Problems) -> HttpGrant {
    problems.unknown_keys(table, &["hosts", "methods", "paths", "connect"], "a grant of `http`");
    HttpGrant {
        hosts: hosts(table, "hosts", problems),
        methods: words(table, "methods", "method of HTTP", &HttpMethod::ALL, problems),
        paths: match table.get("paths") {
            Some(_) => patterns(table, "paths", problems),
            None => HttpGrant::default().paths,
        },
        connect: hosts(table, "connect", problems),
    }
}

fn hosts(table: &Table, key: &str, problems: &mut Problems) -> Vec<HostPattern> {
    let mut found = Vec::new();
    for node in problems.array(table, key, "texts") {
        let Some(text) = problems.text_of(node, key) else { continue };
        match HostPattern::parse(&text) {
            Ok(pattern) => found.push(pattern),
            Err(error) => {
                let help = "write a host as `api.example.com`, `*.internal:8080`, `127.0.0.1:*`, `[::1]:80` or `10.0.0.0/8`";
                problems.push(Diagnostic::at(&node.at, error.to_string(), "not a host").help(help));
            }
        }
    }
    found
}

/// The verbs of a grant, of which `known` are all that there are.
fn verbs<V: Copy>(table: &Table, known: &[(V, &'static str)], whose: &str, problems: &mut Problems) -> Vec<V> {
    words(table, "verbs", &format!("verb of {whose}"), known, problems)
}

/// Words of a closed list.
fn words<V: Copy>(table: &Table, key: &str, what: &str, known: &[(V, &'static str)], problems: &mut Problems) -> Vec<V> {
    let mut found = Vec::new();
    for node in problems.array(table, key, "texts") {
        let Some(word) = problems.text_of(node, key) else { continue };
        if let Some((verb, _)) = known.iter().find(|(_, name)| *name == word) {
            found.push(*verb);
            continue;
        }
        let words: Vec<&str> = known.iter().map(|(_, name)| *name).collect();
        let help = suggest(&word, words.iter().copied()).unwrap_or_else(|| format!("the {key} are {}", words.join(", ")));
        let (noun, rest) = what.split_once(' ').unwrap_or((what, ""));
        problems.push(Diagnostic::at(&node.at, format!("unknown {noun} `{word}` {rest}"), "not known").help(help));
    }
    found
}

fn tables<'n>(table: &'n Table, key: &str, problems: &mut Problems) -> Vec<&'n Node> {
    let nodes = problems.array(table, key, "tables");
    nodes.iter().filter(|node| problems.table_of(node, key).is_some()).collect()
}

fn paths(table: &Table, key: &str, problems: &mut Problems) -> Vec<PathPattern> {
    // Effects name a path without `..`, so that a pattern with it would never match.
    for node in table.get(key).and_then(Node::array).unwrap_or_default() {
        if let Some(path) = node.text().filter(|path| path.split('/').any(|segment| segment == "..")) {
            let problem = Diagnostic::at(&node.at, format!("`{path}` grants nothing: a grant has no `..`"), "not here");
            problems.push(problem.help("write the whole path, from `/` or from `~/`"));
        }
    }
    problems.texts(table, key).into_iter().map(PathPattern).collect()
}

fn patterns(table: &Table, key: &str, problems: &mut Problems) -> Vec<TextPattern> {
    problems.texts(table, key).into_iter().map(TextPattern).collect()
}
