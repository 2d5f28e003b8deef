use crate::stage::{Act, Stage, finalizer, plan, step};
use infra_engine::Interruption;
use infra_event::{Event, ExitCode, RunOutcome};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn the_first_interruption_cancels_what_runs_and_starts_nothing() {
    let steps = [step("a", &[]), step("b", &[]), step("c", &[]), step("above", &[0])];
    let stage = Stage::new(plan(steps)).jobs(2).act("a", Act::Hang).act("b", Act::Hang).interrupt_at("b", 1);
    let summary = stage.run().await;
    assert_eq!((summary.outcome, summary.exit_code), (RunOutcome::Interrupted, ExitCode::Interrupted));
    assert_eq!(stage.words(), "a:cancelled b:cancelled c:not-run above:not-run");
    assert_eq!(stage.because("c"), "the run was interrupted");
    assert_eq!(stage.seen.lock().unwrap().alive, 0);
}

#[tokio::test(start_paused = true)]
async fn a_step_that_succeeds_all_the_same_has_succeeded() {
    let stage = Stage::new(plan([step("a", &[]), step("above", &[0])])).interrupt_at("a", 1);
    let summary = stage.run().await;
    assert_eq!(stage.words(), "a:done above:not-run");
    assert_eq!(summary.outcome, RunOutcome::Interrupted);
}

#[tokio::test(start_paused = true)]
async fn the_second_interruption_drops_everything_where_it_stands() {
    let steps = [step("deaf", &[]), step("other", &[]), finalizer("clean", &[0]), step("above", &[0])];
    let stage = Stage::new(plan(steps)).act("deaf", Act::Deaf).act("other", Act::Deaf).interrupt_at("other", 2);
    let summary = stage.run().await;
    assert_eq!((summary.outcome, summary.exit_code), (RunOutcome::Interrupted, ExitCode::Interrupted));
    assert_eq!(stage.words(), "deaf:cancelled other:cancelled clean:not-run above:not-run");
    assert_eq!(stage.seen.lock().unwrap().alive, 0, "nothing runs on");
}

#[tokio::test(start_paused = true)]
async fn what_is_dropped_says_how_long_it_ran() {
    let stage = Stage::new(plan([step("busy", &[]), step("other", &[])])).act("busy", Act::Busy(Duration::from_millis(5)));
    let stage = stage.act("other", Act::Deaf).interrupt_at("other", 2);
    stage.run().await;
    assert_eq!(stage.words(), "busy:cancelled other:cancelled");
    let events = stage.events.lock().unwrap();
    let took = events.iter().find_map(|event| match event {
        Event::StepFinished { step, duration_ms, .. } if step.0 == 0 => Some(*duration_ms),
        _ => None,
    });
    assert!(took.is_some_and(|took| took >= 5), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_finalizer_is_dropped_by_the_second_interruption_only() {
    let steps = || plan([step("work", &[]), finalizer("clean", &[0])]);
    let once = Stage::new(steps()).act("work", Act::Hang).act("clean", Act::Succeed(Duration::from_secs(5)));
    let once = once.interrupt_at("work", 1);
    once.run().await;
    assert_eq!(once.words(), "work:cancelled clean:done");
    // The finalizer raises the interruption itself: the first one when the run was not interrupted before.
    let twice = Stage::new(steps()).act("clean", Act::Deaf).interrupt_at("clean", 2);
    twice.run().await;
    assert_eq!(twice.words(), "work:done clean:cancelled");
}

#[tokio::test(start_paused = true)]
async fn term_has_a_code_of_its_own() {
    let stage = Stage::new(plan([step("a", &[])])).act("a", Act::Hang);
    assert_eq!(stage.interrupt.raise(true), Interruption::Graceful { terminated: true });
    let summary = stage.run().await;
    assert_eq!(summary.exit_code, ExitCode::Terminated);
    assert_eq!(stage.words(), "a:not-run");
}
