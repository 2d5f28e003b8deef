//! What a granted program can reach. Each denied case stands beside the same with the grant.

use crate::world::{World, world};
use infra_confine::support;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;

async fn sh(world: &mut World, script: &str) -> Value {
    world.ok(json!({ "call": "program", "argv": ["sh", "-c", script] })).await
}

async fn perl(world: &mut World, script: &str, arg: &str) -> Value {
    world.ok(json!({ "call": "program", "argv": ["perl", "-e", script, arg] })).await
}

#[track_caller]
fn refused(done: &Value) {
    assert_ne!(done["code"], 0, "{done}");
    let error = done["stderr"].as_str().unwrap();
    // The last is how Landlock refuses a link or a move between directories.
    let words = ["Permission denied", "not permitted", "cannot create", "cross-device"];
    assert!(words.iter().any(|word| error.contains(word)), "{done}");
}

#[tokio::test]
async fn a_refusal_of_the_kernel_is_explained() {
    if !support().files {
        return;
    }
    let mut world = world(r#"process = [{ program = "sh", read = ["in/**"] }]"#);
    world.file("in/a", "inside");
    world.file("out/a", "outside");
    let explained = |world: &World| world.log_text().contains("`sh` runs confined: it may read in/**. Where that is too little");
    sh(&mut world, "cat in/a in/missing").await;
    assert!(!explained(&world), "{}", world.log_text());
    refused(&sh(&mut world, "cat out/a").await);
    assert!(explained(&world), "{}", world.log_text());
}

#[tokio::test]
async fn the_users_files_are_read_where_they_are_granted() {
    if !support().files {
        return;
    }
    let script = "cat \"$1/.ssh/id\"";
    let call = |world: &World| json!({ "call": "program", "argv": ["sh", "-c", script, "sh", world.home] });
    let mut denied = world(r#"process = [{ program = "sh", read = ["**"] }]"#);
    let done = denied.ok(call(&denied)).await;
    refused(&done);
    assert!(!done.to_string().contains("private key"));
    let mut granted = world(r#"process = [{ program = "sh", read = ["~/.ssh/id"] }]"#);
    assert_eq!(granted.ok(call(&granted)).await["stdout"], "private key");
    let mut granted = world(r#"process = [{ program = "sh", read = ["~/.ssh/**"] }]"#);
    assert_eq!(granted.ok(call(&granted)).await["stdout"], "private key");
}

#[tokio::test]
async fn files_are_written_where_that_is_granted() {
    if !support().files {
        return;
    }
    let mut world = world(r#"process = [{ program = "sh", read = ["src/**"], write = ["build/**", "one"] }]"#);
    for path in ["src/a", "one", "two", "build/old", "buildings/x"] {
        world.file(path, "old");
    }
    let done = sh(
        &mut world,
        "cat src/a && echo new >one && mkdir build/d && echo new >build/d/x && mv build/d/x build/y && rm build/old",
    )
    .await;
    assert_eq!(done["code"], 0, "{done}");
    assert_eq!((world.read("one"), world.read("build/y")), ("new\n".to_owned(), "new\n".to_owned()));
    for script in [
        "echo evil >src/a",
        "echo evil >two",
        "cat two",
        "cat buildings/x",
        "echo evil >new",
        "mv build/y moved",
        "ln src/a build/linked",
        "rm src/a",
        "mkdir made",
        "echo evil >Infrafile.toml",
        "cat Infrafile.toml",
        "echo evil >/tmp/infra-test-evil",
        "echo evil >/dev/shm/infra-test-evil",
        "ln -s ../two build/link && cat build/link",
        "ls /home /root",
        "cat /proc/1/environ",
    ] {
        refused(&sh(&mut world, script).await);
    }
    assert_eq!((world.read("src/a"), world.read("two")), ("old".to_owned(), "old".to_owned()));
    // It has a place of its own, which goes with it.
    let done = sh(&mut world, "echo x >$HOME/a && cat $TMPDIR/a && pwd").await;
    assert_eq!(done["code"], 0, "{done}");
}

#[tokio::test]
async fn what_belongs_to_the_runner_is_written_by_no_program() {
    if !support().files {
        return;
    }
    let mut world = world(r#"process = [{ program = "sh", read = ["/**"], write = ["**", "/tmp/**"] }]"#);
    world.file("build/x", "");
    let state = world.state.to_str().unwrap().to_owned();
    let before = world.read("Infrafile.toml");
    for script in [
        "echo evil >Infrafile.toml",
        "rm Infrafile.toml",
        "mv Infrafile.toml build/",
        "ln Infrafile.toml build/hard",
        "ln -s ../Infrafile.toml build/soft && echo evil >build/soft",
        "cd .. && mv project other",
        &format!("echo evil >{state}/evil"),
        &format!("mv {state} {state}-moved"),
        &format!("ln -s {state} build/state && echo evil >build/state/evil"),
    ] {
        refused(&sh(&mut world, script).await);
    }
    assert_eq!(world.read("Infrafile.toml"), before);
    assert!(!world.state.join("evil").exists());
    assert_eq!(sh(&mut world, "echo fine >build/x").await["code"], 0);
}

#[tokio::test]
async fn a_missing_file_that_may_be_written_is_explained() {
    let mut world = world(r#"process = [{ program = "sh", write = ["out.txt"] }]"#);
    sh(&mut world, "true").await;
    assert!(world.log_text().contains("cannot create `out.txt`"), "{}", world.log_text());
    world.file("out.txt", "");
    world.events.lock().unwrap().clear();
    assert_eq!(sh(&mut world, "echo x >out.txt").await["code"], 0);
    assert_eq!(world.log_text(), "");
}

#[tokio::test]
async fn a_directory_without_stars_is_no_grant() {
    let mut world = world(r#"process = [{ program = "sh", read = ["src"] }]"#);
    world.file("src/a", "");
    let error = world.fails("invalid", json!({ "call": "program", "argv": ["sh", "-c", "cat src/a"] })).await;
    assert!(error.contains("grant `src/**`"), "{error}");
}

const CONNECT: &str =
    r#"use IO::Socket::INET; IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => shift) or die "$!"; print "connected""#;

#[tokio::test]
async fn the_network_is_reached_where_a_port_is_granted() {
    if !(support().tcp && support().seccomp) {
        return;
    }
    let (one, two) = (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    let port = |listener: &TcpListener| listener.local_addr().unwrap().port().to_string();
    let mut none = world(r#"process = [{ program = "perl" }]"#);
    refused(&perl(&mut none, CONNECT, &port(&one)).await);
    let mut some = world(&format!(r#"process = [{{ program = "perl", connect = ["*:{}"] }}]"#, port(&one)));
    assert_eq!(perl(&mut some, CONNECT, &port(&one)).await["stdout"], "connected");
    refused(&perl(&mut some, CONNECT, &port(&two)).await);
    let mut any = world(r#"process = [{ program = "perl", connect = ["*"] }]"#);
    assert_eq!(perl(&mut any, CONNECT, &port(&two)).await["stdout"], "connected");
    let mut host = world(r#"process = [{ program = "perl", connect = ["example.org:443"] }]"#);
    let error = host.fails("invalid", json!({ "call": "program", "argv": ["perl", "-e", "1"] })).await;
    assert!(error.contains("not to a host"), "{error}");
}

const UNIX: &str = r#"use Socket; socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die "socket: $!"; connect($s, sockaddr_un(shift)) or die "connect: $!"; print "connected""#;

/// Who reaches the Docker socket owns the machine. No grant of files or ports leads to it.
#[tokio::test]
async fn a_socket_is_not_reached_by_its_path() {
    if !support().seccomp {
        return;
    }
    let mut confined = world(
        r#"process = [{ program = "perl", read = ["**", "/var/run/**", "/run/**"], write = ["**", "/var/run/**", "/run/**"], connect = ["*"] }]"#,
    );
    let socket = confined.root.join("docker.sock");
    let _listener = UnixListener::bind(&socket).unwrap();
    let socket = socket.to_str().unwrap().to_owned();
    refused(&perl(&mut confined, UNIX, &socket).await);
    for docker in ["/var/run/docker.sock", "/run/docker.sock"] {
        refused(&perl(&mut confined, UNIX, docker).await);
    }
    let mut free = world(r#"process = [{ program = "perl", confine = false }]"#);
    assert_eq!(perl(&mut free, UNIX, &socket).await["stdout"], "connected");
}

#[tokio::test]
async fn without_confinement_everything_is_reached_and_that_is_told() {
    let mut world = world(r#"process = [{ program = "sh", confine = false }]"#).journaled();
    world.file("two", "old");
    let done = sh(&mut world, "cat ~/.ssh/id two && echo new >two").await;
    assert_eq!((&done["code"], &done["stdout"]), (&json!(0), &json!("private keyold")), "{done}");
    let told = format!("{:?}", world.events.lock().unwrap());
    assert!(told.contains("(not confined)"), "{told}");
    let kept = world.effects().remove(0).effect;
    assert_eq!(kept["unconfined"], true, "{kept}");
}

#[tokio::test]
async fn other_processes_are_left_alone() {
    if !(support().scopes && support().seccomp) {
        return;
    }
    let mut other = std::process::Command::new("sleep").arg("600").spawn().unwrap();
    let script = format!("kill -9 {}", other.id());
    let mut confined = world(r#"process = [{ program = "sh" }]"#);
    refused(&sh(&mut confined, &script).await);
    assert!(other.try_wait().unwrap().is_none());
    let mut free = world(r#"process = [{ program = "sh", confine = false }]"#);
    assert_eq!(sh(&mut free, &script).await["code"], 0);
    other.wait().unwrap();
}

/// A grant means what lay at a path when the program started: a link that is put there later widens nothing.
#[tokio::test]
async fn a_granted_directory_that_becomes_a_link_leads_nowhere() {
    if !support().files {
        return;
    }
    let mut world = world(r#"process = [{ program = "sh", read = ["in/**"], write = ["work/**"] }]"#);
    world.file("in/a", "inside");
    world.link(world.home.join(".ssh"), "in/link");
    refused(&sh(&mut world, "cat in/link/id").await);
    std::fs::remove_file(world.root.join("in/link")).unwrap();
    std::fs::rename(world.root.join("in"), world.root.join("was-in")).unwrap();
    world.link(world.root.join("was-in"), "in");
    // Now the grant itself goes through a link, and what that leads to is not granted.
    let call = json!({ "call": "program", "argv": ["sh", "-c", "cat in/a"] });
    let error = world.fails("denied", call).await;
    assert!(error.contains("`in` is granted, and it is a link to"), "{error}");
    std::fs::remove_file(world.root.join("in")).unwrap();
    std::fs::rename(world.root.join("was-in"), world.root.join("in")).unwrap();
    assert_eq!(sh(&mut world, "cat in/a").await["stdout"], "inside");
    refused(&sh(&mut world, "ln -s /etc/shadow work/s && cat work/s").await);
}

#[tokio::test]
async fn a_system_that_cannot_confine_refuses_where_that_is_required() {
    let make = |required| {
        let mut world = world(r#"process = [{ program = "true" }]"#);
        let old = world.host.world();
        let environment = old.programs.environment.clone();
        let lacking = infra_confine::Support::default();
        let changed = infra_host::World {
            project: old.project.clone(),
            paths: old.paths.clone(),
            docker: old.docker.clone(),
            kubernetes: old.kubernetes.clone(),
            http: old.http.clone(),
            secrets: old.secrets.clone(),
            programs: infra_host::Programs::new(environment, old.programs.scratch.clone(), lacking, required),
        };
        world.host = infra_host::Host::new(crate::guest::sandbox(), changed.into());
        world
    };
    let call = json!({ "call": "program", "argv": ["true"] });
    let error = make(true).fails("unsupported", call.clone()).await;
    assert!(error.contains("sandbox = \\\"required\\\""), "{error}");
    assert_eq!(make(false).ok(call).await["code"], 0);
}
