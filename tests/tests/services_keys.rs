//! Every Compose key that `std/services` carries out, as Docker shows it in the container.

use infra_tests::{Stack, free_port};
use serde_json::{Value, json};

const COMPOSE: &str = r#"
x-log: &log
  logging: { driver: json-file, options: { max-size: 1m } }
services:
  web:
    <<: *log
    image: IMAGE
    container_name: NAME-named
    command: ["echo ready; exec sleep 1000"]
    entrypoint: [sh, -c]
    environment: { A: "1", FROM: "${FROM_ENV}-${UNSET:-default}", TWO: "${A_DOLLAR:-a$$b}" }
    env_file: [web.env, { path: missing.env, required: false }]
    labels: { com.example.a: b }
    user: "1000:1000"
    working_dir: /tmp
    hostname: webhost
    domainname: example.org
    stdin_open: true
    tty: true
    init: true
    read_only: true
    restart: on-failure:3
    stop_signal: SIGKILL
    stop_grace_period: 7s
    cap_add: [NET_ADMIN]
    cap_drop: [MKNOD]
    cgroup: private
    devices: ["/dev/null:/dev/nothing:r"]
    dns: 127.0.0.53
    dns_opt: [use-vc]
    dns_search: [example.org]
    expose: ["3000-3001"]
    extra_hosts: ["other:10.0.0.1"]
    group_add: ["1001"]
    ipc: private
    mem_limit: 64m
    mem_reservation: 32m
    cpus: 0.5
    cpu_shares: 512
    pids_limit: 50
    shm_size: 8m
    security_opt: ["no-new-privileges:true"]
    sysctls: { net.core.somaxconn: 512 }
    ulimits: { nofile: { soft: 100, hard: 200 }, nproc: 64 }
    tmpfs: ["/run:size=1m"]
    ports:
      - "127.0.0.1:PORT1:80"
      - { target: 81, published: PORT2, host_ip: 127.0.0.1, protocol: udp }
    healthcheck: { test: "true", interval: 1s, timeout: 2s, start_period: 100ms, retries: 4 }
    volumes:
      - data:/data
      - ./bound:/bound:ro
      - { type: bind, source: ./bound, target: /shared, bind: { propagation: private } }
      - { type: tmpfs, target: /scratch, tmpfs: { size: 2m, mode: 0700 } }
      - { type: volume, source: data, target: /nocopy, read_only: true, volume: { nocopy: true } }
      - /anonymous
    secrets: [key]
    configs: [{ source: settings, target: /etc/settings }]
    networks:
      default:
      back: { aliases: [alias], ipv4_address: 10.213.SUBNET.10, priority: 10 }
  limited:
    image: IMAGE
    entrypoint: [sleep, "1000"]
    network_mode: none
    pid: host
    uts: host
    deploy:
      resources: { limits: { cpus: "0.25", memory: 32M, pids: 20 }, reservations: { memory: 16M } }
      restart_policy: { condition: on-failure, max_attempts: 2 }
  beside:
    image: IMAGE
    entrypoint: [sleep, "1000"]
    network_mode: service:web
networks:
  back: { internal: true, labels: { n: "1" }, ipam: { config: [{ subnet: 10.213.SUBNET.0/24, gateway: 10.213.SUBNET.1, ip_range: 10.213.SUBNET.128/25 }] } }
volumes:
  data: { labels: { v: "1" } }
secrets: { key: { file: ./key.txt } }
configs: { settings: { file: ./settings.txt } }
"#;

/// Each of the tests has a subnet of its own.
fn stack(number: u32) -> Stack {
    let stack = Stack::new("services: {}\n");
    let mut text = COMPOSE.replace("NAME", &stack.name);
    for name in ["PORT1", "PORT2"] {
        text = text.replace(name, &free_port().to_string());
    }
    stack.compose(&text.replace("SUBNET", &(std::process::id() % 120 * 2 + number).to_string()));
    stack.file("stack/base/all/.env", "FROM_ENV=beside\n");
    stack.file("stack/base/all/web.env", "export FILE='in a file'\nA=overridden\n");
    stack.file("stack/base/all/key.txt", "secret");
    stack.file("stack/base/all/settings.txt", "setting");
    stack.file("stack/base/all/bound/here", "bound");
    stack.run("up").expect_success();
    stack
}

#[track_caller]
fn shows(inspection: &Value, pointer: &str, wanted: &Value) {
    let found = inspection.pointer(pointer).unwrap_or(&Value::Null);
    let holds = match (found, wanted) {
        (Value::Array(found), Value::Array(wanted)) => wanted.iter().all(|item| found.contains(item)),
        (Value::Object(found), Value::Object(wanted)) => wanted.iter().all(|(key, value)| found.get(key) == Some(value)),
        _ => found == wanted,
    };
    assert!(holds, "{pointer} is {found}, not {wanted}");
}

