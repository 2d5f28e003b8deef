use crate::{Output, Project, unique_name};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// An image of busybox that the bench has on its node.
const IMAGE: &str = "infra-bench/busybox:1";

/// The cluster of `tests/bench/kubernetes up`, and a project with a namespace of its own on it. What the test makes goes with it.
#[derive(Debug)]
pub struct Cluster {
    /// The project.
    pub project: Project,
    /// The project's name and its namespace. Further ones begin with it.
    pub namespace: String,
    kubeconfig: PathBuf,
    server: String,
    credentials: [String; 3],
    made: Mutex<Vec<String>>,
}

impl Cluster {
    /// The namespace is not there yet.
    #[must_use]
    pub fn empty() -> Self {
        let kubeconfig = std::env::var_os("BENCH_KUBECONFIG")
            .expect("BENCH_KUBECONFIG is not set: `tests/bench/kubernetes up` prints what it is");
        Self::of(Path::new(&kubeconfig))
    }

    /// The same, on the cluster of another kubeconfig of the bench.
    #[must_use]
    pub fn of(kubeconfig: &Path) -> Self {
        let text = std::fs::read_to_string(kubeconfig).unwrap();
        let field = |name: &str| {
            let rest = text.split_once(&format!("{name}: ")).unwrap().1;
            rest.trim_start_matches('"').split(['"', ',', ' ', '}']).next().unwrap().to_owned()
        };
        let namespace = unique_name();
        let cluster = Self {
            project: Project::new(""),
            kubeconfig: kubeconfig.into(),
            server: field("server"),
            credentials: ["certificate-authority", "client-certificate", "client-key"].map(field),
            made: Mutex::new(vec![format!("/api/v1/namespaces/{namespace}")]),
            namespace,
        };
        cluster.task("apply", "", &cluster.grant());
        cluster
    }

    /// With its namespace.
    #[must_use]
    pub fn new() -> Self {
        let cluster = Self::empty();
        cluster.make_namespace(&cluster.namespace);
        cluster
    }

    /// Makes a namespace and waits until pods can be made in it.
    pub fn make_namespace(&self, name: &str) {
        let body = serde_json::json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
        self.goes_with_it(&format!("/api/v1/namespaces/{name}"));
        let (status, answer) = self.call("POST", "/api/v1/namespaces", Some(&body));
        assert_eq!(status, 201, "{answer}");
        let account = format!("/api/v1/namespaces/{name}/serviceaccounts/default");
        crate::wait_for("the namespace has its account", || {
            self.get(&account).is_some_and(|account| account["secrets"].is_array() || account["metadata"]["uid"].is_string())
        });
    }

    /// What is at this path is deleted with it.
    pub fn goes_with_it(&self, path: &str) {
        self.made.lock().unwrap().push(path.to_owned());
    }

    /// A grant of all that tests do in their own namespaces.
    #[must_use]
    pub fn grant(&self) -> String {
        format!(
            r#"contexts = ["bench"], namespaces = ["{0}*"], kinds = ["*"], cluster = ["Namespace", "CustomResourceDefinition"],
  secrets = ["*"], ports = ["127.0.0.1:*"], verbs = ["get", "wait", "events", "logs", "diff", "apply", "force", "delete", "patch",
  "scale", "restart", "set-image", "rollback", "exec", "port-forward", "run"]"#,
            self.namespace
        )
    }

    /// Writes a file of the project. `NAMESPACE` in it is the namespace, `IMAGE` an image of busybox.
    pub fn file(&self, path: &str, text: &str) {
        self.project.file(path, self.filled(text));
    }

    fn filled(&self, text: &str) -> String {
        text.replace("NAMESPACE", &self.namespace).replace("IMAGE", IMAGE)
    }

