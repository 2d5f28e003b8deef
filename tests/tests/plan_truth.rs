//! A plan tells exactly what a run then does, and changes nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

use infra_tests::{DockerProxy, Journal, Output, Platform, Verdict, file_tree};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const TASK: [&str; 3] = ["bootstrap", "PROFILE=local", "IMAGES=debian"];

fn call<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let (verb, flags) = words.split_first().unwrap();
    [&[*verb], &TASK[..], flags].concat()
}

/// Kind and target of each write.
fn writes(events: &[Value], action: &str) -> Vec<(String, String)> {
    let text = |event: &Value, key: &str| event[key].as_str().unwrap_or_default().to_owned();
    let writes = events.iter().filter(|event| event["type"] == "step-effect" && event["write"] == true);
    writes.filter(|event| event["action"] == action).map(|event| (text(event, "kind"), text(event, "target"))).collect()
}

fn planned(output: &Output) -> Vec<(String, String)> {
    let events: Vec<Value> = serde_json::from_str(&output.stdout).unwrap();
    writes(&events, "planned")
}

/// What a plan says comes true: the same writes in the same order, in the run's events and in its journal.
fn assert_comes_true(platform: &Platform) -> Vec<(String, String)> {
    let plan = planned(&platform.with_small_base(&call(&["plan", "--json"])).output().expect_success());
    let run = platform.with_small_base(&call(&["run", "--output", "json"])).output().expect_success();
    // A program that the Infrafile calls pure changes nothing, and runs in the plan too.
    let pure = |write: &(String, String)| write.1 != "apt-get";
    let performed: Vec<_> = writes(&run.events(), "performed").into_iter().filter(pure).collect();
    assert_eq!(plan, performed);
    let journal = Journal::of(&platform.project);
    let kinds: Vec<_> = performed.iter().map(|(kind, _)| kind.clone()).collect();
    let effects = journal.effects(&journal.last().run).into_iter().filter(|effect| kinds.contains(&effect.kind));
    assert!(effects.clone().all(|effect| effect.state == "performed"));
    let written: Vec<_> = effects.map(|effect| (effect.kind, effect.target)).filter(pure).collect();
    assert_eq!(plan, written);
    plan
}

fn everything(platform: &Platform) -> Vec<Vec<Value>> {
    let (docker, name) = (&platform.docker, platform.name.as_str());
    let ids = |listed: Vec<Value>| listed.into_iter().map(|mut object| object["Id"].take()).collect();
    vec![ids(docker.containers(name)), ids(docker.networks(name)), docker.volumes(name), ids(docker.images(name))]
}

#[test]
fn a_plan_of_everything_comes_true_and_then_nothing_is_left() {
    let platform = Platform::new();
    platform.make_base_small("RUN echo small >/small");
    let plan = assert_comes_true(&platform);
    let name = |part: &str| format!("{}{part}", platform.name);
    let expected = [
        ("process.run", "mmdebstrap".to_owned()),
        ("docker.image.build", platform.image("base")),
        ("file.remove", "platform/docker/base/base.tar".to_owned()),
        ("docker.image.build", platform.image("tiny")),
        ("docker.network.create", name("_default")),
        ("docker.volume.create", name("-postgres-data-debian")),
        ("docker.volume.create", name("-redis-data-debian")),
        ("docker.container.create", name("-postgres")),
        ("docker.container.start", name("-postgres")),
        ("docker.container.create", name("-redis")),
        ("docker.container.start", name("-redis")),
    ];
    assert_eq!(plan, expected.map(|(kind, target)| (kind.to_owned(), target)));

    let after = platform.with_small_base(&call(&["plan"])).output().expect_success();
    assert!(after.stdout.starts_with("No changes"), "{}", after.stdout);
    let _no_changes = platform.with_small_base(&call(&["plan", "--detailed-exitcode"])).output().expect_success();
}

#[test]
fn a_plan_of_a_part_comes_true() {
    let platform = Platform::new();
    let _up = platform.infra(&call(&["run"])).output().expect_success();

    platform.docker.call("DELETE", &format!("/containers/{}?force=1", platform.container("redis")), None).unwrap();
    let kinds = |plan: Vec<(String, String)>| plan.into_iter().map(|(kind, _)| kind).collect::<Vec<_>>();
    let plan = assert_comes_true(&platform);
    assert!(plan.iter().all(|(_, target)| *target == platform.container("redis")), "{plan:?}");
    assert_eq!(kinds(plan), ["docker.container.create", "docker.container.start"]);

    platform.docker.call("POST", &format!("/containers/{}/stop?t=5", platform.container("redis")), None).unwrap();
    assert_eq!(kinds(assert_comes_true(&platform)), ["docker.container.start"]);

    platform.edit("platform/docker/databases/redis/compose.yaml", "timeout: 3s", "timeout: 4s");
    let all = ["docker.container.stop", "docker.container.remove", "docker.container.create", "docker.container.start"];
    assert_eq!(kinds(assert_comes_true(&platform)), all);
    assert_eq!(kinds(assert_comes_true(&platform)), Vec::<String>::new());
}

