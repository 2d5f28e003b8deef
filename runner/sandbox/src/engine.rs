use crate::SandboxError;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

/// Kept when an instance goes, so that the next one needs no new pages: what most tasks touch.
const KEEP_RESIDENT: usize = 64 << 10;
/// A larger pool costs more to start than it saves.
const POOL: u32 = 64;
/// A component of the SDK's has one memory, and a few core instances and tables: adapters and shims.
const PARTS_OF_ONE: u32 = 4;
/// What one component may have, as `limits.instances` says where nobody sets it.
const PARTS: u32 = 64;
/// What one table may have, as `limits.table-elements` says where nobody sets it. It takes addresses, not memory.
const TABLE_ELEMENTS: usize = 100_000;
/// The stack of a guest, and of the host functions that it calls.
const STACK: usize = 2 << 20;
const GUEST_STACK: usize = 1 << 20;

/// An engine that makes instances one by one: started fastest, right for few.
pub(crate) fn on_demand() -> Result<Engine, SandboxError> {
    build(&config())
}

/// An engine with instances in store: right for many.
pub(crate) fn pooling() -> Result<Engine, SandboxError> {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(POOL)
        .total_core_instances(POOL * PARTS_OF_ONE)
        .total_memories(POOL)
        .total_tables(POOL * PARTS_OF_ONE)
        .total_stacks(POOL)
        .max_core_instances_per_component(PARTS)
        .max_memories_per_component(PARTS)
        .max_tables_per_component(PARTS)
        .max_memories_per_module(PARTS)
        .max_tables_per_module(PARTS)
        .table_elements(TABLE_ELEMENTS)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT)
        .async_stack_keep_resident(KEEP_RESIDENT)
        .pagemap_scan(Enabled::Auto);
    let mut config = config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    build(&config)
}

/// What both engines share, so that each runs the other's code.
fn config() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .epoch_interruption(true)
        .max_wasm_stack(GUEST_STACK)
        .async_stack_size(STACK)
        // The contract has no asynchronous functions of the component model, and host calls are twice as fast without.
        .concurrency_support(false);
    config
}

fn build(config: &Config) -> Result<Engine, SandboxError> {
    Engine::new(config).map_err(|error| SandboxError::Engine(format!("{error:#}")))
}

/// Names all that compiled code depends on: wasmtime's version, the processor, and the settings.
pub(crate) fn compatibility(engine: &Engine) -> u64 {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish()
}