    /// The arguments and the grant of the next calls of the task `k`. `with` are more lines of its `with`.
    pub fn task(&self, action: &str, with: &str, grant: &str) {
        let text = format!(
            r#"
[project]
name = "NAMESPACE"

[tasks.k]
uses  = "std/kubernetes"
allow = [{{ files = {{ read = ["k8s/**"], write = ["copied/**"] }}, kubernetes = [{{ {grant} }}] }}]

[tasks.k.with]
action = "{action}"
files  = ["k8s"]
timeout = 120
{with}
"#
        );
        self.file("Infrafile.toml", &text);
    }

    /// A call of the binary that reaches the cluster.
    #[must_use]
    pub fn infra(&self, args: &[&str]) -> crate::Infra {
        self.project.infra(args).env("KUBECONFIG", &self.kubeconfig)
    }

    /// Runs an action over the manifests in `k8s`.
    #[must_use]
    pub fn run(&self, action: &str, with: &str) -> Output {
        self.run_granted(action, with, &self.grant())
    }

    /// Runs an action with another grant.
    #[must_use]
    pub fn run_granted(&self, action: &str, with: &str, grant: &str) -> Output {
        self.task(action, with, grant);
        self.infra(&["run", "k", "--json"]).output()
    }

    /// Plans an action; 2 is its exit code where something would change.
    #[must_use]
    pub fn plan(&self, action: &str, with: &str) -> Output {
        self.task(action, with, &self.grant());
        self.infra(&["plan", "k", "--detailed-exitcode"]).output()
    }

    /// Status and JSON of a call, as the cluster's administrator, past the product.
    #[must_use]
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let output = self.curl(method, path, body).expect("curl is not there: `tests/bench/kubernetes up` installs it");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (body, status) = text.rsplit_once('\n').unwrap();
        (status.parse().unwrap(), serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned())))
    }

    fn curl(&self, method: &str, path: &str, body: Option<&Value>) -> std::io::Result<std::process::Output> {
        let [authority, certificate, key] = &self.credentials;
        let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
        let url = format!("{}{path}", self.server);
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--max-time", "60", "-X", method, "--cacert", authority, "--cert", certificate, "--key", key]);
        curl.args(["-H", &format!("Content-Type: {kind}"), "-w", "\n%{http_code}", &url]).stdin(Stdio::null());
        if let Some(body) = body {
            curl.args(["--data-binary", &body.to_string()]);
        }
        curl.output()
    }

    /// The object at a path; none where there is none.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<Value> {
        let (status, found) = self.call("GET", path, None);
        assert!(matches!(status, 200 | 404), "{path}: {status} {found}");
        (status == 200).then_some(found)
    }

    /// An object of the namespace, by its plural and name: `deployments/web`.
    #[must_use]
    pub fn object(&self, name: &str) -> Option<Value> {
        let group = match name.split('/').next().unwrap() {
            "deployments" | "statefulsets" | "replicasets" => "/apis/apps/v1",
            "jobs" => "/apis/batch/v1",
            _ => "/api/v1",
        };
        self.get(&format!("{group}/namespaces/{}/{name}", self.namespace))
    }

    /// The names of the namespace's objects of a kind, by its plural.
    #[must_use]
    pub fn names(&self, plural: &str) -> Vec<String> {
        let list = self.object(plural).unwrap_or_default();
        let items = list["items"].as_array().cloned().unwrap_or_default();
        items.iter().map(|item| item["metadata"]["name"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// What an action told of each object: `Kind/name change`, sorted.
    #[must_use]
    pub fn changes(output: &Output) -> Vec<String> {
        let told: Value = serde_json::from_str(&output.stdout).unwrap_or_default();
        let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let rows = told.as_array().cloned().unwrap_or_default();
        let mut changes: Vec<String> =
            rows.iter().map(|row| format!("{}/{} {}", text(row, "kind"), text(row, "name"), text(row, "change"))).collect();
        changes.sort();
        changes
    }
}

impl Default for Cluster {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let made = std::mem::take(&mut *self.made.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        let now = serde_json::json!({ "gracePeriodSeconds": 0, "propagationPolicy": "Background" });
        for path in made.iter().rev() {
            let _ = self.curl("DELETE", path, Some(&now));
        }
    }
}
