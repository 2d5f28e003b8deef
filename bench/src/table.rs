use crate::result::Measured;
use crate::tool::{Name, Tool};
use std::fmt::Write as _;

/// The table, in Markdown.
pub fn markdown(all: &[Measured], tools: &[Tool]) -> String {
    let versions: Vec<String> = tools.iter().map(|tool| format!("{} {}", tool.name.word(), tool.version)).collect();
    let mut text = format!("Medians in one run, in turns, on {} processors: {}.\n\n", crate::processors(), versions.join(", "));
    let heads: Vec<&str> = Name::ALL.iter().map(|name| name.word()).collect();
    let _ = writeln!(text, "| work | {} | ratio | goal | memory |", heads.join(" | "));
    let _ = writeln!(text, "| --- |{}", " ---: |".repeat(heads.len() + 3));
    for measured in all {
        let _ = write!(text, "| {} |", measured.case.title);
        for name in Name::ALL {
            let _ =
                write!(text, " {} |", measured.median(name).map_or_else(|| "–".to_owned(), |seconds| time(measured, seconds)));
        }
        let ratio = measured.ratio().map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"));
        let goal = measured.case.goal.map_or_else(|| "–".to_owned(), |(peer, most)| format!("≤ {most} × {}", peer.word()));
        let memory = measured.memory(Name::Infra).map_or_else(|| "–".to_owned(), |kib| format!("{:.1} MB", kib as f64 / 1024.0));
        let _ = writeln!(text, " {ratio} | {goal} | {memory} |");
    }
    text
}

fn time(measured: &Measured, seconds: f64) -> String {
    if measured.case.per_task {
        return format!("{:.1} µs", seconds * 1e6 / measured.case.count.max(1) as f64);
    }
    format!("{:.2} ms", seconds * 1e3)
}
