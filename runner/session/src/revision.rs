use std::path::{Path, PathBuf};

/// The revision of the repository that holds `directory`, where it is one of Git's. No program is run for it.
pub(crate) fn revision(directory: &Path) -> Option<String> {
    let git = directory.ancestors().map(|at| at.join(".git")).find(|git| git.exists())?;
    let git = if git.is_dir() { git } else { linked(&git)? };
    let head = std::fs::read_to_string(git.join("HEAD")).ok()?;
    let Some(reference) = head.trim().strip_prefix("ref: ") else { return hash(&head) };
    let common = std::fs::read_to_string(git.join("commondir")).map_or_else(|_| git.clone(), |path| git.join(path.trim()));
    // A reference is a name in the repository, never a way out of it.
    let plain = !reference.starts_with('/') && !reference.split('/').any(|part| part == "..");
    let loose = plain.then(|| std::fs::read_to_string(common.join(reference)).ok()).flatten();
    loose.and_then(|text| hash(&text)).or_else(|| packed(&common, reference))
}

/// A worktree has a file that says where its directory is.
fn linked(file: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(file).ok()?;
    let path = text.trim().strip_prefix("gitdir: ")?;
    Some(file.parent()?.join(path))
}

fn packed(common: &Path, reference: &str) -> Option<String> {
    let text = std::fs::read_to_string(common.join("packed-refs")).ok()?;
    let line = text.lines().find(|line| line.split(' ').nth(1) == Some(reference))?;
    hash(line.split(' ').next()?)
}

fn hash(text: &str) -> Option<String> {
    let text = text.trim();
    (matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const HASH: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn a_branch_a_packed_branch_a_bare_hash_and_a_worktree_are_read() {
        let directory = tempfile::tempdir().unwrap();
        let (git, below) = (directory.path().join(".git"), directory.path().join("a/b"));
        fs::create_dir_all(git.join("refs/heads")).unwrap();
        fs::create_dir_all(&below).unwrap();
        fs::write(git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        assert_eq!(revision(&below), None);
        fs::write(git.join("packed-refs"), format!("# pack-refs\n{HASH} refs/heads/main\n")).unwrap();
        assert_eq!(revision(&below).as_deref(), Some(HASH));
        fs::write(git.join("refs/heads/main"), format!("{}\n", "a".repeat(40))).unwrap();
        assert_eq!(revision(&below), Some("a".repeat(40)));
        fs::write(git.join("HEAD"), HASH).unwrap();
        assert_eq!(revision(&below).as_deref(), Some(HASH));
        let own = git.join("worktrees/w");
        fs::create_dir_all(&own).unwrap();
        fs::write(own.join("HEAD"), "ref: refs/heads/main").unwrap();
        fs::write(own.join("commondir"), "../..").unwrap();
        fs::write(below.join(".git"), format!("gitdir: {}", own.display())).unwrap();
        assert_eq!(revision(&below), Some("a".repeat(40)));
    }

    #[test]
    fn what_is_no_revision_is_none() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join(".git")).unwrap();
        for head in ["", "nonsense", "ref: ../../secret", "ref: /etc/passwd"] {
            fs::write(directory.path().join(".git/HEAD"), head).unwrap();
            assert_eq!(revision(directory.path()), None, "{head}");
        }
    }
}