#[test]
fn every_key_is_seen_in_the_container() {
    let stack = stack(0);
    let name = &stack.name;
    let web = stack.docker.container(&format!("{name}-named")).unwrap_or_default();
    for (pointer, wanted) in [
        ("/Config/Entrypoint", json!(["sh", "-c"])),
        ("/Config/Cmd", json!(["echo ready; exec sleep 1000"])),
        ("/Config/Env", json!(["A=1", "FROM=beside-default", "TWO=a$b", "FILE=in a file"])),
        (
            "/Config/Labels",
            json!({ "com.example.a": "b", "com.docker.compose.service": "web", "com.docker.compose.project": name,
            "com.docker.compose.oneoff": "False", "com.docker.compose.container-number": "1", "com.docker.compose.version": "2.40.3" }),
        ),
        ("/Config/User", json!("1000:1000")),
        ("/Config/WorkingDir", json!("/tmp")),
        ("/Config/Hostname", json!("webhost")),
        ("/Config/Domainname", json!("example.org")),
        ("/Config/OpenStdin", json!(true)),
        ("/Config/Tty", json!(true)),
        ("/Config/StopSignal", json!("SIGKILL")),
        ("/Config/StopTimeout", json!(7)),
        ("/Config/ExposedPorts", json!({ "80/tcp": {}, "81/udp": {}, "3000/tcp": {}, "3001/tcp": {} })),
        (
            "/Config/Healthcheck",
            json!({ "Test": ["CMD-SHELL", "true"], "Interval": 1_000_000_000, "Timeout": 2_000_000_000,
            "StartPeriod": 100_000_000, "Retries": 4 }),
        ),
        ("/HostConfig/Init", json!(true)),
        ("/HostConfig/ReadonlyRootfs", json!(true)),
        ("/HostConfig/RestartPolicy", json!({ "Name": "on-failure", "MaximumRetryCount": 3 })),
        ("/HostConfig/CapAdd", json!(["NET_ADMIN"])),
        ("/HostConfig/CapDrop", json!(["MKNOD"])),
        ("/HostConfig/CgroupnsMode", json!("private")),
        (
            "/HostConfig/Devices",
            json!([{ "PathOnHost": "/dev/null", "PathInContainer": "/dev/nothing", "CgroupPermissions": "r" }]),
        ),
        ("/HostConfig/Dns", json!(["127.0.0.53"])),
        ("/HostConfig/DnsOptions", json!(["use-vc"])),
        ("/HostConfig/DnsSearch", json!(["example.org"])),
        ("/HostConfig/ExtraHosts", json!(["other:10.0.0.1"])),
        ("/HostConfig/GroupAdd", json!(["1001"])),
        ("/HostConfig/IpcMode", json!("private")),
        ("/HostConfig/Memory", json!(64 << 20)),
        ("/HostConfig/MemoryReservation", json!(32 << 20)),
        ("/HostConfig/NanoCpus", json!(500_000_000)),
        ("/HostConfig/CpuShares", json!(512)),
        ("/HostConfig/PidsLimit", json!(50)),
        ("/HostConfig/ShmSize", json!(8 << 20)),
        ("/HostConfig/SecurityOpt", json!(["no-new-privileges:true"])),
        ("/HostConfig/Sysctls", json!({ "net.core.somaxconn": "512" })),
        (
            "/HostConfig/Ulimits",
            json!([{ "Name": "nofile", "Soft": 100, "Hard": 200 }, { "Name": "nproc", "Soft": 64, "Hard": 64 }]),
        ),
        ("/HostConfig/Tmpfs", json!({ "/run": "size=1m" })),
        ("/HostConfig/LogConfig", json!({ "Type": "json-file", "Config": { "max-size": "1m" } })),
        ("/HostConfig/NetworkMode", json!(format!("{name}_back"))),
    ] {
        shows(&web, pointer, &wanted);
    }
}

