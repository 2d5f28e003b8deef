//! The only bindings of the WIT package.

wasmtime::component::bindgen!({
    path: "../../wit/since-0.1.0",
    world: "task",
    with: {
        "wasi:io/poll": wasmtime_wasi::p2::bindings::io::poll,
    },
    imports: {
        "infra:task/context": trappable,
        "infra:task/ui": trappable,
        default: async | trappable,
    },
    exports: { default: async },
});
