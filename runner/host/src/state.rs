use crate::docker::DockerHost;
use crate::kubernetes::KubernetesHost;
use crate::{ProjectPaths, TaskLog, World};
use infra_event::{Digest, Invocation, RunId};
use infra_gate::StepGate;
use infra_sandbox::{Limited, Limiter};
use std::sync::Arc;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

/// What the store of one attempt of a step holds.
pub struct State {
    pub(crate) world: Arc<World>,
    pub(crate) gate: Arc<StepGate>,
    pub(crate) invocation: Arc<Invocation>,
    pub(crate) log: Arc<TaskLog>,
    pub(crate) table: ResourceTable,
    pub(crate) limiter: Limiter,
    pub(crate) wasi: WasiCtx,
    pub(crate) bars: u32,
    /// The clock stands.
    pub(crate) frozen: bool,
}

impl State {
    pub(crate) fn new(world: Arc<World>, gate: Arc<StepGate>, invocation: Arc<Invocation>) -> Self {
        let log = Arc::new(TaskLog::new(Arc::clone(&gate), invocation.limits.log));
        let mut table = ResourceTable::new();
        table.set_max_capacity(invocation.limits.handles as usize);
        Self {
            wasi: crate::wasi::context(&log),
            limiter: Limiter::new(invocation.limits),
            world,
            gate,
            invocation,
            log,
            table,
            bars: 0,
            frozen: false,
        }
    }

    /// The clock stands, and random numbers come from the seed.
    pub(crate) fn freeze(&mut self, seed: Digest) {
        self.wasi = crate::wasi::frozen(&self.log, seed);
        self.frozen = true;
    }

    /// Counts a call of a host function. Every host function starts with it.
    ///
    /// # Errors
    /// When it is one too many: the guest traps.
    pub fn count(&mut self) -> wasmtime::Result<()> {
        self.limiter.count_host_call()
    }

    /// The gate of this attempt.
    #[must_use]
    pub const fn gate(&self) -> &Arc<StepGate> {
        &self.gate
    }

    /// The guest's handles.
    pub const fn table(&mut self) -> &mut ResourceTable {
        &mut self.table
    }

    /// The project's name.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.world.project
    }

    /// The run.
    #[must_use]
    pub fn run(&self) -> &RunId {
        &self.invocation.run
    }

    /// The project's paths.
    #[must_use]
    pub fn paths(&self) -> &Arc<ProjectPaths> {
        &self.world.paths
    }

    /// The Docker daemon.
    #[must_use]
    pub fn docker(&self) -> &Arc<DockerHost> {
        &self.world.docker
    }

    /// The Kubernetes clusters.
    #[must_use]
    pub fn kubernetes(&self) -> &Arc<KubernetesHost> {
        &self.world.kubernetes
    }

    /// The bytes that one call may pass.
    #[must_use]
    pub fn message_limit(&self) -> usize {
        usize::try_from(self.invocation.limits.message).unwrap_or(usize::MAX)
    }
}

impl Limited for State {
    fn limiter(&mut self) -> &mut Limiter {
        &mut self.limiter
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("invocation", &self.invocation).finish_non_exhaustive()
    }
}
