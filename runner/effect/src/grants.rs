use crate::{
    ArgumentPatterns, DockerGrant, Effect, FileEffect, FileVerb, HttpGrant, Key, KubernetesGrant, PathPattern, ProcessGrant,
    Refusal, SecretGrant,
};
use serde::{Deserialize, Serialize};

/// What a task may do. The empty set, the default, allows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Grants {
    /// Programs.
    pub process: Vec<ProcessGrant>,
    /// Files.
    pub files: FilesGrant,
    /// Docker daemons.
    pub docker: Vec<DockerGrant>,
    /// Kubernetes clusters.
    pub kubernetes: Vec<KubernetesGrant>,
    /// Servers over HTTP, and TCP ports.
    pub http: Vec<HttpGrant>,
    /// Secrets, and where each may go.
    pub secrets: Vec<SecretGrant>,
}

/// The files that a task itself may use. What its programs may use stands in their own grants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct FilesGrant {
    /// May be read and listed.
    pub read: Vec<PathPattern>,
    /// May be read, written and removed.
    pub write: Vec<PathPattern>,
}

impl Grants {
    /// Adds what `other` allows.
    pub fn extend(&mut self, other: &Self) {
        self.process.extend_from_slice(&other.process);
        self.files.read.extend_from_slice(&other.files.read);
        self.files.write.extend_from_slice(&other.files.write);
        self.docker.extend_from_slice(&other.docker);
        self.kubernetes.extend_from_slice(&other.kubernetes);
        self.http.extend_from_slice(&other.http);
        self.secrets.extend_from_slice(&other.secrets);
    }

    /// Whether these grants allow the effect; else a refusal with the line that would allow it.
    pub fn check(&self, effect: &Effect, key: Key) -> Result<(), Refusal> {
        let refusal = |line: String| Err(Refusal { kind: effect.kind(), summary: effect.summary(), key, line });
        match effect {
            Effect::File(file) => {
                if self.files.allows(file) {
                    return Ok(());
                }
                let list = if file.verb.writes() { "write" } else { "read" };
                refusal(format!("files = {{ {list} = [{}] }}", quoted(&file.path)))
            }
            Effect::Process(process) => {
                if self.process_grants(process).next().is_some() {
                    return Ok(());
                }
                let args: Vec<String> = process.args.iter().map(|arg| quoted(&ArgumentPatterns::literal(arg))).collect();
                refusal(format!("process = [{{ program = {}, args = [{}] }}]", quoted(&process.program), args.join(", ")))
            }
            Effect::Docker { effect: docker, .. } => {
                let mut best: Option<String> = None;
                for grant in &self.docker {
                    match grant.check(docker) {
                        Ok(()) => return Ok(()),
                        // The reason of the grant that comes nearest, which is the one that fails last, helps most.
                        Err(reason) => best = Some(nearest(best, reason)),
                    }
                }
                refusal(best.map_or_else(|| whole_docker_grant(docker), |part| format!("docker = [{{ {part} }}]")))
            }
            Effect::Secret(secret) => {
                if self.secrets.iter().any(|grant| grant.allows(secret)) {
                    return Ok(());
                }
                refusal(SecretGrant::of(secret).line())
            }
            Effect::Http { effect: http, .. } => {
                if self.http.iter().any(|grant| grant.allows(http)) {
                    return Ok(());
                }
                refusal(HttpGrant::exactly(http).line())
            }
            Effect::Kubernetes { effect: kubernetes, .. } => {
                const KUBERNETES: [&str; 7] = ["contexts", "verbs", "kinds", "cluster", "namespaces", "secrets", "ports"];
                let mut best: Option<String> = None;
                for grant in &self.kubernetes {
                    match grant.check(kubernetes) {
                        Ok(()) => return Ok(()),
                        Err(reason) => best = Some(nearest_of(&KUBERNETES, best, reason)),
                    }
                }
                refusal(
                    best.map_or_else(
                        || KubernetesGrant::exactly(kubernetes).line(),
                        |part| format!("kubernetes = [{{ {part} }}]"),
                    ),
                )
            }
        }
    }

    /// The grants that allow the program, in their order: each also says how the program is confined.
    pub fn process_grants(&self, effect: &crate::ProcessEffect) -> impl Iterator<Item = &ProcessGrant> {
        self.process.iter().filter(|grant| grant.allows(effect))
    }

