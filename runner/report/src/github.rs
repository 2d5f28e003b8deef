use crate::{
    Places, Report, Style,
    clean_text::clean_lines,
    grouped::{Grouped, Marks},
};
use infra_event::{NoticeLevel, StepId, TaskError, Timestamp};
use std::io::Write;

/// Lines for GitHub Actions: a group for each task, and failures where they are declared.
#[must_use]
pub fn github(style: Style, places: Places, out: Box<dyn Write + Send>) -> Box<dyn Report> {
    Grouped::boxed(GitHub { places }, style, out)
}

/// The command that keeps a value out of the log.
#[must_use]
pub fn github_mask(secret: &str) -> String {
    // Each line of a value is a mask of its own.
    let lines = secret.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| format!("::add-mask::{}\n", data(line))).collect()
}

struct GitHub {
    places: Places,
}

impl Marks for GitHub {
    fn open(&self, _: StepId, name: &str, _: Timestamp) -> String {
        format!("::group::{}", data(name))
    }

    fn close(&self, _: StepId, _: Timestamp) -> String {
        "::endgroup::".to_owned()
    }

    fn line(&self, text: &str) -> String {
        harmless(text)
    }

    fn notice(&self, level: NoticeLevel, text: &str) -> Vec<String> {
        let word = match level {
            NoticeLevel::Info => "notice",
            NoticeLevel::Warning => "warning",
        };
        vec![format!("::{word}::{}", data(&cleaned(text)))]
    }

    fn failure(&self, task: &str, name: &str, error: &TaskError) -> Vec<String> {
        let mut text = cleaned(&error.message);
        if let Some(hint) = &error.hint {
            text.push_str(&format!("\nhint: {}", cleaned(hint)));
        }
        let mut properties = Vec::new();
        if let Some((file, line)) = self.places.get(task) {
            properties.push(format!("file={},line={line}", property(file)));
        }
        properties.push(format!("title={}", property(&format!("{name} failed"))));
        vec![format!("::error {}::{}", properties.join(","), data(&text))]
    }
}

fn cleaned(text: &str) -> String {
    clean_lines(text).collect::<Vec<_>>().join("\n")
}

/// What a program writes is no command to GitHub.
fn harmless(text: &str) -> String {
    const NOTHING: char = '\u{200b}';
    let mut text = text.replace("##[", &format!("##{NOTHING}["));
    if text.trim_start().starts_with("::") {
        text.insert(0, NOTHING);
    }
    text
}

/// Text as the data of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text as a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{failing_run, finished, run_finished, run_started, shown, started};
    use infra_event::{Event, LogStream, RunOutcome};
    use insta::assert_snapshot;

    fn places() -> Places {
        Places::from([("images".to_owned(), ("deploy/Infrafile.toml".to_owned(), 12))])
    }

    #[test]
    fn failures_stand_where_they_are_declared() {
        assert_snapshot!(shown(|out| github(Style::default(), places(), out), &failing_run()), @"
        ::warning::Landlock is missing:%0Aprograms are less confined
        ::group::doctor
        docker 20.10 red
        ::endgroup::
        ✓ doctor  3.2s  no changes
        ::group::images
        warning: registry is slow
        attempt 1 failed: no route; again in 2 s
        attempt 2
        layer 1 3.4/3.4 MB
        connect: refused
        ::endgroup::
        ✗ images  3.2s  cannot pull postgres:16 from registry.example:5000 no route to host
        ::error file=deploy/Infrafile.toml,line=12,title=images failed::cannot pull postgres:16 from registry.example:5000%0Ano route to host%0Ahint: set IMAGES=debian
        - services-setup-with-a-very-long-name-indeed  skipped: `when` is false
        · endpoints  not run: images failed

        ✓ doctor                                       done          3.2s  no changes
        ✗ images                                       failed        3.2s
        - services-setup-with-a-very-long-name-indeed  skipped
        · endpoints                                    not run

        ✗ images: cannot pull postgres:16 from registry.example:5000
          no route to host
            registry is slow
            connect: refused
          hint: set IMAGES=debian
          backtrace:
            0: run
            1: main

        Failed: 1 of 4 tasks in 12.3s, 1 not run
        Resume with: infra resume 20261121-023653-1a2b3c
        ");
    }

    #[test]
    fn tasks_that_run_at_once_do_not_mix() {
        let log = |step, text: &str| Event::StepLog { step: StepId(step), stream: LogStream::Stdout, text: text.to_owned() };
        let events = [
            run_started(&["a", "b", "c"]),
            started(0, 1),
            started(1, 1),
            log(1, "b1"),
            log(0, "a1"),
            started(2, 1),
            finished(1, true),
            log(2, "c1"),
            log(0, "a2"),
            finished(0, false),
            log(2, "c2"),
            finished(2, true),
            run_finished(RunOutcome::Succeeded),
        ];
        assert_snapshot!(shown(|out| github(Style::default(), Places::new(), out), &events), @"
        ::group::a
        a1
        a2
        ::endgroup::
        ✓ a  3.2s  no changes
        ::group::b
        b1
        ::endgroup::
        ✓ b  3.2s
        ::group::c
        c1
        c2
        ::endgroup::
        ✓ c  3.2s

        ✓ a  done          3.2s  no changes
        ✓ b  done          3.2s  changed
        ✓ c  done          3.2s  changed

        Done: 3 tasks in 12.3s
        ");
    }

    #[test]
    fn what_a_program_writes_is_no_command() {
        let log = |text: &str| Event::StepLog { step: StepId(0), stream: LogStream::Stdout, text: text.to_owned() };
        let events = [
            run_started(&["a"]),
            started(0, 1),
            log("::error::forged"),
            log("  ::set-env name=A::b"),
            log("x ##[add-path]/evil"),
            finished(0, true),
        ];
        let text = shown(|out| github(Style::default(), Places::new(), out), &events);
        let commands: Vec<&str> =
            text.lines().filter(|line| line.trim_start().starts_with("::") || line.contains("##[")).collect();
        assert_eq!(commands, ["::group::a", "::endgroup::"], "{text}");
    }

    #[test]
    fn commands_hold_any_text() {
        assert_eq!(data("100%\r\nof: a,b"), "100%25%0D%0Aof: a,b");
        assert_eq!(property("a:b,c"), "a%3Ab%2Cc");
        assert_eq!(github_mask("one\n\ntw%o\n"), "::add-mask::one\n::add-mask::tw%25o\n");
    }
}
