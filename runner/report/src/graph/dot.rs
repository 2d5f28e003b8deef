use super::{Graph, LastOutcome, LinkKind};
use std::fmt::Write as _;

/// The graph for Graphviz.
#[must_use]
pub fn dot(graph: &Graph) -> String {
    let mut out = format!("digraph {} {{\n", quoted(&graph.project));
    out.push_str(
        "  rankdir=LR;\n  node [shape=box, style=\"rounded,filled\", fillcolor=\"#f4f4f5\", fontname=\"sans-serif\"];\n",
    );
    out.push_str("  edge [fontname=\"sans-serif\", fontsize=10];\n");
    for (index, task) in graph.tasks.iter().enumerate() {
        let mut attributes = vec![format!("label={}", quoted(&task.name))];
        if let Some(help) = &task.help {
            attributes.push(format!("tooltip={}", quoted(help)));
        }
        match task.last {
            Some((LastOutcome::Succeeded, _)) => attributes.push("fillcolor=\"#dcfce7\"".to_owned()),
            Some((LastOutcome::Failed, _)) => attributes.push("fillcolor=\"#fee2e2\"".to_owned()),
            _ => {}
        }
        if task.private {
            attributes.push("fontcolor=\"#71717a\"".to_owned());
        }
        let _ = writeln!(out, "  t{index} [{}];", attributes.join(", "));
    }
    for link in &graph.links {
        let mut label = match link.kind {
            LinkKind::Needs => String::new(),
            kind => kind.word(),
        };
        if let Some(with) = &link.with {
            label = format!("{label} {with}").trim().to_owned();
        }
        let mut attributes = Vec::new();
        if !label.is_empty() {
            attributes.push(format!("label={}", quoted(&label)));
        }
        if link.kind == LinkKind::Finally {
            attributes.push("style=dashed".to_owned());
        }
        let attributes = if attributes.is_empty() { String::new() } else { format!(" [{}]", attributes.join(", ")) };
        let _ = writeln!(out, "  t{} -> t{}{attributes};", link.from, link.to);
    }
    out.push('}');
    out
}

fn quoted(text: &str) -> String {
    let text: String = text.chars().filter(|letter| !letter.is_control()).collect();
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::super::example::bootstrap;
    use super::*;

    #[test]
    fn names_are_quoted_and_outcomes_coloured() {
        insta::assert_snapshot!(dot(&bootstrap()), @r##"
        digraph "demo" {
          rankdir=LR;
          node [shape=box, style="rounded,filled", fillcolor="#f4f4f5", fontname="sans-serif"];
          edge [fontname="sans-serif", fontsize=10];
          t0 [label="bootstrap", tooltip="Bring <everything> up"];
          t1 [label="doctor", fillcolor="#dcfce7"];
          t2 [label="images"];
          t3 [label="services", fillcolor="#fee2e2"];
          t4 [label="clean \"all\""];
          t0 -> t1 [label="1"];
          t0 -> t2 [label="2"];
          t0 -> t3 [label="3 ENV=dev"];
          t3 -> t2;
          t2 -> t1;
          t0 -> t4 [label="finally", style=dashed];
        }
        "##);
    }
}
