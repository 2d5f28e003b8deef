use crate::document::{CallText, Document, TaskText, WorkText};
use crate::name::Names;
use crate::toml_text::{list, table, text};

/// What was found in a repository, by paths from its root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The name of the project.
    pub project: String,
    /// Compose files, with the images that they name.
    pub compose: Vec<(String, Vec<String>)>,
    /// Directories with Terraform files that nothing else uses as a module.
    pub terraform: Vec<String>,
    /// Directories with Kubernetes manifests, and whether each is for Kustomize.
    pub manifests: Vec<(String, bool)>,
    /// Directories with Helm charts.
    pub charts: Vec<String>,
}

impl Found {
    /// Whether there is nothing to propose tasks for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.compose.is_empty() && self.terraform.is_empty() && self.manifests.is_empty() && self.charts.is_empty()
    }
}

/// Proposes an Infrafile.
#[must_use]
pub fn propose(found: &Found) -> String {
    let mut proposal =
        Proposal { document: Document { project: found.project.clone(), ..Document::default() }, names: Names::default() };
    proposal.document.head = [
        "Proposed by `infra init` from what is in this repository.",
        "`infra list` shows the tasks, `infra plan TASK` what one would do, `infra run TASK` does it.",
    ]
    .map(str::to_owned)
    .to_vec();
    proposal.doctor(found);
    if !found.compose.is_empty() {
        proposal.compose(&found.compose);
    }
    if !found.terraform.is_empty() {
        proposal.terraform(&found.terraform);
    }
    for (directory, kustomize) in &found.manifests {
        proposal.manifests(directory, *kustomize);
    }
    for chart in &found.charts {
        proposal.chart(chart);
    }
    proposal.document.text()
}

struct Proposal {
    document: Document,
    names: Names,
}

impl Proposal {
    fn task(&mut self, name: &str, group: &str, help: &str, work: WorkText, allow: Vec<String>) -> &mut TaskText {
        let task = TaskText {
            name: self.names.take(name),
            help: Some(help.to_owned()),
            group: Some(group.to_owned()),
            work,
            allow,
            ..TaskText::default()
        };
        self.document.tasks.push(task);
        let last = self.document.tasks.len() - 1;
        &mut self.document.tasks[last]
    }

    /// A program of its own: what it touches is not known.
    fn program(&mut self, name: &str) -> Vec<String> {
        let line = format!("process = [{{ program = {}, env = [\"**\"], confine = false }}]", text(name));
        if self.document.grants.iter().all(|(known, _)| known != name) {
            self.document.grants.push((name.to_owned(), line));
        }
        vec![text(name)]
    }

    fn doctor(&mut self, found: &Found) {
        let mut programs = Vec::new();
        for (name, wanted) in [
            ("terraform", !found.terraform.is_empty()),
            ("kubectl", !found.manifests.is_empty()),
            ("helm", !found.charts.is_empty()),
        ] {
            if wanted {
                programs.push(text(name));
            }
        }
        let mut with = Vec::new();
        let mut allow = Vec::new();
        if !found.compose.is_empty() {
            with.push(("docker".to_owned(), "true".to_owned()));
            allow.push("{ docker = [{ verbs = [\"inspect\"] }] }".to_owned());
        }
        if !programs.is_empty() {
            with.push(("programs".to_owned(), list(&programs)));
        }
        self.task(
            "doctor",
            "Checks",
            "Check that what the tasks need is there",
            WorkText::Uses("std/doctor".to_owned(), with),
            allow,
        );
    }

