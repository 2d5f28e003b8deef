use crate::{
    Report,
    clean_text::clean_text,
    duration_text::duration_text,
    step_line::{sign, up_to_date},
    timeline::{Timeline, cleaned},
};
use infra_event::{Event, Outcome, RunOutcome};
use serde_json::{Map, Value};
use std::fmt::Write as _;
use std::io::Write;

/// More rows than these are only counted.
const ROWS: usize = 200;
const BARS: usize = 60;
/// GitHub takes a megabyte of results.
const LONGEST: usize = 900_000;

/// The files of a step of GitHub Actions: a summary for people, and results for the steps that follow. They are written when the run ends.
#[must_use]
pub fn github_files(summary: Option<Box<dyn Write + Send>>, results: Option<Box<dyn Write + Send>>) -> Box<dyn Report> {
    Box::new(Files { summary, results, timeline: Timeline::default(), written: false })
}

struct Files {
    summary: Option<Box<dyn Write + Send>>,
    results: Option<Box<dyn Write + Send>>,
    timeline: Timeline,
    written: bool,
}

impl Report for Files {
    fn event(&mut self, event: &Event) {
        self.timeline.observe(event);
    }

    fn finish(&mut self) {
        if std::mem::replace(&mut self.written, true) || self.timeline.is_plan() || self.timeline.ended.is_none() {
            return;
        }
        let (summary, results) = (self.summary_text(), self.results_text());
        for (file, text) in [(&mut self.summary, summary), (&mut self.results, results)] {
            if let Some(file) = file {
                let _ = file.write_all(text.as_bytes()).and_then(|()| file.flush());
            }
        }
    }
}

impl Files {
    fn outcome(&self) -> (&'static str, &'static str) {
        match self.timeline.ended.map(|ended| ended.outcome) {
            Some(RunOutcome::Succeeded) => ("✅", "succeeded"),
            Some(RunOutcome::Failed) => ("❌", "failed"),
            Some(RunOutcome::Interrupted) | None => ("⚠️", "interrupted"),
        }
    }

    fn summary_text(&self) -> String {
        let timeline = &self.timeline;
        let (mark, word) = self.outcome();
        let took = duration_text(timeline.ended.map_or(0, |ended| ended.duration_ms));
        let mut out = format!(
            "### {mark} infra run {}: {word} in {took}\n\n| | task | time | |\n| --- | --- | ---: | --- |\n",
            escaped(&timeline.tasks.join(" "))
        );
        for (step, timed) in timeline.steps.iter().take(ROWS) {
            let Some(outcome) = &timed.outcome else { continue };
            let (mark, _, state) = sign(outcome);
            let duration =
                timeline.step(*step).filter(|_| !timed.attempts.is_empty()).map(|record| duration_text(record.duration_ms));
            let more = match outcome {
                Outcome::Succeeded { changed: true, .. } => "changed".to_owned(),
                Outcome::Succeeded { .. } => "no changes".to_owned(),
                Outcome::UpToDate { restored, .. } => up_to_date(*restored).to_owned(),
                Outcome::Skipped { reason } => format!("skipped: {}", escaped(&clean_text(reason))),
                Outcome::NotRun { because } => format!("not run: {}", escaped(&clean_text(because))),
                Outcome::Failed { error } => escaped(&clean_text(&error.message)),
                _ => state.to_owned(),
            };
            let _ = writeln!(out, "| {mark} | {} | {} | {more} |", escaped(&timed.info.name), duration.unwrap_or_default());
        }
        if timeline.steps.len() > ROWS {
            let _ = writeln!(out, "\n… and {} more", timeline.steps.len() - ROWS);
        }
        self.failures(&mut out);
        self.bars(&mut out);
        out
    }

    fn failures(&self, out: &mut String) {
        for (step, timed) in &self.timeline.steps {
            let Some(Outcome::Failed { error }) = &timed.outcome else { continue };
            let mut told = cleaned(&error.message);
            if let Some(hint) = &error.hint {
                told.push_str(&format!("\nhint: {}", cleaned(hint)));
            }
            if let Some(record) = self.timeline.step(*step) {
                told.extend(record.log.lines.iter().map(|line| format!("\n  {line}")));
            }
            let fence = "`".repeat(told.split(|letter| letter != '`').map(str::len).max().unwrap_or(0).max(2) + 1);
            let name = escaped(&timed.info.name);
            let _ = writeln!(out, "\n<details open><summary>❌ {name}</summary>\n\n{fence}text\n{told}\n{fence}\n\n</details>");
        }
    }

