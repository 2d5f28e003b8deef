use crate::{
    Report,
    timeline::{Timeline, cleaned},
};
use infra_event::{Event, Outcome, StepId};
use std::fmt::Write as _;
use std::io::Write;

/// A JUnit file: each step is a test case. It is written when the run ends.
#[must_use]
pub fn junit(out: Box<dyn Write + Send>) -> Box<dyn Report> {
    Box::new(JUnit { out, timeline: Timeline::default(), written: false })
}

struct JUnit {
    out: Box<dyn Write + Send>,
    timeline: Timeline,
    written: bool,
}

impl Report for JUnit {
    fn event(&mut self, event: &Event) {
        self.timeline.observe(event);
    }

    fn finish(&mut self) {
        if !std::mem::replace(&mut self.written, true) && !self.timeline.is_plan() {
            let _ = self.out.write_all(self.text().as_bytes()).and_then(|()| self.out.flush());
        }
    }
}

impl JUnit {
    fn text(&self) -> String {
        let timeline = &self.timeline;
        let (mut cases, mut failures, mut errors, mut skipped) = (String::new(), 0, 0, 0);
        for (step, timed) in &timeline.steps {
            let duration = timeline.step(*step).map_or(0, |record| record.duration_ms);
            let _ = write!(
                cases,
                "    <testcase name=\"{}\" classname=\"{}\" time=\"{}\"",
                attribute(&timed.info.name),
                attribute(&format!("{}.{}", timeline.project, timed.info.task)),
                seconds(duration)
            );
            let inner = match &timed.outcome {
                Some(Outcome::Failed { error }) => {
                    failures += 1;
                    let hint = error.hint.as_ref().map(|hint| format!("\nhint: {}", cleaned(hint))).unwrap_or_default();
                    let whole = format!("{}{hint}", cleaned(&error.message));
                    let (message, kind) = (attribute(&cleaned(&error.message)), attribute(&error.code));
                    format!("<failure message=\"{message}\" type=\"{kind}\">{}</failure>", text(&whole))
                }
                Some(Outcome::Skipped { reason }) => {
                    skipped += 1;
                    format!("<skipped message=\"{}\"/>", attribute(&cleaned(reason)))
                }
                Some(Outcome::NotRun { because }) => {
                    skipped += 1;
                    format!("<skipped message=\"not run: {}\"/>", attribute(&cleaned(because)))
                }
                Some(Outcome::Cancelled) | None => {
                    errors += 1;
                    "<error message=\"cancelled\" type=\"cancelled\"/>".to_owned()
                }
                Some(Outcome::Succeeded { .. } | Outcome::UpToDate { .. } | Outcome::Unknown { .. }) => String::new(),
            };
            let log = self.log(*step);
            if inner.is_empty() && log.is_empty() {
                cases.push_str("/>\n");
            } else {
                let _ = writeln!(cases, ">{inner}{log}</testcase>");
            }
        }
        let name = attribute(&format!("{}: {}", timeline.project, timeline.tasks.join(" ")));
        let counts = format!(
            "tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"{}\"",
            timeline.steps.len(),
            seconds(timeline.ended.map_or(0, |ended| ended.duration_ms))
        );
        let stamp = timestamp(timeline.started.0);
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{name}\" {counts}>\n  \
             <testsuite name=\"{name}\" {counts} timestamp=\"{stamp}\">\n{cases}  </testsuite>\n</testsuites>\n"
        )
    }

    /// The end of the log of a step that failed.
    fn log(&self, step: StepId) -> String {
        let lines =
            self.timeline.step(step).map(|record| record.log.lines.iter().cloned().collect::<Vec<_>>()).unwrap_or_default();
        if lines.is_empty() { String::new() } else { format!("<system-out>{}</system-out>", text(&lines.join("\n"))) }
    }
}

fn seconds(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}

fn text(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' | '\t' => out.push(letter),
            // XML has no other control letters, and no letters that are none.
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}

fn attribute(text: &str) -> String {
    self::text(text).replace('"', "&quot;").replace('\n', "&#10;").replace('\t', "&#9;")
}

/// `2026-11-21T02:36:53` from milliseconds since 1970, in UTC.
fn timestamp(milliseconds: i64) -> String {
    let seconds = milliseconds.div_euclid(1000);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Howard Hinnant's way from days to a date.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{failing_run, plan_started, shown};

    #[test]
    fn each_step_is_a_test_case() {
        insta::assert_snapshot!(shown(junit, &failing_run()), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="demo: " tests="4" failures="1" errors="0" skipped="2" time="12.345">
          <testsuite name="demo: " tests="4" failures="1" errors="0" skipped="2" time="12.345" timestamp="1970-01-01T00:00:00">
            <testcase name="doctor" classname="demo.doctor" time="3.200"/>
            <testcase name="images" classname="demo.images" time="3.200"><failure message="cannot pull postgres:16 from registry.example:5000&#10;no route to host" type="unavailable">cannot pull postgres:16 from registry.example:5000
        no route to host
        hint: set IMAGES=debian</failure><system-out>registry is slow
        connect: refused</system-out></testcase>
            <testcase name="services-setup-with-a-very-long-name-indeed" classname="demo.services-setup-with-a-very-long-name-indeed" time="3.200"><skipped message="`when` is false"/></testcase>
            <testcase name="endpoints" classname="demo.endpoints" time="3.200"><skipped message="not run: images failed"/></testcase>
          </testsuite>
        </testsuites>
        "#);
    }

    #[test]
    fn a_plan_is_no_test() {
        let mut events = failing_run();
        events[0] = plan_started(&["doctor"]);
        assert_eq!(shown(junit, &events), "");
    }

    #[test]
    fn any_text_is_xml() {
        assert_eq!(attribute("a<b>&\"c\"\u{1b}\n"), "a&lt;b&gt;&amp;&quot;c&quot;\u{fffd}&#10;");
    }

    #[test]
    fn times_are_dates() {
        assert_eq!(timestamp(0), "1970-01-01T00:00:00");
        assert_eq!(timestamp(1_709_164_799_999), "2024-02-28T23:59:59");
        assert_eq!(timestamp(1_709_251_200_000), "2024-03-01T00:00:00");
        assert_eq!(timestamp(-1_000), "1969-12-31T23:59:59");
    }
}
