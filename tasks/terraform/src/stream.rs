/// Pieces of a stream, line by line.
#[derive(Default)]
pub(crate) struct Lines(Vec<u8>);

impl Lines {
    pub(crate) fn take(&mut self, bytes: &[u8], line: &mut impl FnMut(&str)) {
        self.0.extend_from_slice(bytes);
        let Some(end) = self.0.iter().rposition(|byte| *byte == b'\n') else { return };
        let whole: Vec<u8> = self.0.drain(..=end).collect();
        String::from_utf8_lossy(&whole).lines().for_each(line);
    }

    /// What has no line end.
    pub(crate) fn end(self, line: &mut impl FnMut(&str)) {
        String::from_utf8_lossy(&self.0).lines().for_each(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_however_they_come() {
        let mut seen: Vec<String> = vec![];
        let mut lines = Lines::default();
        for piece in ["a", "b\nc", "\n", "d\ne\nf"] {
            lines.take(piece.as_bytes(), &mut |line: &str| seen.push(line.to_owned()));
        }
        lines.end(&mut |line: &str| seen.push(line.to_owned()));
        assert_eq!(seen, ["ab", "c", "d", "e", "f"]);
    }
}