    /// When each task ran.
    fn bars(&self, out: &mut String) {
        let timeline = &self.timeline;
        let ran: Vec<_> = timeline.steps.values().filter(|timed| !timed.attempts.is_empty()).collect();
        if ran.len() < 2 {
            return;
        }
        out.push_str("\n```mermaid\ngantt\n  dateFormat x\n  axisFormat %M:%S\n");
        for timed in ran.iter().take(BARS) {
            let start = timed.attempts.first().map_or(0, |at| timeline.since_start(*at));
            let end = timed.ended.map_or(start, |at| timeline.since_start(at)).max(start + 1);
            let state = if matches!(timed.outcome, Some(Outcome::Failed { .. })) { "crit, " } else { "" };
            let name: String = timed
                .info
                .name
                .chars()
                .map(|letter| if letter.is_alphanumeric() || " -_.=()".contains(letter) { letter } else { ' ' })
                .collect();
            let _ = writeln!(out, "  {name} :{state}{start}, {end}");
        }
        out.push_str("```\n");
    }

    fn results_text(&self) -> String {
        let timeline = &self.timeline;
        let (_, word) = self.outcome();
        let mut changed_any = false;
        let mut failed = Vec::new();
        let mut results = Map::new();
        for timed in timeline.steps.values() {
            match &timed.outcome {
                Some(Outcome::Succeeded { output, changed }) => {
                    changed_any |= changed;
                    if timed.info.requested {
                        results.insert(timed.info.name.clone(), output.clone());
                    }
                }
                Some(Outcome::UpToDate { output, restored }) => {
                    changed_any |= restored;
                    if timed.info.requested {
                        results.insert(timed.info.name.clone(), output.clone());
                    }
                }
                Some(Outcome::Failed { .. }) => failed.push(one_line(&timed.info.name)),
                _ => {}
            }
        }
        let run = timeline.record.run.as_ref().map(ToString::to_string).unwrap_or_default();
        let mut out = format!("run={run}\noutcome={word}\nchanged={changed_any}\nfailed={}\n", failed.join(","));
        let exit_code = timeline.ended.map_or(0, |ended| ended.exit_code);
        let _ = writeln!(out, "exit-code={exit_code}");
        let results = Value::Object(results).to_string();
        if results.len() <= LONGEST {
            let _ = writeln!(out, "results<<infra-{run}\n{results}\ninfra-{run}");
        }
        out
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// Text in a cell of a table.
fn escaped(text: &str) -> String {
    let text = one_line(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut out = String::new();
    for letter in text.chars() {
        if matches!(letter, '|' | '`' | '*' | '_' | '[' | ']' | '\\') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{failing_run, plan_started, shown};

    #[test]
    fn the_summary_is_a_table_with_what_failed() {
        insta::assert_snapshot!(shown(|out| github_files(Some(out), None), &failing_run()), @r"
        ### ❌ infra run : failed in 12.3s

        | | task | time | |
        | --- | --- | ---: | --- |
        | ✓ | doctor | 3.2s | no changes |
        | ✗ | images | 3.2s | cannot pull postgres:16 from registry.example:5000 no route to host |
        | - | services-setup-with-a-very-long-name-indeed |  | skipped: \`when\` is false |
        | · | endpoints |  | not run: images failed |

        <details open><summary>❌ images</summary>

        ```text
        cannot pull postgres:16 from registry.example:5000
        no route to host
        hint: set IMAGES=debian
          registry is slow
          connect: refused
        ```

        </details>

        ```mermaid
        gantt
          dateFormat x
          axisFormat %M:%S
          doctor :0, 1
          images :crit, 0, 1
        ```
        ");
    }

    #[test]
    fn results_are_for_the_steps_that_follow() {
        insta::assert_snapshot!(shown(|out| github_files(None, Some(out)), &failing_run()), @r#"
        run=20261121-023653-1a2b3c
        outcome=failed
        changed=false
        failed=images
        exit-code=1
        results<<infra-20261121-023653-1a2b3c
        {"doctor":null}
        infra-20261121-023653-1a2b3c
        "#);
    }

    #[test]
    fn a_plan_writes_nothing() {
        let mut events = failing_run();
        events[0] = plan_started(&["doctor"]);
        assert_eq!(shown(|out| github_files(Some(out), None), &events), "");
    }

    #[test]
    fn names_are_text() {
        assert_eq!(escaped("a|b`c`<d>_e_"), "a\\|b\\`c\\`&lt;d&gt;\\_e\\_");
    }
}
