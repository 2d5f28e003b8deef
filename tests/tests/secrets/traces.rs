//! Secrets of every source are let out in every way, and sought in everything that is written.

use super::cluster::{cluster, kubeconfig, token};
use super::private;
use super::vault::{TOKEN, vault};
use infra_tests::{HttpServer, Infra, Journal, Project};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

/// One secret of each source.
const SOURCES: [&str; 6] = ["env", "file", "cmd", "vault", "kubernetes", "prompt"];

/// Its text, with all that quoting, encoding and escaping change.
fn secret(source: &str) -> String {
    format!("{source}-s3cr3t/päss \"wörd\"+&~'x")
}

/// Lets secrets out: as they are, split between two writes, beside a cut of a long line, in base64 at each place of a group, in hexadecimal
/// digits, in JSON, in a URL, and in a shell's trace.
const LEAK: &str = r#"
for v in "$ENV_PW" "$FILE_PW" "$CMD_PW" "$VAULT_PW" "$KUBERNETES_PW" ${PROMPT_PW:+"$PROMPT_PW"}; do
    printf '%s\n' "$v"
    printf '%.5s' "$v"; sleep 0.05; printf '%s\n' "${v#?????}"
    for n in 4090 8187 16370 65530; do head -c $n /dev/zero | tr '\0' x; printf '%sy\n' "$v"; done
    printf '%s' "$v" | base64 -w0; echo
    printf 'me:%s' "$v" | base64 -w0 >&2; echo >&2
    printf 'yo:%s@x' "$v" | base64 -w0; echo
    printf '%s' "$v" | base64
    printf '%s' "$v" | od -An -v -tx1 | tr -d ' \n'; echo
    printf '{"a":"%s"}\n' "$(printf '%s' "$v" | sed 's/"/\\"/g')"
    printf 'https://a.test/?q=%s\n' "$(printf '%s' "$v" | sed -e s,/,%2F,g -e 's/ /%20/g' -e 's/"/%22/g' -e s/+/%2B/g -e 's/&/%26/g' \
        -e "s/'/%27/g" -e s/ä/%C3%A4/g -e s/ö/%C3%B6/g)"
    set -x; : "$v"; set +x
done
"#;

/// A task that lets all of them out, one that fails with them in its error, one that gives them as its result.
fn leaky(prompt: bool) -> Project {
    let sources: Vec<&str> = SOURCES.into_iter().filter(|source| prompt || *source != "prompt").collect();
    let env: Vec<String> = sources
        .iter()
        .map(|one| format!("{} = '${{secrets.{}}}'", format!("{one}_pw").to_uppercase(), one.to_uppercase()))
        .collect();
    let env = format!("{{ {} }}", env.join(", "));
    let argv = "['sh', '-c', 'printf %s \"$VAULT_PW $KUBERNETES_PW $FILE_PW $CMD_PW $ENV_PW\"']";
    let project = Project::new(&format!(
        "[secrets]\nENV = 'env:THE_SECRET'\nFILE = 'file:keys/pw'\nCMD = {{ cmd = ['cat', 'sealed'], read = ['sealed'] }}\n\
         VAULT = 'vault://kv/shop/db#password'\nKUBERNETES = 'kubernetes:shop/db/password'\nPROMPT = 'prompt:The password'\n\
         [tasks.leak]\nenv = {env}\nsh = \'\'\'{LEAK}\'\'\'\n\
         [tasks.fails]\nneeds = ['leak']\nenv = {env}\nsh = 'echo \"$VAULT_PW $FILE_PW $ENV_PW\" >&2; echo \"$CMD_PW $KUBERNETES_PW\"; exit 3'\n\
         [tasks.told]\nuses = 'std/process'\nwith = {{ argv = {argv}, output = 'both', env = {env} }}\n\
         allow = [{{ process = [{{ program = 'sh' }}], secrets = [{{ name = '*', to = ['process:sh'] }}] }}]\n"
    ));
    private(&project, "keys/pw", &secret("file"), 0o600);
    project.file("sealed", secret("cmd"));
    project
}

fn shell(script: &str, text: &str) -> String {
    let output = std::process::Command::new("sh").args(["-c", script]).env("S", text).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// What programs make of the secrets; where the ends depend on what stands beside, what is left.
fn forms() -> Vec<String> {
    let mut forms =
        vec!["s3cr3t".to_owned(), "p\u{e4}ss".to_owned(), "p%C3%A4ss".to_owned(), "w\u{f6}rd".to_owned(), TOKEN.to_owned()];
    for text in SOURCES.map(secret) {
        for before in ["", "me:", "yo:"] {
            let whole = shell(&format!("printf '{before}%s' \"$S\" | base64 -w0"), &text);
            forms.push(whole[8..whole.len() - 8].to_owned());
        }
        forms.push(shell("printf %s \"$S\" | od -An -v -tx1 | tr -d ' \\n'", &text));
        let json = serde_json::json!(text).to_string();
        forms.push(json[1..json.len() - 1].to_owned());
        forms.push(text);
    }
    forms
}

/// No file below the directory, and none of these texts, holds a secret in any form.
#[track_caller]
fn sought_and_not_found(directory: &Path, texts: &[(&str, &str)]) -> usize {
    let forms = forms();
    let (mut files, mut pending) = (0, vec![directory.to_owned()]);
    while let Some(directory) = pending.pop() {
        for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                pending.push(entry.path());
            } else if let Ok(content) = std::fs::read(entry.path()) {
                files += 1;
                for form in &forms {
                    let found = content.windows(form.len()).any(|window| window == form.as_bytes());
                    assert!(!found, "{} holds {form}", entry.path().display());
                }
            }
        }
    }
    for (what, text) in texts {
        for form in &forms {
            assert!(!text.contains(form), "{what} holds {form}: {text}");
        }
    }
    files
}

