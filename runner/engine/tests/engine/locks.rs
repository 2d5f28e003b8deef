use crate::stage::{Act, Stage, error, finalizer, plan, step};
use infra_event::{ErrorCode, Mode};
use infra_plan::Step;

fn locked(name: &str, locks: &[&str]) -> Step {
    Step { locks: locks.iter().map(|lock| (*lock).to_owned()).collect(), ..step(name, &[]) }
}

fn ran_together(stage: &Stage, one: &str, other: &str) -> bool {
    let seen = stage.seen.lock().unwrap();
    seen.pairs.iter().any(|(a, b)| (a == one && b == other) || (a == other && b == one))
}

#[tokio::test(start_paused = true)]
async fn steps_with_the_same_lock_run_one_after_the_other() {
    let stage = Stage::new(plan([locked("a", &["db"]), locked("b", &["db"]), locked("c", &["disk"]), locked("d", &[])]));
    stage.run().await;
    assert_eq!(stage.words(), "a:done b:done c:done d:done");
    assert!(!ran_together(&stage, "a", "b"));
    assert!(ran_together(&stage, "a", "c") && ran_together(&stage, "a", "d"));
}

#[tokio::test(start_paused = true)]
async fn steps_that_want_the_same_locks_in_other_orders_all_end() {
    let steps = (0..60).map(|number| {
        let names = ["x", "y", "z"];
        let (one, other) = (names[number % 3], names[(number / 3) % 3]);
        locked(&format!("s{number}"), &[one, other])
    });
    let stage = Stage::new(plan(steps)).jobs(16);
    stage.run().await;
    assert!(stage.outcomes().values().all(infra_event::Outcome::lets_others_start));
    let seen = stage.seen.lock().unwrap();
    let locks = |name: &String| stage.plan.steps.iter().find(|step| step.name == *name).unwrap().locks.clone();
    for (one, other) in &seen.pairs {
        assert!(!locks(one).iter().any(|lock| locks(other).contains(lock)), "{one} and {other} ran together");
    }
    assert!(seen.together > 1);
}

#[tokio::test(start_paused = true)]
async fn a_plan_only_reads_and_takes_no_locks() {
    let stage = Stage::new(plan([locked("a", &["db"]), locked("b", &["db"])])).mode(Mode::Plan);
    stage.run().await;
    assert!(ran_together(&stage, "a", "b"));
}

#[tokio::test(start_paused = true)]
async fn a_lock_is_free_again_after_failure_panic_and_cancellation() {
    for act in [Act::Fail(error(ErrorCode::FAILED)), Act::PanicAtOnce, Act::PanicLater] {
        let stage = Stage::new(plan([locked("a", &["db"]), locked("b", &["db"])])).keep_going().act("a", act);
        stage.run().await;
        assert_eq!(stage.words(), "a:failed b:done");
    }
    let clean = Step { locks: vec!["db".to_owned()], ..finalizer("clean", &[0]) };
    let stage = Stage::new(plan([locked("a", &["db"]), clean])).act("a", Act::Hang).interrupt_at("a", 1);
    stage.run().await;
    assert_eq!(stage.words(), "a:cancelled clean:done");
}

#[tokio::test(start_paused = true)]
async fn a_finalizer_gets_the_lock_that_others_had_waited_for() {
    // `a` holds the lock; `b` and the finalizer of `c` wait for it when the run is interrupted.
    let clean = Step { locks: vec!["db".to_owned()], ..finalizer("clean", &[2]) };
    let steps = [locked("a", &["db"]), locked("b", &["db"]), locked("c", &[]), clean, locked("d", &[])];
    let stage = Stage::new(plan(steps))
        .jobs(4)
        .act("a", Act::Hang)
        .act("d", Act::Hang)
        .act("c", Act::Fail(error(ErrorCode::FAILED)))
        .keep_going()
        .interrupt_at("d", 1);
    stage.run().await;
    assert_eq!(stage.words(), "a:cancelled b:not-run c:failed clean:done d:cancelled");
}
