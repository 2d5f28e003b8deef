#![expect(clippy::all, reason = "the WIT package documents what is generated")]

wit_bindgen::generate!({
    path: "../wit/since-0.1.0",
    world: "task",
    pub_export_macro: true,
    default_bindings_module: "infra::bindings",
    generate_all,
});
