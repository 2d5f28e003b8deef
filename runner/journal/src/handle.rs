use crate::message::{Answer, Keep, Message};
use crate::{EffectRecord, EffectState, JournalError};
use infra_event::{EffectId, Event, Timestamp};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::thread::Thread;

/// A way to write into the journal; cheap to clone.
#[derive(Clone, Debug)]
pub struct JournalHandle {
    messages: Sender<Message>,
    /// The writer, woken for what somebody waits for.
    writer: Thread,
    /// The first failure of a row that nobody waits for.
    failure: Arc<Mutex<Option<String>>>,
}

impl JournalHandle {
    pub(crate) const fn new(messages: Sender<Message>, writer: Thread, failure: Arc<Mutex<Option<String>>>) -> Self {
        Self { messages, writer, failure }
    }

    /// Records an event, some time soon.
    pub fn record(&self, event: &Event) {
        if !matches!(event, Event::StepProgress { .. }) {
            let _ = self.messages.send(Message::Event(Box::new(event.clone())));
        }
    }

    /// Records an effect, some time soon.
    pub fn effect(&self, effect: EffectRecord) {
        let _ = self.messages.send(Message::Effect(Box::new(effect)));
    }

    /// Records how an effect ended, some time soon.
    pub fn effect_end(&self, id: EffectId, state: EffectState, detail: Option<String>) {
        let _ = self.messages.send(Message::EffectEnd { id, state, detail, ended: Timestamp::now() });
    }

    /// Calls back when all that was recorded before is committed: handed to the operating system, or on the disk where `durable`.
    pub fn commit(&self, durable: bool, answer: impl FnOnce(Result<(), JournalError>) + Send + 'static) {
        self.ask(if durable { Keep::Durable } else { Keep::Relaxed }, answer);
    }

    /// As [`JournalHandle::commit`], at the end of a run: on the disk where an intent of it had to be.
    pub fn finish(&self, answer: impl FnOnce(Result<(), JournalError>) + Send + 'static) {
        self.ask(Keep::AsIntents, answer);
    }

    fn ask(&self, keep: Keep, answer: impl FnOnce(Result<(), JournalError>) + Send + 'static) {
        let answer: Answer = Box::new(move |result| answer(result.map_err(JournalError::Write)));
        if let Err(unsent) = self.messages.send(Message::Commit { keep, answer })
            && let Message::Commit { answer, .. } = unsent.0
        {
            answer(Err("its writer has ended".to_owned()));
        }
        self.writer.unpark();
    }

    /// The first row that was lost, and why.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.failure.lock().ok()?.clone()
    }
}
