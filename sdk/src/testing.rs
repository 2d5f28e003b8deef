//! Native tests of a task: a stand-in for the runner that knows what it was told and remembers what it was asked.
//!
//! ```
//! use infra::testing::TestHost;
//!
//! let host = TestHost::new().command("git rev-parse HEAD", 0, "abc\n");
//! let commit = host.run(|| infra::cmd!("git", "rev-parse", "HEAD").read()).unwrap();
//! assert_eq!(commit, "abc");
//! assert_eq!(host.calls(), ["process.run git rev-parse HEAD"]);
//! ```

use crate::docker::{BuildOptions, Condition, ContainerState, Daemon, ExecCommand, LogOptions, PortHolder, PullProgress};
use crate::files::{Kind, Metadata};
use crate::host::{BuildHandle, ExecHandle, Host, LogsHandle, ProgressHandle, PullHandle, RunningHandle, WaitHandle, Waitable};
use crate::kubernetes::{Applied, ClusterHandle, LogLine, Target};
use crate::process::{Command, Completed, ExitStatus, Output};
use crate::testing_cluster::{ClusterWorld, TestCluster, key};
use crate::ui::{Level, Unit};
use crate::{Error, Result};
use serde_json::{Value, json};
use std::any::Any;
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

thread_local! {
    static CURRENT: RefCell<Option<Rc<TestHost>>> = const { RefCell::new(None) };
}

/// The stand-in that is asked now.
pub(crate) fn current_host() -> Rc<TestHost> {
    CURRENT.with_borrow(Clone::clone).unwrap_or_default()
}

#[cfg(not(target_family = "wasm"))]
pub(crate) fn current<R>(call: impl FnOnce(&dyn Host) -> R) -> R {
    call(&*current_host())
}

/// The stand-in. What it was not told does not exist.
#[derive(Debug, Default)]
pub struct TestHost {
    state: RefCell<World>,
}

#[derive(Debug, Default)]
struct World {
    calls: Vec<String>,
    logs: Vec<(Level, String)>,
    shown: Vec<String>,
    commands: BTreeMap<String, (i32, String)>,
    files: BTreeMap<String, Vec<u8>>,
    images: BTreeMap<String, Value>,
    containers: BTreeMap<String, Value>,
    networks: BTreeMap<String, Value>,
    volumes: BTreeMap<String, Value>,
    secrets: BTreeMap<String, String>,
    ports: BTreeMap<u16, PortHolder>,
    ending: BTreeMap<String, i32>,
    planning: bool,
    daemon_missing: bool,
    registry_missing: bool,
    cluster: ClusterWorld,
    http: crate::http_testing::HttpWorld,
}

