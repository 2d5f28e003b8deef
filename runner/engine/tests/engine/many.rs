//! Large plans take time in proportion to their size: these would run for minutes if each end looked at all steps.

use crate::stage::{Act, Stage, error, finalizer, plan, step};
use infra_event::{ErrorCode, Outcome, RunOutcome};
use infra_plan::Step;
use std::time::Duration;

const MANY: u32 = 10_000;

fn done(stage: &Stage) -> usize {
    stage.outcomes().values().filter(|outcome| matches!(outcome, Outcome::Succeeded { .. })).count()
}

fn quick(stage: Stage) -> Stage {
    (0..MANY).fold(stage, |stage, number| stage.act(&format!("s{number}"), Act::Succeed(Duration::ZERO)))
}

fn name(number: u32) -> String {
    format!("s{number}")
}

#[tokio::test(start_paused = true)]
async fn a_long_chain() {
    let chain = (0..MANY).map(|number| step(&name(number), &number.checked_sub(1).map(|before| [before]).unwrap_or([u32::MAX])));
    let chain = chain.map(|step| Step { needs: step.needs.into_iter().filter(|need| need.0 != u32::MAX).collect(), ..step });
    let stage = quick(Stage::new(plan(chain)));
    stage.run().await;
    assert_eq!(done(&stage), MANY as usize);
    let expected: Vec<_> = (0..MANY).map(name).collect();
    assert_eq!(stage.started(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_wide_plan_with_one_lock_and_one_end() {
    let wide = (0..MANY).map(|number| Step { locks: vec!["one".to_owned()], ..step(&name(number), &[]) });
    let all: Vec<u32> = (0..MANY).collect();
    let stage = quick(Stage::new(plan(wide.chain([step("end", &all), finalizer("clean", &all)]))).jobs(64));
    stage.run().await;
    assert_eq!(done(&stage), MANY as usize + 2);
    assert!(stage.seen.lock().unwrap().started.iter().rev().take(2).all(|name| name == "end" || name == "clean"));
}

#[tokio::test(start_paused = true)]
async fn a_wide_plan_that_fails_at_once() {
    let wide = (0..MANY).map(|number| step(&name(number), &[]));
    let stage = Stage::new(plan(wide)).jobs(1).act("s0", Act::Fail(error(ErrorCode::FAILED)));
    let summary = stage.run().await;
    assert_eq!(summary.outcome, RunOutcome::Failed);
    assert_eq!(stage.started(), ["s0"]);
    assert_eq!(stage.outcomes().len(), MANY as usize);
}

#[tokio::test(start_paused = true)]
async fn steps_that_end_at_once_do_not_hold_up_one_that_waits() {
    let wide = (0..MANY).map(|number| step(&name(number), &[]));
    let stage = quick(Stage::new(plan([step("slow", &[])].into_iter().chain(wide).chain([step("last", &[0])])))).jobs(2);
    let stage = stage.act("slow", Act::Succeed(Duration::from_secs(1)));
    stage.run().await;
    assert_eq!(done(&stage), MANY as usize + 2);
    let seen = stage.seen.lock().unwrap();
    assert_eq!((seen.started.first().unwrap().as_str(), seen.started.last().unwrap().as_str()), ("slow", "last"));
    assert_eq!(seen.together, 2);
}
