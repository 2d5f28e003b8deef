use super::{Graph, LastOutcome, LinkKind};
use std::fmt::Write as _;

/// The graph for Mermaid, as pages of code forges show it.
#[must_use]
pub fn mermaid(graph: &Graph) -> String {
    let mut out = String::from("flowchart LR\n");
    for (index, task) in graph.tasks.iter().enumerate() {
        let class = match task.last {
            Some((LastOutcome::Succeeded, _)) => ":::done",
            Some((LastOutcome::Failed, _)) => ":::failed",
            _ => "",
        };
        let _ = writeln!(out, "  t{index}[\"{}\"]{class}", escaped(&task.name));
    }
    for link in &graph.links {
        let with = link.with.as_deref().unwrap_or_default();
        let label = match link.kind {
            LinkKind::Needs => with.to_owned(),
            kind => format!("{} {with}", kind.word()).trim().to_owned(),
        };
        let arrow = if link.kind == LinkKind::Finally { "-.->" } else { "-->" };
        let label = if label.is_empty() { String::new() } else { format!("|\"{}\"|", escaped(&label)) };
        let _ = writeln!(out, "  t{} {arrow}{label} t{}", link.from, link.to);
    }
    out.push_str(
        "  classDef done fill:#dcfce7,stroke:#16a34a,color:#14532d\n  classDef failed fill:#fee2e2,stroke:#dc2626,color:#7f1d1d",
    );
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars().filter(|letter| !letter.is_control()) {
        match letter {
            '"' | '#' | '<' | '>' | '&' | '`' => {
                let _ = write!(out, "#{};", u32::from(letter));
            }
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::example::bootstrap;
    use super::*;

    #[test]
    fn names_are_escaped_and_outcomes_are_classes() {
        insta::assert_snapshot!(mermaid(&bootstrap()), @r#"
        flowchart LR
          t0["bootstrap"]
          t1["doctor"]:::done
          t2["images"]
          t3["services"]:::failed
          t4["clean #34;all#34;"]
          t0 -->|"1"| t1
          t0 -->|"2"| t2
          t0 -->|"3 ENV=dev"| t3
          t3 --> t2
          t2 --> t1
          t0 -.->|"finally"| t4
          classDef done fill:#dcfce7,stroke:#16a34a,color:#14532d
          classDef failed fill:#fee2e2,stroke:#dc2626,color:#7f1d1d
        "#);
    }
}
