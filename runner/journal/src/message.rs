use crate::{EffectRecord, EffectState};
use infra_event::{EffectId, Event, Timestamp};

pub(crate) type Answer = Box<dyn FnOnce(Result<(), String>) + Send>;

/// What the writer is told.
pub(crate) enum Message {
    Event(Box<Event>),
    Effect(Box<EffectRecord>),
    EffectEnd {
        id: EffectId,
        state: EffectState,
        detail: Option<String>,
        ended: Timestamp,
    },
    /// Answers when all before it is committed, and kept as it says.
    Commit {
        keep: Keep,
        answer: Answer,
    },
    Close,
}

/// What a commit outlives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// This process.
    Relaxed,
    /// The machine's end.
    Durable,
    /// What the intents of the run before it do.
    AsIntents,
}

impl Message {
    pub(crate) const fn is_waited_for(&self) -> bool {
        matches!(self, Self::Commit { .. } | Self::Close)
    }
}
