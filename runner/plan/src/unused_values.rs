use infra_infrafile::{Diagnostic, Infrafile};

/// The values of the command line that no requested task takes: each would change nothing.
pub(crate) fn unused_values(infrafile: &Infrafile, requested: &[String]) -> Vec<Diagnostic> {
    let tasks: Vec<_> = requested.iter().filter_map(|name| infrafile.task(name)).collect();
    let taken = |name: &str| tasks.iter().any(|task| task.params.iter().any(|param| param.name == name));
    let unused = infrafile.assignments.keys().filter(|name| !taken(name));
    unused
        .map(|name| {
            let takers = infrafile.tasks.values().filter(|task| task.params.iter().any(|param| param.name == *name));
            let takers: Vec<String> = takers.map(|task| format!("`{}`", task.name)).collect();
            let [asked, rest @ ..] = requested else { return Diagnostic::new(format!("nothing takes `{name}`")) };
            let asked = rest.iter().fold(format!("`{asked}`"), |text, name| format!("{text}, `{name}`"));
            Diagnostic::new(format!("`{name}` would change nothing: {asked} does not take it"))
                .help(format!("it is a parameter of {}", takers.join(", ")))
        })
        .collect()
}
