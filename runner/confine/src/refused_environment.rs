use std::path::Path;

const LOADER: &str = "it makes the dynamic loader run other code than the granted program";
const SHELL: &str = "it makes shells run other commands before or inside the granted script";
const RUNTIME: &str = "it makes the language's runtime load other code than the granted program";
const TOOL: &str = "it names a command that the program runs instead of its own";

/// Names that begin like this.
const PREFIXES: &[(&str, &str)] = &[
    ("LD_", LOADER),
    ("DYLD_", LOADER),
    ("_RLD", LOADER),
    ("BASH_FUNC_", SHELL),
    ("CORECLR_PROFILER", RUNTIME),
    ("COR_PROFILER", RUNTIME),
    ("LUA_INIT", RUNTIME),
    ("GIT_CONFIG_", TOOL),
];

/// Whole names. Search paths (`PYTHONPATH`, `NODE_PATH`) are not among them: what they point to must be granted as well.
const NAMES: &[(&str, &str)] = &[
    ("GCONV_PATH", LOADER),
    ("GLIBC_TUNABLES", LOADER),
    ("LIBPATH", LOADER),
    ("SHLIB_PATH", LOADER),
    ("BASHOPTS", SHELL),
    ("BASH_ENV", SHELL),
    ("CDPATH", SHELL),
    ("FPATH", SHELL),
    ("GLOBIGNORE", SHELL),
    ("IFS", SHELL),
    ("PROMPT_COMMAND", SHELL),
    ("PS4", SHELL),
    ("SHELLOPTS", SHELL),
    ("ZDOTDIR", SHELL),
    ("DOTNET_STARTUP_HOOKS", RUNTIME),
    ("ERL_AFLAGS", RUNTIME),
    ("ERL_FLAGS", RUNTIME),
    ("ERL_ZFLAGS", RUNTIME),
    ("JAVA_TOOL_OPTIONS", RUNTIME),
    ("JDK_JAVA_OPTIONS", RUNTIME),
    ("_JAVA_OPTIONS", RUNTIME),
    ("NODE_OPTIONS", RUNTIME),
    ("NODE_REPL_EXTERNAL_MODULE", RUNTIME),
    ("OPENSSL_CONF", RUNTIME),
    ("OPENSSL_ENGINES", RUNTIME),
    ("OPENSSL_MODULES", RUNTIME),
    ("PERL5DB", RUNTIME),
    ("PERL5OPT", RUNTIME),
    ("PERLIO_DEBUG", RUNTIME),
    ("PHPRC", RUNTIME),
    ("PHP_INI_SCAN_DIR", RUNTIME),
    ("PYTHONBREAKPOINT", RUNTIME),
    ("PYTHONHOME", RUNTIME),
    ("PYTHONINSPECT", RUNTIME),
    ("PYTHONSTARTUP", RUNTIME),
    ("PYTHONUSERBASE", RUNTIME),
    ("RUBYOPT", RUNTIME),
    ("CARGO_BUILD_RUSTC", TOOL),
    ("CARGO_BUILD_RUSTC_WRAPPER", TOOL),
    ("GIT_ASKPASS", TOOL),
    ("GIT_EXEC_PATH", TOOL),
    ("GIT_EXTERNAL_DIFF", TOOL),
    ("GIT_PROXY_COMMAND", TOOL),
    ("GIT_SSH", TOOL),
    ("GIT_SSH_COMMAND", TOOL),
    ("GIT_TEMPLATE_DIR", TOOL),
    ("LESSCLOSE", TOOL),
    ("LESSOPEN", TOOL),
    ("RUSTC_WORKSPACE_WRAPPER", TOOL),
    ("RUSTC_WRAPPER", TOOL),
    ("SSH_ASKPASS", TOOL),
];

/// Why no program may be given this environment variable, or `None` where it may. A name that is empty or holds `=` or a zero byte is
/// refused as well.
#[must_use]
pub fn refused_environment(name: &str) -> Option<&'static str> {
    if name.is_empty() || name.contains(['=', '\0']) {
        return Some("it is not a name of an environment variable");
    }
    let prefix = PREFIXES.iter().find(|(prefix, _)| name.starts_with(prefix));
    prefix.or_else(|| NAMES.iter().find(|(refused, _)| *refused == name)).map(|(_, reason)| *reason)
}

/// Why no program that starts in `dir` may be given this value of an environment variable, or `None` where it may. `interactive` says that
/// it gets the terminal.
///
/// `ENV` is a usual name of a parameter, and to an interactive POSIX shell the name of a file of commands, after `$` and backquotes in it were
/// expanded. So it may be a plain word, which is no path and expands to itself; and where a shell could be interactive, no file of that name
/// may lie where the program starts.
#[must_use]
pub fn refused_value(name: &str, value: &str, dir: &Path, interactive: bool) -> Option<&'static str> {
    if name != "ENV" {
        return None;
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.,:@+ ".contains(&byte);
    if !value.bytes().all(plain) {
        return Some("an interactive shell runs the commands of the file that `ENV` names, so it must be a plain word");
    }
    if interactive && dir.join(value).is_file() {
        return Some("an interactive shell would run the commands of the file of that name in its directory");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{refused_environment, refused_value};
    use std::path::Path;

    #[test]
    fn names_that_run_other_code_are_refused() {
        for name in [
            "LD_PRELOAD",
            "LD_LIBRARY_PATH",
            "BASH_ENV",
            "PERL5OPT",
            "PYTHONSTARTUP",
            "NODE_OPTIONS",
            "BASH_FUNC_ls%%",
            "",
            "A=B",
        ] {
            assert!(refused_environment(name).is_some(), "{name}");
        }
    }

    #[test]
    fn ordinary_names_are_not() {
        for name in ["PATH", "HOME", "TERM", "LANG", "ENV", "LC_ALL", "PYTHONPATH", "ENVIRONMENT", "OLD_LD", "GIT_AUTHOR_NAME"] {
            assert!(refused_environment(name).is_none(), "{name}");
        }
    }

    #[test]
    fn env_is_a_word_and_never_a_path_or_a_command() {
        let dir = Path::new("/nowhere");
        for value in ["dev", "dev,stage", "eu-west_1.prod", "", "a b"] {
            assert_eq!(refused_value("ENV", value, dir, true), None, "{value}");
        }
        for value in ["/etc/profile", "./x", "a/b", "$HOME", "$(id)", "`id`", "~root", "a\nb", "ä"] {
            assert!(refused_value("ENV", value, dir, false).is_some(), "{value}");
            assert_eq!(refused_value("STAGE", value, dir, true), None, "{value}");
        }
    }

    #[test]
    fn env_names_no_file_where_a_shell_could_be_interactive() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("dev"), "echo evil").unwrap();
        std::fs::create_dir(dir.path().join("stage")).unwrap();
        assert!(refused_value("ENV", "dev", dir.path(), true).is_some());
        assert_eq!(refused_value("ENV", "dev", dir.path(), false), None);
        assert_eq!(refused_value("ENV", "stage", dir.path(), true), None);
    }
}
