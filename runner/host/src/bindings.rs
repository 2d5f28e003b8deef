//! The only bindings of the WIT package.

wasmtime::component::bindgen!({
    path: "../../wit/since-0.1.0",
    world: "task",
    with: {
        "wasi:io/poll": wasmtime_wasi::p2::bindings::io::poll,
        "wasi:clocks/monotonic-clock": wasmtime_wasi::p2::bindings::clocks::monotonic_clock,
        "infra:task/ui.progress": crate::ui::Progress,
        "infra:task/process.running": crate::process::Running,
        "infra:task/docker.scratch-container": crate::docker::ScratchContainer,
        "infra:task/docker.image-pull": crate::docker::ImagePull,
        "infra:task/docker.image-build": crate::docker::ImageBuild,
        "infra:task/docker.container-wait": crate::docker::ContainerWait,
        "infra:task/docker.log-stream": crate::docker::LogStream,
        "infra:task/docker.exec": crate::docker::Exec,
        "infra:task/kubernetes.cluster": crate::kubernetes::Cluster,
        "infra:task/kubernetes.applying": crate::kubernetes::Applying,
        "infra:task/kubernetes.waiting": crate::kubernetes::Waiting,
        "infra:task/kubernetes.log-stream": crate::kubernetes::LogStream,
        "infra:task/kubernetes.exec": crate::kubernetes::Exec,
        "infra:task/kubernetes.forward": crate::kubernetes::Forward,
        "infra:task/kubernetes.job-run": crate::kubernetes::JobRun,
        "infra:task/http.exchange": crate::http::Exchange,
        "infra:task/http.connecting": crate::http::Connecting,
        "infra:task/pipe.piping": crate::pipe::Piping,
    },
    imports: {
        "infra:task/context": trappable,
        "infra:task/ui": trappable,
        default: async | trappable,
    },
    exports: { default: async },
});
