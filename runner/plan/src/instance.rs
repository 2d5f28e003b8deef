use infra_event::StepId;

/// What a call comes to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Instance {
    /// All steps of its own, with its finalizers, without those that it needs.
    pub own: Vec<StepId>,
    /// When these have ended, it has.
    pub ends: Vec<StepId>,
    /// The steps whose outputs are its output.
    pub outputs: Vec<StepId>,
    /// Whether it has a matrix.
    pub rows: bool,
}
