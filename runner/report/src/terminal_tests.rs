use super::*;
use crate::{recorded::*, screen::Device, short_text::columns_of};
use indicatif::{InMemoryTerm, TermLike as _};
use infra_event::RunOutcome;
use insta::assert_snapshot;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};

/// A terminal of 100 columns that says it has fewer, and can say so anew.
#[derive(Clone, Debug)]
struct Fake {
    term: InMemoryTerm,
    writes: Arc<AtomicUsize>,
    rows: u16,
    columns: Arc<AtomicU16>,
}

impl Device for Fake {
    fn write(&self, text: &str) -> io::Result<()> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.term.write_str(text)
    }

    fn size(&self) -> (u16, u16) {
        (self.rows, self.columns.load(Ordering::Relaxed))
    }
}

fn fake(rows: u16, columns: u16) -> (Fake, Terminal) {
    fake_in(rows, columns, Style::default())
}

fn fake_in(rows: u16, columns: u16, style: Style) -> (Fake, Terminal) {
    let term = InMemoryTerm::new(60, 100);
    let fake = Fake { term, writes: Arc::default(), rows, columns: Arc::new(AtomicU16::new(columns)) };
    let terminal = Terminal::new(style, Screen::new(Arc::new(fake.clone())));
    (fake, terminal)
}

/// What stands on the screen, with the spinner at rest.
fn contents(fake: &Fake, terminal: &Terminal) -> String {
    terminal.display.flush();
    let turning = |char| "⠙⠹⠸⠼⠴⠦⠧⠇⠏".contains(char);
    fake.term.contents().replace(turning, "⠋")
}

fn assert_fits(text: &str, columns: usize) {
    for line in text.lines() {
        assert!(columns_of(line) < columns, "{columns}: {line}");
    }
}

fn running() -> Vec<Event> {
    vec![
        run_started(&["doctor", "images", "services-setup-with-a-very-long-name-indeed-it-is"]),
        started(0, 1),
        finished(0, false),
        started(1, 1),
        started(2, 1),
        log(2, LogStream::Info, "waits for infra-postgres to be healthy, which takes a while"),
        progress(1, 1, "postgres:16", 1_200_000, Some(3_400_000), false),
        progress(1, 2, "docker.io/library/redis:7 with more words than fit on one line", 700, None, false),
    ]
}

