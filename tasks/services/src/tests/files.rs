use super::*;

fn refusal(text: &str) -> String {
    message(call_one(&one(text), json!({})))
}

#[test]
fn what_is_wrong_is_refused_by_name_with_its_line() {
    for (text, expected) in [
        ("services:\n  a:\n    image: x\n    runtime: y\n", "a/b/compose.yaml:4: `services.a.runtime` is not supported"),
        ("services:\n  a:\n    image: x\nmodels: {}\n", "a/b/compose.yaml:4: `models` is not supported"),
        ("services:\n  a:\n    image: x\n    ports: [\"80-90:80-81\"]\n", "a/b/compose.yaml:4: `80-90:80-81` is not a port"),
        ("services:\n  a:\n    image: x\n    volumes: [\"a:b:c:d\"]\n", "a/b/compose.yaml:4: `a:b:c:d` is not a volume"),
        ("services:\n  a: {}\n", "a/b/compose.yaml:2: service `a` has neither `image` nor `build`"),
        ("services:\n  a:\n    image: ${NOPE:?say}\n", "a/b/compose.yaml:3: the variable NOPE is required: say"),
        ("services:\n  a: { image: x, depends_on: [b] }\n", "a/b/compose.yaml:2: service `a` depends on `b`, which no file has"),
        ("services:\n  a: { image: x, volumes: [\"v:/v\"] }\n", "service `a` uses volume `v`, which no file has"),
        ("services:\n  a: { image: x, networks: [n] }\n", "service `a` uses network `n`, which no file has"),
        ("services:\n  a: { image: x, secrets: [s] }\n", "service `a` uses secret `s`, which no file has"),
        (
            "services:\n  a: { image: x, depends_on: [b] }\n  b: { image: x, depends_on: [a] }\n",
            "these services wait for each other: a → b → a",
        ),
        (
            "services:\n  a: { image: x, ports: [\"80:1\"] }\n  b: { image: x, ports: [\"127.0.0.1:80:2\"] }\n",
            "port 80 is published by service `a`",
        ),
        ("services:\n  a: { image: x, restart: often }\n", "`services.a.restart` must be no, always"),
        ("services:\n  a: { image: x, deploy: { replicas: 2 } }\n", "`services.a.deploy.replicas` must be 1"),
        ("services:\n  a: { image: x, x-infra: { enable: true } }\n", "`services.a.x-infra.enable` is not supported"),
        ("services:\n  a: { image: x, healthcheck: { test: [x] } }\n", "`services.a.healthcheck.test` must be text, or a list"),
        (
            "services:\n  a: { image: x, mem_limit: 1g, deploy: { resources: { limits: { memory: 2g } } } }\n",
            "`mem_limit` and `deploy.resources.limits.memory` of service `a` differ",
        ),
        ("volumes:\n  v: { driver: local, size: 1 }\n", "a/b/compose.yaml:2: `volumes.v.size` is not supported"),
        ("services:\n  a: { image: x, command: \"sh -c 'x\" }\n", "`services.a.command` must be a list of words"),
        ("secrets:\n  s: { environment: X }\n", "`secrets.s` needs a `file`"),
    ] {
        let message = refusal(text);
        assert!(message.contains(expected), "{message}\n{expected}");
    }
}

#[test]
fn all_that_is_wrong_is_told_in_one_go() {
    let message = refusal("services:\n  a:\n    imgae: x\n    cpus: many\n    gpus: all\nvolums: {}\n");
    let expected = "5 things are wrong with the Compose files:\n  a/b/compose.yaml:2: service `a` has neither `image` nor `build`\n  \
                    a/b/compose.yaml:3: `services.a.imgae` is not supported (did you mean `image`?)\n  \
                    a/b/compose.yaml:4: `services.a.cpus` must be a number\n  \
                    a/b/compose.yaml:5: `services.a.gpus` is not supported (did you mean `cpus`?)\n  \
                    a/b/compose.yaml:6: `volums` is not supported (did you mean `volumes`?)";
    assert_eq!(message, expected);
}

