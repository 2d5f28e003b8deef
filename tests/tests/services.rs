//! `service`: programs that live on after the run, `infra ps` and `infra stop`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot set itself up fails")]

use infra_tests::{Output, Project, free_port, processes_with, unique_name, wait_for};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::Value as Json;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// A server with a child of its own that does not listen to TERM. `die` over the connection ends it with 3. `MARK` is in the arguments of both.
const SERVER: &str = r#"
use IO::Socket::INET;
$| = 1;
print "begins\n";
my ($port, $mark) = @ARGV;
if (!fork) { $SIG{TERM} = "IGNORE"; sleep 1 while 1 }
my $socket = IO::Socket::INET->new(LocalAddr => "127.0.0.1:$port", Listen => 5, ReuseAddr => 1) or die "cannot listen: $!\n";
print "listens\n";
while (my $client = $socket->accept) {
  my $line = <$client>;
  exit 3 if $line =~ /die/;
  exit 0 if $line =~ /end/;
  print $client "hello\n";
  close $client;
}
"#;

struct Server {
    project: Project,
    port: u16,
    mark: String,
}

impl Server {
    /// A project with the service `web`; `more` is added to the file.
    fn new(service: &str, more: &str) -> Self {
        let (port, mark) = (free_port(), unique_name());
        let project = Project::new(&Self::infrafile(port, &mark, service, more));
        Self { project, port, mark }
    }

    fn infrafile(port: u16, mark: &str, service: &str, more: &str) -> String {
        let service = service.replace("PORT", &port.to_string());
        let more = more.replace("PORT", &port.to_string());
        format!(
            "[project]\nname = '{mark}'\n\n[tasks.web]\nrun = ['perl', '-e', '''{SERVER}''', '{port}', '{mark}']\n\
             service = {service}\ntimeout = '60s'\n{more}"
        )
    }

    fn rewrite(&self, service: &str, more: &str) {
        self.project.file("Infrafile.toml", Self::infrafile(self.port, &self.mark, service, more));
    }

    fn infra(&self, args: &[&str]) -> Output {
        self.project.infra(args).output()
    }

    fn ps(&self) -> Vec<Json> {
        let listed = self.infra(&["ps", "--json"]).expect_success();
        let rows: Vec<Json> = serde_json::from_str(&listed.stdout).unwrap();
        rows.into_iter().filter(|row| row["kind"] == "service").collect()
    }

    fn one(&self) -> Json {
        let rows = self.ps();
        let [row] = rows.as_slice() else { panic!("one service: {rows:?}") };
        row.clone()
    }

