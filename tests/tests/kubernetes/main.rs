//! `std/kubernetes` and the reference platform on a real cluster with real pods: `tests/bench/kubernetes up` brings it up, and
//! `BENCH_KUBECONFIG` names its kubeconfig.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

mod argocd;
mod cluster_task;
mod commands;
mod definitions;
mod denied;
mod jobs;
mod killed;
mod lifecycle;
mod managers;
mod manifests;
mod platform;
mod protected;
mod pruning;
mod quotas;
mod restarts;
mod rollouts;
mod waits;
