use infra_event::Event;

/// Shows a run to someone, event by event.
pub trait Report: Send {
    /// Takes the next event of the run.
    fn event(&mut self, event: &Event);

    /// Writes what is left and restores the terminal. Also called before the process ends by a signal; a second call does nothing.
    fn finish(&mut self);

    /// Runs something that needs the terminal for itself: an interactive program, a question. The live lines are away meanwhile.
    fn suspend(&mut self, run: &mut dyn FnMut()) {
        run();
    }
}
