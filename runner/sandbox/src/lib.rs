//! Component bytes to a running instance: limits, interruption, compiled-code cache.
