use crate::global::Ci;
use crate::places::places;
use crate::{Global, OutputMode};
use infra_engine::Events;
use infra_event::Event;
use infra_infrafile::Infrafile;
use infra_journal::JournalHandle;
use infra_report::{Report, Style};
use std::io::IsTerminal as _;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, Thread};
use std::time::Duration;

/// How long events gather, so that the report is not woken for each.
const GATHER: Duration = Duration::from_millis(2);

/// Carries events to the report, on a thread of its own so that a slow terminal holds up nothing.
pub(crate) struct Reporting {
    sender: Sender<Message>,
    thread: Option<JoinHandle<()>>,
}

enum Message {
    Event(Box<Event>),
    /// The terminal is lent: say when it is free, and take it back when the other side is done.
    Lend {
        ready: Sender<()>,
        back: Receiver<()>,
    },
    End,
}

/// The terminal belongs to a program until this is dropped.
#[derive(Debug)]
pub(crate) struct Terminal(#[expect(dead_code, reason = "dropping it gives the terminal back")] Sender<()>);

impl Reporting {
    /// Reports to the terminal, and to `files`.
    pub(crate) fn start(global: &Global, infrafile: &Infrafile, files: Vec<Box<dyn Report>>) -> Self {
        let report = infra_report::several(report(global, infrafile), files);
        let (sender, receiver) = channel();
        let thread = std::thread::Builder::new().name("report".to_owned()).spawn(move || carry(report, &receiver)).ok();
        Self { sender, thread }
    }

    /// Where events go: to the journal and to the report.
    pub(crate) fn events(&self, journal: Option<JournalHandle>) -> Events {
        let sender = Mutex::new(self.sender.clone());
        Arc::new(move |event| {
            if let Some(journal) = &journal {
                journal.record(&event);
            }
            let _ = sender.lock().unwrap_or_else(PoisonError::into_inner).send(Message::Event(Box::new(event)));
        })
    }

    pub(crate) fn lender(&self) -> Lender {
        Lender { sender: Mutex::new(self.sender.clone()), report: self.thread.as_ref().map(|thread| thread.thread().clone()) }
    }

    /// Waits until everything is written.
    pub(crate) fn finish(mut self) {
        let _ = self.sender.send(Message::End);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

/// Lends the terminal to interactive programs.
#[derive(Debug)]
pub(crate) struct Lender {
    sender: Mutex<Sender<Message>>,
    /// The report's thread, woken when the terminal is wanted.
    report: Option<Thread>,
}

impl Lender {
    pub(crate) async fn lend(&self) -> Option<Terminal> {
        let (ready, free) = channel();
        let (hold, back) = channel();
        self.sender.lock().unwrap_or_else(PoisonError::into_inner).send(Message::Lend { ready, back }).ok()?;
        self.report.as_ref().inspect(|report| report.unpark());
        tokio::task::spawn_blocking(move || free.recv()).await.ok()?.ok()?;
        Some(Terminal(hold))
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Event(_) => "Event",
            Self::Lend { .. } => "Lend",
            Self::End => "End",
        })
    }
}

fn carry(mut report: Box<dyn Report>, receiver: &Receiver<Message>) {
    while let Some(message) = next(receiver) {
        match message {
            Message::Event(event) => report.event(&event),
            Message::Lend { ready, back } => report.suspend(&mut || {
                let _ = ready.send(());
                let _ = back.recv();
            }),
            Message::End => break,
        }
    }
    report.finish();
}

fn next(receiver: &Receiver<Message>) -> Option<Message> {
    receiver.try_recv().ok().or_else(|| {
        std::thread::park_timeout(GATHER);
        receiver.recv().ok()
    })
}

fn report(global: &Global, infrafile: &Infrafile) -> Box<dyn Report> {
    let style = global.status_style();
    let stderr = || Box::new(std::io::stderr());
    // Both services show colours.
    let coloured = Style { color: style.color || std::env::var_os("NO_COLOR").is_none(), ..style.clone() };
    match global.output {
        OutputMode::Auto if global.service() == Ci::GitHub => infra_report::github(coloured, places(infrafile), stderr()),
        OutputMode::Auto if global.service() == Ci::GitLab => infra_report::gitlab(coloured, stderr()),
        OutputMode::Auto if Style::wants_live_lines(std::io::stderr().is_terminal()) => infra_report::terminal(style),
        OutputMode::Auto | OutputMode::Plain => infra_report::plain(style, stderr()),
        OutputMode::Grouped => infra_report::by_task(style, stderr()),
        OutputMode::Json => infra_report::json(stderr()),
        OutputMode::Quiet => infra_report::quiet(stderr(), style),
    }
}
