//! End-to-end tests of infra against real programs, containers and clusters.
