use infra_effect::{PathPattern, ProcessGrant};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// How much of the end of what a program says is looked at.
const TAIL: usize = 4 << 10;

/// How programs word the errors `EACCES` and `EPERM`, which Landlock and seccomp answer with.
const WORDS: [&str; 4] = ["permission denied", "operation not permitted", "eacces", "eperm"];

/// Tells whoever sees a confined program fail that its confinement may be why.
#[derive(Debug)]
pub(super) struct Denial {
    advice: String,
    tail: Mutex<VecDeque<u8>>,
}

impl Denial {
    pub(super) fn new(program: &str, grant: &ProcessGrant) -> Self {
        let mut may = Vec::new();
        let mut list = |verb: &str, items: Vec<&str>| {
            if !items.is_empty() {
                may.push(format!("{verb} {}", items.join(", ")));
            }
        };
        let paths = |paths: &[PathPattern]| paths.iter().map(|path| path.0.clone()).collect::<Vec<_>>();
        let (read, write) = (paths(&grant.read), paths(&grant.write));
        list("read", read.iter().map(String::as_str).collect());
        list("write", write.iter().map(String::as_str).collect());
        list("connect to", grant.connect.iter().map(String::as_str).collect());
        list("listen on", grant.listen.iter().map(String::as_str).collect());
        let may = if may.is_empty() {
            "of the project's files it may use none".to_owned()
        } else {
            format!("it may {}", may.join("; "))
        };
        let advice = format!("`{program}` runs confined: {may}. Where that is too little, the task's `allow` takes more");
        Self { advice, tail: Mutex::default() }
    }

    /// Takes what the program says on its standard error.
    pub(super) fn hear(&self, bytes: &[u8]) {
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.extend(&bytes[bytes.len().saturating_sub(TAIL)..]);
        let over = tail.len().saturating_sub(TAIL);
        tail.drain(..over);
    }

    /// What to say of a failure: something where the program complained of a refusal.
    pub(super) fn advice(&self) -> Option<&str> {
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        let said = String::from_utf8_lossy(tail.make_contiguous()).to_lowercase();
        WORDS.iter().any(|word| said.contains(word)).then_some(self.advice.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refusal_is_explained() {
        let denial = Denial::new("tar", &ProcessGrant::exactly("tar", &[]));
        denial.hear(b"tar: a: No such file or directory\n");
        assert_eq!(denial.advice(), None);
        denial.hear(b"tar: b: Permission de");
        denial.hear(b"nied\n");
        assert_eq!(
            denial.advice(),
            Some(
                "`tar` runs confined: of the project's files it may use none. Where that is too little, the task's `allow` takes more"
            )
        );
        denial.hear(&[b'x'; 2 * TAIL]);
        assert_eq!(denial.advice(), None);
    }

    #[test]
    fn what_is_allowed_is_listed() {
        let mut grant = ProcessGrant::exactly("tar", &[]);
        grant.read = vec![PathPattern("src/**".into())];
        grant.connect = vec!["*:443".into()];
        let denial = Denial::new("tar", &grant);
        denial.hear(b"EACCES");
        assert!(denial.advice().unwrap().contains("it may read src/**; connect to *:443."));
    }
}
