//! Infrafile and request to a graph of steps.
