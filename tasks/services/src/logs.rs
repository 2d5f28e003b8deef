//! Shows what containers say, each line behind the name of its service, which the report colours.

use crate::observed::{existing, observe};
use crate::order::order;
use crate::project::Project;
use crate::service::Service;
use crate::time;
use infra::docker::{self, LogOptions, LogStream};
use infra::process::Output;
use infra::{Context, Error, Result, Waitable, wait_any};
use std::collections::BTreeSet;

/// A longer line is shown in pieces.
const LONGEST: usize = 16 << 10;

#[derive(Clone, Debug)]
pub(crate) struct Options<'a> {
    pub(crate) follow: bool,
    pub(crate) tail: Option<u32>,
    pub(crate) since: Option<&'a str>,
    pub(crate) timestamps: bool,
}

struct Speaker {
    prefix: String,
    stream: LogStream,
    /// What does not end with a line's end yet: standard output, standard error.
    rests: [Vec<u8>; 2],
}

/// Shows the selected services' logs, all at the same time.
pub(crate) fn logs(project: &Project, selected: &BTreeSet<String>, named: bool, options: &Options<'_>) -> Result<()> {
    let since = match options.since {
        None => None,
        Some(text) => Some(time::since(text, time::now()).ok_or_else(|| {
            Error::new("invalid", format!("`since` is `{text}`"))
                .hint("write a duration as `10m`, a time as `2026-01-31T12:00:00Z`, or seconds since 1970")
        })?),
    };
    let request = LogOptions { follow: options.follow, tail: options.tail, since, timestamps: options.timestamps };
    let observed = observe(project)?;
    let services: Vec<&Service> =
        order(project, selected).into_iter().filter(|service| named || observed.contains_key(&service.name)).collect();
    let width = services.iter().map(|service| service.name.len()).max().unwrap_or(0);
    let mut speakers = Vec::new();
    for service in services {
        let container = existing(&observed, service)?;
        let stream = docker::read_logs(&container.name, request).context(format!("service {}", service.name))?;
        let prefix = format!("{:<width$} | ", service.name);
        speakers.push(Speaker { prefix, stream, rests: [Vec::new(), Vec::new()] });
    }
    while !speakers.is_empty() {
        let operations: Vec<&dyn Waitable> = speakers.iter().map(|speaker| &speaker.stream as &dyn Waitable).collect();
        let mut ready = wait_any(&operations);
        ready.sort_unstable();
        for index in ready.into_iter().rev() {
            match speakers[index].stream.next()? {
                Some(Output::Stdout(bytes)) => speakers[index].say(0, &bytes),
                Some(Output::Stderr(bytes)) => speakers[index].say(1, &bytes),
                None => speakers.remove(index).end(),
            }
        }
    }
    Ok(())
}

impl Speaker {
    fn say(&mut self, stream: usize, bytes: &[u8]) {
        let rest = &mut self.rests[stream];
        rest.extend_from_slice(bytes);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            show(&self.prefix, &line);
        }
        if rest.len() > LONGEST {
            show(&self.prefix, &std::mem::take(rest));
        }
    }

    fn end(self) {
        for rest in self.rests.iter().filter(|rest| !rest.is_empty()) {
            show(&self.prefix, rest);
        }
    }
}

fn show(prefix: &str, line: &[u8]) {
    let line = String::from_utf8_lossy(line);
    infra::ui::show(&format!("{prefix}{}", line.trim_end_matches(['\r', '\n'])));
}
