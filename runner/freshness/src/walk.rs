use crate::{Base, Kind, Look, Snapshot, Stamp};
use infra_effect::{PathPattern, TextPattern};
use infra_event::Digest;
use rustix::fs::{Dir, FileType, Mode, OFlags, Stat, fstat, openat, readlinkat};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::Read as _;
use std::time::SystemTime;

/// What is read of a file at once.
const PIECE: usize = 64 << 10;

/// Looks for what patterns match. Links are never followed.
pub(crate) struct Walk<'a> {
    base: &'a Base,
    without: &'a [PathPattern],
    known: HashMap<&'a str, Vec<&'a Look>>,
    started: SystemTime,
    /// Directories that were looked through for the rest of a pattern.
    seen: HashSet<(String, Vec<String>)>,
    pub(crate) found: BTreeMap<String, Look>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(base: &'a Base, without: &'a [PathPattern], known: &[&'a Snapshot]) -> Self {
        let mut by_path: HashMap<&str, Vec<&Look>> = HashMap::new();
        for look in known.iter().flat_map(|snapshot| &snapshot.0).filter(|look| look.stamp.is_some()) {
            by_path.entry(look.path.as_str()).or_default().push(look);
        }
        let started = SystemTime::now();
        Self { base, without, known: by_path, started, seen: HashSet::new(), found: BTreeMap::new() }
    }

    pub(crate) fn pattern(&mut self, pattern: &str) {
        let pattern = self.base.expanded(pattern);
        let lead = if pattern.starts_with('/') { "/" } else { "" };
        let segments: Vec<&str> = pattern.split('/').filter(|segment| !segment.is_empty() && *segment != ".").collect();
        let fixed = segments.iter().take_while(|segment| !segment.contains('*')).count();
        let (start, rest) = segments.split_at(fixed);
        let above = if rest.is_empty() { start.split_last().map_or(start, |(_, above)| above) } else { start };
        self.links(lead, above);
        let path = format!("{lead}{}", start.join("/"));
        if rest.is_empty() { self.matches(&path) } else { self.walk(&path, rest) }
    }

    /// Where the way to a pattern leads over a link, what the pattern stands for depends on the link.
    fn links(&mut self, lead: &str, segments: &[&str]) {
        for length in 1..=segments.len() {
            let path = format!("{lead}{}", segments[..length].join("/"));
            if let Ok(Some(stat)) = self.base.stat(&path)
                && FileType::from_raw_mode(stat.st_mode).is_symlink()
            {
                self.matches(&path);
            }
        }
    }

    fn walk(&mut self, directory: &str, segments: &[&str]) {
        if !self.seen.insert((directory.to_owned(), segments.iter().map(|segment| (*segment).to_owned()).collect())) {
            return;
        }
        // The stamp is taken before the names are read: what comes later shows in it.
        if *self.look(directory, false) != Kind::Directory {
            return;
        }
        let Some((first, rest)) = segments.split_first() else { return };
        let open = rest.iter().all(|segment| *segment == "**");
        if *first == "**" {
            if rest.is_empty() {
                self.matches(directory);
            } else {
                self.walk(directory, rest);
            }
            for (path, is_directory) in self.entries(directory) {
                if rest.is_empty() {
                    self.matches(&path);
                }
                if is_directory && !self.is_all_without(&path) {
                    self.walk(&path, segments);
                }
            }
        } else if first.contains('*') {
            let name = TextPattern((*first).to_owned());
            for (path, is_directory) in self.entries(directory) {
                if name.matches(path.rsplit('/').next().unwrap_or(&path)) {
                    self.step(&path, is_directory, open, rest);
                }
            }
        } else {
            let path = below(directory, first);
            let is_directory = self.base.stat(&path).is_ok_and(|stat| stat.is_some_and(|stat| is_directory(&stat)));
            self.step(&path, is_directory, open, rest);
        }
    }

    fn step(&mut self, path: &str, is_directory: bool, open: bool, rest: &[&str]) {
        if open {
            self.matches(path);
        }
        if is_directory && !rest.is_empty() && !self.is_all_without(path) {
            self.walk(path, rest);
        }
    }

    fn matches(&mut self, path: &str) {
        if !self.without.iter().any(|pattern| pattern.matches(path)) {
            self.look(path, true);
        }
    }

    /// Whether all below a directory is left out.
    fn is_all_without(&self, path: &str) -> bool {
        self.without.iter().any(|pattern| pattern.0.ends_with("/**") && pattern.matches(path))
    }

    /// The paths in a directory, and which of them are directories.
    fn entries(&mut self, directory: &str) -> Vec<(String, bool)> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let name = if directory.is_empty() { "." } else { directory };
        let listed = openat(self.base.descriptor(), name, flags, Mode::empty())
            .and_then(|open| Dir::read_from(&open)?.collect::<Result<Vec<_>, _>>());
        let Ok(listed) = listed else {
            self.cannot(directory, "it cannot be listed");
            return vec![];
        };
        let mut entries = Vec::with_capacity(listed.len());
        for entry in listed {
            let bytes = entry.file_name().to_bytes();
            if matches!(bytes, b"." | b"..") {
                continue;
            }
            let Ok(name) = entry.file_name().to_str() else {
                self.cannot(&below(directory, &String::from_utf8_lossy(bytes)), "its name is not UTF-8");
                continue;
            };
            let path = below(directory, name);
            let directory = match entry.file_type() {
                FileType::Unknown => self.base.stat(&path).is_ok_and(|stat| stat.is_some_and(|stat| is_directory(&stat))),
                kind => kind.is_dir(),
            };
            entries.push((path, directory));
        }
        entries
    }

    fn cannot(&mut self, path: &str, why: &str) {
        let look = Look { path: path.to_owned(), kind: Kind::Other(why.to_owned()), stamp: None, matched: true, raw: None };
        self.found.insert(path.to_owned(), look);
    }

    fn look(&mut self, path: &str, matched: bool) -> &Kind {
        let look = self.found.remove(path).unwrap_or_else(|| self.new_look(path));
        let look = self.found.entry(path.to_owned()).or_insert(look);
        look.matched |= matched;
        &look.kind
    }

    fn new_look(&self, path: &str) -> Look {
        let found = |kind, stamp, raw| Look { path: path.to_owned(), kind, stamp, matched: false, raw };
        let stat = match self.base.stat(path) {
            Ok(Some(stat)) => stat,
            Ok(None) => return found(Kind::Absent, None, None),
            Err(error) => return found(Kind::Other(error.to_string()), None, None),
        };
        let stamp = Stamp::of(&stat);
        let made = |kind, kept| found(kind, kept, Some(stamp));
        let settled = stamp.settled(self.started).then_some(stamp);
        if let Some(known) = self.known.get(path).and_then(|known| known.iter().find(|look| look.stamp == Some(stamp))) {
            return made(known.kind.clone(), Some(stamp));
        }
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => made(Kind::Directory, settled),
            FileType::Symlink => match readlinkat(self.base.descriptor(), path, Vec::new()) {
                Ok(target) => made(Kind::Link(target.to_string_lossy().into_owned()), settled),
                Err(error) => made(Kind::Other(error.to_string()), None),
            },
            FileType::RegularFile => match self.hash(path, stamp) {
                Ok((digest, same)) => made(Kind::File(digest, stat.st_mode & 0o100 != 0), settled.filter(|_| same)),
                Err(error) => made(Kind::Other(error.to_string()), None),
            },
            _ => made(Kind::Other("it is a pipe, a socket or a device".to_owned()), None),
        }
    }

    /// The digest of a file, and whether it stayed as it was meanwhile.
    fn hash(&self, path: &str, before: Stamp) -> std::io::Result<(Digest, bool)> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(openat(self.base.descriptor(), path, flags, Mode::empty())?);
        let mut hasher = Sha256::new();
        let mut piece = vec![0; PIECE];
        loop {
            match file.read(&mut piece)? {
                0 => break,
                length => hasher.update(&piece[..length]),
            }
        }
        let same = Stamp::of(&fstat(&file)?) == before;
        Ok((Digest::from_bytes(hasher.finalize().into()), same))
    }
}

fn is_directory(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode).is_dir()
}

fn below(directory: &str, name: &str) -> String {
    match directory {
        "" => name.to_owned(),
        "/" => format!("/{name}"),
        directory => format!("{directory}/{name}"),
    }
}
