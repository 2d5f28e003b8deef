//! A run as one page that needs nothing else.

mod content_security;
mod data;

use content_security::content_security;
pub use data::{PageEffect, PageLine, PageStep, RunPage};

const PAGE: &str = include_str!("run_page/page.html");
const STYLE: &str = include_str!("run_page/page.css");
const SCRIPT: &str = include_str!("run_page/page.js");

/// One page: a timeline with what waited for what, the steps with their logs, effects and results, search, dark and light.
///
/// All that a task or a server wrote is data in it: JSON in which no `<` stands, shown as text by the one script that the page allows.
#[must_use]
pub fn run_page(page: &RunPage) -> String {
    let data = page.json().to_string().replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    let title = crate::graph::escaped(&format!("{} · {} · {}", page.project, page.tasks.join(" "), page.run));
    let parts = [
        ("{{policy}}", content_security(STYLE, SCRIPT)),
        ("{{title}}", title),
        ("{{style}}", STYLE.to_owned()),
        ("{{data}}", data),
        ("{{script}}", SCRIPT.to_owned()),
    ];
    // Each place is filled once, in its order, so that data which looks like a place stays data.
    let mut out = String::new();
    let mut rest = PAGE;
    for (place, part) in parts {
        let Some((before, after)) = rest.split_once(place) else { continue };
        out.push_str(before);
        out.push_str(&part);
        rest = after;
    }
    out.push_str(rest);
    out
}
