use infra_host::kubernetes::KubernetesSettings;

/// A kubeconfig: its contexts, and the one that is chosen.
pub(crate) fn kubeconfig(data: &[u8]) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config");
    std::fs::write(&path, data).unwrap();
    let settings = KubernetesSettings { kubeconfigs: vec![path], ..KubernetesSettings::default() };
    let contexts = settings.contexts().unwrap_or_default();
    let _ = settings.choose(None);
    for context in contexts.iter().take(10) {
        let _ = settings.choose(Some(context));
    }
    assert!(
        settings.choose(Some("no such context, whatever there is")).is_err()
            || contexts.iter().any(|name| name.starts_with("no such"))
    );
}
