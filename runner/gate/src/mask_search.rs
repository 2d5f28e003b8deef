//! Finds all that is masked in one pass, and replaces it.

use aho_corasick::AhoCorasick;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What stands in a secret's place.
pub(crate) const MASK: &str = "***";

/// Texts to find, each with what takes its place.
#[derive(Debug)]
pub(crate) struct MaskSearch {
    search: AhoCorasick,
    /// What is found, in its order, with what takes its place.
    texts: Vec<(String, String)>,
    longest: usize,
}

impl MaskSearch {
    /// None where there is nothing to find, or more than can be searched for.
    pub(crate) fn new(texts: &BTreeMap<String, String>) -> Option<Self> {
        let search = AhoCorasick::new(texts.keys()).ok().filter(|_| !texts.is_empty())?;
        let longest = texts.keys().map(String::len).max().unwrap_or(0);
        let texts = texts.iter().map(|(text, shown)| (text.clone(), shown.clone())).collect();
        Some(Self { search, texts, longest })
    }

    /// How many of these bytes can be replaced now: the others may be the beginning of what is found.
    pub(crate) fn complete(&self, bytes: &[u8]) -> usize {
        let from = bytes.len().saturating_sub(self.longest.saturating_sub(1));
        (from..bytes.len()).find(|place| self.may_go_on(&bytes[*place..])).unwrap_or(bytes.len())
    }

    fn may_go_on(&self, part: &[u8]) -> bool {
        let next = self.texts.partition_point(|(text, _)| text.as_bytes() < part);
        self.texts.get(next).is_some_and(|(text, _)| text.as_bytes().starts_with(part))
    }

    pub(crate) fn finds_any(&self, bytes: &[u8]) -> bool {
        self.search.is_match(bytes)
    }

    /// Adds the first `end` bytes to `out`, replaced. The first `covered` bytes belong to what was replaced before. Returns how many of the bytes
    /// behind `end` belong to what is replaced here.
    ///
    /// What overlaps is replaced as one, so that no part of any of it is left.
    pub(crate) fn replace(&self, bytes: &[u8], covered: usize, end: usize, out: &mut Vec<u8>) -> usize {
        let found = self.search.find_overlapping_iter(bytes).filter(|found| found.start() < end);
        let mut spans: Vec<_> = found.map(|found| (found.start(), Reverse(found.end()), found.pattern())).collect();
        spans.sort_unstable();
        let (mut written, mut reach) = (0, covered);
        for (start, Reverse(stop), pattern) in spans {
            if start < reach {
                reach = reach.max(stop);
                continue;
            }
            out.extend_from_slice(&bytes[written.max(reach)..start]);
            out.extend_from_slice(self.texts.get(pattern.as_usize()).map_or(MASK, |(_, shown)| shown).as_bytes());
            (written, reach) = (start, stop);
        }
        let rest = written.max(reach);
        if rest < end {
            out.extend_from_slice(&bytes[rest..end]);
        }
        reach.saturating_sub(end)
    }
}