    fn compose(&mut self, files: &[(String, Vec<String>)]) {
        let paths: Vec<String> = files.iter().map(|(path, _)| text(path)).collect();
        let mut images: Vec<String> = files.iter().flat_map(|(_, images)| images).map(|image| text(&pattern(image))).collect();
        images.sort();
        images.dedup();
        let read: Vec<String> = files.iter().map(|(path, _)| directory_pattern(path)).collect();
        let verbs = ["pull", "run", "stop", "remove", "networks", "volumes", "logs"].map(text);
        let grant = format!(
            "files = {{ read = {} }}\ndocker = [{{ images = {}, verbs = {}, ports = [\"127.0.0.1:*\"] }}]",
            list(&read),
            list(&images),
            list(&verbs)
        );
        self.document.grants.push(("services".to_owned(), grant));
        let uses = |action: &str| {
            let mut with = vec![("action".to_owned(), text(action))];
            if action == "up" {
                with.push(("files".to_owned(), list(&paths)));
            }
            WorkText::Uses("std/services".to_owned(), with)
        };
        let allow = vec![text("services")];
        self.task("services-up", "Services", "Start the services", uses("up"), allow.clone()).needs =
            vec![CallText::of("doctor")];
        self.task("services-status", "Services", "Show how the services are", uses("status"), allow.clone());
        self.task("services-down", "Services", "Stop and remove the services; their data stays", uses("down"), allow);
    }

    fn terraform(&mut self, directories: &[String]) {
        let choices: Vec<String> = directories.iter().map(|directory| text(directory)).collect();
        let declaration = table(&[
            ("default".to_owned(), choices[0].clone()),
            ("choices".to_owned(), list(&choices)),
            ("help".to_owned(), text("The Terraform directory")),
        ]);
        self.document.params.push(("TF_DIR".to_owned(), declaration));
        let allow = self.program("terraform");
        let run = |words: &[&str]| {
            let lead = ["terraform", "-chdir=${TF_DIR}"];
            WorkText::Run(lead.iter().chain(words).map(|word| text(word)).collect())
        };
        self.task("tf-init", "Terraform", "Prepare the directory", run(&["init", "-input=false"]), allow.clone());
        self.task("tf-plan", "Terraform", "Show what would change", run(&["plan", "-input=false"]), allow.clone()).needs =
            vec![CallText::of("tf-init")];
        let apply = self.task("tf-apply", "Terraform", "Change it", run(&["apply", "-input=false", "-auto-approve"]), allow);
        apply.needs = vec![CallText::of("tf-init")];
        apply.confirm = Some("apply".to_owned());
    }

    fn manifests(&mut self, directory: &str, kustomize: bool) {
        let allow = self.program("kubectl");
        let flag = if kustomize { "-k" } else { "-f" };
        for (action, help) in [("diff", "Show what would change in the cluster"), ("apply", "Apply the manifests")] {
            let words = ["kubectl", action, flag, directory].map(text).to_vec();
            self.task(
                &format!("{directory}-{action}"),
                "Kubernetes",
                &format!("{help}: {directory}"),
                WorkText::Run(words),
                allow.clone(),
            );
        }
    }

    fn chart(&mut self, directory: &str) {
        let allow = self.program("helm");
        let base = directory.rsplit('/').next().unwrap_or(directory);
        let lint = ["helm", "lint", directory].map(text).to_vec();
        self.task(
            &format!("{directory}-lint"),
            "Helm",
            &format!("Check the chart {directory}"),
            WorkText::Run(lint),
            allow.clone(),
        );
        let upgrade = ["helm", "upgrade", "--install", base, directory, "--wait"].map(text).to_vec();
        self.task(
            &format!("{directory}-upgrade"),
            "Helm",
            &format!("Install or upgrade the chart {directory}"),
            WorkText::Run(upgrade),
            allow,
        );
    }
}

/// An image with its variables as a pattern.
fn pattern(image: &str) -> String {
    match image.find('$') {
        Some(0) => "**".to_owned(),
        Some(dollar) => format!("{}*", &image[..dollar]),
        None => image.to_owned(),
    }
}

/// The files beside a compose file.
fn directory_pattern(path: &str) -> String {
    match path.rsplit_once('/') {
        Some((directory, _)) => text(&format!("{directory}/**")),
        None => text(path),
    }
}
