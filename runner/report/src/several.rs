use crate::Report;
use infra_event::Event;

/// One report for people and others beside it, which only write files.
#[must_use]
pub fn several(first: Box<dyn Report>, others: Vec<Box<dyn Report>>) -> Box<dyn Report> {
    if others.is_empty() { first } else { Box::new(Several { first, others }) }
}

struct Several {
    first: Box<dyn Report>,
    others: Vec<Box<dyn Report>>,
}

impl Report for Several {
    fn event(&mut self, event: &Event) {
        self.first.event(event);
        self.others.iter_mut().for_each(|other| other.event(event));
    }

    fn finish(&mut self) {
        self.first.finish();
        self.others.iter_mut().for_each(|other| other.finish());
    }

    fn suspend(&mut self, run: &mut dyn FnMut()) {
        self.first.suspend(run);
    }
}
