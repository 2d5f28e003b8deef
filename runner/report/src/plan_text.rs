use crate::Style;
use infra_event::Event;

/// What `infra plan` says.
#[must_use]
pub fn plan(_events: &[Event], _style: &Style) -> String {
    String::new()
}