/// Every key that the specification gives a service is either carried out or refused by name.
#[test]
fn every_key_of_the_specification_is_known_or_refused() {
    let carried_out = [
        "build",
        "cap_add",
        "cap_drop",
        "cgroup",
        "command",
        "configs",
        "container_name",
        "cpu_shares",
        "cpus",
        "depends_on",
        "deploy",
        "devices",
        "dns",
        "dns_opt",
        "dns_search",
        "domainname",
        "entrypoint",
        "env_file",
        "environment",
        "expose",
        "extra_hosts",
        "group_add",
        "healthcheck",
        "hostname",
        "image",
        "init",
        "ipc",
        "labels",
        "logging",
        "mem_limit",
        "mem_reservation",
        "network_mode",
        "networks",
        "pid",
        "platform",
        "pids_limit",
        "ports",
        "privileged",
        "profiles",
        "pull_policy",
        "read_only",
        "restart",
        "scale",
        "secrets",
        "security_opt",
        "shm_size",
        "stdin_open",
        "stop_grace_period",
        "stop_signal",
        "sysctls",
        "tmpfs",
        "tty",
        "ulimits",
        "user",
        "userns_mode",
        "uts",
        "volumes",
        "working_dir",
    ];
    let refused = [
        "annotations",
        "attach",
        "blkio_config",
        "cgroup_parent",
        "cpu_count",
        "cpu_percent",
        "cpu_period",
        "cpu_quota",
        "cpu_rt_period",
        "cpu_rt_runtime",
        "cpuset",
        "credential_spec",
        "develop",
        "device_cgroup_rules",
        "external_links",
        "gpus",
        "isolation",
        "label_file",
        "links",
        "mac_address",
        "mem_swappiness",
        "memswap_limit",
        "models",
        "oom_kill_disable",
        "oom_score_adj",
        "post_start",
        "pre_stop",
        "provider",
        "pull_refresh_after",
        "runtime",
        "storage_opt",
        "use_api_socket",
        "volumes_from",
    ];
    for key in carried_out {
        let message = refusal(&format!("services:\n  a:\n    {key}: {{ deliberately: wrong }}\n"));
        assert!(!message.contains(&format!("`services.a.{key}` is not supported")), "{message}");
    }
    for key in refused {
        let message = refusal(&format!("services:\n  a:\n    image: x\n    {key}: x\n"));
        assert!(message.contains(&format!("a/b/compose.yaml:4: `services.a.{key}` is not supported")), "{message}");
    }
}

#[test]
fn files_of_one_directory_are_laid_over_each_other() {
    let base = "services:\n  a: { image: a, ports: [\"80:80\"], environment: { X: 1, Y: 2 } }\n";
    let over = "services:\n  a: { image: b, environment: [Y=3], ports: !override [\"81:80\"] }\n";
    let host = TestHost::new().file("p/compose.yaml", base).file("p/compose.prod.yaml", over);
    let told = call(&host, json!({ "action": "status", "files": ["p/compose.yaml", "p/compose.prod.yaml"] })).unwrap_or_default();
    assert_eq!((&told["services"][0]["image"], &told["services"][0]["ports"]), (&json!("b"), &json!("0.0.0.0:81")));
    let two = TestHost::new().file("p/a/compose.yaml", base).file("p/b/compose.yaml", over);
    let files = json!(["p/a/compose.yaml", "p/b/compose.yaml"]);
    let error = message(call(&two, json!({ "action": "status", "files": files })));
    assert_eq!(error, "p/b/compose.yaml:2: service `a` stands at p/a/compose.yaml:2 too");
    let told = call(&two, json!({ "action": "status", "files": files, "merged": true })).unwrap_or_default();
    assert_eq!(told["services"][0]["image"], "b");
}

