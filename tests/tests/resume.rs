//! A runner that is killed with -9 at any point of bootstrap: `infra resume` reaches the end that an undisturbed run has.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

use infra_tests::{DockerProxy, Journal, Platform, Running, Verdict, When, processes_with, unique_name, wait_for};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, OnceLock};

const BOOTSTRAP: [&str; 6] = ["run", "bootstrap", "PROFILE=local", "IMAGES=debian", "--output", "json"];
/// A network, two volumes, and two containers that are created and started.
const WRITES: usize = 7;
/// How many kills; `INFRA_TEST_KILLS` says another number.
const KILLS: usize = 12;

/// Where a runner is killed.
#[derive(Clone, Copy, Debug)]
enum Point {
    /// At the write with this number from 1.
    Write(usize, When),
    /// When the event with this number from 0 is told.
    Event(usize),
}

/// What is there, but for the names of runs and effects.
fn end_state(platform: &Platform) -> Value {
    let (docker, name) = (&platform.docker, platform.name.as_str());
    let steady = |labels: &Value| {
        let mut labels = labels.clone();
        let fields = labels.as_object_mut().unwrap();
        assert!(fields.remove("dev.infra.run").is_some() && fields.remove("dev.infra.effect").is_some(), "{fields:?}");
        labels
    };
    let containers = docker.containers(name).into_iter().map(|listed| {
        let found = docker.container(listed["Id"].as_str().unwrap()).unwrap();
        let mut mounts: Vec<Value> =
            found["Mounts"].as_array().unwrap().iter().map(|mount| json!([mount["Type"], mount["Name"], mount["Destination"]])).collect();
        mounts.sort_by_key(Value::to_string);
        let networks: Vec<&String> = found["NetworkSettings"]["Networks"].as_object().unwrap().keys().collect();
        json!({
            "name": found["Name"], "image": found["Image"], "labels": steady(&found["Config"]["Labels"]), "env": found["Config"]["Env"],
            "status": found["State"]["Status"], "health": found["State"]["Health"]["Status"], "mounts": mounts, "networks": networks,
            "ports": found["HostConfig"]["PortBindings"], "restart": found["HostConfig"]["RestartPolicy"],
        })
    });
    let named =
        |listed: Vec<Value>| listed.iter().map(|object| json!([object["Name"], steady(&object["Labels"])])).collect::<Vec<_>>();
    json!({
        "containers": containers.collect::<Vec<_>>(),
        "networks": named(docker.networks(name)),
        "volumes": named(docker.volumes(name)),
    })
}

/// Runs bootstrap until it is killed at the point; whether it was.
fn run_and_kill(platform: &Platform, point: Point) -> bool {
    let runner: Arc<OnceLock<Pid>> = Arc::default();
    let kill = {
        let runner = Arc::clone(&runner);
        move || {
            let _ = kill_process(*runner.wait(), Signal::KILL);
        }
    };
    let at_event = kill.clone();
    let proxy = DockerProxy::start(move |number, when, _| match point {
        Point::Write(wanted, at) if (wanted, at) == (number, when) => {
            kill();
            Verdict::Break
        }
        _ => Verdict::Pass,
    });
    let child = platform.infra(&BOOTSTRAP).env("DOCKER_HOST", proxy.host()).start();
    let running = Running::new(child, move |number, _| {
        if matches!(point, Point::Event(wanted) if wanted == number) {
            at_event();
        }
    });
    runner.set(running.pid()).unwrap();
    let ended = running.end();
    assert!(ended.code.is_none() || matches!(point, Point::Event(_)), "not killed at {point:?}: {}", ended.stderr);
    ended.code.is_none()
}

fn identities(volumes: &[Value]) -> Vec<Value> {
    volumes.iter().map(|volume| json!([volume["Name"], volume["Labels"]])).collect()
}

fn kill_and_resume(platform: &Platform, point: Point, undisturbed: &Value) {
    platform.remove_all();
    let killed = run_and_kill(platform, point);
    let journal = Journal::of(&platform.project);
    let run = journal.last();
    let volumes = identities(&platform.docker.volumes(&platform.name));
    if killed {
        assert_eq!(run.outcome, None, "{point:?}");
        let history = platform.infra(&["history", "--json"]).output().expect_success();
        let history: Value = serde_json::from_str(&history.stdout).unwrap();
        assert_eq!((&history[0]["run"], &history[0]["outcome"]), (&json!(run.run), &json!("killed")), "{point:?}");
    }
    let resumed = platform.infra(&["resume"]).output().expect_success();
    assert_eq!(end_state(platform), *undisturbed, "{point:?}: {}", resumed.stderr);
    let kept = identities(&platform.docker.volumes(&platform.name));
    assert!(volumes.iter().all(|volume| kept.contains(volume)), "{point:?}: a volume was made again: {volumes:?} {kept:?}");
    for effect in journal.effects(&run.run) {
        assert!(!["intended", "in-doubt"].contains(&effect.state.as_str()), "{point:?}: {effect:?}");
    }
    assert_eq!(journal.last().outcome.as_deref(), Some("succeeded"), "{point:?}");
    let again = platform.infra(&["resume"]).output().expect_success();
    assert!(again.stderr.contains("nothing to resume"), "{}", again.stderr);
}

