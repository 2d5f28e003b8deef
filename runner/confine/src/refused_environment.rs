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
    ("ENV", SHELL),
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

#[cfg(test)]
mod tests {
    use super::refused_environment;

    #[test]
    fn names_that_run_other_code_are_refused() {
        for name in [
            "LD_PRELOAD",
            "LD_LIBRARY_PATH",
            "BASH_ENV",
            "ENV",
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
        for name in ["PATH", "HOME", "TERM", "LANG", "LC_ALL", "PYTHONPATH", "ENVIRONMENT", "OLD_LD", "GIT_AUTHOR_NAME"] {
            assert!(refused_environment(name).is_none(), "{name}");
        }
    }
}