    fn ask(&self, word: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.write_all(format!("{word}\n").as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    fn answers(&self) -> bool {
        self.ask("hello").as_deref() == Some("hello\n")
    }

    /// The program and its child.
    fn alive(&self) -> usize {
        processes_with(&self.mark).len()
    }

    fn nothing_is_left(&self) {
        wait_for("nothing of the service lives", || self.alive() == 0);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.project.infra(&["stop"]).output();
    }
}

const READY: &str = "{ ready = 'tcp://127.0.0.1:PORT' }";
const RESTARTED: &str =
    "{ ready = 'tcp://127.0.0.1:PORT', restart = 'on-failure' }\nretries = { attempts = 1, backoff = '10ms' }";

fn pid(row: &Json) -> Pid {
    Pid::from_raw(i32::try_from(row["pid"].as_i64().unwrap()).unwrap()).unwrap()
}

#[test]
fn it_lives_on_until_it_is_stopped() {
    let server = Server::new(READY, "");
    let run = server.infra(&["run", "web"]).expect_success();
    assert!(run.stderr.contains("listens") && run.stderr.contains("infra stop"), "{}", run.stderr);
    assert!(server.answers());
    let row = server.one();
    assert_eq!((row["task"].as_str(), row["state"].as_str()), (Some("web"), Some("ready")), "{row}");
    assert_eq!(row["ready"], format!("tcp://127.0.0.1:{}", server.port));
    let log = std::fs::read_to_string(row["log"].as_str().unwrap()).unwrap();
    assert!(log.contains("begins") && log.contains("listens"), "{log}");
    let shown = server.infra(&["ps"]).expect_success().stdout;
    assert!(shown.contains("web") && shown.contains("ready") && shown.contains(&row["pid"].to_string()), "{shown}");
    assert_eq!(server.alive(), 2);
    // The child does not listen to TERM: it is killed with its tree.
    let stopped = server.infra(&["stop", "web"]).expect_success();
    assert!(stopped.stderr.contains("stopped web"), "{}", stopped.stderr);
    server.nothing_is_left();
    assert!(server.ps().is_empty());
}

#[test]
fn a_second_run_leaves_it_and_another_definition_replaces_it() {
    let server = Server::new(READY, "");
    server.infra(&["run", "web"]).expect_success();
    let first = server.one();
    let again = server.infra(&["run", "web", "--json"]).expect_success();
    let output: Json = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(output["pid"], first["pid"]);
    assert_eq!(server.one(), first);
    server.rewrite(READY, "env = { COLOR = 'blue' }");
    let changed = server.infra(&["run", "web"]).expect_success();
    assert!(changed.stderr.contains("definition has changed"), "{}", changed.stderr);
    let second = server.one();
    assert_ne!(second["pid"], first["pid"]);
    assert_eq!(second["state"], "ready");
    assert!(server.answers());
    wait_for("only the new one lives", || server.alive() == 2);
}

#[test]
fn a_plan_says_whether_it_would_be_started() {
    let server = Server::new(READY, "");
    let planned = server.infra(&["plan", "web", "--detailed-exitcode"]).expect_code(2);
    assert!(planned.stdout.contains("perl"), "{}", planned.stdout);
    assert_eq!(server.alive(), 0, "a plan starts nothing");
    server.infra(&["run", "web"]).expect_success();
    server.infra(&["plan", "web", "--detailed-exitcode"]).expect_success();
}

#[test]
fn later_tasks_use_it() {
    let client = "
[tasks.client]
run = ['perl', '-MIO::Socket::INET', '-e', 'my $c = IO::Socket::INET->new(PeerAddr => \"127.0.0.1:$ARGV[0]\") or die; print $c \"hi\\n\"; print <$c>', 'PORT']
allow = [{ process = [{ program = 'perl', connect = ['*:PORT'] }] }]
[tasks.all]
steps = ['web', 'client']
";
    let server = Server::new(READY, client);
    let run = server.infra(&["run", "all"]).expect_success();
    assert!(run.stderr.contains("hello"), "{}", run.stderr);
}

#[test]
fn a_supervisor_that_is_killed_leaves_nothing_and_is_shown_as_dead_once() {
    let server = Server::new(READY, "");
    server.infra(&["run", "web"]).expect_success();
    kill_process(pid(&server.one()), Signal::KILL).unwrap();
    server.nothing_is_left();
    assert_eq!(server.one()["state"], "dead");
    assert!(server.ps().is_empty());
    server.infra(&["run", "web"]).expect_success();
    assert!(server.answers());
    // Without a look at it in between, the next run finds it dead by itself.
    kill_process(pid(&server.one()), Signal::KILL).unwrap();
    server.nothing_is_left();
    server.infra(&["run", "web"]).expect_success();
    assert!(server.answers());
}

#[test]
fn one_that_fails_is_started_again_where_that_is_said() {
    let server = Server::new(RESTARTED, "");
    server.infra(&["run", "web"]).expect_success();
    let before = server.one();
    for round in 1..=2 {
        server.ask("die");
        wait_for("it is started again", || {
            let row = server.one();
            row["restarts"] == round && row["state"] == "ready"
        });
        assert!(server.answers());
    }
    let after = server.one();
    assert_eq!((&after["pid"], &after["since"]), (&before["pid"], &before["since"]));
    let log = std::fs::read_to_string(after["log"].as_str().unwrap()).unwrap();
    assert!(log.contains("exit code 3") && log.matches("listens").count() == 3, "{log}");
    // The children of those that failed are gone.
    wait_for("two processes are left", || server.alive() == 2);
    server.ask("end");
    wait_for("an end without a failure is the end", || server.one()["state"] == "ended");
}

#[test]
fn one_that_fails_stays_down_where_nothing_is_said() {
    let server = Server::new(READY, "");
    server.infra(&["run", "web"]).expect_success();
    server.ask("die");
    server.nothing_is_left();
    let mut row = Json::Null;
    wait_for("it is told", || {
        row = server.one();
        row["state"] != "ready" && row["state"] != "not answering"
    });
    assert_eq!(row["state"], "failed", "{row}");
    assert!(row["error"].as_str().unwrap().contains("exit code 3"), "{row}");
}

#[test]
fn one_that_is_not_ready_fails_the_run_and_does_not_stay() {
    // It listens on another port than the one that is asked.
    let other = free_port();
    let server = Server::new(&format!("{{ ready = 'tcp://127.0.0.1:{other}' }}"), "");
    server.project.file(
        "Infrafile.toml",
        server.project.read("Infrafile.toml").replace(
            "timeout = '60s'",
            &format!("timeout = '3s'\nallow = [{{ process = [{{ program = 'perl', listen = ['*:{}'] }}] }}]", server.port),
        ),
    );
    let late = server.infra(&["run", "web"]).expect_code(124);
    assert!(late.stderr.contains("not ready within 3 s") && late.stderr.contains("listens"), "{}", late.stderr);
    server.nothing_is_left();
    assert!(server.ps().is_empty());
}

#[test]
fn it_may_listen_where_it_is_ready_and_nowhere_else() {
    let other = free_port();
    let server = Server::new(&format!("{{ ready = 'tcp://127.0.0.1:{other}' }}"), "");
    let refused = server.infra(&["run", "web"]).expect_code(13);
    assert!(refused.stderr.contains("cannot listen: Permission denied"), "{}", refused.stderr);
    server.nothing_is_left();
}

#[test]
fn one_that_fails_at_once_fails_the_run_with_its_code_and_its_log() {
    let project = Project::new(&format!(
        "[project]\nname = '{}'\n[tasks.web]\nsh = 'echo wrong place >&2; exit 7'\nservice = {{ restart = 'on-failure' }}\n",
        unique_name()
    ));
    let failed = project.infra(&["run", "web"]).output().expect_code(7);
    assert!(failed.stderr.contains("wrong place"), "{}", failed.stderr);
    assert_eq!(project.infra(&["ps", "--json"]).output().expect_success().stdout.trim(), "[]");
}

#[test]
fn a_port_that_is_taken_is_told() {
    let server = Server::new(READY, "");
    let _taken = std::net::TcpListener::bind(("127.0.0.1", server.port)).unwrap();
    let refused = server.infra(&["run", "web"]).expect_code(1);
    assert!(refused.stderr.contains("something else answers"), "{}", refused.stderr);
    assert_eq!(server.alive(), 0);
}

#[test]
fn a_run_that_is_interrupted_or_killed_before_it_is_ready_takes_it_along() {
    for kill in [false, true] {
        let unready = format!("{{ ready = 'tcp://127.0.0.1:{}' }}", free_port());
        let server = Server::new(&unready, "allow = [{ process = [{ program = 'perl', listen = ['*:PORT'] }] }]");
        let child = server.project.infra(&["run", "web"]).start();
        wait_for("the program runs", || server.answers());
        let runner = Pid::from_child(&child);
        if kill {
            kill_process(runner, Signal::KILL).unwrap();
        } else {
            kill_process_group(runner, Signal::INT).unwrap();
        }
        let output = Output::from(child.wait_with_output().unwrap());
        assert_eq!(output.code, (!kill).then_some(130), "{}", output.stderr);
        server.nothing_is_left();
        wait_for("its record is gone", || server.ps().is_empty());
    }
}

#[test]
fn one_that_is_ready_outlives_the_interruption_of_its_run() {
    let server = Server::new(READY, "[tasks.wait]\nsh = 'sleep 1000'\n[tasks.all]\nsteps = ['web', 'wait']\n");
    let child = server.project.infra(&["run", "all"]).start();
    wait_for("the service is ready", || server.ps().iter().any(|row| row["state"] == "ready"));
    kill_process_group(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    assert!(server.answers());
    server.infra(&["stop"]).expect_success();
    server.nothing_is_left();
}

#[test]
fn two_runs_at_once_start_one() {
    let server = Server::new(READY, "");
    let runs: Vec<_> = (0..3).map(|_| server.project.infra(&["run", "web", "--json"]).start()).collect();
    let pids: Vec<Json> = runs
        .into_iter()
        .map(|run| Output::from(run.wait_with_output().unwrap()).expect_success())
        .map(|output| serde_json::from_str::<Json>(&output.stdout).unwrap()["pid"].clone())
        .collect();
    assert!(pids.iter().all(|pid| *pid == pids[0]), "{pids:?}");
    assert_eq!(server.alive(), 2);
}

#[test]
fn a_wrong_name_stops_nothing() {
    let server = Server::new(READY, "");
    server.infra(&["run", "web"]).expect_success();
    let refused = server.infra(&["stop", "web", "wbe"]);
    assert_ne!(refused.code, Some(0));
    assert!(server.answers());
}

#[test]
fn the_program_is_confined_as_in_a_run() {
    let outside = std::env::temp_dir().join(unique_name());
    let script = format!("echo x > inside; echo x > {} || echo refused; sleep 1000", outside.display());
    let project = Project::new(&format!(
        "[project]\nname = '{}'\n[tasks.web]\nsh = '{script}'\nservice = true\nallow = [{{ files = {{ write = ['inside'] }} }}]\n",
        unique_name()
    ));
    project.file("inside", "");
    let run = project.infra(&["run", "web"]).output();
    project.infra(&["stop"]).output().expect_success();
    let run = run.expect_success();
    assert!(run.stderr.contains("refused"), "{}", run.stderr);
    assert_eq!(project.read("inside"), "x\n");
    assert!(!outside.exists());
}

#[test]
fn a_matrix_is_as_many_services() {
    let project = Project::new(&format!(
        "[project]\nname = '{}'\n[tasks.web]\nrun = ['sleep', '1000']\nmatrix = {{ env = ['dev', 'qa'] }}\nservice = true\n",
        unique_name()
    ));
    project.infra(&["run", "web"]).output().expect_success();
    let listed = project.infra(&["ps", "--json"]).output().expect_success().stdout;
    let one = project.infra(&["stop", "web (dev)"]).output().expect_success();
    let rest = project.infra(&["ps", "--json"]).output().expect_success().stdout;
    project.infra(&["stop"]).output().expect_success();
    assert!(listed.contains("web (dev)") && listed.contains("web (qa)"), "{listed}");
    assert!(one.stderr.contains("stopped web (dev)"), "{}", one.stderr);
    assert!(!rest.contains("web (dev)") && rest.contains("web (qa)"), "{rest}");
}

#[test]
fn what_cannot_be_a_service_is_refused() {
    for (task, says) in [
        ("steps = ['a']\nservice = true", "a service has a program of its own"),
        ("needs = ['a']\nservice = true", "a service has a program of its own"),
        ("run = ['a']\nservice = true\ninteractive = true", "a service cannot have the terminal"),
        ("run = ['a']\nservice = { ready = 'http://localhost' }", "`ready` must be `tcp://HOST:PORT`"),
        ("run = ['a']\nservice = { ready = 'tcp://localhost' }", "`ready` must be `tcp://HOST:PORT`"),
        ("run = ['a']\nservice = { ready = 'tcp://localhost:99999' }", "`ready` must be `tcp://HOST:PORT`"),
        ("run = ['a']\nservice = { restart = 'always' }", "`restart` cannot be `always`"),
        ("run = ['a']\nservice = { log = 'ready' }", "log"),
    ] {
        let project = Project::new(&format!("[project]\nname = 'demo'\n[tasks.a]\nrun = ['true']\n[tasks.b]\n{task}\n"));
        let refused = project.infra(&["check"]).output().expect_code(78);
        assert!(refused.stderr.contains(says), "{task}: {}", refused.stderr);
    }
}
