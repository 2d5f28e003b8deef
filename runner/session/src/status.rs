use crate::{Global, OutputMode};
use infra_event::{Event, NoticeLevel};

/// Tells something that belongs to no step, on standard error: as an event where events are wanted.
pub(crate) fn say(global: &Global, text: String) {
    told(global, NoticeLevel::Info, text);
}

/// As [`say`], of something that is missing or weaker than it should be.
pub(crate) fn warn(global: &Global, text: String) {
    told(global, NoticeLevel::Warning, text);
}

fn told(global: &Global, level: NoticeLevel, text: String) {
    if global.output == OutputMode::Json {
        eprintln!("{}", serde_json::to_string(&Event::Notice { level, text }).unwrap_or_default());
        return;
    }
    let text = infra_report::clean_message(&text);
    match level {
        NoticeLevel::Info => eprintln!("{text}"),
        NoticeLevel::Warning => eprintln!("warning: {text}"),
    }
}
