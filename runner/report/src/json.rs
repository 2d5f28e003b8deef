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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{failing_run, shown};

    #[test]
    fn each_line_is_the_event_it_came_from() {
        let events = failing_run();
        let text = shown(json, &events);
        let read: Vec<Event> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(read, events);
        assert!(text.contains(r#"{"type":"step-started","step":0,"at":0,"attempt":1}"#));
    }
}
