use crate::stage::{Act, Stage, error, finalizer, plan, step};
use infra_event::ErrorCode;
use infra_plan::Step;
use std::time::Duration;

/// `work` needs `base`; `clean` follows `work`; `above` needs both.
fn steps() -> Vec<Step> {
    vec![step("base", &[]), step("work", &[0]), finalizer("clean", &[1]), step("above", &[1, 2])]
}

#[tokio::test(start_paused = true)]
async fn after_success_it_runs_once_and_before_what_comes_next() {
    let stage = Stage::new(plan(steps()));
    stage.run().await;
    assert_eq!(stage.started(), ["base", "work", "clean", "above"]);
}

#[tokio::test(start_paused = true)]
async fn after_failure_it_runs_too() {
    for keep_going in [false, true] {
        let stage = Stage::new(plan(steps())).act("work", Act::Fail(error(ErrorCode::FAILED)));
        let stage = if keep_going { stage.keep_going() } else { stage };
        stage.run().await;
        assert_eq!(stage.words(), "base:done work:failed clean:done above:not-run");
        assert_eq!(stage.started(), ["base", "work", "clean"]);
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_panic_it_runs_too() {
    let stage = Stage::new(plan(steps())).act("work", Act::PanicLater);
    stage.run().await;
    assert_eq!(stage.words(), "base:done work:failed clean:done above:not-run");
}

#[tokio::test(start_paused = true)]
async fn after_cancellation_it_runs_to_its_end() {
    let stage = Stage::new(plan(steps()))
        .act("work", Act::Hang)
        .act("clean", Act::Succeed(Duration::from_secs(30)))
        .interrupt_at("work", 1);
    stage.run().await;
    assert_eq!(stage.words(), "base:done work:cancelled clean:done above:not-run");
}

#[tokio::test(start_paused = true)]
async fn it_does_not_run_where_nothing_that_it_follows_has_started() {
    let stage = Stage::new(plan(steps())).act("base", Act::Fail(error(ErrorCode::FAILED)));
    stage.run().await;
    assert_eq!(stage.words(), "base:failed work:not-run clean:not-run above:not-run");
    assert_eq!(stage.because("clean"), "nothing that it follows was started");
}

#[tokio::test(start_paused = true)]
async fn it_waits_for_all_that_it_follows() {
    let steps = [step("fast", &[]), step("slow", &[]), finalizer("clean", &[0, 1])];
    let stage = Stage::new(plan(steps))
        .act("fast", Act::FailSoon(error(ErrorCode::FAILED)))
        .act("slow", Act::Succeed(Duration::from_secs(100)));
    stage.run().await;
    assert_eq!(stage.seen.lock().unwrap().ended, ["fast", "slow", "clean"]);
}

#[tokio::test(start_paused = true)]
async fn a_finalizer_that_fails_fails_the_run_and_not_the_next_finalizer() {
    // The second follows the first, as the plan orders them.
    let steps = [step("work", &[]), finalizer("first", &[0]), finalizer("second", &[0, 1]), step("above", &[0, 1, 2])];
    let stage = Stage::new(plan(steps)).act("first", Act::Fail(error(ErrorCode::FAILED)));
    let summary = stage.run().await;
    assert_eq!(stage.words(), "work:done first:failed second:done above:not-run");
    assert_eq!(summary.outcome, infra_event::RunOutcome::Failed);
}

#[tokio::test(start_paused = true)]
async fn what_a_finalizer_needs_may_hold_it_back() {
    let needed = finalizer("needed", &[0]);
    let clean = Step { needs: vec![infra_event::StepId(1)], ..finalizer("clean", &[0]) };
    let stage = Stage::new(plan([step("work", &[]), needed, clean])).act("needed", Act::Fail(error(ErrorCode::FAILED)));
    stage.run().await;
    assert_eq!(stage.words(), "work:done needed:failed clean:not-run");
}
