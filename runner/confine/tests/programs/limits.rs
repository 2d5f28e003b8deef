use crate::program::{confined, perl, run, sh};
use crate::world::World;
use infra_confine::ResourceLimits;

fn limited(limits: ResourceLimits) -> infra_confine::Confinement {
    confined(|it| it.limits = limits)
}

#[test]
fn limits_are_set() {
    let limits = ResourceLimits { open_files: Some(40), cpu_seconds: Some(7), ..ResourceLimits::default() };
    let output = run(sh("ulimit -n; ulimit -t; ulimit -c").confined(limited(limits))).succeeds();
    assert_eq!(output.stdout, "40\n7\n0\n");
}

#[test]
fn processor_time_ends() {
    let limits = ResourceLimits { cpu_seconds: Some(1), ..ResourceLimits::default() };
    let output = run(perl("while (1) {}").confined(limited(limits)));
    assert!(matches!(output.status.signal, Some(libc::SIGXCPU | libc::SIGKILL)), "{output:?}");
    assert!(output.status.cpu.as_millis() >= 900, "{output:?}");
}

#[test]
fn memory_and_files_end() {
    let limits = ResourceLimits { address_space: Some(200 << 20), ..ResourceLimits::default() };
    let output = run(perl("my $x = 'x' x (400 << 20); print length $x").confined(limited(limits)));
    assert!(!output.status.success(), "{output:?}");
    let world = World::new();
    let mut confinement = limited(ResourceLimits { file_size: Some(4096), ..ResourceLimits::default() });
    confinement.write.push(world.path("granted"));
    let output = run(sh("head -c 100000 /dev/zero > big").dir(world.path("granted")).confined(confinement));
    assert!(!output.status.success(), "{output:?}");
    assert_eq!(std::fs::metadata(world.path("granted/big")).unwrap().len(), 4096);
}
