use crate::Report;
use infra_event::Event;
use std::io::Write;

/// One event a line, as JSON.
#[must_use]
pub fn json(out: Box<dyn Write + Send>) -> Box<dyn Report> {
    Box::new(Json { out })
}

struct Json {
    out: Box<dyn Write + Send>,
}

impl Report for Json {
    fn event(&mut self, event: &Event) {
        // A reader that has gone away is no reason to stop the run.
        if let Ok(mut line) = serde_json::to_vec(event) {
            line.push(b'\n');
            let _ = self.out.write_all(&line).and_then(|()| self.out.flush());
        }
    }

    fn finish(&mut self) {
        let _ = self.out.flush();
    }
}
