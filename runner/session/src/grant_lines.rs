use infra_effect::{ArgumentPatterns, Grants, PathPattern, ProcessGrant, TextPattern};
use serde_json::json;

/// Grants as they are written in an Infrafile, a line for each.
pub(crate) fn grant_lines(grants: &Grants) -> Vec<String> {
    let mut lines = Vec::new();
    for (list, patterns) in [("read", &grants.files.read), ("write", &grants.files.write)] {
        if !patterns.is_empty() {
            lines.push(format!("files = {{ {list} = {} }}", paths(patterns)));
        }
    }
    lines.extend(grants.process.iter().map(process_line));
    lines.extend(grants.docker.iter().map(infra_effect::DockerGrant::line));
    lines.extend(grants.kubernetes.iter().map(infra_effect::KubernetesGrant::line));
    lines.extend(grants.http.iter().map(infra_effect::HttpGrant::line));
    lines.extend(grants.secrets.iter().map(infra_effect::SecretGrant::line));
    lines.dedup();
    lines
}

fn process_line(grant: &ProcessGrant) -> String {
    let mut parts = vec![format!("program = {}", json!(grant.program.0))];
    if grant.args != ArgumentPatterns::any() {
        parts.push(format!("args = {}", list(grant.args.0.iter())));
    }
    for (key, patterns) in [("read", &grant.read), ("write", &grant.write)] {
        if !patterns.is_empty() {
            parts.push(format!("{key} = {}", paths(patterns)));
        }
    }
    if !grant.listen.is_empty() {
        parts.push(format!("listen = {}", list(grant.listen.iter())));
    }
    if !grant.connect.is_empty() {
        parts.push(format!("connect = {}", list(grant.connect.iter())));
    }
    if !grant.env.is_empty() {
        parts.push(format!("env = {}", list(grant.env.iter().map(|TextPattern(text)| text))));
    }
    if grant.pure {
        parts.push("pure = true".to_owned());
    }
    if !grant.confine {
        parts.push("confine = false".to_owned());
    }
    format!("process = [{{ {} }}]", parts.join(", "))
}

fn paths(patterns: &[PathPattern]) -> String {
    list(patterns.iter().map(|PathPattern(text)| text))
}

fn list<'a>(texts: impl Iterator<Item = &'a String>) -> String {
    format!("[{}]", texts.map(|text| json!(text).to_string()).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_are_written_as_they_are_read() {
        let mut grants = Grants::default();
        grants.files.write.push(PathPattern("out/**".to_owned()));
        let mut program = ProcessGrant::exactly("git", &["push".to_owned()]);
        program.confine = false;
        grants.process.push(program);
        assert_eq!(
            grant_lines(&grants),
            [r#"files = { write = ["out/**"] }"#, r#"process = [{ program = "git", args = ["=push"], confine = false }]"#]
        );
        assert!(grant_lines(&Grants::default()).is_empty());
    }
}
