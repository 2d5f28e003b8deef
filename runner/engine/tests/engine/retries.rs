use crate::stage::{Act, Stage, error, plan, retries, step};
use infra_event::{ErrorCode, Event, ExitCode, Outcome};
use infra_plan::Step;
use std::time::Duration;

fn flaky(attempts: u32, backoff: u64, limit: u64) -> Step {
    Step { retries: retries(attempts, backoff, limit), ..step("flaky", &[]) }
}

fn waits(stage: &Stage) -> Vec<u64> {
    let events = stage.events.lock().unwrap();
    let wait = |event: &Event| match event {
        Event::StepRetry { delay_ms, .. } => Some(*delay_ms),
        _ => None,
    };
    events.iter().filter_map(wait).collect()
}

#[tokio::test(start_paused = true)]
async fn attempts_include_the_first() {
    for (attempts, fails, starts, words) in
        [(1, 1, 1, "flaky:failed"), (3, 2, 3, "flaky:done"), (3, 3, 3, "flaky:failed"), (5, 0, 1, "flaky:done")]
    {
        let act = Act::FailFirst(fails, error(ErrorCode::UNAVAILABLE));
        let stage = Stage::new(plan([flaky(attempts, 100, 1000)])).act("flaky", act);
        stage.run().await;
        assert_eq!(stage.words(), words);
        assert_eq!(stage.started().len(), starts);
        assert_eq!(waits(&stage).len(), starts - 1);
    }
}

#[tokio::test(start_paused = true)]
async fn waits_double_up_to_the_limit_with_chance_and_are_kept() {
    let act = Act::FailFirst(5, error(ErrorCode::FAILED));
    let stage = Stage::new(plan([flaky(6, 1_000, 5_000)])).act("flaky", act);
    stage.run().await;
    let waits = waits(&stage);
    for (wait, around) in waits.iter().zip([1_000_u64, 2_000, 4_000, 5_000, 5_000]) {
        assert!((around * 3 / 4..=(around * 5 / 4).min(5_000)).contains(wait), "{waits:?}");
    }
    // The clock is paused: what passes between attempts is exactly the waits.
    let at = &stage.seen.lock().unwrap().at;
    for (pair, wait) in at.windows(2).zip(&waits) {
        let passed = u64::try_from((pair[1] - pair[0]).as_millis()).unwrap();
        assert!((*wait..=wait + 2).contains(&passed), "{passed} is not {wait}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_fails_the_same_way_each_time_is_not_tried_again() {
    for code in [ErrorCode::DENIED, ErrorCode::INVALID, ErrorCode::TRAP, ErrorCode::DEFECT, ErrorCode::LIMIT] {
        let stage = Stage::new(plan([flaky(5, 1, 1)])).act("flaky", Act::Fail(error(code)));
        stage.run().await;
        assert_eq!(stage.started().len(), 1, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_attempt_has_the_whole_time_limit() {
    let limited = Step { timeout: Some(Duration::from_secs(30)), ..flaky(3, 1, 1) };
    let stage = Stage::new(plan([limited])).act("flaky", Act::UntilTimeout);
    let summary = stage.run().await;
    assert_eq!(summary.exit_code, ExitCode::OutOfTime);
    assert_eq!(stage.seen.lock().unwrap().limits, [Some(Duration::from_secs(30)); 3]);
    let Outcome::Failed { error } = &stage.outcomes()["flaky"] else { panic!("it failed") };
    assert_eq!(error.code, ErrorCode::TIMEOUT);
}

#[tokio::test(start_paused = true)]
async fn an_interruption_ends_the_wait() {
    let other = step("other", &[]);
    let stage = Stage::new(plan([flaky(3, 3_600_000, 3_600_000), other]))
        .act("flaky", Act::Fail(error(ErrorCode::FAILED)))
        .act("other", Act::Hang)
        .interrupt_at("other", 1);
    let before = tokio::time::Instant::now();
    stage.run().await;
    assert_eq!(stage.words(), "flaky:cancelled other:cancelled");
    assert!(before.elapsed() < Duration::from_secs(60));
    assert_eq!(stage.started().iter().filter(|name| *name == "flaky").count(), 1);
}
