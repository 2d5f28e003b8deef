//! What a container's body may say, and what the gate reads from it.

use super::super::container_body::{parse, sent};
use super::{Checked, check};
use crate::ProjectPaths;
use bollard::models::ContainerCreateBody;
use infra_event::TaskError;
use serde_json::{Value, json};

fn judged(body: &Value) -> Result<Checked, TaskError> {
    let paths = ProjectPaths::new("/".into(), None, []);
    check(parse("container", &body.to_string())?, &paths, &["/run/docker.sock".into()])
}

fn options(host: Value) -> Vec<String> {
    judged(&json!({ "Image": "x", "HostConfig": host })).unwrap().request.options
}

#[test]
fn a_field_that_is_not_known_is_named() {
    for (body, field) in [
        (json!({ "Image": "x", "Runtime": "runc" }), "Runtime"),
        (json!({ "Image": "x", "OnBuild": [] }), "OnBuild"),
        (json!({ "Image": "x", "HostConfig": { "VolumesFrom": ["y"] } }), "VolumesFrom"),
        (json!({ "Image": "x", "HostConfig": { "Runtime": "evil" } }), "Runtime"),
        (json!({ "Image": "x", "HostConfig": { "DeviceRequests": [] } }), "DeviceRequests"),
        (json!({ "Image": "x", "HostConfig": { "DeviceCgroupRules": [] } }), "DeviceCgroupRules"),
        (json!({ "Image": "x", "HostConfig": { "CgroupParent": "/" } }), "CgroupParent"),
        (json!({ "Image": "x", "HostConfig": { "MaskedPaths": [] } }), "MaskedPaths"),
        (json!({ "Image": "x", "HostConfig": { "VolumeDriver": "evil" } }), "VolumeDriver"),
        (json!({ "Image": "x", "HostConfig": { "privileged": true } }), "privileged"),
        (json!({ "Image": "x", "hostconfig": {} }), "hostconfig"),
        (
            json!({ "Image": "x", "HostConfig": { "Mounts": [{ "Type": "volume", "Target": "/x",
                "VolumeOptions": { "DriverConfig": { "Options": { "o": "bind" } } } }] } }),
            "DriverConfig",
        ),
        (json!({ "Image": "x", "HostConfig": { "Mounts": [{ "Type": "npipe", "Target": "/x" }] } }), "npipe"),
        (json!({ "Image": "x", "ExposedPorts": { "80/tcp": { "x": 1 } } }), "x"),
    ] {
        let error = judged(&body).unwrap_err();
        assert_eq!(error.code, "invalid", "{body}");
        assert!(error.message.contains(&format!("`{field}`")), "{}", error.message);
    }
    let twice = r#"{ "Image": "x", "HostConfig": {}, "HostConfig": { "Privileged": true } }"#;
    assert!(parse::<super::ContainerBody>("container", twice).unwrap_err().message.contains("duplicate"));
}

