use crate::program::{block_on, confined, finish, perl, request, run, sh, start};

const NOT_PERMITTED: &str = "not permitted";

/// A system call by number with a process id as its second argument.
fn call(number: libc::c_long, args: &str) -> String {
    format!(r#"syscall({number}, {args}) >= 0 or die "$!\n""#)
}

#[test]
fn another_process_is_out_of_reach() {
    block_on(async {
        let mut victim = start(&request("sleep", &["1000"])).await;
        let pid = victim.pid().to_string();
        let confinement = confined(|_| ());
        for signal in ["0", "TERM", "KILL"] {
            let kill = sh(&format!("kill -{signal} {pid}")).confined(confinement.clone());
            finish(&kill).await.unwrap().refused(NOT_PERMITTED);
        }
        let attach = perl(&call(libc::SYS_ptrace, &format!("0x4206, {pid}, 0, 0")));
        finish(&attach.clone().confined(confinement.clone())).await.unwrap().refused(NOT_PERMITTED);
        for file in ["environ", "mem", "maps", "fd/0", "root/etc/passwd"] {
            let output = finish(&request("cat", &[&format!("/proc/{pid}/{file}")]).confined(confinement.clone())).await.unwrap();
            assert!(!output.status.success() && output.stderr.contains("denied"), "{file}: {output:?}");
        }
        // Unconfined, the same works.
        finish(&attach).await.unwrap().succeeds();
        finish(&sh(&format!("kill -TERM {pid}"))).await.unwrap().succeeds();
        assert_eq!(victim.wait().await.unwrap().signal, Some(libc::SIGTERM));
    });
}

#[test]
fn the_worker_is_out_of_reach() {
    run(sh("kill -KILL $PPID").confined(confined(|_| ()))).refused(NOT_PERMITTED);
}

#[test]
fn its_own_children_are_within_reach() {
    let output = run(sh("sleep 1000 & kill -TERM $!; wait $!; echo $?; cat /proc/$$/environ >/dev/null && echo read")
        .confined(confined(|_| ())));
    assert_eq!(output.succeeds().stdout, "143\nread\n");
}

#[test]
fn system_calls_that_no_program_needs() {
    for (number, args) in [
        (libc::SYS_io_uring_setup, "1, 0"),
        (libc::SYS_process_vm_readv, "1, 0, 0, 0, 0, 0"),
        (libc::SYS_unshare, "0x10000000"),
        (libc::SYS_clone, "0x10000011, 0, 0, 0, 0"),
        (libc::SYS_setns, "0, 0"),
        (libc::SYS_bpf, "0, 0, 0"),
        (libc::SYS_perf_event_open, "0, 0, 0, 0, 0"),
        (libc::SYS_userfaultfd, "0"),
        (libc::SYS_mount, "0, 0, 0, 0, 0"),
        (libc::SYS_keyctl, "0, -3, 0"),
        (libc::SYS_open_by_handle_at, "0, 0, 0"),
        (libc::SYS_kexec_load, "0, 0, 0, 0"),
        // Typing into the terminal.
        (libc::SYS_ioctl, "0, 0x5412, 0"),
    ] {
        let output = run(perl(&call(number, args)).confined(confined(|_| ())));
        assert!(!output.status.success() && output.stderr.contains(NOT_PERMITTED), "{number}: {output:?}");
    }
    let output = run(perl(&call(libc::SYS_clone3, "0, 0")).confined(confined(|_| ())));
    assert!(output.stderr.contains("not implemented"), "{output:?}");
}

#[test]
#[cfg(target_arch = "x86_64")]
fn calls_of_another_numbering_are_refused() {
    // `socket(AF_UNIX, SOCK_STREAM, 0)` by its x32 number.
    let output = run(perl(&call(libc::SYS_socket | 0x4000_0000, "1, 1, 0")).confined(confined(|_| ())));
    assert!(output.stderr.contains("not implemented"), "{output:?}");
}

#[test]
fn privileges_cannot_grow() {
    let output = run(sh("grep -E 'NoNewPrivs|Seccomp:|CapBnd' /proc/self/status").confined(confined(|_| ()))).succeeds();
    assert!(output.stdout.contains("NoNewPrivs:\t1") && output.stdout.contains("Seccomp:\t2"), "{output:?}");
    if rustix_is_root() {
        assert!(output.stdout.contains("CapBnd:\t00000000800005fb"), "{output:?}");
    }
}

fn rustix_is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == 0)
}

#[test]
fn only_the_standard_streams_are_open() {
    for request in [sh("ls /proc/$$/fd"), sh("ls /proc/$$/fd").confined(confined(|_| ()))] {
        assert_eq!(run(request).succeeds().stdout.split_whitespace().collect::<Vec<_>>(), ["0", "1", "2"]);
    }
}

#[test]
fn it_has_a_session_and_fresh_signals() {
    let script = r#"my $me = $$; print getpgrp() == $me ? "group " : ""; open my $f, "<", "/proc/self/stat"; my @f = split / /, <$f>; print $f[5] == $me ? "session " : "";
        open my $s, "<", "/proc/self/status"; for (<$s>) { print "$1=$2 " if /^(SigBlk|SigIgn):\s+(\w+)/ } printf "%03o", umask"#;
    let output = run(perl(script).confined(confined(|_| ()))).succeeds();
    // Perl itself ignores FPE.
    assert_eq!(output.stdout, "group session SigBlk=0000000000000000 SigIgn=0000000000000080 022", "{output:?}");
}

#[test]
fn in_the_foreground_it_stays_in_the_runners_group() {
    let mut request = perl("print getpgrp()");
    request.foreground = true;
    // SAFETY is not needed: this only asks for a number.
    let group = std::fs::read_to_string("/proc/self/stat")
        .unwrap()
        .rsplit_once(')')
        .unwrap()
        .1
        .split_whitespace()
        .nth(2)
        .unwrap()
        .to_owned();
    assert_eq!(run(request.clone()).succeeds().stdout, group);
    assert_eq!(run(request.confined(confined(|_| ()))).succeeds().stdout, group);
}
