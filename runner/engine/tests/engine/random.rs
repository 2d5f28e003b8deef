use crate::stage::{Act, Stage, error, plan, step};
use infra_event::{ErrorCode, Outcome, StepId};
use infra_plan::Step;
use proptest::prelude::*;
use std::time::Duration;

#[derive(Clone, Debug)]
struct Random {
    needs: Vec<proptest::sample::Index>,
    finalizes: Vec<proptest::sample::Index>,
    locks: Vec<u8>,
    act: u8,
    time: u8,
    interactive: bool,
}

fn random() -> impl Strategy<Value = Random> {
    let index = || any::<proptest::sample::Index>();
    (
        prop::collection::vec(index(), 0..4),
        prop::collection::vec(index(), 0..3),
        prop::collection::vec(0_u8..3, 0..3),
        0_u8..12,
        0_u8..20,
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(needs, finalizes, locks, act, time, interactive, finalizer)| Random {
            needs,
            finalizes: if finalizer { finalizes } else { vec![] },
            locks,
            act,
            time,
            interactive,
        })
}

fn build(random: &[Random]) -> Stage {
    let before = |number: usize, picks: &[proptest::sample::Index]| -> Vec<StepId> {
        if number == 0 {
            return vec![];
        }
        picks.iter().map(|pick| StepId(u32::try_from(pick.index(number)).unwrap())).collect()
    };
    let steps = random.iter().enumerate().map(|(number, random)| Step {
        needs: before(number, &random.needs),
        finalizes: before(number, &random.finalizes),
        locks: random.locks.iter().map(|lock| format!("l{lock}")).collect(),
        interactive: random.interactive,
        ..step(&format!("s{number}"), &[])
    });
    let mut stage = Stage::new(plan(steps));
    for (number, random) in random.iter().enumerate() {
        let act = match random.act {
            0 => Act::Fail(error(ErrorCode::FAILED)),
            1 => Act::PanicAtOnce,
            2 => Act::PanicLater,
            _ => Act::Succeed(Duration::from_millis(u64::from(random.time))),
        };
        stage = stage.act(&format!("s{number}"), act);
    }
    stage
}

/// What must hold however a run went.
fn check(stage: &Stage) {
    let outcomes = stage.outcomes();
    let seen = stage.seen.lock().unwrap();
    let place = |list: &[String], name: &str| list.iter().position(|other| other == name);
    for step in &stage.plan.steps {
        let Some(started) = place(&seen.started, &step.name) else { continue };
        for need in &step.needs {
            let need = &stage.plan.step(*need).unwrap().name;
            assert!(outcomes[need].lets_others_start(), "{} started without {need}", step.name);
            assert!(place(&seen.started, need) < Some(started), "{} started before {need}", step.name);
        }
        if !step.finalizes.is_empty() {
            let begun = |id: &StepId| place(&seen.started[..started], &stage.plan.step(*id).unwrap().name).is_some();
            let panicked = |id: &StepId| matches!(outcomes[&stage.plan.step(*id).unwrap().name], Outcome::Failed { .. });
            assert!(step.finalizes.iter().any(|id| begun(id) || panicked(id)), "{} followed nothing", step.name);
        }
        assert_eq!(seen.started.iter().filter(|name| **name == step.name).count(), 1, "{} started once", step.name);
    }
    let of = |name: &str| stage.plan.steps.iter().find(|step| step.name == name).unwrap();
    for (one, other) in &seen.pairs {
        // A step that panicked never says that it ended.
        if matches!(outcomes[one], Outcome::Failed { .. }) {
            continue;
        }
        let (one, other) = (of(one), of(other));
        assert!(!one.locks.iter().any(|lock| other.locks.contains(lock)), "{} and {} share a lock", one.name, other.name);
        assert!(!one.interactive && !other.interactive, "{} and {} shared the terminal", one.name, other.name);
    }
    assert_eq!(seen.alive, 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_plan_keeps_its_order_and_ends(random in prop::collection::vec(random(), 1..40), jobs in 1_usize..6, keep_going: bool) {
        let mut stage = build(&random).jobs(jobs);
        stage.options.keep_going = keep_going;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(stage.run());
        check(&stage);
        if keep_going {
            // Nothing is left out without a reason.
            let outcomes = stage.outcomes();
            for step in stage.plan.steps.iter().filter(|step| step.finalizes.is_empty()) {
                let met = step.needs.iter().all(|need| outcomes[&stage.plan.step(*need).unwrap().name].lets_others_start());
                prop_assert_eq!(met, !matches!(outcomes[&step.name], Outcome::NotRun { .. }));
            }
        }
    }

    #[test]
    fn any_plan_ends_when_it_is_interrupted(
        random in prop::collection::vec(random(), 1..30),
        at in any::<proptest::sample::Index>(),
        times in 1_u32..3,
    ) {
        let at = format!("s{}", at.index(random.len()));
        let stage = build(&random).keep_going().interrupt_at(&at, times);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(stage.run());
        check(&stage);
    }
}
