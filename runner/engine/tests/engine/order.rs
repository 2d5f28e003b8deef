use crate::stage::{Act, Stage, plan, step};
use infra_event::{ExitCode, RunOutcome};
use infra_plan::{Step, Work};
use std::time::Duration;

fn diamond() -> Vec<Step> {
    vec![step("base", &[]), step("left", &[0]), step("right", &[0]), step("top", &[1, 2])]
}

#[tokio::test(start_paused = true)]
async fn needs_come_first_with_any_number_of_jobs() {
    for jobs in [0, 1, 2, 3, 16] {
        // The left branch is slow, so the right one is done first where there is a job for it.
        let stage = Stage::new(plan(diamond())).jobs(jobs).act("left", Act::Succeed(Duration::from_secs(5)));
        let summary = stage.run().await;
        assert_eq!((summary.outcome, summary.exit_code), (RunOutcome::Succeeded, ExitCode::Done));
        let seen = stage.seen.lock().unwrap();
        assert_eq!(seen.started, ["base", "left", "right", "top"], "{jobs} jobs");
        assert_eq!(seen.ended.first().map(String::as_str), Some("base"));
        assert_eq!(seen.ended.last().map(String::as_str), Some("top"));
        assert_eq!(seen.together, jobs.clamp(1, 2), "{jobs} jobs");
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_run_at_once_than_jobs_and_as_many_as_can() {
    for jobs in [1, 3, 8, 20] {
        let stage = Stage::new(plan((0..10).map(|number| step(&format!("s{number}"), &[])))).jobs(jobs);
        stage.run().await;
        assert_eq!(stage.seen.lock().unwrap().together, jobs.min(10));
    }
}

#[tokio::test(start_paused = true)]
async fn steps_without_work_and_skipped_steps_pass_the_order_on_and_take_no_job() {
    let skipped = Step { skip: Some("not wanted".to_owned()), ..step("skipped", &[0]) };
    let gather = Step { work: Work::Nothing, ..step("gather", &[1]) };
    let stage = Stage::new(plan([step("first", &[]), skipped, gather, step("last", &[2])])).jobs(1);
    stage.run().await;
    assert_eq!(stage.started(), ["first", "last"]);
    assert_eq!(stage.words(), "first:done skipped:skipped gather:done last:done");
}

#[tokio::test(start_paused = true)]
async fn the_outputs_are_those_of_the_steps_that_were_named() {
    let named = Step { requested: true, ..step("named", &[0]) };
    let summary = Stage::new(plan([step("needed", &[]), named])).run().await;
    assert_eq!(summary.outputs, [("named".to_owned(), serde_json::json!({ "step": 1 }))]);
    assert!(summary.changed);
}

#[tokio::test(start_paused = true)]
async fn an_interactive_step_runs_alone() {
    let shell = Step { interactive: true, ..step("shell", &[]) };
    let stage = Stage::new(plan([step("a", &[]), shell, step("b", &[]), step("c", &[])]));
    stage.run().await;
    assert_eq!(stage.words(), "a:done shell:done b:done c:done");
    let seen = stage.seen.lock().unwrap();
    assert!(seen.pairs.iter().all(|(one, other)| one != "shell" && other != "shell"), "{:?}", seen.pairs);
    assert_eq!(seen.together, 3);
}

#[tokio::test(start_paused = true)]
async fn an_empty_plan_ends() {
    let summary = Stage::new(plan([])).run().await;
    assert_eq!(summary.outcome, RunOutcome::Succeeded);
    assert!(!summary.changed);
}
