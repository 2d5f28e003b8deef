/// What a shell does itself.
const BUILTINS: [&str; 34] = [
    ".", ":", "[", "[[", "alias", "bg", "break", "cd", "command", "continue", "eval", "exec", "exit", "export", "fg", "getopts",
    "hash", "jobs", "local", "popd", "pushd", "read", "readonly", "return", "set", "shift", "shopt", "source", "test", "trap",
    "type", "ulimit", "unset", "wait",
];

/// Programs that touch no file of the project.
const HARMLESS: [&str; 22] = [
    "echo", "printf", "true", "false", "sleep", "date", "seq", "uname", "whoami", "id", "hostname", "nproc", "basename",
    "dirname", "yes", "expr", "tput", "clear", "which", "arch", "getent", "locale",
];

/// Programs that only read files.
const READERS: [&str; 30] = [
    "cat",
    "ls",
    "grep",
    "egrep",
    "fgrep",
    "head",
    "tail",
    "wc",
    "cut",
    "tr",
    "sort",
    "uniq",
    "stat",
    "du",
    "df",
    "file",
    "diff",
    "cmp",
    "md5sum",
    "sha1sum",
    "sha256sum",
    "base64",
    "column",
    "comm",
    "join",
    "nl",
    "od",
    "realpath",
    "readlink",
    "jq",
];

/// Programs that are scripts of whoever calls them.
const INTERPRETERS: [&str; 9] = ["bash", "sh", "zsh", "python", "python3", "node", "ruby", "perl", "deno"];

/// What a program may be trusted with before anyone looked at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It touches no file of the project.
    Harmless,
    /// It reads files.
    Reader,
    /// `mkdir`
    MakesDirectories,
    /// A script of the repository.
    OwnScript,
    /// What it touches is not known.
    Other,
}

pub(crate) fn is_builtin(program: &str) -> bool {
    BUILTINS.contains(&program)
}

/// What is known of a program; `first` is its first argument that is no flag.
pub(crate) fn kind(program: &str, first: Option<&str>) -> Kind {
    let path = |text: &str| text.contains('/') && !text.starts_with(['/', '~']);
    let script = |text: &str| path(text) || [".sh", ".py", ".js", ".rb", ".pl"].iter().any(|end| text.ends_with(end));
    match program {
        name if path(name) => Kind::OwnScript,
        name if INTERPRETERS.contains(&name) && first.is_some_and(script) => Kind::OwnScript,
        name if HARMLESS.contains(&name) => Kind::Harmless,
        name if READERS.contains(&name) => Kind::Reader,
        "mkdir" => Kind::MakesDirectories,
        _ => Kind::Other,
    }
}

/// Whether a program with these arguments talks with a person.
pub(crate) fn is_interactive(words: &[&str]) -> bool {
    let Some((program, arguments)) = words.split_first() else { return false };
    let has = |flag: &str| arguments.contains(&flag);
    has("-it")
        || has("-ti")
        || (has("-i") && has("-t"))
        || (has("--interactive") && has("--tty"))
        || (has("--stdin") && has("--tty"))
        || matches!(*program, "vim" | "vi" | "nano" | "less" | "top" | "htop" | "k9s" | "lazydocker" | "ssh" | "tmux" | "watch")
        || (*program == "psql" && !has("-c") && !has("-f"))
        || (*program == "terraform" && has("console"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_apart() {
        for (program, first, expected) in [
            ("./scripts/x", None, Kind::OwnScript),
            ("scripts/x.sh", None, Kind::OwnScript),
            ("bash", Some("scripts/x.sh"), Kind::OwnScript),
            ("python3", Some("tool.py"), Kind::OwnScript),
            ("bash", None, Kind::Other),
            ("/usr/bin/tool", None, Kind::Other),
            ("terraform", Some("plan"), Kind::Other),
            ("cat", Some("a"), Kind::Reader),
            ("echo", Some("a"), Kind::Harmless),
        ] {
            assert_eq!(kind(program, first), expected, "{program} {first:?}");
        }
        assert!(is_interactive(&["docker", "exec", "-it", "a"]) && !is_interactive(&["docker", "exec", "-i", "a"]));
    }
}