impl TestHost {
    /// An empty world.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn with(self, change: impl FnOnce(&mut World)) -> Self {
        change(&mut self.state.borrow_mut());
        self
    }

    /// A program: its command line with single spaces, its exit code, its standard output.
    #[must_use]
    pub fn command(self, line: &str, code: i32, stdout: &str) -> Self {
        self.with(|world| {
            world.commands.insert(line.to_owned(), (code, stdout.to_owned()));
        })
    }

    /// A file.
    #[must_use]
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.with(|world| {
            world.files.insert(path.to_owned(), content.as_ref().to_vec());
        })
    }

    /// An image that the daemon has.
    #[must_use]
    pub fn image(self, name: &str) -> Self {
        self.with(|world| {
            world.images.insert(name.to_owned(), json!({ "Id": format!("sha256:{name}") }));
        })
    }

    /// A container with its inspection.
    #[must_use]
    pub fn container(self, name: &str, inspection: Value) -> Self {
        self.with(|world| {
            world.containers.insert(name.to_owned(), inspection);
        })
    }

    /// A container that ends with this code as soon as it is started.
    #[must_use]
    pub fn ending(self, name: &str, code: i32) -> Self {
        self.with(|world| {
            world.ending.insert(name.to_owned(), code);
        })
    }

    /// A port that is held.
    #[must_use]
    pub fn port(self, port: u16, holder: PortHolder) -> Self {
        self.with(|world| {
            world.ports.insert(port, holder);
        })
    }

    /// A secret, which may be revealed. [`crate::secrets::find`] gives what a parameter takes.
    #[must_use]
    pub fn secret(self, name: &str, text: &str) -> Self {
        self.with(|world| {
            world.secrets.insert(name.to_owned(), text.to_owned());
        })
    }

    /// A plan.
    #[must_use]
    pub fn planning(self) -> Self {
        self.with(|world| world.planning = true)
    }

    /// No daemon answers.
    #[must_use]
    pub fn without_docker(self) -> Self {
        self.with(|world| world.daemon_missing = true)
    }

    /// No registry answers.
    #[must_use]
    pub fn without_registry(self) -> Self {
        self.with(|world| world.registry_missing = true)
    }

    /// An object of the cluster.
    #[must_use]
    pub fn object(self, object: Value) -> Self {
        self.with(|world| {
            world.cluster.objects.insert(key(&Target::of(&object)), object);
        })
    }

    /// What `apply` yields, object by object.
    #[must_use]
    pub fn applied(self, applied: Applied) -> Self {
        self.with(|world| world.cluster.applied.push(applied))
    }

    /// A line of every log and every job of the cluster.
    #[must_use]
    pub fn log_line(self, line: LogLine) -> Self {
        self.with(|world| world.cluster.log.push(line))
    }

    /// Waiting for this object fails.
    #[must_use]
    pub fn hopeless(self, target: &Target, error: Error) -> Self {
        self.with(|world| {
            world.cluster.failing_waits.insert(key(target), error);
        })
    }

    /// No cluster answers.
    #[must_use]
    pub fn without_cluster(self) -> Self {
        self.with(|world| world.cluster.missing = true)
    }

    /// Runs a part of a task against this world. The world keeps what happened.
    pub fn run<R>(&self, part: impl FnOnce() -> R) -> R {
        let inner = Rc::new(Self { state: RefCell::new(self.state.take()) });
        let before = CURRENT.replace(Some(Rc::clone(&inner)));
        let result = part();
        CURRENT.set(before);
        self.state.replace(inner.state.take());
        result
    }

    /// What was asked, in order: the function's name and its main arguments. Reads of the context and log lines are left out.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.state.borrow().calls.clone()
    }

    /// What was logged.
    #[must_use]
    pub fn logs(&self) -> Vec<(Level, String)> {
        self.state.borrow().logs.clone()
    }

    /// What was shown.
    #[must_use]
    pub fn shown(&self) -> Vec<String> {
        self.state.borrow().shown.clone()
    }

    /// The content of a file as it is now.
    #[must_use]
    pub fn content(&self, path: &str) -> Option<Vec<u8>> {
        self.state.borrow().files.get(path).cloned()
    }

    pub(crate) fn put(&self, path: &str, content: Vec<u8>) {
        self.state.borrow_mut().files.insert(path.to_owned(), content);
    }

    pub(crate) fn cluster<R>(&self, ask: impl FnOnce(&mut ClusterWorld) -> R) -> R {
        ask(&mut self.state.borrow_mut().cluster)
    }

    pub(crate) fn http<R>(&self, ask: impl FnOnce(&mut crate::http_testing::HttpWorld) -> R) -> R {
        ask(&mut self.state.borrow_mut().http)
    }

    pub(crate) fn program(&self, line: &str) -> Result<(i32, String)> {
        self.state.borrow().commands.get(line).cloned().ok_or_else(|| missing("program for", line))
    }

    pub(crate) fn called(&self, call: String) {
        self.state.borrow_mut().calls.push(call);
    }

    fn docker(&self, call: String) -> Result<()> {
        self.called(call);
        if self.state.borrow().daemon_missing {
            return Err(Error::new("unavailable", "no Docker daemon answers"));
        }
        Ok(())
    }

    fn registry(&self) -> Result<()> {
        if self.state.borrow().registry_missing {
            return Err(Error::new("unavailable", "the registry does not answer"));
        }
        Ok(())
    }
}

pub(crate) fn missing(what: &str, name: &str) -> Error {
    Error::new("not-found", format!("there is no {what} `{name}`"))
}

/// An operation that has its pieces ready.
pub(crate) struct Ready<T>(RefCell<VecDeque<T>>);

impl<T> Ready<T> {
    pub(crate) fn new(pieces: impl IntoIterator<Item = T>) -> Box<Self> {
        Box::new(Self(RefCell::new(pieces.into_iter().collect())))
    }

