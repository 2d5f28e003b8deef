//! Kubernetes behind the gate, on a real cluster: `tests/bench/kubernetes up` brings it up, and `BENCH_KUBECONFIG` names its kubeconfig.

mod applying;
mod commands;
mod grants;
mod hopeless;
mod jobs;
mod plan;
mod reading;
mod servers;
mod workloads;
mod world;
