use infra_event::Limits;
use wasmtime::{ResourceLimiter, bail};

/// Holds one step to its limits, and remembers which it hit.
#[derive(Debug)]
pub struct Limiter {
    limits: Limits,
    host_calls: u64,
    /// Bytes of all memories.
    memory: u64,
    hit: Option<String>,
}

/// Data of a store that carries a [`Limiter`].
pub trait Limited {
    /// The step's limiter.
    fn limiter(&mut self) -> &mut Limiter;
}

impl Limiter {
    /// Nothing is used yet.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self { limits, host_calls: 0, memory: 0, hit: None }
    }

    /// The limits.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The limit that was hit, in words for people.
    #[must_use]
    pub fn hit(&self) -> Option<&str> {
        self.hit.as_deref()
    }

    /// Counts a call of a host function.
    ///
    /// # Errors
    /// When it is one too many: the guest traps.
    pub fn count_host_call(&mut self) -> wasmtime::Result<()> {
        self.host_calls += 1;
        if self.host_calls <= self.limits.host_calls {
            return Ok(());
        }
        self.exceeded(format!("more than {} calls of host functions (`limits.host-calls`)", self.limits.host_calls))
    }

    fn exceeded<T>(&mut self, what: String) -> wasmtime::Result<T> {
        self.hit = Some(what.clone());
        bail!("{what}")
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let growth = desired.saturating_sub(current) as u64;
        let memory = self.memory.saturating_add(growth);
        if memory > self.limits.memory {
            return self.exceeded(format!("more than {} MiB of memory (`limits.memory`)", self.limits.memory >> 20));
        }
        // What exceeds its own maximum does not grow. Other growths that fail are counted all the same: a failure is also reported for
        // growths that were never asked about here, so a guest could make it give back what it still has.
        if maximum.is_none_or(|maximum| desired <= maximum) {
            self.memory = memory;
        }
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        if desired as u64 <= self.limits.table_elements {
            return Ok(true);
        }
        self.exceeded(format!("a table of more than {} elements (`limits.table-elements`)", self.limits.table_elements))
    }

    fn instances(&self) -> usize {
        self.limits.instances as usize
    }

    fn tables(&self) -> usize {
        self.limits.instances as usize
    }

    fn memories(&self) -> usize {
        self.limits.instances as usize
    }
}
