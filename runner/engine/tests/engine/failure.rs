use crate::stage::{Act, Stage, error, plan, step};
use infra_event::{ErrorCode, ExitCode, Mode, Outcome, RunOutcome};
use infra_plan::{Expression, Step, Work};
use serde_json::json;
use std::time::Duration;

fn wrong() -> Act {
    Act::Fail(error(ErrorCode::FAILED))
}

#[tokio::test(start_paused = true)]
async fn after_a_failure_what_runs_ends_and_nothing_starts() {
    let steps = [step("wrong", &[]), step("slow", &[]), step("above", &[0]), step("other", &[1]), step("late", &[])];
    let wrong = Act::FailSoon(error(ErrorCode::FAILED));
    let stage = Stage::new(plan(steps)).jobs(2).act("wrong", wrong).act("slow", Act::Succeed(Duration::from_secs(60)));
    let summary = stage.run().await;
    assert_eq!(summary.outcome, RunOutcome::Failed);
    assert_eq!(stage.words(), "wrong:failed slow:done above:not-run other:not-run late:not-run");
    assert_eq!(stage.because("above"), "wrong failed");
    assert_eq!(stage.because("other"), "another step failed");
}

#[tokio::test(start_paused = true)]
async fn what_fails_at_once_lets_nothing_after_it_start() {
    let steps = [step("wrong", &[]), step("slow", &[]), step("above", &[0])];
    let stage = Stage::new(plan(steps)).jobs(2).act("wrong", wrong());
    assert_eq!(stage.run().await.outcome, RunOutcome::Failed);
    assert_eq!(stage.words(), "wrong:failed slow:not-run above:not-run");
    assert_eq!(stage.started(), ["wrong"]);
}

#[tokio::test(start_paused = true)]
async fn with_keep_going_only_what_depends_on_the_failure_is_left_out() {
    let steps = [step("wrong", &[]), step("above", &[0]), step("top", &[1]), step("other", &[]), step("late", &[3])];
    let stage = Stage::new(plan(steps)).jobs(1).keep_going().act("wrong", wrong());
    let summary = stage.run().await;
    assert_eq!(summary.exit_code, ExitCode::Failed);
    assert_eq!(stage.words(), "wrong:failed above:not-run top:not-run other:done late:done");
    assert_eq!(stage.because("top"), "above was not run");
}

#[tokio::test(start_paused = true)]
async fn a_step_does_not_wait_for_its_other_needs_once_one_has_failed() {
    let steps = [step("wrong", &[]), step("slow", &[]), step("both", &[0, 1])];
    let stage = Stage::new(plan(steps)).keep_going().act("wrong", wrong()).act("slow", Act::Succeed(Duration::from_secs(9)));
    stage.run().await;
    let events = stage.events.lock().unwrap();
    let ends: Vec<u32> = events
        .iter()
        .filter_map(|event| match event {
            infra_event::Event::StepFinished { step, .. } => Some(step.0),
            _ => None,
        })
        .collect();
    assert_eq!(ends, [0, 2, 1]);
}

#[tokio::test(start_paused = true)]
async fn an_executor_that_panics_fails_its_step_and_nothing_else() {
    for act in [Act::PanicAtOnce, Act::PanicLater] {
        let stage =
            Stage::new(plan([step("wrong", &[]), step("above", &[0]), step("other", &[])])).keep_going().act("wrong", act);
        let summary = stage.run().await;
        assert_eq!(summary.exit_code, ExitCode::Defect);
        assert_eq!(stage.words(), "wrong:failed above:not-run other:done");
        let Outcome::Failed { error } = &stage.outcomes()["wrong"] else { panic!("it failed") };
        assert_eq!(error.code, ErrorCode::DEFECT);
        assert!(error.message.contains("at once") || error.message.contains("later"), "{}", error.message);
    }
}

#[tokio::test(start_paused = true)]
async fn an_output_that_is_not_there_fails_the_step_before_it_starts() {
    let args = |field: &str| Expression::Output {
        steps: vec![infra_event::StepId(0)],
        rows: false,
        fields: vec![field.to_owned()],
        origin: format!("needs.a.{field}"),
    };
    let using = |name: &str, field: &str| {
        let step = step(name, &[0]);
        let Work::Component { uses, .. } = step.work.clone() else { unreachable!() };
        Step { work: Work::Component { uses, args: Expression::Table(vec![("x".into(), args(field))]), program: None }, ..step }
    };
    let stage = Stage::new(plan([step("a", &[]), using("right", "step"), using("wrong", "port"), step("above", &[2])]));
    stage.run().await;
    assert_eq!(stage.words(), "a:done right:done wrong:failed above:not-run");
    let Outcome::Failed { error } = &stage.outcomes()["wrong"] else { unreachable!() };
    assert!(error.message.contains("no `port`") && error.message.contains("`step`"), "{}", error.message);
}

#[tokio::test(start_paused = true)]
async fn what_is_unknown_is_so_in_a_plan_only() {
    let unknown = || Act::Fail(error(ErrorCode::UNKNOWN));
    let steps = || plan([step("cluster", &[]), step("above", &[0])]);
    let planned = Stage::new(steps()).mode(Mode::Plan).act("cluster", unknown());
    let summary = planned.run().await;
    assert_eq!(planned.words(), "cluster:unknown above:done");
    assert!(summary.changed && summary.outcome == RunOutcome::Succeeded);
    // A task cannot pass a failure off as a success by naming it so.
    let run = Stage::new(steps()).act("cluster", unknown());
    let summary = run.run().await;
    assert_eq!(run.words(), "cluster:failed above:not-run");
    assert_eq!(summary.outcome, RunOutcome::Failed);
}

#[tokio::test(start_paused = true)]
async fn the_exit_code_of_a_program_is_that_of_the_run() {
    let failed = error(ErrorCode::FAILED).details(json!({ "exit_code": 7 }));
    let summary = Stage::new(plan([step("wrong", &[])])).act("wrong", Act::Fail(failed)).run().await;
    assert_eq!(summary.exit_code, ExitCode::Program(7));
}