#[test]
fn a_plan_changes_nothing() {
    let platform = Platform::new();
    platform.make_base_small("RUN echo small >/small");
    let proxy = DockerProxy::start(|_, _, _| Verdict::Pass);
    let before = (everything(&platform), file_tree(&platform.project.root()));
    let plan = |args: &[&str]| platform.with_small_base(&call(args)).env("DOCKER_HOST", proxy.host()).output();
    let shown = plan(&["plan"]).expect_success();
    assert!(shown.stdout.contains("docker.container.create") && shown.stdout.contains(&platform.name), "{}", shown.stdout);
    let _would_change = plan(&["plan", "--detailed-exitcode"]).expect_code(2);
    let _json = plan(&["plan", "--json"]).expect_success();

    let requests = proxy.requests();
    assert!(requests.iter().any(|request| request.contains("/containers/")), "{requests:?}");
    let writes: Vec<_> =
        requests.iter().filter(|request| !request.starts_with("GET ") && !request.starts_with("HEAD ")).collect();
    assert_eq!(writes, Vec::<&String>::new());
    let after = (everything(&platform), file_tree(&platform.project.root()));
    assert!(before == after, "the plan changed something: {:?} {:?}", before.0, after.0);
    let history = platform.infra(&["history", "--json"]).output().expect_success();
    assert_eq!(history.stdout.trim(), "[]", "a plan is no run");
}

/// Everything that a task may change.
#[derive(Debug, PartialEq)]
struct World {
    /// Containers with their states, networks, volumes, images.
    docker: Vec<Vec<Value>>,
    /// The volumes' content, and the project.
    files: Vec<BTreeMap<PathBuf, Vec<u8>>>,
}

impl World {
    fn of(platform: &Platform) -> Self {
        let volumes = platform.docker.volumes(&platform.name).into_iter();
        let content = volumes.map(|volume| file_tree(Path::new(volume["Mountpoint"].as_str().unwrap())));
        Self { docker: world_of_docker(platform), files: content.chain([file_tree(&platform.project.root())]).collect() }
    }
}

#[test]
fn a_plan_of_each_task_of_the_reference_platform_changes_nothing() {
    let platform = Platform::new();
    let _up = platform.infra(&call(&["run"])).output().expect_success();
    let _saved = platform.infra(&["run", "backup", "VERIFY=checksum"]).output().expect_success();
    // Services that are at rest leave their volumes alone.
    for service in ["postgres", "redis"] {
        platform.docker.call("POST", &format!("/containers/{}/stop?t=20", platform.container(service)), None).unwrap();
    }
    let proxy = DockerProxy::start(|_, _, _| Verdict::Pass);
    let listed = platform.infra(&["list", "--all", "--json"]).output().expect_success();
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    let names: Vec<&str> = listed["tasks"].as_array().unwrap().iter().map(|task| task["name"].as_str().unwrap()).collect();
    for name in ["bootstrap", "services-clean", "services-stop", "backup", "restore", "cleanup"] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    let before = World::of(&platform);
    for name in names {
        let plan = platform.infra(&["plan", name, "IMAGES=debian"]).env("DOCKER_HOST", proxy.host());
        // There is no cluster here, and some tasks need a value: what a plan cannot find out, it says.
        let plan = if ["rollback", "logs"].contains(&name) { plan.args(["APP=web"]) } else { plan };
        let output = plan.output();
        assert!(output.code.is_some_and(|code| code != 70 && code != 101), "{name}: {}", output.stderr);
        if ["bootstrap", "services-clean", "services-stop", "services-start"].contains(&name) {
            assert_eq!(output.code, Some(0), "{name}: {}", output.stderr);
        }
        let after = World::of(&platform);
        assert!(before.docker == after.docker, "the plan of {name} changed Docker: {:?} {:?}", before.docker, after.docker);
        assert!(before.files == after.files, "the plan of {name} changed a file or a volume");
    }
    let writes = proxy.requests().into_iter().filter(|request| !request.starts_with("GET ") && !request.starts_with("HEAD "));
    assert_eq!(writes.collect::<Vec<_>>(), Vec::<String>::new());
    // The same eyes see a change.
    platform.docker.call("POST", &format!("/containers/{}/start", platform.container("redis")), None).unwrap();
    assert!(before.docker != world_of_docker(&platform));
}

fn world_of_docker(platform: &Platform) -> Vec<Vec<Value>> {
    let mut objects = everything(platform);
    objects.push(platform.docker.containers(&platform.name).into_iter().map(|mut found| found["State"].take()).collect());
    objects
}

/// The writes that a plan of a task announces are those that its run performs, in the same order.
fn assert_task_comes_true(platform: &Platform, task: &str) -> Vec<(String, String)> {
    let plan = planned(&platform.infra(&["plan", task, "IMAGES=debian", "--json"]).output().expect_success());
    let run = platform.infra(&["run", task, "IMAGES=debian", "--yes", "--output", "json"]).output().expect_success();
    let performed = writes(&run.events(), "performed").into_iter().filter(|(_, target)| target != "apt-get").collect::<Vec<_>>();
    // What is done to one object goes in order; services that do not wait for each other go side by side.
    let by_target = |mut writes: Vec<(String, String)>| {
        writes.sort_by(|one, other| one.1.cmp(&other.1));
        writes
    };
    assert_eq!(by_target(plan.clone()), by_target(performed), "{task}");
    plan
}

#[test]
fn what_each_task_on_services_says_in_its_plan_it_does() {
    let platform = Platform::new();
    // From nothing up, down and away again, in any order, some of it twice.
    let order = [
        "bootstrap",
        "services-status",
        "services-stop",
        "services-stop",
        "services-setup",
        "services-start",
        "heal-services",
        "services-stop",
        "services-setup",
        "services-clean",
        "services-clean",
        "services-setup",
    ];
    let mut seen = 0;
    for task in order {
        seen += assert_task_comes_true(&platform, task).len();
    }
    assert!(seen > 20, "the tasks changed too little to tell anything: {seen}");
}
