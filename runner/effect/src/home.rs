use crate::{Grants, PathPattern, SinkKind};

impl Grants {
    /// With the home directory in the place of each `~/`. A home whose path holds a star cannot be part of a pattern: its patterns stay as they
    /// are and match nothing.
    #[must_use]
    pub fn at_home(mut self, home: &str) -> Self {
        if home.contains('*') || !home.starts_with('/') {
            return self;
        }
        let home = home.trim_end_matches('/');
        let lists = [&mut self.files.read, &mut self.files.write].into_iter();
        let process = self.process.iter_mut().flat_map(|grant| [&mut grant.read, &mut grant.write]);
        let docker = self.docker.iter_mut().flat_map(|grant| [&mut grant.mounts, &mut grant.contexts]);
        for PathPattern(pattern) in lists.chain(process).chain(docker).flatten() {
            if let Some(rest) = pattern.strip_prefix("~/") {
                *pattern = format!("{home}/{rest}");
            }
        }
        for sink in self.secrets.iter_mut().flat_map(|grant| &mut grant.to).filter(|sink| sink.kind == SinkKind::File) {
            if let Some(rest) = sink.target.strip_prefix("~/") {
                sink.target = format!("{home}/{rest}");
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Effect, FileEffect, FileVerb, Key};

    #[test]
    fn a_tilde_is_the_home_directory() {
        let read = |path: &str| Effect::File(FileEffect { verb: FileVerb::Read, path: path.to_owned() });
        let mut grants = Grants::default();
        grants.files.read.push(PathPattern("~/.config/app/*".into()));
        assert!(grants.check(&read("/home/me/.config/app/a"), Key::Infrafile).is_err());
        let at_home = grants.clone().at_home("/home/me/");
        assert!(at_home.check(&read("/home/me/.config/app/a"), Key::Infrafile).is_ok());
        assert!(at_home.check(&read("/home/you/.config/app/a"), Key::Infrafile).is_err());
        assert_eq!(grants.clone().at_home("/home/*"), grants);
    }
}
