//! A worker keeps rulesets for programs that are confined alike. Nothing of one confinement reaches a program of another.

use crate::program::{block_on, confined, finish, request, run};
use crate::world::World;
use infra_confine::{Confinement, TcpPorts};

/// More than a worker keeps, in turns, each allowed and denied as if it were alone.
#[test]
fn each_confinement_has_its_own() {
    let world = World::new();
    let names = ["a", "b", "c", "d", "e", "f"];
    for name in names {
        world.write(&format!("{name}/file"), name);
    }
    let only = |name: &str| confined(|it| it.read.push(world.path(name)));
    for turn in 0..24 {
        let (granted, denied) = (names[turn % names.len()], names[(turn * 5 + 1) % names.len()]);
        let read = |name: &str| run(request("cat", &[&world.text(&format!("{name}/file"))]).confined(only(granted)));
        assert_eq!(read(granted).succeeds().stdout, granted);
        if denied != granted {
            read(denied).refused("Permission denied");
        }
        run(request("cat", &[&world.text("a/file")]).confined(confined(|_| ()))).refused("Permission denied");
    }
}

#[test]
fn the_same_paths_for_another_use_are_another_confinement() {
    let world = World::new();
    let (file, script) = (world.text("granted/file"), world.write("granted/script", "#!/bin/sh\necho ran\n"));
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let read = confined(|it| it.read.push(world.path("granted")));
    let write = confined(|it| it.write.push(world.path("granted")));
    let execute = confined(|it| it.execute.push(world.path("granted")));
    let append = |confinement: &Confinement| run(request("tee", &["-a", &file]).confined(confinement.clone()));
    let start = |confinement: &Confinement| run(request("env", &[script.to_str().unwrap()]).confined(confinement.clone()));
    for _ in 0..3 {
        append(&write).succeeds();
        append(&read).refused("Permission denied");
        append(&execute).refused("Permission denied");
        assert_eq!(start(&execute).succeeds().stdout, "ran\n");
        start(&read).refused("Permission denied");
        start(&write).refused("Permission denied");
    }
}

#[test]
fn other_ports_are_another_confinement() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let connect = r#"use Socket; socket(my $s, PF_INET, SOCK_STREAM, 0) or die "socket: $!"; connect($s, pack_sockaddr_in($ARGV[0], inet_aton("127.0.0.1"))) or die "connect: $!""#;
    let try_it = |ports: Vec<u16>| {
        let confinement = confined(|it| it.connect_tcp = TcpPorts::Only(ports));
        run(request("perl", &["-e", connect, &port.to_string()]).confined(confinement))
    };
    for _ in 0..3 {
        try_it(vec![port]).succeeds();
        try_it(vec![port ^ 1]).refused("Permission denied");
    }
}

/// What was replaced at a granted path is granted, what lay there before is not any more.
#[test]
fn what_was_replaced_is_noticed() {
    let world = World::new();
    let confinement = confined(|it| it.read.push(world.path("granted/file")));
    let read = |path: &str| run(request("cat", &[&world.text(path)]).confined(confinement.clone()));
    for turn in 0..4 {
        assert_eq!(read("granted/file").succeeds().stdout, if turn == 0 { "inside".to_owned() } else { format!("new {turn}") });
        let old = format!("granted/old-{turn}");
        std::fs::rename(world.path("granted/file"), world.path(&old)).unwrap();
        read(&old).refused("Permission denied");
        world.write("granted/file", &format!("new {}", turn + 1));
    }
    std::fs::remove_file(world.path("granted/file")).unwrap();
    std::os::unix::fs::symlink(world.path("home/.ssh/id"), world.path("granted/file")).unwrap();
    read("granted/file").refused("Permission denied");
}

/// Programs at the same time, on workers that have served others.
#[test]
fn at_the_same_time_too() {
    let world = World::new();
    let (file, granted) = (world.text("granted/file"), confined(|it| it.read.push(world.path("granted"))));
    block_on(async {
        for _ in 0..8 {
            let (allowed, denied) =
                (request("cat", &[&file]).confined(granted.clone()), request("cat", &[&file]).confined(confined(|_| ())));
            let (allowed, denied) = tokio::join!(finish(&allowed), finish(&denied));
            assert_eq!(allowed.unwrap().succeeds().stdout, "inside");
            denied.unwrap().refused("Permission denied");
        }
    });
}