#[test]
fn variables_come_from_the_task_then_from_the_file_beside() {
    let host = one("services:\n  a: { image: \"${A}-${B}${C}\", ports: [1] }\n").file("a/b/.env", "A=file\nB=file\n");
    let told = call_one(&host, json!({ "action": "status", "env": { "B": "task" } })).unwrap_or_default();
    assert_eq!(told["services"][0]["image"], "file-task");
    let warned = host.logs().iter().any(|(_, line)| line.starts_with("a/b/compose.yaml:2: the variable C is not set"));
    assert!(warned, "{:?}", host.logs());
}

#[test]
fn the_projects_name_comes_from_the_task_then_from_the_files() {
    let host = one("name: mine\nservices:\n  a: { image: a, ports: [1] }\n");
    assert!(call_one(&host, json!({})).is_ok());
    assert!(writes(&host).contains(&"docker.create-container mine-a-1".to_owned()));
    assert!(call_one(&host, json!({ "project": "other" })).is_ok());
    assert!(writes(&host).contains(&"docker.create-container other-a-1".to_owned()));
    assert!(message(call_one(&host, json!({ "project": "No!" }))).contains("is not a project's name"));
}

#[test]
fn a_service_extends_another_one() {
    let text = "services:\n  base: { image: a, labels: [x=1], ports: [\"80:80\"], profiles: [never] }\n  \
                a: { extends: base, labels: [y=2], ports: !override [\"81:80\"], profiles: !reset [] }\n  \
                b: { extends: { service: c, file: other.yaml } }\n";
    let host = one(text).file("a/b/other.yaml", "services:\n  c: { extends: d, user: root }\n  d: { image: d, ports: [9] }\n");
    assert!(call_one(&host, json!({})).is_ok());
    let label = |host: &TestHost, name: &str| {
        host.run(|| infra::docker::inspect_container("test-a-1")).ok().flatten().unwrap_or_default()["Config"]["Labels"][name]
            .clone()
    };
    assert_eq!((label(&host, "x"), label(&host, "y")), (json!("1"), json!("2")));
    let told = call_one(&host, json!({ "action": "status" })).unwrap_or_default();
    let of = |name: &str| {
        told["services"].as_array().into_iter().flatten().find(|row| row["name"] == name).cloned().unwrap_or_default()
    };
    assert_eq!((&of("a")["ports"], &of("b")["image"]), (&json!("0.0.0.0:81"), &json!("d")));
    for (text, expected) in [
        ("services:\n  a: { image: x, extends: b }\n", "a/b/compose.yaml:2: service `a` extends `b`, which is not there"),
        ("services:\n  a: { extends: b }\n  b: { image: x, extends: a }\n", "these services extend each other: a → b → a"),
        ("services:\n  a: { extends: { service: b, file: ../x.yaml } }\n", "a file in another directory, is not supported"),
        ("services:\n  a: { image: x, extends: { file: y } }\n", "`services.a.extends` needs a `service`"),
    ] {
        let message = refusal(text);
        assert!(message.contains(expected), "{message}\n{expected}");
    }
}

#[test]
fn files_are_included_once() {
    let host = TestHost::new()
        .file("p/compose.yaml", "name: whole\ninclude: [a/compose.yaml, { path: [b/compose.yaml] }]\n")
        .file("p/a/compose.yaml", "services:\n  a: { image: a, ports: [1] }\n")
        .file("p/b/compose.yaml", "services:\n  b: { image: b, ports: [2] }\n");
    for files in [json!(["p/compose.yaml"]), json!(["p/**/compose.yaml"])] {
        let told = call(&host, json!({ "action": "status", "files": files })).unwrap_or_default();
        assert_eq!((&told["project"], told["services"].as_array().map(Vec::len)), (&json!("whole"), Some(2)));
    }
    let missing = TestHost::new().file("p/compose.yaml", "include: [nowhere.yaml]\n");
    assert!(message(call(&missing, json!({ "files": ["p/compose.yaml"] }))).contains("nowhere.yaml"));
}
