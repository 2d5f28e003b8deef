use super::{Graph, GraphTask, LastOutcome, LinkKind};
use crate::duration_text::duration_text;
use crate::style::{ACCENT, BAD, DIM, GOOD};
use crate::{Style, clean_text::clean_text};

/// An indented tree. What is shared is shown once, and marked where it comes again.
#[must_use]
pub fn text(graph: &Graph, style: &Style) -> String {
    let calls = graph.calls();
    let mut shown = vec![false; graph.tasks.len()];
    let mut lines: Vec<String> = Vec::new();
    for (index, root) in graph.roots.iter().enumerate() {
        if index > 0 {
            lines.push(String::new());
        }
        // Each open task with what is drawn before its calls, and the next of them.
        let mut open: Vec<(usize, String, usize)> = Vec::new();
        lines.push(line(graph, *root, "", None, shown[*root], style));
        if !std::mem::replace(&mut shown[*root], true) {
            open.push((*root, String::new(), 0));
        }
        while let Some((task, indent, next)) = open.last_mut() {
            let Some(link) = calls[*task].get(*next) else {
                open.pop();
                continue;
            };
            *next += 1;
            let last = *next == calls[*task].len();
            let lead = format!("{indent}{}", if last { "└─ " } else { "├─ " });
            let inner = format!("{indent}{}", if last { "   " } else { "│  " });
            let again = shown[link.to];
            lines.push(line(graph, link.to, &lead, Some((link.kind, link.with.as_deref())), again, style));
            if !std::mem::replace(&mut shown[link.to], true) {
                open.push((link.to, inner, 0));
            }
        }
    }
    lines.join("\n")
}

fn line(graph: &Graph, index: usize, lead: &str, call: Option<(LinkKind, Option<&str>)>, again: bool, style: &Style) -> String {
    let task = &graph.tasks[index];
    let mut line = style.paint(DIM, lead);
    match call.map(|(kind, _)| kind) {
        Some(LinkKind::Step(number)) => line.push_str(&style.paint(DIM, &format!("{number} "))),
        Some(LinkKind::Finally) => line.push_str(&style.paint(DIM, "finally ")),
        Some(LinkKind::Needs) | None => {}
    }
    line.push_str(&style.paint(colour(task), &clean_text(&task.name)));
    if let Some(with) = call.and_then(|(_, with)| with) {
        line.push_str(&format!(" ({})", clean_text(with)));
    }
    if again {
        line.push_str(&style.paint(DIM, "  see above"));
        return line;
    }
    let mut facts = task.notes.clone();
    if let Some((outcome, duration)) = task.last {
        let mark = if outcome == LastOutcome::Failed { "failed" } else { "done" };
        if outcome != LastOutcome::NotDone {
            facts.push(duration.map_or_else(|| mark.to_owned(), |duration| format!("{mark} in {}", duration_text(duration))));
        }
    }
    if !facts.is_empty() {
        line.push_str(&style.paint(DIM, &format!("  [{}]", clean_text(&facts.join("; ")))));
    }
    if let (None, Some(help)) = (call, &task.help) {
        line.push_str(&format!("  {}", clean_text(help)));
    }
    line
}

fn colour(task: &GraphTask) -> anstyle::Style {
    match task.last {
        Some((LastOutcome::Succeeded, _)) => GOOD,
        Some((LastOutcome::Failed, _)) => BAD,
        _ => ACCENT,
    }
}

#[cfg(test)]
mod tests {
    use super::super::example::{bootstrap, layers, link, task};
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn a_tree_shows_each_task_once() {
        assert_snapshot!(text(&bootstrap(), &Style::default()), @r#"
        bootstrap  Bring <everything> up
        ├─ 1 doctor  [done in 340ms]
        ├─ 2 images
        │  └─ doctor  see above
        ├─ 3 services (ENV=dev)  [when PROFILE is local; failed in 1m 04s]
        │  └─ images  see above
        └─ finally clean "all"
        "#);
    }

    #[test]
    fn a_chain_of_any_length_is_walked() {
        let count = 20_000;
        let tasks = (0..count).map(|number| task(&format!("t{number}"), "")).collect();
        let links = (1..count).map(|number| link(number - 1, number, LinkKind::Needs)).collect();
        let graph = Graph { tasks, links, roots: vec![0], ..Graph::default() };
        // The indent alone makes it long, so only its start is looked at.
        let shown = text(&Graph { links: graph.links[..500].to_vec(), ..graph }, &Style::default());
        assert_eq!(shown.lines().count(), 501);
        assert!(text(&layers(300), &Style::default()).lines().filter(|line| line.ends_with("see above")).count() > 100);
    }

    #[test]
    fn colours_come_only_when_wanted() {
        assert!(!text(&bootstrap(), &Style::default()).contains('\u{1b}'));
        assert!(text(&bootstrap(), &Style { color: true, ..Style::default() }).contains("\u{1b}[32mdoctor"));
    }
}
