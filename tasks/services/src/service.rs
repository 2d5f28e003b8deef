//! A service in the form that Compose brings it into: its JSON, in this order, is what Compose's config hash is made of.

use crate::attachment::Attachment;
use crate::build_section::Build;
use crate::cpus::Cpus;
use crate::depends_on::{Condition, Dependency};
use crate::deploy::Deploy;
use crate::device::Device;
use crate::duration::Duration;
use crate::fields::is_default;
use crate::file_reference::FileReference;
use crate::healthcheck::Healthcheck;
use crate::mount::Mount;
use crate::port::Port;
use crate::registration::Registration;
use crate::size::Size;
use crate::ulimit::Ulimit;
use crate::yaml::Place;
use serde::Serialize;
use std::collections::BTreeMap;

/// The order of the fields is Compose's. What Compose leaves out of the hash is left out of the JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Service {
    #[serde(skip)]
    pub(crate) name: String,
    #[serde(skip)]
    pub(crate) category: String,
    #[serde(skip)]
    pub(crate) place: Place,
    /// The absolute directory of its files, and the files.
    #[serde(skip)]
    pub(crate) directory: String,
    #[serde(skip)]
    pub(crate) files: Vec<String>,
    #[serde(skip)]
    pub(crate) registration: Registration,
    #[serde(skip)]
    pub(crate) profiles: Vec<String>,
    #[serde(skip)]
    pub(crate) build: Option<Build>,
    #[serde(skip)]
    pub(crate) depends_on: Vec<Dependency>,
    #[serde(skip)]
    pub(crate) pull_policy: PullPolicy,

    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) cap_add: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) cap_drop: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cgroup: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) cpus: Cpus,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) cpu_shares: i64,
    pub(crate) command: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) configs: Vec<FileReference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) container_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deploy: Option<Deploy>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) devices: Vec<Device>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) dns: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) dns_opt: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) dns_search: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) domainname: Option<String>,
    pub(crate) entrypoint: Option<Vec<String>>,
    /// A variable without a value is taken away from the image's.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) environment: BTreeMap<String, Option<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) expose: Vec<String>,
    /// `HOST=ADDRESS`, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) extra_hosts: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) group_add: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hostname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) healthcheck: Option<Healthcheck>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) init: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ipc: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) labels: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) logging: Option<Logging>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) mem_limit: Size,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) mem_reservation: Size,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) network_mode: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) networks: BTreeMap<String, Option<Attachment>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pid: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) pids_limit: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) platform: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) ports: Vec<Port>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) privileged: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) read_only: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) restart: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) secrets: Vec<FileReference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) security_opt: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) shm_size: Size,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) stdin_open: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stop_grace_period: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stop_signal: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) sysctls: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tmpfs: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) tty: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) ulimits: BTreeMap<String, Ulimit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) userns_mode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) uts: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) volumes: Vec<Mount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) working_dir: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PullPolicy {
    #[default]
    Missing,
    Always,
    Never,
    Build,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Logging {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) driver: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) options: BTreeMap<String, String>,
}

impl Service {
    /// The container's name: Compose's own rule where none is given.
    pub(crate) fn container(&self, project: &str) -> String {
        self.container_name.clone().unwrap_or_else(|| format!("{project}-{}-1", self.name))
    }

    /// The image's name: Compose's own rule where it is only built.
    pub(crate) fn image(&self, project: &str) -> String {
        self.image.clone().unwrap_or_else(|| format!("{project}-{}", self.name))
    }

    /// Whether the container's health is asked.
    pub(crate) fn has_healthcheck(&self) -> bool {
        self.healthcheck.as_ref().is_some_and(Healthcheck::checks)
    }

    /// Whether it may end with 0 and is done then, where nobody waits for its end: it serves no port, its health is not asked, and Docker
    /// does not start it again.
    pub(crate) fn may_end(&self) -> bool {
        self.registration.one_off.unwrap_or_else(|| {
            let policy = self.deploy.as_ref().and_then(|deploy| deploy.restart_policy.as_ref());
            let restarts = matches!(self.restart.as_deref(), Some("always" | "unless-stopped"))
                || policy.is_some_and(|policy| policy.condition.as_deref() == Some("any"));
            !restarts && !self.has_healthcheck() && self.ports.is_empty() && self.expose.is_empty()
        })
    }

    /// The service whose namespace this one shares, as `network_mode: service:db` says it.
    pub(crate) fn shares_with(&self) -> impl Iterator<Item = &str> {
        [&self.network_mode, &self.ipc, &self.pid].into_iter().flatten().filter_map(|mode| mode.strip_prefix("service:"))
    }

    /// Whether this service waits for the end of another.
    pub(crate) fn waits_for_end_of(&self, other: &str) -> bool {
        self.depends_on
            .iter()
            .any(|dependency| dependency.service == other && dependency.condition == Condition::CompletedSuccessfully)
    }
}