#[test]
fn live_lines_at_60_columns_and_after_a_resize() {
    let (fake, mut terminal) = fake(24, 60);
    running().iter().for_each(|event| terminal.event(event));
    let text = contents(&fake, &terminal);
    assert_fits(&text, 60);
    assert_snapshot!(text, @"
    ✓ doctor  3.2s  no changes
    ⠋ images  0s
        postgres:16 ███████░░░░░░░░░░░░░ 1.2/3.4 MB
        ⠋ docker.io/library/redis:7 with more words tha…  700 B
    ⠋ services-setup-with-a-ver…  waits for infra-postgres…  0s
    ");
    fake.columns.store(30, Ordering::Relaxed);
    let text = contents(&fake, &terminal);
    assert_fits(&text, 30);
    assert_snapshot!(text, @"
    ✓ doctor  3.2s  no changes
    ⠋ images  0s
        postgr… ██░░░░ 1.2/3.4 MB
        ⠋ docker.io/libra…  700 B
    ⠋ services-s…  waits for…  0s
    ");
    fake.columns.store(90, Ordering::Relaxed);
    assert_snapshot!(contents(&fake, &terminal), @"
    ✓ doctor  3.2s  no changes
    ⠋ images  0s
        postgres:16 ███████░░░░░░░░░░░░░ 1.2/3.4 MB
        ⠋ docker.io/library/redis:7 with more words than fit on one line  700 B
    ⠋ services-setup-with-a-very-long-name-ind…  waits for infra-postgres to be healthy,…  0s
    ");
    terminal.finish();
    assert_snapshot!(fake.term.contents(), @"✓ doctor  3.2s  no changes");
}

#[test]
fn what_is_left_stands_below_where_all_of_it_has_run_before() {
    let (fake, mut terminal) = fake(24, 60);
    let mut events = running();
    if let Event::RunStarted { steps, about, .. } = &mut events[0] {
        about.usual = steps.iter().zip([3_000, 60_000, 64_900]).map(|(step, usual)| (step.name.clone(), usual)).collect();
    }
    events.iter().for_each(|event| terminal.event(event));
    let text = contents(&fake, &terminal);
    assert_fits(&text, 60);
    assert_snapshot!(text.lines().skip(1).collect::<Vec<_>>().join("\n"), @"
    ⠋ images  0s of about 1m 00s
        postgres:16 ███████░░░░░░░░░░░░░ 1.2/3.4 MB
        ⠋ docker.io/library/redis:7 with more words tha…  700 B
    ⠋ services-setup-wi…  waits for infra-…  0s of about 1m 04s
    1 of 3 done, about 1m 04s left
    ");
    for columns in 1..100 {
        for line in terminal.display.live().lines(columns, 24) {
            assert!(columns_of(&line) < columns.max(2), "{columns}: {line}");
        }
    }
    // Where there is no room it does not take that of a task.
    assert_eq!(terminal.display.live().lines(60, 5).len(), 1);
}

#[test]
fn no_live_line_wraps_at_any_width() {
    let (fake, mut terminal) = fake(24, 60);
    running().iter().for_each(|event| terminal.event(event));
    for columns in 1..100 {
        for line in terminal.display.live().lines(columns, 24) {
            assert!(columns_of(&line) < columns.max(2), "{columns}: {line}");
        }
    }
    drop(fake);
}

#[test]
fn a_failing_run_ends_with_its_summary() {
    let (fake, mut terminal) = fake(24, 60);
    failing_run().iter().for_each(|event| terminal.event(event));
    terminal.finish();
    terminal.finish();
    assert_snapshot!(fake.term.contents(), @"
    warning: Landlock is missing:
      programs are less confined
    ✓ doctor  3.2s  no changes
    [images] warning: registry is slow
    images failed (attempt 1): no route; again in 2 s
    ✗ images  3.2s  cannot pull postgres:16 from registry.exam…
        registry is slow
        connect: refused
    - services-setup-with-a-very-long-name-indeed  skipped: `w…

    ✓ doctor                     done          3.2s  no changes
    ✗ images                     failed        3.2s
    - services-setup-with-a-ve…  skipped
    · endpoints                  not run

    ✗ images: cannot pull postgres:16 from
      registry.example:5000
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
fn a_log_that_stands_right_above_is_not_repeated() {
    let (fake, mut terminal) = fake(24, 60);
    let lines: Vec<_> = (1..=40).map(|number| log(0, LogStream::Stdout, &format!("line {number}"))).collect();
    terminal.event(&run_started(&["build"]));
    terminal.event(&started(0, 1));
    lines.iter().for_each(|line| terminal.event(line));
    terminal.event(&outcome(0, failed("cargo failed")));
    terminal.event(&run_finished(RunOutcome::Failed));
    terminal.finish();
    let text = fake.term.contents();
    assert_eq!(text.matches("line 40").count(), 1, "{text}");
    assert!(text.contains("    … 10 earlier lines\n    line 11\n"), "{text}");
    assert!(text.ends_with("Resume with: infra resume 20261121-023653-1a2b3c"), "{text}");
}

#[test]
fn more_tasks_than_rows_are_counted() {
    let names: Vec<_> = (0..30).map(|number| format!("task-{number}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let (fake, mut terminal) = fake(10, 60);
    terminal.event(&run_started(&names));
    (0..30).for_each(|step| terminal.event(&started(step, 1)));
    assert_snapshot!(contents(&fake, &terminal), @"
    ⠋ task-0  0s
    ⠋ task-1  0s
    ⠋ task-2  0s
    ⠋ task-3  0s
    ⠋ task-4  0s
    … and 25 more
    ");
    for rows in 0..50 {
        let lines = terminal.display.live().lines(60, rows);
        assert!(lines.len() <= rows.saturating_sub(4).max(1), "{rows}: {lines:?}");
    }
}

#[test]
fn bars_give_way_to_tasks() {
    let (fake, mut terminal) = fake(9, 60);
    running().iter().for_each(|event| terminal.event(event));
    (3..12).for_each(|bar| terminal.event(&progress(2, bar, "layer", 1, Some(2), false)));
    assert_snapshot!(contents(&fake, &terminal), @"
    ✓ doctor  3.2s  no changes
    ⠋ images  0s
        postgres:16 ███████░░░░░░░░░░░░░ 1.2/3.4 MB
        ⠋ docker.io/library/redis:7 with more words tha…  700 B
    ⠋ services-setup-with-a-very-long-name-indeed-i…  layer  0s
    … and 9 more
    ");
}

#[test]
fn verbose_logs_scroll_up_and_others_do_not() {
    for (verbose, seen) in [(0, false), (1, true)] {
        let (fake, mut terminal) = fake_in(24, 60, Style { verbose, ..Style::default() });
        failing_run().iter().for_each(|event| terminal.event(event));
        terminal.finish();
        let text = fake.term.contents();
        assert_eq!(text.contains("[doctor] docker 20.10 red"), seen, "{text}");
        assert!(text.contains("[images] warning: registry is slow"), "{text}");
    }
}

#[test]
fn a_suspended_report_gives_the_terminal_away_and_comes_back() {
    let (fake, mut terminal) = fake(24, 60);
    running().iter().for_each(|event| terminal.event(event));
    let shown = fake.clone();
    let mut seen = String::new();
    terminal.suspend(&mut || {
        seen = shown.term.contents();
        shown.write("your choice? y\r\n").unwrap();
    });
    assert_eq!(seen, "✓ doctor  3.2s  no changes");
    let text = contents(&fake, &terminal);
    assert!(text.starts_with("✓ doctor  3.2s  no changes\nyour choice? y\n⠋ images"), "{text}");
}

#[test]
fn log_lines_that_do_not_scroll_wait_for_the_next_tick() {
    let (fake, mut terminal) = fake(24, 60);
    terminal.event(&run_started(&["build"]));
    terminal.event(&started(0, 1));
    let before = fake.writes.load(Ordering::Relaxed);
    for number in 0..1_000 {
        terminal.event(&log(0, LogStream::Stdout, &format!("compiling crate number {number}")));
    }
    assert_eq!(fake.writes.load(Ordering::Relaxed), before);
    assert!(contents(&fake, &terminal).contains("compiling crate number 999"));
}

#[test]
fn a_plan_leaves_nothing_on_the_screen_but_notices() {
    let (fake, mut terminal) = fake(24, 60);
    let mut events = failing_run();
    events[0] = plan_started(&["doctor", "images", "services", "endpoints"]);
    events.iter().for_each(|event| terminal.event(event));
    terminal.finish();
    assert_eq!(fake.term.contents(), "warning: Landlock is missing:\n  programs are less confined");
}

#[test]
fn the_ticker_draws_and_stops() {
    let (fake, mut terminal) = fake(24, 60);
    terminal.start_ticker();
    running().iter().for_each(|event| terminal.event(event));
    std::thread::sleep(TICK_EVERY * 3);
    assert!(fake.term.contents().contains("images"));
    terminal.finish();
    assert!(terminal.ticker.is_none());
    assert_eq!(fake.term.contents(), "✓ doctor  3.2s  no changes");
}