    pub(crate) fn take(&self) -> Option<T> {
        self.0.borrow_mut().pop_front()
    }
}

impl<T> Waitable for Ready<T> {
    fn waitable(&self) -> &dyn Any {
        &()
    }
}

impl PullHandle for Ready<PullProgress> {
    fn next(&self) -> Result<Option<PullProgress>> {
        Ok(self.take())
    }
}

impl WaitHandle for Ready<ContainerState> {
    fn next(&self) -> Result<Option<ContainerState>> {
        Ok(self.take())
    }
}

impl LogsHandle for Ready<Output> {
    fn next(&self) -> Result<Option<Output>> {
        Ok(self.take())
    }
}

impl BuildHandle for Ready<String> {
    fn next(&self) -> Result<Option<String>> {
        Ok(self.take())
    }
    fn image(&self) -> Result<String> {
        Ok("sha256:built".to_owned())
    }
}

struct Scratch(String);

impl crate::host::ScratchHandle for Scratch {
    fn id(&self) -> String {
        self.0.clone()
    }
}

pub(crate) struct Ended {
    output: Box<Ready<Output>>,
    code: i32,
}

impl Ended {
    pub(crate) fn new(code: i32, stdout: String) -> Self {
        Self { output: Ready::new([Output::Stdout(stdout.into_bytes())]), code }
    }
}

impl Waitable for Ended {
    fn waitable(&self) -> &dyn Any {
        &()
    }
}

macro_rules! streams {
    ($name:ident { $($extra:tt)* }) => {
        impl $name for Ended {
            fn next_output(&self) -> Result<Option<Output>> {
                Ok(self.output.take())
            }
            fn write_input(&self, _: &[u8]) -> Result<()> {
                Ok(())
            }
            fn write_secret(&self, _: &str) -> Result<()> {
                Ok(())
            }
            fn close_input(&self) -> Result<()> {
                Ok(())
            }
            fn wait(&self) -> Result<ExitStatus> {
                Ok(ExitStatus { code: Some(self.code), signal: None, duration_ms: 0 })
            }
            $($extra)*
        }
    };
}

streams!(ExecHandle {});
streams!(RunningHandle {
    fn signal(&self, _: &str) -> Result<()> {
        Ok(())
    }
});

struct Unseen;

impl ProgressHandle for Unseen {
    fn set_label(&self, _: &str) {}
    fn set_total(&self, _: Option<u64>) {}
    fn set_position(&self, _: u64) {}
    fn finish(&self) {}
}

impl TestHost {
    fn answer(&self, command: &Command, call: &str) -> Result<(i32, String)> {
        let line = std::iter::once(&command.program).chain(&command.args).cloned().collect::<Vec<_>>().join(" ");
        self.called(format!("{call} {line}"));
        self.state.borrow().commands.get(&line).cloned().ok_or_else(|| missing("program for", &line))
    }
}