    /// Every part of `needed` that these grants do not hold to the letter or by pattern, as lines to add.
    #[must_use]
    pub fn missing(&self, needed: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        for (list, patterns, have) in [
            ("read", &needed.files.read, [self.files.read.as_slice(), self.files.write.as_slice()].concat()),
            ("write", &needed.files.write, self.files.write.clone()),
        ] {
            for pattern in patterns {
                if !have.iter().any(|granted| granted.covers(pattern)) {
                    lines.push(format!("files = {{ {list} = [{}] }}", quoted(&pattern.0)));
                }
            }
        }
        for process in &needed.process {
            let program = &process.program.0;
            if !self.process.iter().any(|granted| granted.program.matches(program)) {
                lines.push(format!("process = [{{ program = {} }}]", quoted(program)));
            }
        }
        for docker in &needed.docker {
            if !docker.held_by(&self.docker) {
                lines.push(docker.line());
            }
        }
        for kubernetes in &needed.kubernetes {
            if !kubernetes.held_by(&self.kubernetes) {
                lines.push(kubernetes.line());
            }
        }
        for http in &needed.http {
            if !http.held_by(&self.http) {
                lines.push(http.line());
            }
        }
        for secret in &needed.secrets {
            if !secret.held_by(&self.secrets) {
                lines.push(secret.line());
            }
        }
        lines
    }
}

impl FilesGrant {
    fn allows(&self, file: &FileEffect) -> bool {
        let has = |patterns: &[PathPattern]| patterns.iter().any(|pattern| pattern.matches(&file.path));
        has(&self.write) || (!file.verb.writes() && has(&self.read))
    }
}

impl FileVerb {
    /// Whether it needs a grant to write.
    #[must_use]
    pub const fn writes(self) -> bool {
        matches!(self, Self::Write | Self::CreateDirectory | Self::Remove)
    }
}

fn nearest(best: Option<String>, reason: String) -> String {
    const DOCKER: [&str; 7] = ["verbs", "images", "foreign", "contexts", "mounts", "ports", "options"];
    nearest_of(&DOCKER, best, reason)
}

fn nearest_of(order: &[&str], best: Option<String>, reason: String) -> String {
    let rank = |text: &str| order.iter().position(|part| text.starts_with(part)).unwrap_or(0);
    match best {
        Some(best) if rank(&best) >= rank(&reason) => best,
        _ => reason,
    }
}

fn whole_docker_grant(docker: &crate::DockerEffect) -> String {
    let images = docker.image.iter().map(|image| quoted(image)).collect::<Vec<_>>().join(", ");
    format!("docker = [{{ images = [{images}], verbs = [\"{}\"] }}]", docker.verb.word())
}

/// Text as a TOML basic string; JSON's escapes are a subset of TOML's.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProcessEffect;

    fn process(program: &str, args: &[&str]) -> Effect {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        Effect::Process(ProcessEffect { program: program.into(), args, dir: ".".into(), ..ProcessEffect::default() })
    }

    #[test]
    fn the_line_that_would_allow_an_argument_allows_no_other() {
        let refusal = Grants::default().check(&process("rm", &["**", "=x", "a"]), Key::Infrafile).unwrap_err();
        assert_eq!(refusal.line, r#"process = [{ program = "rm", args = ["=**", "==x", "a"] }]"#);
    }

    #[test]
    fn nothing_is_allowed_by_default() {
        let refusal = Grants::default().check(&process("git", &["push"]), Key::Infrafile).unwrap_err();
        assert_eq!(refusal.line, r#"process = [{ program = "git", args = ["push"] }]"#);
        let read = Effect::File(FileEffect { verb: FileVerb::Read, path: ".env".into() });
        let refusal = Grants::default().check(&read, Key::Policy).unwrap_err();
        assert_eq!(refusal.line, r#"files = { read = [".env"] }"#);
    }

    #[test]
    fn what_is_granted_is_allowed_and_no_more() {
        let granted = ProcessGrant::exactly("git", &["status".to_owned()]);
        let grants = Grants { process: vec![granted], ..Grants::default() };
        assert_eq!(grants.check(&process("git", &["status"]), Key::Infrafile), Ok(()));
        assert!(grants.check(&process("git", &["push"]), Key::Infrafile).is_err());
        assert!(grants.check(&process("/tmp/git", &["status"]), Key::Infrafile).is_err());
    }

    #[test]
    fn all_that_is_missing_is_listed() {
        let needed = Grants {
            files: FilesGrant { read: vec![PathPattern("a/**".into())], write: vec![PathPattern("b".into())] },
            docker: vec![DockerGrant {
                images: vec![crate::TextPattern("redis:7".into())],
                verbs: vec![crate::DockerVerb::Pull],
                ..DockerGrant::default()
            }],
            ..Grants::default()
        };
        assert_eq!(
            Grants::default().missing(&needed),
            [
                r#"files = { read = ["a/**"] }"#,
                r#"files = { write = ["b"] }"#,
                r#"docker = [{ images = ["redis:7"], verbs = ["pull"] }]"#
            ]
        );
        assert!(needed.missing(&needed).is_empty());
    }
}
