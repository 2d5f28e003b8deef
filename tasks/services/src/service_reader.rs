//! Reads a service of a file.

use crate::attachment::attachments;
use crate::build_section::Build;
use crate::cpus::Cpus;
use crate::depends_on::{Condition, Dependency, dependencies};
use crate::deploy::{Deploy, one};
use crate::device::Device;
use crate::environment::environment;
use crate::extra_host::extra_hosts;
use crate::fields::{Fields, texts};
use crate::file_reference::{FileKind, references};
use crate::healthcheck::Healthcheck;
use crate::interpolate::Variables;
use crate::location::Location;
use crate::mount::mounts;
use crate::port::{ports, range};
use crate::problems::Problems;
use crate::registration::Registration;
use crate::service::{Logging, PullPolicy, Service};
use crate::ulimit::Ulimit;
use crate::words::words;
use crate::yaml::{Entry, Node, Value};

/// What the files of a set have in common.
pub(crate) struct Set<'a> {
    pub(crate) location: &'a Location,
    pub(crate) files: &'a [String],
    pub(crate) variables: &'a Variables,
    pub(crate) problems: &'a Problems,
}

impl Set<'_> {
    /// Everything that is wrong is told; what can be read is read.
    pub(crate) fn service(&self, entry: &Entry) -> Service {
        let problems = self.problems;
        let name = format!("services.{}", entry.key);
        if !is_name(&entry.key) {
            problems
                .add(&entry.place, format!("`{}` is not a service's name: it has letters, digits, `.`, `_` and `-`", entry.key));
        }
        let mut fields = Fields::open(name.as_str(), &entry.value, problems);
        let registration = self.registration(&name, &entry.value);
        let build = fields.get("build").map(|node| Build::read(&name, node, self.location, self.variables, problems));
        let mut depends_on = fields.get("depends_on").map(|node| dependencies(&name, node, problems)).unwrap_or_default();
        one(&mut fields, "scale", &entry.value);
        let command = fields.get("command").and_then(|node| self.command(&fields.path("command"), node));
        let entrypoint = fields.get("entrypoint").and_then(|node| self.command(&fields.path("entrypoint"), node));
        let hosts = fields.get("extra_hosts").map(|node| (node, extra_hosts(node)));
        if let Some((node, None)) = &hosts {
            problems.add(&node.place, format!("`{name}.extra_hosts` must be a list of HOST=ADDRESS, or a map"));
        }
        let expose = fields.texts("expose");
        for text in expose.iter().filter(|text| range(text.split('/').next().unwrap_or_default()).is_none()) {
            problems.add(&entry.place, format!("`{text}` in `{name}.expose` is not a port"));
        }
        let ulimits = fields.map("ulimits").iter();
        let ulimits = ulimits.filter_map(|entry| Some((entry.key.clone(), Ulimit::read(&name, entry, problems)?))).collect();
        let devices = fields.items("devices").iter().filter_map(|node| Device::read(&name, node, problems)).collect();
        let mut service = Service {
            name: entry.key.clone(),
            category: registration.category.clone().unwrap_or_else(|| self.category()),
            place: entry.place.clone(),
            directory: self.location.absolute("."),
            files: self.files.to_vec(),
            profiles: fields.texts("profiles"),
            pull_policy: self.pull_policy(&mut fields),
            cap_add: fields.texts("cap_add"),
            cap_drop: fields.texts("cap_drop"),
            cgroup: fields.text("cgroup"),
            cpus: fields.decimal("cpus").map(Cpus::new).unwrap_or_default(),
            cpu_shares: fields.integer("cpu_shares").unwrap_or(0),
            configs: references(&name, FileKind::Config, fields.items("configs"), problems),
            container_name: fields.text("container_name"),
            deploy: fields.get("deploy").map(|node| Deploy::read(&name, node, problems)),
            dns: fields.text_or_texts("dns"),
            dns_opt: fields.texts("dns_opt"),
            dns_search: fields.text_or_texts("dns_search"),
            domainname: fields.text("domainname"),
            environment: environment(&name, &mut fields, self.location, self.variables),
            extra_hosts: hosts.and_then(|(_, hosts)| hosts).unwrap_or_default(),
            group_add: fields.texts("group_add"),
            hostname: fields.text("hostname"),
            healthcheck: fields.get("healthcheck").map(|node| Healthcheck::read(&name, node, problems)),
            image: fields.text("image"),
            init: fields.flag("init"),
            ipc: fields.text("ipc"),
            labels: fields.pairs("labels"),
            logging: fields.get("logging").map(|node| self.logging(&name, node)),
            mem_limit: fields.size("mem_limit").unwrap_or_default(),
            mem_reservation: fields.size("mem_reservation").unwrap_or_default(),
            network_mode: fields.text("network_mode"),
            networks: fields.get("networks").map(|node| attachments(&name, node, problems)).unwrap_or_default(),
            pid: fields.text("pid"),
            pids_limit: fields.integer("pids_limit").unwrap_or(0),
            platform: fields.text("platform"),
            ports: ports(&name, fields.items("ports"), problems),
            privileged: fields.flag("privileged").unwrap_or(false),
            read_only: fields.flag("read_only").unwrap_or(false),
            restart: self.restart(&mut fields),
            secrets: references(&name, FileKind::Secret, fields.items("secrets"), problems),
            security_opt: fields.texts("security_opt"),
            shm_size: fields.size("shm_size").unwrap_or_default(),
            stdin_open: fields.flag("stdin_open").unwrap_or(false),
            stop_grace_period: fields.duration("stop_grace_period"),
            stop_signal: fields.text("stop_signal"),
            sysctls: fields.pairs("sysctls"),
            tmpfs: fields.text_or_texts("tmpfs"),
            tty: fields.flag("tty").unwrap_or(false),
            user: fields.text("user"),
            userns_mode: fields.text("userns_mode"),
            uts: fields.text("uts"),
            volumes: mounts(&name, fields.items("volumes"), self.location, problems),
            working_dir: fields.text("working_dir"),
            depends_on: vec![],
            registration,
            build,
            command,
            entrypoint,
            expose,
            ulimits,
            devices,
        };
        fields.finish();
        if service.image.is_none() && service.build.is_none() {
            problems.add(&entry.place, format!("service `{}` has neither `image` nor `build`", entry.key));
        }
        if service.network_mode.is_some() && !service.networks.is_empty() {
            problems.add(&entry.place, format!("`{name}` has both `network_mode` and `networks`"));
        }
        // Without a word about networks it is in the project's own.
        if service.network_mode.is_none() && service.networks.is_empty() {
            service.networks.insert("default".to_owned(), None);
        }
        // Whoever shares a namespace needs its owner first.
        for owner in service.shares_with() {
            if !depends_on.iter().any(|dependency| dependency.service == owner) {
                depends_on.push(Dependency {
                    service: owner.to_owned(),
                    condition: Condition::Started,
                    restart: true,
                    required: true,
                    place: entry.place.clone(),
                });
            }
        }
        depends_on.sort_by(|one, other| one.service.cmp(&other.service));
        service.depends_on = depends_on;
        self.check_limits(&service);
        service
    }

    /// The name of the directory above the service's: `…/CATEGORY/SERVICE/compose.yaml`.
    fn category(&self) -> String {
        self.location.directory.rsplit('/').nth(1).unwrap_or_default().to_owned()
    }

    fn registration(&self, name: &str, service: &Node) -> Registration {
        let found = service.entries().into_iter().flatten().find(|entry| entry.key == "x-infra");
        found.map(|entry| Registration::read(name, &entry.value, self.problems)).unwrap_or_default()
    }

    fn command(&self, name: &str, node: &Node) -> Option<Vec<String>> {
        let words = match &node.value {
            Value::List(_) => texts(node),
            _ => node.text().and_then(|text| words(&text)),
        };
        if words.is_none() {
            self.problems.add(&node.place, format!("`{name}` must be a list of words, or text whose quotes are closed"));
        }
        words
    }

    fn pull_policy(&self, fields: &mut Fields<'_>) -> PullPolicy {
        let Some(node) = fields.get("pull_policy") else { return PullPolicy::Missing };
        match node.text().as_deref() {
            Some("missing" | "if_not_present") => PullPolicy::Missing,
            Some("always") => PullPolicy::Always,
            Some("never") => PullPolicy::Never,
            Some("build") => PullPolicy::Build,
            _ => {
                let known = "always, missing, if_not_present, never or build";
                self.problems.add(&node.place, format!("`{}` must be {known}", fields.path("pull_policy")));
                PullPolicy::Missing
            }
        }
    }

    fn restart(&self, fields: &mut Fields<'_>) -> Option<String> {
        let node = fields.get("restart")?;
        let text = match node.value {
            Value::Boolean(false) => "no".to_owned(),
            _ => node.text().unwrap_or_default(),
        };
        let counted = text.strip_prefix("on-failure:").is_some_and(|count| count.parse::<u32>().is_ok());
        if !counted && !matches!(text.as_str(), "no" | "always" | "on-failure" | "unless-stopped") {
            let known = "no, always, on-failure[:COUNT] or unless-stopped";
            self.problems.add(&node.place, format!("`{}` must be {known}", fields.path("restart")));
        }
        Some(text)
    }

    fn logging(&self, name: &str, node: &Node) -> Logging {
        let mut fields = Fields::open(format!("{name}.logging"), node, self.problems);
        let logging = Logging { driver: fields.text("driver"), options: fields.pairs("options") };
        fields.finish();
        logging
    }

    /// The same limit said twice must be the same.
    fn check_limits(&self, service: &Service) {
        let resources = service.deploy.as_ref().map(|deploy| &deploy.resources);
        let limits = resources.and_then(|resources| resources.limits.clone()).unwrap_or_default();
        let reserved = resources.and_then(|resources| resources.reservations.clone()).unwrap_or_default();
        let differ = |one: i64, other: i64| one != 0 && other != 0 && one != other;
        for (differs, one, other) in [
            (differ(service.cpus.nano(), limits.cpus.nano()), "cpus", "deploy.resources.limits.cpus"),
            (differ(service.mem_limit.0, limits.memory.0), "mem_limit", "deploy.resources.limits.memory"),
            (differ(service.pids_limit, limits.pids), "pids_limit", "deploy.resources.limits.pids"),
            (differ(service.mem_reservation.0, reserved.memory.0), "mem_reservation", "deploy.resources.reservations.memory"),
        ] {
            if differs {
                self.problems.add(&service.place, format!("`{one}` and `{other}` of service `{}` differ", service.name));
            }
        }
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|char: char| char.is_ascii_alphanumeric())
        && text.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '.' | '_' | '-'))
}
