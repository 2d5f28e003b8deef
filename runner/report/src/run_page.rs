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

#[cfg(test)]
mod tests {
    use super::*;
    use infra_event::{Outcome, StepId, TaskError, Timestamp};
    use serde_json::{Value as Json, json};

    const HOSTILE: &str =
        "</script><script>alert(1)</script><img src=x onerror=alert(1)>{{data}}{{script}}<!--\u{2028}\u{1b}[2J\u{202e}";

    fn step(id: u32, name: &str, needs: &[u32], started: i64, duration_ms: u64) -> PageStep {
        PageStep {
            step: StepId(id),
            name: name.to_owned(),
            task: name.to_owned(),
            needs: needs.iter().copied().map(StepId).collect(),
            digest: None,
            attempts: 1,
            started: Some(Timestamp(1_000 + started)),
            duration_ms: Some(duration_ms),
            outcome: Some(Outcome::Succeeded { output: json!({ "x": name }), changed: true }),
            effects: vec![],
            log: vec![],
        }
    }

    fn page(steps: Vec<PageStep>) -> RunPage {
        RunPage {
            run: "20261121-023653-1a2b3c".into(),
            project: "demo".into(),
            started: Timestamp(1_000),
            steps,
            ..RunPage::default()
        }
    }

    /// What the script reads.
    fn data(html: &str) -> Json {
        let (_, rest) = html.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
        serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
    }

    #[test]
    fn nothing_that_a_task_wrote_is_markup() {
        let mut hostile = step(0, HOSTILE, &[], 0, 5);
        hostile.outcome = Some(Outcome::Failed { error: TaskError::new("failed", HOSTILE).hint(HOSTILE) });
        hostile.log = vec![PageLine { stream: HOSTILE.into(), text: HOSTILE.into() }];
        hostile.effects = vec![PageEffect {
            kind: HOSTILE.into(),
            summary: HOSTILE.into(),
            state: HOSTILE.into(),
            write: true,
            duration_ms: None,
            detail: Some(HOSTILE.into()),
        }];
        let mut run = page(vec![hostile]);
        run.project = HOSTILE.into();
        run.tasks = vec![HOSTILE.into()];
        run.revision = Some(HOSTILE.into());
        run.params = vec![(HOSTILE.into(), json!({ HOSTILE: HOSTILE }), HOSTILE.into())];
        let html = run_page(&run);
        // The page's own two, and no other.
        assert_eq!((html.matches("<script").count(), html.matches("</script").count()), (2, 2));
        assert!(!html.contains("<img") && !html.contains("<!--"), "{html}");
        let (head, _) = html.split_once("</head>").unwrap();
        assert!(head.contains("&lt;/script&gt;") && !head.contains("<script"));
        let data = data(&html);
        let log = data["steps"][0]["log"][0][1].as_str().unwrap();
        assert!(log.starts_with("</script><script>alert(1)") && !log.contains(['\u{1b}', '\u{202e}', '\u{2028}']), "{log:?}");
    }

    #[test]
    fn it_needs_nothing_else_and_allows_nothing_else() {
        let html = run_page(&page(vec![step(0, "a", &[], 0, 5)]));
        let own = html.replace("http://www.w3.org/2000/svg", "");
        for outside in
            ["http:", "https:", "src=", "href=", "@import", "url(", "eval(", "innerHTML", "insertAdjacent", "document.write"]
        {
            assert!(!own.contains(outside), "{outside}");
        }
        // A style or a handler in an attribute would need a wider policy.
        assert!(!html.contains(" style=") && !html.contains(" onclick="));
        let policy = html.split("Content-Security-Policy\" content=\"").nth(1).unwrap().split('"').next().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
        assert!(!html.contains("{{"));
    }

    #[test]
    fn the_critical_path_and_times_are_in_its_data() {
        let html = run_page(&page(vec![step(0, "a", &[], 0, 50), step(1, "b", &[], 0, 90), step(2, "c", &[0, 1], 90, 20)]));
        let data = data(&html);
        let critical: Vec<bool> = (0..3).map(|step| data["steps"][step]["critical"].as_bool().unwrap()).collect();
        assert_eq!(critical, [false, true, true]);
        assert_eq!((&data["steps"][2]["start"], &data["steps"][2]["needs"]), (&json!(90), &json!([0, 1])));
    }

    #[test]
    fn what_is_very_long_is_cut_and_said() {
        let mut long = step(0, "a", &[], 0, 5);
        long.log =
            (0..5_000).map(|line| PageLine { stream: "stdout".into(), text: format!("{line} {}", "x".repeat(9_000)) }).collect();
        let data = data(&run_page(&page(vec![long])));
        let step = &data["steps"][0];
        assert_eq!((&step["left"], step["log"].as_array().unwrap().len()), (&json!(3_000), 2_000));
        assert!(step["log"][1_999][1].as_str().is_some_and(|line| line.starts_with("4999 ") && line.chars().count() == 2_001));
    }
}