#[test]
fn mounts_networks_and_files_reach_the_container() {
    let stack = stack(1);
    let name = &stack.name;
    let container = format!("{name}-named");
    let web = stack.docker.container(&container).unwrap_or_default();
    let run = |args: &[&str]| stack.docker.exec(&container, args).1.trim().to_owned();
    assert_eq!(run(&["cat", "/run/secrets/key", "/etc/settings", "/bound/here", "/shared/here"]), "secretsettingboundbound");
    let mounts = web["Mounts"].as_array().cloned().unwrap_or_default();
    let at = |target: &str| mounts.iter().find(|mount| mount["Destination"] == target).cloned().unwrap_or_default();
    assert_eq!((&at("/data")["Name"], &at("/data")["RW"]), (&json!(format!("{name}_data")), &json!(true)));
    assert_eq!((&at("/nocopy")["Name"], &at("/nocopy")["RW"]), (&json!(format!("{name}_data")), &json!(false)));
    assert_eq!((&at("/bound")["Type"], &at("/bound")["RW"]), (&json!("bind"), &json!(false)));
    assert_eq!(at("/shared")["Propagation"], "private");
    assert_eq!(at("/scratch")["Type"], "tmpfs");
    assert_eq!(at("/anonymous")["Type"], "volume");
    let networks = &web["NetworkSettings"]["Networks"];
    let back = &networks[format!("{name}_back")];
    shows(back, "/Aliases", &json!([container, "web", "alias"]));
    assert_eq!(back["IPAMConfig"]["IPv4Address"], back["IPAddress"]);
    assert!(networks[format!("{name}_default")].is_object());
    let network = stack.docker.get(&format!("/networks/{name}_back")).unwrap_or_default();
    assert_eq!((&network["Internal"], &network["Labels"]["n"]), (&json!(true), &json!("1")));
    assert_eq!(network["Labels"]["com.docker.compose.network"], "back");
    assert!(network["IPAM"]["Config"][0]["IPRange"].as_str().is_some_and(|range| range.ends_with(".128/25")));
    let volume = stack.docker.get(&format!("/volumes/{name}_data")).unwrap_or_default();
    assert_eq!((&volume["Labels"]["v"], &volume["Labels"]["com.docker.compose.volume"]), (&json!("1"), &json!("data")));
    let limited = stack.container("limited");
    for (pointer, wanted) in [
        ("/HostConfig/NetworkMode", json!("none")),
        ("/HostConfig/PidMode", json!("host")),
        ("/HostConfig/UTSMode", json!("host")),
        ("/HostConfig/NanoCpus", json!(250_000_000)),
        ("/HostConfig/Memory", json!(32 << 20)),
        ("/HostConfig/MemoryReservation", json!(16 << 20)),
        ("/HostConfig/PidsLimit", json!(20)),
        ("/HostConfig/RestartPolicy", json!({ "Name": "on-failure", "MaximumRetryCount": 2 })),
    ] {
        shows(&limited, pointer, &wanted);
    }
    let shared = stack.container("beside")["HostConfig"]["NetworkMode"].clone();
    assert_eq!(shared, json!(format!("container:{}", web["Id"].as_str().unwrap_or_default())));
    stack.plan("up").expect_success();
}

/// Not every machine lets such containers start; they are made all the same.
#[test]
fn what_needs_more_rights_than_the_daemon_may_have() {
    let stack = Stack::new("services:\n  a: { image: IMAGE, entrypoint: [\"true\"], privileged: true, userns_mode: host }\n");
    let _ = stack.run("up");
    let a = stack.container("a");
    shows(&a, "/HostConfig/Privileged", &json!(true));
    shows(&a, "/HostConfig/UsernsMode", &json!("host"));
}

#[test]
fn what_is_not_supported_is_refused_with_all_the_rest_before_anything_is_made() {
    let stack = Stack::new("services:\n  a:\n    image: IMAGE\n    runtime: x\n    gpus: all\n  b: { imgae: y }\n");
    let refused = stack.run("up").expect_code(1);
    for words in [
        "4 things are wrong",
        "stack/base/all/compose.yaml:4: `services.a.runtime` is not supported",
        "stack/base/all/compose.yaml:5: `services.a.gpus` is not supported",
        "stack/base/all/compose.yaml:6: `services.b.imgae` is not supported (did you mean `image`?)",
        "stack/base/all/compose.yaml:6: service `b` has neither `image` nor `build`",
    ] {
        assert!(refused.stderr.contains(words), "{words}: {}", refused.stderr);
    }
    assert!(stack.docker.networks(&stack.name).is_empty());
}

#[test]
fn an_override_beside_the_file_is_laid_over_it() {
    let stack = Stack::new("services:\n  a: { image: IMAGE, entrypoint: [sleep, \"1000\"], environment: { A: 1, B: 2 } }\n");
    stack.file("stack/base/all/compose.override.yaml", "services:\n  a: { environment: [B=3], labels: { over: laid } }\n");
    stack.run("up").expect_success();
    let a = stack.container("a");
    shows(&a, "/Config/Env", &json!(["A=1", "B=3"]));
    shows(&a, "/Config/Labels", &json!({ "over": "laid" }));
}