impl Host for TestHost {
    fn task_name(&self) -> String {
        "test".to_owned()
    }
    fn project(&self) -> String {
        "test".to_owned()
    }
    fn directory(&self) -> String {
        "/project".to_owned()
    }
    fn run_id(&self) -> String {
        "20260101-000000-000000".to_owned()
    }
    fn attempt(&self) -> u32 {
        1
    }
    fn planning(&self) -> bool {
        self.state.borrow().planning
    }
    fn log(&self, level: Level, message: &str) {
        self.state.borrow_mut().logs.push((level, message.to_owned()));
    }
    fn show(&self, text: &str) {
        self.state.borrow_mut().shown.push(text.to_owned());
    }
    fn progress(&self, _: &str, _: Option<u64>, _: Unit) -> Box<dyn ProgressHandle> {
        Box::new(Unseen)
    }
    fn run_command(&self, command: &Command) -> Result<Completed> {
        let (code, stdout) = self.answer(command, "process.run")?;
        let status = ExitStatus { code: Some(code), signal: None, duration_ms: 0 };
        Ok(Completed { status, stdout: stdout.into_bytes(), stderr: vec![], truncated: false })
    }
    fn start_command(&self, command: &Command) -> Result<Box<dyn RunningHandle>> {
        let (code, stdout) = self.answer(command, "process.start")?;
        Ok(Box::new(Ended { output: Ready::new([Output::Stdout(stdout.into_bytes())]), code }))
    }
    fn find_program(&self, program: &str) -> Result<Option<String>> {
        let start = format!("{program} ");
        let known = self.state.borrow().commands.keys().any(|line| line == program || line.starts_with(&start));
        Ok(known.then(|| format!("/usr/bin/{program}")))
    }
    fn read_file(&self, path: &str) -> Result<Vec<u8>> {
        self.called(format!("files.read {path}"));
        self.content(path).ok_or_else(|| missing("file", path))
    }
    fn stat(&self, path: &str) -> Result<Option<Metadata>> {
        let below = format!("{path}/");
        let state = self.state.borrow();
        let directory = state.files.keys().any(|file| file.starts_with(&below));
        Ok(match state.files.get(path) {
            Some(content) => Some(Metadata { kind: Kind::File, size: content.len() as u64, executable: false }),
            None if directory => Some(Metadata { kind: Kind::Directory, size: 0, executable: false }),
            None => None,
        })
    }
    fn list_directory(&self, path: &str) -> Result<Vec<String>> {
        let below = format!("{path}/");
        let state = self.state.borrow();
        let mut names: Vec<String> =
            state.files.keys().filter_map(|file| file.strip_prefix(&below)?.split('/').next().map(str::to_owned)).collect();
        names.dedup();
        if names.is_empty() { Err(missing("directory", path)) } else { Ok(names) }
    }
    fn find_files(&self, pattern: &str) -> Result<Vec<String>> {
        self.called(format!("files.find {pattern}"));
        Ok(self.state.borrow().files.keys().filter(|path| has_pattern(pattern, path)).cloned().collect())
    }
    fn write_file(&self, path: &str, content: &[u8], _: bool) -> Result<()> {
        self.called(format!("files.write {path}"));
        self.state.borrow_mut().files.insert(path.to_owned(), content.to_vec());
        Ok(())
    }
    fn create_directory(&self, path: &str) -> Result<()> {
        self.called(format!("files.create-directory {path}"));
        Ok(())
    }
    fn remove_file(&self, path: &str) -> Result<()> {
        self.called(format!("files.remove {path}"));
        self.state.borrow_mut().files.remove(path);
        Ok(())
    }
    fn docker_ping(&self) -> Result<Daemon> {
        self.docker("docker.ping".to_owned())?;
        let text = str::to_owned;
        Ok(Daemon {
            version: text("20.10.24"),
            api_version: text("1.41"),
            operating_system: text("linux"),
            architecture: text("amd64"),
        })
    }
    fn inspect_image(&self, name: &str) -> Result<Option<String>> {
        self.docker(format!("docker.inspect-image {name}"))?;
        Ok(self.state.borrow().images.get(name).map(Value::to_string))
    }
    fn inspect_distribution(&self, name: &str) -> Result<Option<String>> {
        self.docker(format!("docker.inspect-distribution {name}"))?;
        self.registry()?;
        Ok(Some(json!({ "Descriptor": { "digest": format!("sha256:{name}") } }).to_string()))
    }
    fn pull_image(&self, name: &str) -> Result<Box<dyn PullHandle>> {
        self.docker(format!("docker.pull-image {name}"))?;
        self.registry()?;
        self.state.borrow_mut().images.insert(name.to_owned(), json!({ "Id": format!("sha256:{name}") }));
        Ok(Ready::new([]))
    }
    fn build_image(&self, options: &BuildOptions) -> Result<Box<dyn BuildHandle>> {
        self.docker(format!("docker.build-image {}", options.context))?;
        for tag in &options.tags {
            self.state.borrow_mut().images.insert(tag.clone(), json!({ "Id": format!("sha256:{tag}") }));
        }
        Ok(Ready::new([]))
    }
    fn tag_image(&self, source: &str, target: &str) -> Result<()> {
        self.docker(format!("docker.tag-image {source} {target}"))
    }
    fn remove_image(&self, name: &str) -> Result<()> {
        self.state.borrow_mut().images.remove(name);
        self.docker(format!("docker.remove-image {name}"))
    }
    fn create_container(&self, name: &str, body: &str) -> Result<String> {
        self.docker(format!("docker.create-container {name}"))?;
        let config: Value = serde_json::from_str(body)?;
        let labels = config.get("Labels").cloned().unwrap_or_default();
        let networks = config["NetworkingConfig"]["EndpointsConfig"].clone();
        let inspection = json!({
            "Id": name, "Name": format!("/{name}"), "Config": config, "State": { "Status": "created" }, "Labels": labels,
            "NetworkSettings": { "Networks": networks },
        });
        self.state.borrow_mut().containers.insert(name.to_owned(), inspection);
        Ok(name.to_owned())
    }
    fn create_scratch_container(&self, name: &str, body: &str) -> Result<Box<dyn crate::host::ScratchHandle>> {
        Ok(Box::new(Scratch(self.create_container(name, body)?)))
    }
    fn start_container(&self, name: &str) -> Result<()> {
        self.docker(format!("docker.start-container {name}"))?;
        let mut state = self.state.borrow_mut();
        let ending = state.ending.get(name).copied();
        let container = state.containers.get_mut(name).ok_or_else(|| missing("container", name))?;
        container["State"] = match ending {
            Some(code) => json!({ "Status": "exited", "Running": false, "ExitCode": code }),
            None => json!({ "Status": "running", "Running": true }),
        };
        Ok(())
    }
    fn stop_container(&self, name: &str, _: Option<u32>) -> Result<()> {
        self.docker(format!("docker.stop-container {name}"))?;
        if let Some(container) = self.state.borrow_mut().containers.get_mut(name) {
            container["State"] = json!({ "Status": "exited", "Running": false, "ExitCode": 0 });
        }
        Ok(())
    }
    fn remove_container(&self, name: &str, _: bool, _: bool) -> Result<()> {
        self.state.borrow_mut().containers.remove(name);
        self.docker(format!("docker.remove-container {name}"))
    }
    fn inspect_container(&self, name: &str) -> Result<Option<String>> {
        self.docker(format!("docker.inspect-container {name}"))?;
        Ok(self.state.borrow().containers.get(name).map(Value::to_string))
    }
    fn list_containers(&self, labels: &[String], _: bool) -> Result<String> {
        self.docker(format!("docker.list-containers {}", labels.join(" ")))?;
        let state = self.state.borrow();
        let has = |container: &Value, label: &String| {
            let (key, value) = label.split_once('=').map_or((label.as_str(), None), |(key, value)| (key, Some(value)));
            container["Labels"].get(key).is_some_and(|found| value.is_none() || found.as_str() == value)
        };
        let found = state.containers.iter().filter(|(_, container)| labels.iter().all(|label| has(container, label)));
        let list: Vec<Value> = found
            .map(|(name, container)| {
                json!({ "Names": [format!("/{name}")], "State": container["State"]["Status"], "Labels": container["Labels"] })
            })
            .collect();
        Ok(Value::Array(list).to_string())
    }
    fn find_port_holder(&self, address: &str, port: u16, protocol: &str) -> Result<Option<PortHolder>> {
        self.docker(format!("docker.find-port-holder {address}:{port}/{protocol}"))?;
        Ok(self.state.borrow().ports.get(&port).cloned())
    }
    fn begin_stop(&self, name: &str, timeout: Option<u32>) -> Result<Box<dyn WaitHandle>> {
        self.stop_container(name, timeout)?;
        Ok(Ready::new([]))
    }
    fn wait_container(&self, name: &str, _: Condition, _: u64) -> Result<Box<dyn WaitHandle>> {
        self.docker(format!("docker.wait-container {name}"))?;
        Ok(Ready::new([]))
    }
    fn read_logs(&self, name: &str, _: LogOptions) -> Result<Box<dyn LogsHandle>> {
        self.docker(format!("docker.read-logs {name}"))?;
        Ok(Ready::new([]))
    }
    fn start_exec(&self, name: &str, command: &ExecCommand) -> Result<Box<dyn ExecHandle>> {
        let line = command.args.join(" ");
        self.docker(format!("docker.start-exec {name} {line}"))?;
        let (code, stdout) = self.state.borrow().commands.get(&line).cloned().ok_or_else(|| missing("program for", &line))?;
        Ok(Box::new(Ended { output: Ready::new([Output::Stdout(stdout.into_bytes())]), code }))
    }
    fn inspect_network(&self, name: &str) -> Result<Option<String>> {
        self.docker(format!("docker.inspect-network {name}"))?;
        Ok(self.state.borrow().networks.get(name).map(Value::to_string))
    }
    fn create_network(&self, name: &str, body: &str) -> Result<String> {
        self.docker(format!("docker.create-network {name}"))?;
        self.state.borrow_mut().networks.insert(name.to_owned(), serde_json::from_str(body)?);
        Ok(name.to_owned())
    }
    fn remove_network(&self, name: &str) -> Result<()> {
        self.state.borrow_mut().networks.remove(name);
        self.docker(format!("docker.remove-network {name}"))
    }
    fn inspect_volume(&self, name: &str) -> Result<Option<String>> {
        self.docker(format!("docker.inspect-volume {name}"))?;
        Ok(self.state.borrow().volumes.get(name).map(Value::to_string))
    }
    fn create_volume(&self, name: &str, body: &str) -> Result<()> {
        self.docker(format!("docker.create-volume {name}"))?;
        self.state.borrow_mut().volumes.insert(name.to_owned(), serde_json::from_str(body)?);
        Ok(())
    }
    fn remove_volume(&self, name: &str) -> Result<()> {
        self.state.borrow_mut().volumes.remove(name);
        self.docker(format!("docker.remove-volume {name}"))
    }
    fn start_pipe(
        &self,
        source: &crate::pipe::Source,
        filters: &[crate::pipe::Filter],
        sink: &crate::pipe::Sink,
        expected: &crate::pipe::Expected,
    ) -> Result<Box<dyn crate::host::PipingHandle>> {
        crate::testing_pipe::start(self, source, filters, sink, expected)
    }
    fn fetch_pipe(
        &self,
        request: &crate::http::Request,
        filters: &[crate::pipe::Filter],
        sink: &crate::pipe::Sink,
        expected: &crate::pipe::Expected,
    ) -> Result<Box<dyn crate::host::PipingHandle>> {
        crate::testing_pipe::fetch(self, request, filters, sink, expected)
    }
    fn cut_pipe(
        &self,
        source: &crate::pipe::Source,
        filters: &[crate::pipe::Filter],
        expected: &crate::pipe::Expected,
    ) -> Result<Box<dyn crate::host::PortionsHandle>> {
        crate::testing_pipe::cut(self, source, filters, expected)
    }
    fn find_secret(&self, name: &str) -> Result<String> {
        let known = self.state.borrow().secrets.contains_key(name);
        if known { Ok(crate::secrets::test_handle(name)) } else { Err(missing("secret", name)) }
    }
    fn reveal_secret(&self, handle: &str) -> Result<String> {
        let secrets = &self.state.borrow().secrets;
        let found = secrets.iter().find(|(name, _)| crate::secrets::test_handle(name) == handle);
        found.map(|(_, text)| text.clone()).ok_or_else(|| Error::new("denied", "the secret may not be revealed"))
    }
    fn open_cluster(&self, context: Option<&str>) -> Result<Box<dyn ClusterHandle>> {
        TestCluster::open(self, context)
    }
    fn send_request(&self, request: &crate::http::Request) -> Result<Box<dyn crate::host::ExchangeHandle>> {
        Ok(self.answer_request(request))
    }
    fn connect(&self, host: &str, port: u16, timeout: std::time::Duration) -> Result<Box<dyn crate::host::ConnectingHandle>> {
        Ok(self.answer_connection(host, port, timeout))
    }
    fn timer(&self, _: std::time::Duration) -> Box<dyn Waitable> {
        Ready::<()>::new([])
    }
    fn wait_any(&self, things: &[&dyn Waitable]) -> Vec<usize> {
        (0..things.len()).collect()
    }
}

/// `**` any directories, `*` within a name: enough for tests.
fn has_pattern(pattern: &str, path: &str) -> bool {
    fn segments(pattern: &[&str], path: &[&str]) -> bool {
        match (pattern.split_first(), path.split_first()) {
            (None, None) => true,
            (Some((&"**", rest)), _) => (0..=path.len()).any(|skip| segments(rest, &path[skip..])),
            (Some((wanted, pattern)), Some((name, path))) => segment(wanted, name) && segments(pattern, path),
            _ => false,
        }
    }
    fn segment(pattern: &str, name: &str) -> bool {
        match pattern.split_once('*') {
            None => pattern == name,
            Some((start, end)) => name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end),
        }
    }
    segments(&pattern.split('/').collect::<Vec<_>>(), &path.split('/').collect::<Vec<_>>())
}
