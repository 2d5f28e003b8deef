use super::{Graph, LinkKind};
use serde_json::{Value, json};

/// The graph as JSON: `tasks`, and `links` between their names.
#[must_use]
pub fn json(graph: &Graph) -> Value {
    let name = |index: &usize| graph.tasks.get(*index).map(|task| task.name.clone());
    let tasks: Vec<Value> = graph
        .tasks
        .iter()
        .map(|task| {
            let last = task.last.map(|(outcome, duration)| json!({ "outcome": outcome.word(), "duration_ms": duration }));
            json!({
                "name": task.name, "help": task.help, "group": task.group, "does": task.does, "private": task.private,
                "notes": task.notes, "last": last,
            })
        })
        .collect();
    let links: Vec<Value> = graph
        .links
        .iter()
        .map(|link| {
            let (kind, step) = match link.kind {
                LinkKind::Needs => ("needs", None),
                LinkKind::Step(number) => ("step", Some(number)),
                LinkKind::Finally => ("finally", None),
            };
            json!({ "from": name(&link.from), "to": name(&link.to), "kind": kind, "step": step, "with": link.with })
        })
        .collect();
    let roots: Vec<_> = graph.roots.iter().filter_map(name).collect();
    json!({ "project": graph.project, "roots": roots, "tasks": tasks, "links": links })
}

#[cfg(test)]
mod tests {
    use super::super::example::bootstrap;
    use super::*;

    #[test]
    fn links_name_tasks() {
        let json = json(&bootstrap());
        assert_eq!(json["roots"], serde_json::json!(["bootstrap"]));
        assert_eq!(
            json["links"][2],
            serde_json::json!({ "from": "bootstrap", "to": "services", "kind": "step", "step": 3, "with": "ENV=dev" })
        );
        assert_eq!(json["tasks"][3]["last"], serde_json::json!({ "outcome": "failed", "duration_ms": 64_000 }));
    }
}
