use infra::process::{self, Command};
use infra::{Error, Result};

/// Builds a directory by `kubectl kustomize`, else by `kustomize build`. Both only read, so a plan runs them too where the grant says `pure`.
pub(crate) fn build(directory: &str) -> Result<String> {
    let command = if process::find("kubectl")?.is_some() {
        Command::new("kubectl").args(["kustomize", directory])
    } else if process::find("kustomize")?.is_some() {
        Command::new("kustomize").args(["build", directory])
    } else {
        return Err(Error::new(
            "not-found",
            format!("{directory} needs kustomize, and there is neither `kubectl` nor `kustomize`"),
        )
        .hint("install kubectl: kubernetes.io/docs/tasks/tools"));
    };
    command.read().map_err(|error| {
        let mut error = error;
        if error.is_unknown() {
            error.hint = Some("write `pure = true` in the program's grant: building only reads".to_owned());
        }
        error
    })
}
