use super::layout::{COLUMN, ROW, layout};
use super::{Graph, LinkKind, json};
use std::fmt::Write as _;

const PAGE: &str = include_str!("page.html");
/// The size of a task's box.
const WIDTH: usize = 208;
const HEIGHT: usize = 36;
/// The most letters of a name that fit.
const LETTERS: usize = 26;
/// Around everything.
const MARGIN: usize = 24;

/// One page that needs nothing else: the drawing, the tasks with what they do, search, dark and light.
#[must_use]
pub fn html(graph: &Graph) -> String {
    let data = json(graph).to_string().replace('<', "\\u003c");
    let named: Vec<&str> = graph.roots.iter().filter_map(|root| graph.tasks.get(*root)).map(|task| task.name.as_str()).collect();
    let title = match named.as_slice() {
        [one] => format!("{} · {one}", graph.project),
        _ => graph.project.clone(),
    };
    let count = format!("{} tasks", graph.tasks.len());
    PAGE.replace("{{title}}", &escaped(&title))
        .replace("{{count}}", if graph.tasks.len() == 1 { "1 task" } else { &count })
        .replace("{{drawing}}", &drawing(graph))
        .replace("{{list}}", &list(graph))
        .replace("{{data}}", &data)
}

fn drawing(graph: &Graph) -> String {
    let layout = layout(graph);
    let (width, height) = (layout.width + 2 * MARGIN - (COLUMN - WIDTH).min(layout.width), layout.height + 2 * MARGIN);
    let mut out = format!(
        "<svg id=\"drawing\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"What calls what\">\n<g class=\"links\">\n"
    );
    for link in &graph.links {
        let (Some(from), Some(to)) = (layout.places.get(link.from), layout.places.get(link.to)) else { continue };
        let (x1, y1) = (from.0 + WIDTH + MARGIN, middle(from.1));
        let (x2, y2) = (to.0 + MARGIN, middle(to.1));
        let bend = (x2.saturating_sub(x1) / 2).max(24);
        let class = if link.kind == LinkKind::Finally { " class=\"finally\"" } else { "" };
        let _ = writeln!(
            out,
            "<path{class} data-from=\"{}\" data-to=\"{}\" d=\"M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}\"/>",
            link.from,
            link.to,
            x1 + bend,
            x2.saturating_sub(bend)
        );
    }
    out.push_str("</g>\n<g class=\"tasks\">\n");
    for (index, (task, (x, y))) in graph.tasks.iter().zip(&layout.places).enumerate() {
        let (x, y) = (x + MARGIN, y + MARGIN + (ROW - HEIGHT) / 2);
        let mut class = task.last.map_or("unknown", |(outcome, _)| outcome.word()).to_owned();
        if task.private {
            class.push_str(" private");
        }
        if graph.roots.contains(&index) {
            class.push_str(" root");
        }
        let title = task.help.as_deref().unwrap_or(&task.does);
        let _ = writeln!(
            out,
            "<g class=\"task {class}\" data-task=\"{index}\" tabindex=\"0\" transform=\"translate({x} {y})\"><title>{}: {}</title>\
             <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"8\"/><circle cx=\"15\" cy=\"18\" r=\"4\"/><text x=\"28\" y=\"23\">{}</text></g>",
            escaped(&task.name),
            escaped(title),
            escaped(&short(&task.name))
        );
    }
    out.push_str("</g>\n</svg>");
    out
}

fn middle(top: usize) -> usize {
    top + ROW / 2 + MARGIN
}

/// The tasks as a list: for a small screen, and for who does not see the drawing.
fn list(graph: &Graph) -> String {
    let calls = graph.calls();
    let mut out = String::new();
    for (index, task) in graph.tasks.iter().enumerate() {
        let called: Vec<String> = calls
            .get(index)
            .into_iter()
            .flatten()
            .filter_map(|link| graph.tasks.get(link.to))
            .map(|task| escaped(&task.name))
            .collect();
        let called =
            if called.is_empty() { String::new() } else { format!(" <span class=\"calls\">→ {}</span>", called.join(", ")) };
        let class = task.last.map_or("unknown", |(outcome, _)| outcome.word());
        let help = task.help.as_deref().unwrap_or(&task.does);
        let _ = writeln!(
            out,
            "<li data-task=\"{index}\" class=\"{class}\"><b>{}</b> {}{called}</li>",
            escaped(&task.name),
            escaped(help)
        );
    }
    out
}

fn short(name: &str) -> String {
    if name.chars().count() <= LETTERS {
        return name.to_owned();
    }
    name.chars().take(LETTERS - 1).chain(['…']).collect()
}

pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // A template of the page stays what it is.
            '{' => out.push_str("&#123;"),
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::example::{bootstrap, layers};
    use super::*;

    #[test]
    fn the_page_needs_nothing_else() {
        let page = html(&layers(300));
        for outside in ["http://", "https://", "src=", "@import", "url("] {
            let page = page.replace("http://www.w3.org/2000/svg", "");
            assert!(!page.contains(outside), "{outside}");
        }
        assert_eq!(page.matches("class=\"task ").count(), 300);
        assert_eq!(page.matches("<path").count(), 870);
        assert!(page.contains("300 tasks") && !page.contains("{{"));
    }

    #[test]
    fn names_and_help_are_text() {
        let mut graph = bootstrap();
        graph.tasks[0].help = Some("</script><script>alert(1)</script>{{data}}".to_owned());
        let page = html(&graph);
        assert!(!page.contains("<script>alert"), "{page}");
        assert!(page.contains("clean &quot;all&quot;") && page.contains("class=\"task failed\""));
        assert_eq!(page.matches("\"project\":\"demo\"").count(), 1);
    }
}