/// A Vault and a cluster with the secrets, and what tells of them.
struct Servers {
    vault: HttpServer,
    kubeconfig: PathBuf,
    _cluster: HttpServer,
}

fn servers(project: &Project) -> Servers {
    let cluster = cluster(&secret("kubernetes"));
    let kubeconfig = kubeconfig(project, &cluster, &token());
    Servers { vault: vault(&secret("vault")), kubeconfig, _cluster: cluster }
}

impl Servers {
    fn call(&self, project: &Project, args: &[&str]) -> Infra {
        let call = project.infra(args).env("THE_SECRET", secret("env")).env("KUBECONFIG", &self.kubeconfig);
        call.env("VAULT_ADDR", self.vault.url("")).env("VAULT_TOKEN", TOKEN)
    }
}

#[test]
fn what_is_sought_would_be_found() {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in [("plain", secret("vault")), ("encoded", shell("printf %s \"$S\" | base64 -w0", &secret("prompt")))] {
        let file = directory.path().join(name);
        std::fs::write(&file, format!("…{text}…")).unwrap();
        let sought = std::panic::catch_unwind(|| sought_and_not_found(directory.path(), &[]));
        assert!(sought.is_err(), "{name}");
        std::fs::remove_file(file).unwrap();
    }
    assert_eq!(sought_and_not_found(directory.path(), &[("nothing", "at all")]), 0);
}

#[test]
fn a_secret_of_any_source_is_in_nothing_that_is_written() {
    let project = leaky(false);
    let servers = servers(&project);
    for flags in [&[][..], &["--json"], &["-v"], &["--ci=gitlab"]] {
        let home = project.home();
        let (junit, trace) = (home.join("junit.xml"), home.join("trace.json"));
        let files = ["--junit", junit.to_str().unwrap(), "--trace", trace.to_str().unwrap()];
        let output =
            servers.call(&project, &[&["run", "-k"], flags, &files[..], &["fails", "told"]].concat()).output().expect_code(3);
        assert!(output.stderr.contains("***") && junit.exists() && trace.exists(), "{flags:?}: {}", output.stderr);
        let files = sought_and_not_found(&home, &[("stdout", &output.stdout), ("stderr", &output.stderr)]);
        assert!(files >= 4, "{files}");
    }
    let page = project.home().join("run.html");
    let written = project.infra(&["report", "--html", page.to_str().unwrap()]).output().expect_success();
    let mut all = vec![("report", written.stderr)];
    for verb in [&["logs"][..], &["history"], &["history", "--json"], &["show"], &["show", "--json"]] {
        let output = project.infra(verb).output().expect_success();
        all.extend([(verb[0], output.stdout), (verb[0], output.stderr)]);
    }
    let texts: Vec<(&str, &str)> = all.iter().map(|(what, text)| (*what, text.as_str())).collect();
    sought_and_not_found(&project.home(), &texts);
    let journal = Journal::of(&project);
    let effects = journal.effects(&journal.last().run);
    for source in SOURCES.into_iter().filter(|source| *source != "prompt") {
        let used = effects.iter().find(|effect| effect.kind == "secret.use" && effect.target == source.to_uppercase()).unwrap();
        assert_eq!(used.state, "performed");
    }
}

#[test]
fn what_a_person_has_typed_is_in_nothing_that_is_written() {
    let project = leaky(true);
    let servers = servers(&project);
    let mut child = servers.call(&project, &["run", "leak"]).in_terminal();
    let (mut out, mut shown, mut piece) = (child.stdout.take().unwrap(), Vec::new(), [0; 4096]);
    while !String::from_utf8_lossy(&shown).contains("The password: ") {
        let length = out.read(&mut piece).unwrap();
        assert!(length > 0, "{}", String::from_utf8_lossy(&shown));
        shown.extend_from_slice(&piece[..length]);
    }
    let mut input = child.stdin.take().unwrap();
    input.write_all(format!("{}\n", secret("prompt")).as_bytes()).unwrap();
    out.read_to_end(&mut shown).unwrap();
    let shown = String::from_utf8_lossy(&shown).into_owned();
    assert!(child.wait().unwrap().success(), "{shown}");
    assert!(shown.contains("***"), "{shown}");
    assert!(sought_and_not_found(&project.home(), &[("the terminal", &shown)]) >= 2);
}

#[test]
fn github_is_told_to_mask_each_secret_once() {
    let project = leaky(false);
    let call = servers(&project).call(&project, &["run", "told"]);
    let output = call.env("GITHUB_ACTIONS", "true").output().expect_success();
    let told: Vec<&str> = output.stderr.lines().filter(|line| line.starts_with("::add-mask::")).collect();
    assert!(told.iter().enumerate().all(|(at, line)| !told[..at].contains(line)), "{}", output.stderr);
    for source in SOURCES.into_iter().filter(|source| *source != "prompt") {
        assert_eq!(told.iter().filter(|line| line.contains(&format!("{source}-s3cr3t"))).count(), 1, "{}", output.stderr);
    }
    let other = |line: &&str| !line.starts_with("::add-mask::") && line.contains("s3cr3t");
    assert!(!output.stderr.lines().any(|line| other(&line)), "{}", output.stderr);
}
