use serde::{Deserialize, Serialize};

/// What one step may use. An Infrafile sets them per task in `limits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// Linear memory of the component, in bytes.
    pub memory: u64,
    /// Elements in each table.
    pub table_elements: u64,
    /// Core instances, memories and tables, each.
    pub instances: u32,
    /// Calls of host functions. A component that exceeds it traps.
    pub host_calls: u64,
    /// Bytes of log that are kept; what exceeds them is counted and dropped.
    pub log: u64,
    /// Bytes of one argument or result that crosses the boundary.
    pub message: u64,
    /// Handles (processes, containers' streams, progress bars) alive at once.
    pub handles: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 256 << 20,
            table_elements: 100_000,
            instances: 64,
            host_calls: 10_000_000,
            log: 64 << 20,
            message: 16 << 20,
            handles: 1_000,
        }
    }
}
