use crate::State;
use crate::bindings::infra::task::context::Host;
use infra_event::Mode;

impl Host for State {
    fn task_name(&mut self) -> wasmtime::Result<String> {
        self.count()?;
        Ok(self.invocation.task.clone())
    }

    fn project(&mut self) -> wasmtime::Result<String> {
        self.count()?;
        Ok(self.world.project.clone())
    }

    fn directory(&mut self) -> wasmtime::Result<String> {
        self.count()?;
        Ok(self.world.paths.root().to_string_lossy().into_owned())
    }

    fn run_id(&mut self) -> wasmtime::Result<String> {
        self.count()?;
        self.gate.remember(|trace| trace.others.push("it asked for the run's id".to_owned()));
        Ok(self.invocation.run.to_string())
    }

    fn attempt(&mut self) -> wasmtime::Result<u32> {
        self.count()?;
        self.gate.remember(|trace| trace.others.push("it asked how often it was tried".to_owned()));
        Ok(self.invocation.attempt)
    }

    fn planning(&mut self) -> wasmtime::Result<bool> {
        self.count()?;
        Ok(self.invocation.mode == Mode::Plan)
    }
}
