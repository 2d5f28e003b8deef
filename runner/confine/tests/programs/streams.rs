use crate::program::{all, block_on, confined, finish, path_of, perl, refusal, request, run, sh, spawner, start};
use crate::world::World;
use infra_confine::{ConfineError, Request, Stage, Stdio};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStringExt;
use tokio::io::AsyncWriteExt;

#[test]
fn codes_and_signals() {
    let output = run(sh("echo out; echo err >&2; exit 7"));
    assert_eq!((output.status.code, output.status.signal), (Some(7), None));
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("out\n", "err\n"));
    let output = run(sh("kill -SEGV $$").confined(confined(|_| ())));
    assert_eq!((output.status.code, output.status.signal), (None, Some(libc::SIGSEGV)));
    let output = run(sh("sleep 0.05"));
    assert!(output.status.duration.as_millis() >= 50 && output.status.max_rss > 0, "{output:?}");
}

#[test]
fn the_environment_is_what_was_given() {
    let mut request = Request::new(path_of("env")).env("ONLY", "this");
    assert_eq!(run(request.clone()).succeeds().stdout, "ONLY=this\n");
    request.env.clear();
    assert_eq!(run(request).succeeds().stdout, "");
}

#[test]
fn input_is_read_and_large_output_arrives() {
    block_on(async {
        let (stdio, mut pipes) = Stdio::piped().unwrap();
        let mut running = spawner().spawn(&request("cat", &[]).confined(confined(|_| ())), stdio).await.unwrap();
        let text = "a line of text\n".repeat(1_000_000);
        let feed = async {
            pipes.stdin.write_all(text.as_bytes()).await.unwrap();
            drop(pipes.stdin);
        };
        let ((), out, status) = tokio::join!(feed, all(pipes.stdout), running.wait());
        assert!(status.unwrap().success());
        assert!(out == text, "{} bytes of {} came back", out.len(), text.len());
    });
}

#[test]
fn a_signal_reaches_the_whole_group() {
    block_on(async {
        let (stdio, pipes) = Stdio::piped().unwrap();
        let script = "trap 'echo stopping; exit 3' TERM; echo ready; sleep 1000 & wait";
        let mut running = spawner().spawn(&sh(script).confined(confined(|_| ())), stdio).await.unwrap();
        let mut first = [0; 6];
        let mut stdout = pipes.stdout;
        tokio::io::AsyncReadExt::read_exact(&mut stdout, &mut first).await.unwrap();
        running.signal(libc::SIGTERM).unwrap();
        let status = running.wait().await.unwrap();
        assert_eq!(status.code, Some(3));
        assert_eq!(all(stdout).await, "stopping\n");
        running.signal(libc::SIGTERM).unwrap();
        assert_eq!(running.wait().await.unwrap(), status);
    });
}

#[test]
fn waiting_can_be_dropped_and_taken_up_again() {
    block_on(async {
        let mut running = start(&request("sleep", &["0.2"])).await;
        for _ in 0..3 {
            let early = tokio::time::timeout(std::time::Duration::from_millis(10), running.wait()).await;
            assert!(early.is_err());
        }
        assert!(running.wait().await.unwrap().success());
    });
}

#[test]
fn what_cannot_be_started_says_why() {
    let world = World::new();
    let at = |error: &ConfineError| match error {
        ConfineError::NotStarted { stage, .. } => *stage,
        other => panic!("{other}"),
    };
    let error = refusal(&Request::new("/nowhere/program"));
    assert_eq!((error.kind(), error.errno(), at(&error)), (ErrorKind::NotFound, Some(libc::ENOENT), Stage::Execute));
    assert!(error.to_string().contains("/nowhere/program"), "{error}");
    let error = refusal(&Request::new(world.path("granted/file")));
    assert_eq!((error.kind(), at(&error)), (ErrorKind::PermissionDenied, Stage::Execute));
    let error = refusal(&request("true", &[]).dir("/nowhere"));
    assert_eq!((error.kind(), at(&error)), (ErrorKind::NotFound, Stage::Directory));
    let text = world.write("granted/text", "no first line");
    std::fs::set_permissions(&text, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let error = refusal(&Request::new(text));
    assert!(error.to_string().contains("#!/bin/sh"), "{error}");
    let error = refusal(&request("true", &["a\0b"]));
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let error = refusal(&request("true", &[&"x".repeat(1 << 20)]));
    assert!(error.to_string().contains("too long"), "{error}");
    // The workers are as good as new.
    run(request("true", &[])).succeeds();
}

#[test]
fn many_and_strange_arguments_arrive() {
    let mut request = perl(r#"print scalar(@ARGV), " ", length join "", @ARGV"#);
    request.argv.extend((0..10_000).map(|index| format!("{index:0100}").into()));
    assert_eq!(run(request.clone().confined(confined(|_| ()))).succeeds().stdout, "10000 1000000");
    request.argv.truncate(3);
    request.argv.push(std::ffi::OsString::from_vec(vec![0xff, b'\n', 0xfe]));
    assert_eq!(run(request).succeeds().stdout, "1 3");
}

#[test]
fn fifty_at_once() {
    block_on(async {
        let begin = std::time::Instant::now();
        let request = |index: usize| sh(&format!("sleep 0.3; exit {index}")).confined(confined(|_| ()));
        let all: Vec<_> =
            (0..50).map(|index| tokio::spawn(async move { finish(&request(index)).await.unwrap().status.code })).collect();
        for (index, one) in all.into_iter().enumerate() {
            assert_eq!(one.await.unwrap(), i32::try_from(index).ok());
        }
        println!("fifty programs of 0.3 s: {:?}", begin.elapsed());
    });
}