/// A number of the environment.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// A small generator: what it gives follows from its seed alone.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

#[test]
fn a_runner_killed_anywhere_is_resumed_to_the_same_end() {
    let seed = number("INFRA_TEST_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    println!("INFRA_TEST_SEED={seed}");
    let lanes: Vec<Platform> = (0..4).map(|_| Platform::new()).collect();
    let first = lanes[0].infra(&BOOTSTRAP).output().expect_success();
    let mut random = Random(seed);
    let kills = number("INFRA_TEST_KILLS").and_then(|kills| usize::try_from(kills).ok()).unwrap_or(KILLS);
    println!("INFRA_TEST_KILLS={kills}");
    let last = first.events().len() - 1;
    // Every other one at a write: before, while and after the daemon does it.
    let at_write =
        |random: &mut Random| Point::Write(1 + random.below(WRITES), [When::Before, When::During, When::After][random.below(3)]);
    let points = (0..kills).map(|kill| if kill % 2 == 0 { at_write(&mut random) } else { Point::Event(random.below(last)) });
    let left = Mutex::new(points.collect::<Vec<Point>>());
    std::thread::scope(|scope| {
        for platform in &lanes {
            scope.spawn(|| {
                platform.remove_all();
                let up = platform.infra(&BOOTSTRAP).output().expect_success();
                let writes = up.events().iter().filter(|event| event["write"] == true).count();
                assert_eq!(writes, WRITES, "bootstrap writes more or less than this test kills at");
                let undisturbed = end_state(platform);
                loop {
                    let next = left.lock().unwrap().pop();
                    let Some(point) = next else { return };
                    println!("killed at {point:?}");
                    kill_and_resume(platform, point, &undisturbed);
                }
            });
        }
    });
}

#[test]
fn programs_of_a_killed_runner_are_gone_and_the_base_is_made_again() {
    let platform = Platform::new();
    platform.make_base_small("RUN echo small >/small");
    let seconds = format!("86400.{}", unique_name().chars().filter(char::is_ascii_digit).collect::<String>());
    platform.hold_base(&seconds);
    let running = Running::new(platform.with_small_base(&BOOTSTRAP).start(), |_, _| {});
    wait_for("the program runs", || processes_with(&seconds).iter().any(|(_, line)| line.starts_with("sleep")));
    running.kill();
    let _ = running.end();
    wait_for("the program of the killed runner ends", || processes_with(&seconds).is_empty());
    let resumed = platform.with_small_base(&["resume"]).output().expect_success();
    assert!(resumed.stderr.contains("the program was killed with the runner"), "{}", resumed.stderr);
    assert!(platform.docker.has_image(&platform.image("tiny")));
    assert_eq!(platform.docker.containers(&platform.name).len(), 2);
}

#[test]
fn a_build_of_a_killed_runner_ends_and_is_built_at_resume() {
    let platform = Platform::new();
    let seconds = format!("300.{}", unique_name().chars().filter(char::is_ascii_digit).collect::<String>());
    platform.make_base_small(&format!("RUN sleep {seconds}"));
    let running = Running::new(platform.with_small_base(&BOOTSTRAP).start(), |_, _| {});
    wait_for("the build runs", || processes_with(&seconds).iter().any(|(_, line)| line.starts_with("sleep")));
    running.kill();
    let _ = running.end();
    wait_for("the build of the killed runner ends", || {
        processes_with(&seconds).is_empty() && platform.docker.containers(&seconds).is_empty()
    });
    assert!(!platform.docker.has_image(&platform.image("tiny")));
    platform.edit("platform/docker/tiny/Dockerfile", &format!("sleep {seconds}"), "true");
    let _resumed = platform.with_small_base(&["resume"]).output().expect_success();
    assert!(platform.docker.has_image(&platform.image("tiny")));
}

#[test]
fn a_run_that_succeeded_is_not_resumed_and_one_that_is_not_there_is_an_error() {
    let platform = Platform::new();
    let _nothing = platform.infra(&["resume"]).output().expect_code(64);
    let _up = platform.infra(&["run", "doctor"]).output().expect_success();
    let again = platform.infra(&["resume"]).output().expect_success();
    assert!(again.stderr.contains("nothing to resume"), "{}", again.stderr);
    let _unknown = platform.infra(&["resume", "20200101"]).output().expect_code(64);
}
