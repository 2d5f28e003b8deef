use crate::{Infra, Platform};
use std::os::unix::fs::PermissionsExt as _;

/// In the place of `mmdebstrap`: makes a base of busybox alone. While the file `hold` is in the directory of the script, it takes it away
/// and then sleeps for as long as the file says.
const MMDEBSTRAP: &str = r#"#!/bin/sh
set -eu
here=$(dirname "$0")
if [ -e "$here/hold" ]; then
  how_long=$(cat "$here/hold")
  rm "$here/hold"
  setsid sleep "$how_long"
fi
for word; do case $word in *.tar) tar=$word ;; esac; done
root=$(mktemp -d)
mkdir -p "$root/bin" "$root/tmp" "$root/proc"
cp "$(command -v busybox)" "$root/bin/busybox"
for name in sh sleep true cat echo touch test grep kill; do ln -s busybox "$root/bin/$name"; done
tar -C "$root" -cf "$tar" .
rm -r "$root"
"#;

impl Platform {
    /// Makes the base image small, and this platform's own; an image on it, `tiny`, is built with these lines. Then calls need
    /// [`Platform::with_small_base`].
    pub fn make_base_small(&self, lines: &str) {
        let (base, tiny) = (self.image("base"), self.image("tiny"));
        self.edit("Infrafile.toml", "tag = \"comind-ops/base:debian\"", &format!("tag = \"{base}\""));
        let image = format!(
            "registry = \"redis:7.2-alpine\"\ndebian = {{ context = \"platform/docker/tiny\", tag = \"{tiny}\" }}\n\n[tasks.services-setup]"
        );
        self.edit("Infrafile.toml", "[tasks.services-setup]", &format!("[tasks.images.with.images.tiny]\n{image}"));
        self.project.file("platform/docker/tiny/Dockerfile", format!("FROM {base}\n{lines}\n"));
        let script = self.project.home().join("bin/mmdebstrap");
        std::fs::create_dir_all(script.parent().unwrap()).unwrap();
        std::fs::write(&script, MMDEBSTRAP).unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The next time that the base is made, it first takes this long, once.
    pub fn hold_base(&self, how_long: &str) {
        std::fs::write(self.project.home().join("bin/hold"), how_long).unwrap();
    }

    /// The name of an image of this platform alone.
    #[must_use]
    pub fn image(&self, name: &str) -> String {
        format!("comind-ops/{}-{name}:debian", self.name)
    }

    /// A call of the binary that finds the small base's maker.
    #[must_use]
    pub fn with_small_base(&self, args: &[&str]) -> Infra {
        let path = std::env::var("PATH").unwrap_or_default();
        self.infra(args).env("PATH", format!("{}:{path}", self.project.home().join("bin").display()))
    }
}
