use serde::{Deserialize, Serialize};

/// What may be done through a Kubernetes API server. The words are those of a grant's `verbs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KubernetesVerb {
    /// Ask the server for its version, for the kinds that it has, and what the user may do. Allowed by every grant for its contexts.
    Inspect,
    /// Read objects, and how rollouts are.
    Get,
    /// Wait until objects are as they should be.
    Wait,
    /// Read events.
    Events,
    /// Read the logs of containers.
    Logs,
    /// Compare objects with what is there.
    Diff,
    /// Create and change objects by server-side apply.
    Apply,
    /// Take fields over from other managers.
    Force,
    /// Delete objects.
    Delete,
    /// Change objects by a patch.
    Patch,
    /// Change the number of replicas.
    Scale,
    /// Restart the pods of a workload.
    Restart,
    /// Change the images of a workload.
    SetImage,
    /// Go back to an earlier revision of a workload.
    Rollback,
    /// Run a command in a container, which is also how files are copied.
    Exec,
    /// Listen on a port of this machine and pass connections on to a pod.
    PortForward,
    /// Run a job to its end.
    Run,
    /// Give a program a kubeconfig of the context. What the program does with it, only the cluster's own rules limit.
    Program,
}

impl KubernetesVerb {
    /// Every verb with its word in an Infrafile.
    pub const ALL: [(Self, &'static str); 18] = [
        (Self::Inspect, "inspect"),
        (Self::Get, "get"),
        (Self::Wait, "wait"),
        (Self::Events, "events"),
        (Self::Logs, "logs"),
        (Self::Diff, "diff"),
        (Self::Apply, "apply"),
        (Self::Force, "force"),
        (Self::Delete, "delete"),
        (Self::Patch, "patch"),
        (Self::Scale, "scale"),
        (Self::Restart, "restart"),
        (Self::SetImage, "set-image"),
        (Self::Rollback, "rollback"),
        (Self::Exec, "exec"),
        (Self::PortForward, "port-forward"),
        (Self::Run, "run"),
        (Self::Program, "program"),
    ];

    /// The word in an Infrafile.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(verb, _)| *verb == self).map_or("inspect", |(_, word)| word)
    }
}
