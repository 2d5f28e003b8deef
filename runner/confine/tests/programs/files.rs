use crate::program::{block_on, confined, perl, refusal, request, run, sh, start};
use crate::world::World;
use infra_confine::Stage;
use std::io::ErrorKind;
use std::os::unix::fs::{PermissionsExt, symlink};

#[test]
fn reading() {
    let world = World::new();
    let confinement = confined(|it| it.read.push(world.path("granted")));
    let output = run(request("cat", &[&world.text("granted/file")]).confined(confinement.clone())).succeeds();
    assert_eq!(output.stdout, "inside");
    run(request("cat", &[&world.text("home/.ssh/id")]).confined(confinement.clone())).refused("Permission denied");
    run(request("ls", &[&world.text("home")]).confined(confinement.clone())).refused("Permission denied");
    run(request("cat", &["/etc/shadow"]).confined(confinement)).refused("Permission denied");
    assert_eq!(run(request("cat", &[&world.text("home/.ssh/id")])).succeeds().stdout, "outside");
}

#[test]
fn one_file_is_granted_without_its_neighbours() {
    let world = World::new();
    world.write("granted/other", "outside");
    let confinement = confined(|it| it.read.push(world.path("granted/file")));
    run(request("cat", &[&world.text("granted/file")]).confined(confinement.clone())).succeeds();
    run(request("cat", &[&world.text("granted/other")]).confined(confinement)).refused("Permission denied");
}

#[test]
fn writing() {
    let world = World::new();
    let inside = confined(|it| it.write.push(world.path("granted")));
    let script = r#"cd "$D" && echo changed > file && mkdir -p a/b && echo x > a/b/new && mv a/b/new a/moved && rm -r a/b && ln -s x link && mkfifo f"#;
    run(sh(script).env("D", world.text("granted")).confined(inside.clone())).succeeds();
    assert_eq!(world.read("granted/file"), "changed\n");
    for attempt in [
        "echo x >> .ssh/id",
        ": > .ssh/new",
        "rm .ssh/id",
        "mv .ssh/id x",
        "ln .ssh/id ../granted/hard",
        "mkdir new",
        "truncate -s 0 .ssh/id",
    ] {
        let output = run(sh(attempt).dir(world.path("home")).confined(inside.clone()));
        assert!(!output.status.success(), "{attempt}: {output:?}");
    }
    assert_eq!(world.read("home/.ssh/id"), "outside");

    let only_read = confined(|it| it.read.push(world.path("granted")));
    run(sh("echo x > file").dir(world.path("granted")).confined(only_read)).refused("Permission denied");
    run(sh("echo x > .ssh/id").dir(world.path("home"))).succeeds();
}

#[test]
fn devices_and_proc() {
    let output = run(sh("echo x > /dev/null && head -c 4 /dev/zero | wc -c && grep -c NoNewPrivs /proc/self/status")
        .confined(confined(|_| ())));
    assert_eq!(output.succeeds().stdout, "4\n1\n");
    run(sh("cat /proc/1/environ").confined(confined(|_| ()))).refused("denied");
    run(sh("echo 1 > /proc/self/oom_score_adj").confined(confined(|_| ()))).refused("ermission denied");
}

#[test]
fn links_do_not_widen_a_grant() {
    let world = World::new();
    symlink(world.path("home/.ssh/id"), world.path("granted/link")).unwrap();
    let confinement = confined(|it| it.write.push(world.path("granted")));
    run(request("cat", &[&world.text("granted/link")]).confined(confinement)).refused("Permission denied");

    // A granted path that became a link after it was checked.
    symlink(world.path("home/.ssh"), world.path("swapped")).unwrap();
    let confinement = confined(|it| it.write.push(world.path("swapped")));
    run(request("cat", &[&world.text("swapped/id")]).confined(confinement)).refused("Permission denied");
}

#[test]
fn a_link_that_is_swapped_all_the_time_never_leads_out() {
    let world = World::new();
    let granted = world.text("granted");
    let outside = world.text("home/.ssh/id");
    block_on(async {
        let swap = r#"chdir shift; my $out = shift; while (1) { for my $to ("file", $out) { symlink $to, "next"; rename "next", "link" } }"#;
        let mut swapping = start(&perl(swap).args([granted.clone(), outside])).await;
        let read = r#"chdir shift; my %n; for (1..20000) { my $t = ""; if (open my $f, "<", "link") { $t = <$f> } else { $t = "refused" } $n{$t}++ }
            print join " ", sort keys %n"#;
        let confinement = confined(|it| it.read.push(world.path("granted")));
        let output = crate::program::finish(&perl(read).args([granted]).confined(confinement)).await.unwrap();
        assert_eq!(output.stdout, "inside refused", "{output:?}");
        swapping.signal(9).unwrap();
        swapping.wait().await.unwrap();
    });
}

#[test]
fn executing() {
    let world = World::new();
    for path in ["granted/script", "home/script", "scratch/script"] {
        let path = world.write(path, "#!/bin/sh\necho ran\n");
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    }
    let confinement = confined(|it| {
        it.execute.push(world.path("granted"));
        it.read.push(world.path("home"));
        it.scratch = Some(world.path("scratch"));
    });
    let attempt = |path: &str| run(sh("exec \"$0\"").args([world.text(path)]).confined(confinement.clone()));
    assert_eq!(attempt("granted/script").succeeds().stdout, "ran\n");
    assert_eq!(attempt("scratch/script").succeeds().stdout, "ran\n");
    attempt("home/script").refused("Permission denied");
    run(sh(r#"cp "$0/script" "$0/copy" && "$0/copy" && rm "$0/copy""#).args([world.text("scratch")]).confined(confinement))
        .succeeds();

    // The program that is started needs no grant of its own, but its interpreter does.
    let program = infra_confine::Request::new(world.path("home/script"));
    assert_eq!(run(program.clone().confined(confined(|_| ()))).succeeds().stdout, "ran\n");
    let error = refusal(&program.confined(infra_confine::Confinement::default()));
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert!(matches!(error, infra_confine::ConfineError::NotStarted { stage: Stage::Execute, .. }));
}
