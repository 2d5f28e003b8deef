//! Ways to talk around the gate. None of them may reach the daemon as more than a read.

use crate::outside;
use crate::relay::Relay;
use crate::world::{IDLE, World, denied, everything, fails, image, script_body, through};
use infra_effect::TextPattern;
use infra_event::{Mode, TaskError};
use infra_host::docker::{Condition, ExecRequest};
use serde_json::{Value, json};
use std::time::Duration;

async fn hostile() -> (Relay, World) {
    let relay = Relay::open();
    let world = through(relay.settings.clone(), Mode::Run, everything()).await;
    (relay, world)
}

fn body(host: Value) -> Value {
    let mut body = script_body(IDLE);
    body["HostConfig"] = host;
    body
}

/// Asserts that the container is refused with the code, and with the text in the message or the hint.
async fn refused(world: &World, body: &str, code: &str, text: &str) {
    let error = world.docker.create_container(&world.name("c"), body).await.unwrap_err();
    assert_eq!(error.code, code, "{body}: {error:?}");
    let said = format!("{} {}", error.message, error.hint.unwrap_or_default());
    assert!(said.contains(text), "{body}: {said}");
}

#[tokio::test]
async fn names_do_not_lead_to_other_calls() {
    let (relay, world) = hostile().await;
    let docker = &world.docker;
    let long = "a".repeat(300);
    for name in ["", ".", "..", "../images", "a/b", "a?force=1", "a#", "a%2f..%2fb", "a b", "a\0b", "a\r\nX: y", "-a", "ä", &long]
    {
        let exec = ExecRequest { args: vec!["true".to_owned()], ..ExecRequest::default() };
        let body = script_body(IDLE).to_string();
        let results: [Result<(), TaskError>; 15] = [
            docker.inspect_container(name).await.map(drop),
            docker.create_container(name, &body).await.map(drop),
            docker.start_container(name).await,
            docker.stop_container(name, None).await,
            docker.remove_container(name, true, true).await,
            docker.read_logs(name, Default::default()).await.map(drop),
            docker.wait_container(name, Condition::Ended, Duration::ZERO).await.map(drop),
            docker.start_exec(name, exec).await.map(drop),
            docker.inspect_network(name).await.map(drop),
            docker.create_network(name, "{}").await.map(drop),
            docker.remove_network(name).await,
            docker.inspect_volume(name).await.map(drop),
            docker.create_volume(name, "{}").await,
            docker.remove_volume(name).await,
            docker.create_container("good", &body.replace(image(), &name.escape_default().to_string())).await.map(drop),
        ];
        for (number, result) in results.into_iter().enumerate() {
            // An image may have dots and slashes in its name; then it is not granted.
            let code = result.unwrap_err().code;
            assert!(code == "invalid" || (number == 14 && code == "denied"), "{number} {name:?}: {code}");
        }
    }
    for name in ["", "a b", "../a", "a/../b", "a?tag=b", "a#b", "a%2fb", "a\0", "a:b/c", "a@", "http://a/b", "a&platform=x"] {
        for result in [
            docker.inspect_image(name).await.map(drop),
            docker.inspect_distribution(name).await.map(drop),
            docker.pull_image(name).await.map(drop),
            docker.tag_image(name, image()).await,
            docker.tag_image(image(), name).await,
            docker.remove_image(name).await,
        ] {
            // The source of a tag is looked at before its target.
            assert_eq!(result.unwrap_err().code, "invalid", "{name:?}");
        }
    }
    assert_eq!(relay.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn bodies_have_only_what_the_gate_knows() {
    let (relay, world) = hostile().await;
    for (key, value) in [
        ("VolumesFrom", json!(["other"])),
        ("CgroupParent", json!("/")),
        ("Runtime", json!("runc")),
        ("VolumeDriver", json!("local")),
        ("DeviceCgroupRules", json!(["a *:* rwm"])),
        ("DeviceRequests", json!([])),
        ("MaskedPaths", json!([])),
        ("ReadonlyPaths", json!([])),
        ("StorageOpt", json!({})),
        ("PublishAllPorts", json!(true)),
        ("Links", json!(["other"])),
        ("OomKillDisable", json!(true)),
        ("privileged", json!(true)),
        ("Cgroup", json!("host")),
        ("ContainerIDFile", json!("/etc/x")),
        ("Annotations", json!({})),
    ] {
        refused(&world, &body(json!({ key: value })).to_string(), "invalid", key).await;
    }
    let name = image();
    for (text, said) in [
        (format!(r#"{{"Image":"{name}","HostConfig":{{}},"HostConfig":{{"Privileged":true}}}}"#), "duplicate"),
        (format!(r#"{{"Image":"{name}","Image":"debian"}}"#), "duplicate"),
        (format!(r#"{{"Image":"{name}"}} {{"HostConfig":{{"Privileged":true}}}}"#), "trailing"),
        (format!(r#"{{"Image":"{name}","MacAddress":"x"}}"#), "MacAddress"),
        (format!(r#"{{"Image":"{name}","Labels":{{"dev.infra.project":"other"}}}}"#), "dev.infra.project"),
        (format!(r#"{{"Image":"{name}","Labels":{{"dev.infra.run":"other"}}}}"#), "dev.infra.run"),
        (format!(r#"[{{"Image":"{name}"}}]"#), "not allowed"),
        ("[".repeat(100_000), "not allowed"),
        (String::new(), "not allowed"),
    ] {
        refused(&world, &text, "invalid", said).await;
    }
    assert_eq!(relay.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn isolation_is_weakened_only_by_a_word() {
    let (relay, world) = hostile().await;
    for (host, word) in [
        (json!({ "Privileged": true }), "privileged"),
        (json!({ "PidMode": "host" }), "pid=host"),
        (json!({ "PidMode": "container:other" }), "pid=container:other"),
        (json!({ "IpcMode": "host" }), "ipc=host"),
        (json!({ "UTSMode": "host" }), "uts=host"),
        (json!({ "UsernsMode": "host" }), "userns=host"),
        (json!({ "CgroupnsMode": "host" }), "cgroupns=host"),
        (json!({ "NetworkMode": "host" }), "network=host"),
        (json!({ "NetworkMode": "container:other" }), "network=container:other"),
        (json!({ "Devices": [{ "PathOnHost": "/dev/sda" }] }), "device=/dev/sda"),
        (json!({ "SecurityOpt": ["apparmor=unconfined"] }), "security-opt=apparmor=unconfined"),
        (json!({ "SecurityOpt": ["systempaths=unconfined"] }), "security-opt=systempaths=unconfined"),
        (json!({ "CapAdd": ["ALL"] }), "cap-add=ALL"),
        (json!({ "GroupAdd": ["0"] }), "group-add=0"),
        (json!({ "Sysctls": { "net.ipv4.ip_forward": "1" } }), "sysctl=net.ipv4.ip_forward=1"),
        (json!({ "LogConfig": { "Type": "syslog" } }), "log-driver=syslog"),
        (json!({ "LogConfig": { "Config": { "syslog-address": "tcp://h" } } }), "log-option=syslog-address=tcp://h"),
    ] {
        refused(&world, &body(host).to_string(), "denied", &format!("options = [\"{word}\"]")).await;
    }
    let mut joins_host = body(json!({}));
    joins_host["NetworkingConfig"] = json!({ "EndpointsConfig": { "host": {} } });
    refused(&world, &joins_host.to_string(), "denied", "options = [\"network=host\"]").await;
    // By its id, the host's network is one of somebody else.
    let id = outside::daemon().await.inspect_network("host", None).await.unwrap().id.unwrap();
    refused(&world, &body(json!({ "NetworkMode": id })).to_string(), "denied", "foreign = [\"host\"]").await;
    for mode in ["ns:/proc/1/ns/net", "container:", "../host"] {
        let error = world.docker.create_container(&world.name("c"), &body(json!({ "NetworkMode": mode })).to_string()).await;
        assert!(matches!(error.unwrap_err().code.as_str(), "invalid" | "denied"), "{mode}");
    }
    for address in ["localhost", "127.0.0.1 ", "127.1", "0", "127.0.0.1:1", "*"] {
        let ports = json!({ "80/tcp": [{ "HostIp": address, "HostPort": "1" }] });
        refused(&world, &body(json!({ "PortBindings": ports })).to_string(), "invalid", "not an address").await;
    }
    assert_eq!(relay.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn mounts_show_where_they_lead() {
    let (relay, mut world) = hostile().await;
    let root = world.root.clone();
    std::fs::create_dir(root.join("data")).unwrap();
    for (link, target) in [("etc", "/etc"), ("socket", "/var/run/docker.sock"), ("dangling", "/nowhere/at/all"), ("state", "..")]
    {
        std::os::unix::fs::symlink(target, root.join("data").join(link)).unwrap();
    }
    let above = root.parent().unwrap().display().to_string();
    for (source, code, said) in [
        ("/etc", "denied", "mounts = [\"/etc\"]"),
        ("./data/etc", "denied", "mounts = [\"/etc\"]"),
        ("data/etc/ssl", "denied", "mounts = [\"/etc/ssl\"]"),
        ("data/../../..", "denied", "never mounted"),
        ("../", "denied", above.as_str()),
        ("./data/socket", "denied", "never mounted"),
        ("data/../Infrafile.toml", "denied", "never mounted"),
        ("./data/state", "denied", "never mounted"),
        ("./data/dangling", "invalid", "does not exist"),
        ("/proc/self/root", "denied", "never mounted"),
        ("data/missing/../../../etc", "invalid", ".."),
        ("~root/x", "denied", "mounts"),
    ] {
        if source == "~root/x" {
            // Only a shell knows it: here it is a plain name in the project.
            world.docker = world.with(infra_effect::DockerGrant { mounts: vec![], ..everything() });
        }
        refused(&world, &body(json!({ "Binds": [format!("{source}:/x")] })).to_string(), code, said).await;
        let mount = json!([{ "Type": "bind", "Source": source, "Target": "/x" }]);
        refused(&world, &body(json!({ "Mounts": mount })).to_string(), code, said).await;
    }
    for (mount, said) in [
        (json!({ "Type": "volume", "Source": "/etc", "Target": "/x" }), "`/etc`"),
        (json!({ "Type": "volume", "Source": "../etc", "Target": "/x" }), "`../etc`"),
        (json!({ "Type": "Bind", "Source": "data", "Target": "/x" }), "Bind"),
        (json!({ "Type": "npipe", "Source": "data", "Target": "/x" }), "npipe"),
        (
            json!({ "Type": "volume", "Target": "/x", "VolumeOptions": { "DriverConfig": { "Options": { "o": "bind", "device": "/" } } } }),
            "DriverConfig",
        ),
        (
            json!({ "Type": "bind", "Source": "data", "Target": "/x", "BindOptions": { "CreateMountpoint": true } }),
            "CreateMountpoint",
        ),
    ] {
        refused(&world, &body(json!({ "Mounts": [mount] })).to_string(), "invalid", said).await;
    }
    for bind in ["/etc:/x:shared", "/etc:/x:ro:rw,z", "/etc", ":/x", "/etc:x", "/etc:/x:rslave"] {
        let error =
            world.docker.create_container(&world.name("c"), &body(json!({ "Binds": [bind] })).to_string()).await.unwrap_err();
        assert!(matches!(error.code.as_str(), "invalid" | "denied"), "{bind}: {error:?}");
    }
    assert_eq!(relay.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn volumes_and_networks_reach_no_further() {
    let (relay, world) = hostile().await;
    let name = world.name("v");
    std::os::unix::fs::symlink("/etc", world.root.join("link")).unwrap();
    let mut grant = everything();
    // Even where every word is granted, a directory of the host is a mount.
    grant.options.push(TextPattern("volume-option=**".to_owned()));
    let generous = world.with(grant);
    for (options, said) in [
        (json!({ "type": "none", "o": "bind", "device": "/etc" }), "mounts = [\"/etc\"]"),
        (json!({ "type": "none", "o": "rw,rbind", "device": "/etc" }), "mounts = [\"/etc\"]"),
        (json!({ "type": "nfs", "o": "bind", "device": "/etc" }), "mounts = [\"/etc\"]"),
        (json!({ "o": "bind", "device": "link" }), "mounts = [\"/etc\"]"),
        (json!({ "o": "bind", "device": "../../etc" }), "mounts = [\"/"),
        (json!({ "device": "/dev/sda1" }), "mounts = [\"/dev/sda1\"]"),
    ] {
        let body = json!({ "DriverOpts": options }).to_string();
        denied(generous.create_volume(&name, &body).await, said);
    }
    for kind in ["overlay", "ext4", "proc", "9p", "fuse.sshfs"] {
        let body = json!({ "DriverOpts": { "type": kind, "device": "x", "o": "lowerdir=/" } }).to_string();
        fails(generous.create_volume(&name, &body).await, "invalid", kind);
    }
    let error = generous.create_volume(&name, &json!({ "DriverOpts": { "o": "bind", "device": "/var/run" } }).to_string()).await;
    assert!(error.unwrap_err().message.contains("never mounted"));
    for (body, code, said) in [
        (json!({ "Driver": "evil" }), "denied", "volume-driver=evil"),
        (json!({ "Name": "other" }), "invalid", "other"),
        (json!({ "Labels": { "dev.infra.run": "x" } }), "invalid", "dev.infra.run"),
        (json!({ "ClusterVolumeSpec": {} }), "invalid", "ClusterVolumeSpec"),
    ] {
        let error = world.docker.create_volume(&name, &body.to_string()).await.unwrap_err();
        assert!(error.code == code && format!("{error:?}").contains(said), "{body}: {error:?}");
    }
    for (body, code, said) in [
        (json!({ "Driver": "host" }), "denied", "network-driver=host"),
        (json!({ "Driver": "macvlan", "Options": { "parent": "eth0" } }), "denied", "network-driver=macvlan"),
        (
            json!({ "Options": { "com.docker.network.bridge.name": "docker0" } }),
            "denied",
            "com.docker.network.bridge.name=docker0",
        ),
        (json!({ "IPAM": { "Driver": "evil" } }), "denied", "ipam-driver=evil"),
        (json!({ "IPAM": { "Config": [{ "AuxiliaryAddresses": {} }] } }), "invalid", "AuxiliaryAddresses"),
        (json!({ "ConfigFrom": { "Network": "host" } }), "invalid", "ConfigFrom"),
        (json!({ "Scope": "swarm" }), "invalid", "Scope"),
        (json!({ "Name": "other" }), "invalid", "other"),
    ] {
        let error = world.docker.create_network(&name, &body.to_string()).await.unwrap_err();
        assert!(error.code == code && format!("{error:?}").contains(said), "{body}: {error:?}");
    }
    assert_eq!(relay.writes(), Vec::<String>::new());
}