#[test]
fn what_weakens_isolation_is_a_word() {
    for (host, wanted) in [
        (json!({ "Privileged": true }), "privileged"),
        (json!({ "CapAdd": ["cap_net_admin"] }), "cap-add=NET_ADMIN"),
        (json!({ "NetworkMode": "host" }), "network=host"),
        (json!({ "NetworkMode": "container:other" }), "network=container:other"),
        (json!({ "PidMode": "host" }), "pid=host"),
        (json!({ "IpcMode": "container:x" }), "ipc=container:x"),
        (json!({ "UsernsMode": "host" }), "userns=host"),
        (json!({ "UTSMode": "host" }), "uts=host"),
        (json!({ "CgroupnsMode": "host" }), "cgroupns=host"),
        (json!({ "Devices": [{ "PathOnHost": "/dev/kvm" }] }), "device=/dev/kvm"),
        (json!({ "SecurityOpt": ["seccomp=unconfined"] }), "security-opt=seccomp=unconfined"),
        (json!({ "SecurityOpt": ["no-new-privileges:false"] }), "security-opt=no-new-privileges:false"),
        (json!({ "Sysctls": { "net.ipv4.ip_forward": "1" } }), "sysctl=net.ipv4.ip_forward=1"),
        (json!({ "GroupAdd": ["docker"] }), "group-add=docker"),
        (json!({ "LogConfig": { "Type": "fluentd" } }), "log-driver=fluentd"),
        (
            json!({ "Mounts": [{ "Type": "bind", "Source": "/srv", "Target": "/x", "BindOptions": { "Propagation": "rshared" } }] }),
            "propagation=rshared",
        ),
    ] {
        assert_eq!(options(host), [wanted]);
    }
    let harmless = json!({
        "Privileged": false, "NetworkMode": "bridge", "IpcMode": "private", "SecurityOpt": ["no-new-privileges:true"],
        "LogConfig": { "Type": "json-file", "Config": { "max-size": "1m" } }, "CapDrop": ["ALL"], "ReadonlyRootfs": true,
        "RestartPolicy": { "Name": "unless-stopped" }, "Memory": 1, "Tmpfs": { "/tmp": "" }, "PidMode": "", "CgroupnsMode": "private",
    });
    assert!(options(harmless).is_empty());
}

#[test]
fn mounts_and_ports_are_read() {
    let body = json!({ "Image": "x", "HostConfig": {
        "Binds": ["/tmp/../srv:/a:ro", "data:/b"],
        "Mounts": [{ "Type": "bind", "Source": "/srv", "Target": "/c" }, { "Type": "volume", "Source": "more", "Target": "/d" }],
        "PortBindings": { "80/tcp": [{ "HostPort": "8080-8081" }], "81/tcp": [{ "HostIp": "127.0.0.1" }], "82/tcp": null },
        "NetworkMode": "net",
    } });
    let checked = judged(&body).unwrap();
    let binds: Vec<_> = checked.request.binds.iter().map(|bind| (bind.source.as_str(), bind.read_only)).collect();
    assert_eq!(binds, [("srv", true), ("srv", false)]);
    let ports: Vec<_> = checked.request.ports.iter().map(|port| (port.address.as_str(), port.port)).collect();
    assert_eq!(ports, [("", 8080), ("", 8081), ("127.0.0.1", 0)]);
    assert_eq!(checked.volumes, ["data", "more"]);
    assert_eq!(checked.networks, ["net"]);
    let sent: ContainerCreateBody = sent(&checked.body).unwrap();
    assert_eq!(sent.host_config.unwrap().binds.unwrap(), ["/srv:/a:ro", "data:/b"]);
    assert_eq!(sent.image.unwrap(), "x:latest");
    assert_eq!(sent.exposed_ports.unwrap().len(), 3);
}

#[test]
fn what_is_wrong_is_refused() {
    for host in [
        json!({ "Binds": ["/srv"] }),
        json!({ "Binds": ["/srv:relative"] }),
        json!({ "Binds": ["/srv:/a:rshared"] }),
        json!({ "Binds": ["/srv:/a:z"] }),
        json!({ "Mounts": [{ "Type": "bind", "Target": "/x" }] }),
        json!({ "PortBindings": { "80/tcp": [{ "HostPort": "99999" }] } }),
        json!({ "PortBindings": { "80/tcp": [{ "HostPort": "9-1" }] } }),
        json!({ "NetworkMode": "a/../b" }),
        json!({ "NetworkMode": "container:a/b" }),
    ] {
        assert_eq!(judged(&json!({ "Image": "x", "HostConfig": host })).unwrap_err().code, "invalid", "{host}");
    }
    let socket = json!({ "Image": "x", "HostConfig": { "Binds": ["/run/docker.sock:/s:ro"] } });
    assert_eq!(judged(&socket).unwrap_err().code, "denied");
    assert_eq!(judged(&json!({ "Image": "x", "Labels": { "dev.infra.project": "p" } })).unwrap_err().code, "invalid");
}
