//! What is granted is allowed, and no more: each verb, each pattern.

use crate::world::{
    FOREVER, config_map, connect, deployment, everything, finish, granted, kubeconfig, make, pod, texts, without,
};
use infra_effect::{KubernetesGrant, KubernetesVerb};
use infra_event::{ErrorCode, Mode, TaskError};
use infra_host::kubernetes::{
    ApplyRequest, Condition, DeleteRequest, ExecRequest, ForwardRequest, LogRequest, PatchType, Selection, StepKubernetes,
    Target, WorkloadChange,
};
use serde_json::json;
use std::time::Duration;

/// Does something that needs a verb.
async fn use_verb(verb: KubernetesVerb, step: &StepKubernetes, namespace: &str) -> Result<(), TaskError> {
    let target = |kind: &str, name: &str| Target {
        kind: kind.to_owned(),
        namespace: Some(namespace.to_owned()),
        name: name.to_owned(),
        ..Target::default()
    };
    let apply = |force: bool, compare: bool| ApplyRequest {
        namespace: Some(namespace.to_owned()),
        force,
        compare,
        timeout: Duration::from_secs(30),
        ..ApplyRequest::default()
    };
    let web = target("Deployment", "web");
    let soon = Duration::from_secs(60);
    match verb {
        // The other is asked for by programs alone, whose tests are with the standard tasks.
        KubernetesVerb::Inspect | KubernetesVerb::Program => step.version().await.map(drop),
        KubernetesVerb::Get => step.get(&web).await.map(drop),
        KubernetesVerb::Wait => finish(step.wait(&web, Condition::Exists, soon).await?).await.map(drop),
        KubernetesVerb::Events => step.events(&web).await.map(drop),
        KubernetesVerb::Logs => {
            let request = LogRequest {
                kind: "Pod".into(),
                namespace: Some(namespace.to_owned()),
                name: "p".into(),
                ..LogRequest::default()
            };
            finish(step.logs(request).await?).await.map(drop)
        }
        KubernetesVerb::Diff => finish(step.apply(config_map("c", "2").to_string(), apply(false, true)).await?).await.map(drop),
        KubernetesVerb::Apply => finish(step.apply(config_map("c", "2").to_string(), apply(false, false)).await?).await.map(drop),
        KubernetesVerb::Force => finish(step.apply(config_map("c", "3").to_string(), apply(true, false)).await?).await.map(drop),
        KubernetesVerb::Delete => step.delete(&target("ConfigMap", "c"), &DeleteRequest::default()).await.map(drop),
        KubernetesVerb::Patch => step.patch(&web, PatchType::Merge, r#"{"metadata":{"labels":{"a":"b"}}}"#).await.map(drop),
        KubernetesVerb::Scale => step.change(&web, &WorkloadChange::Scale(2)).await.map(drop),
        KubernetesVerb::Restart => step.change(&web, &WorkloadChange::Restart).await.map(drop),
        KubernetesVerb::SetImage => {
            let images = vec![("main".to_owned(), "infra-bench/busybox:2".to_owned())];
            step.change(&web, &WorkloadChange::SetImage(images)).await.map(drop)
        }
        KubernetesVerb::Rollback => match step.change(&web, &WorkloadChange::Rollback(None)).await {
            Err(error) if error.code == ErrorCode::NOT_FOUND => Ok(()),
            other => other.map(drop),
        },
        KubernetesVerb::Exec => {
            let request = ExecRequest {
                kind: "Pod".into(),
                namespace: Some(namespace.to_owned()),
                name: "p".into(),
                args: vec!["true".into()],
                ..ExecRequest::default()
            };
            let mut exec = step.exec(request).await?;
            exec.wait().await.map(drop)
        }
        KubernetesVerb::PortForward => {
            let request = ForwardRequest {
                kind: "Pod".into(),
                namespace: Some(namespace.to_owned()),
                name: "p".into(),
                ports: vec![(0, "80".into())],
                ..ForwardRequest::default()
            };
            step.port_forward(request).await.map(drop)
        }
        KubernetesVerb::Run => {
            let spec = json!({ "restartPolicy": "Never", "containers": [{ "name": "main", "image": crate::world::BUSYBOX, "command": ["true"] }] });
            let job = json!({ "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": "j" }, "spec": { "template": { "spec": spec } } });
            finish(step.run_job(&job.to_string(), Some(namespace), soon).await?.lines).await.map(drop)
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_verb_is_allowed_where_it_is_granted_and_denied_where_it_is_not() {
    let world = crate::world::world().await;
    world.apply(format!("{}\n{}\n{}", pod("p", FOREVER), deployment("web", 1, FOREVER), config_map("c", "1"))).await.unwrap();
    world.wait("Pod", "p", Condition::Ready, 60).await.unwrap();
    for (verb, word) in KubernetesVerb::ALL {
        if matches!(verb, KubernetesVerb::Inspect | KubernetesVerb::Program) {
            continue;
        }
        let mut grant = without(verb);
        if verb == KubernetesVerb::Diff {
            // Who may apply may compare.
            grant.verbs.retain(|verb| *verb != KubernetesVerb::Apply);
        }
        let (denied, _) = connect(Mode::Run, grant, kubeconfig()).await.unwrap();
        let error = use_verb(verb, &denied, &world.namespace).await.expect_err(word);
        assert_eq!(error.code, ErrorCode::DENIED, "{word}: {}", error.message);
        assert!(error.hint.as_deref().unwrap().contains(&format!("verbs = [\"{word}\"]")), "{word}: {:?}", error.hint);
        let mut only = everything();
        only.verbs = vec![verb];
        if verb == KubernetesVerb::Force {
            only.verbs.push(KubernetesVerb::Apply);
        }
        let (allowed, _) = connect(Mode::Run, only, kubeconfig()).await.unwrap();
        use_verb(verb, &allowed, &world.namespace).await.unwrap_or_else(|error| panic!("{word}: {}", error.message));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_pattern_holds() {
    let world = granted(everything()).await;
    world.apply(config_map("c", "1").to_string()).await.unwrap();
    let lacks = async |change: &dyn Fn(&mut KubernetesGrant)| {
        let mut grant = everything();
        change(&mut grant);
        let (step, _) = connect(Mode::Run, grant, kubeconfig()).await.unwrap();
        match step.get(&world.target("ConfigMap", "c")).await {
            Ok(_) => None,
            Err(error) => Some((error.code, error.hint.unwrap())),
        }
    };
    let namespace = world.namespace.clone();
    let prefix = format!("{}*", &namespace[..namespace.len() - 1]);
    assert_eq!(lacks(&|grant| grant.namespaces = texts(&[&prefix])).await, None);
    assert_eq!(lacks(&|grant| grant.kinds = texts(&["ConfigMap"])).await, None);
    for (change, line) in [
        (
            &(|grant: &mut KubernetesGrant| grant.contexts = texts(&["ben", "bench-*"])) as &dyn Fn(&mut _),
            "contexts = [\"bench\"]".to_owned(),
        ),
        (&(|grant: &mut KubernetesGrant| grant.namespaces = texts(&["other-*"])), format!("namespaces = [\"{namespace}\"]")),
        (
            &(|grant: &mut KubernetesGrant| grant.kinds = texts(&["Secret", "ConfigMap.evil.io"])),
            "kinds = [\"ConfigMap\"]".to_owned(),
        ),
    ] {
        let (code, hint) = lacks(change).await.expect(&line);
        assert_eq!(code, ErrorCode::DENIED);
        assert!(hint.contains(&line), "{hint}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_where_one_object_is_not_granted() {
    let mut grant = everything();
    grant.kinds = texts(&["ConfigMap"]);
    let world = granted(grant).await;
    let service = json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": "s" }, "spec": { "ports": [{ "port": 80, "protocol": "TCP" }] } });
    let error = world.apply(format!("{}\n{service}", config_map("first", "1"))).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::DENIED);
    assert!(error.hint.unwrap().contains("kinds = [\"Service\"]"));
    assert_eq!(world.get("ConfigMap", "first").await, None);
    assert_eq!(world.apply(config_map("first", "1").to_string()).await.unwrap(), ["ConfigMap/first created"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_outside_of_namespaces_needs_its_own_word() {
    let world = granted(KubernetesGrant { cluster: texts(&["Namespace"]), namespaces: texts(&["host-*"]), ..everything() }).await;
    let role = json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": { "name": world.namespace }, "rules": [] });
    let error = world.apply(role.to_string()).await.unwrap_err();
    assert!(error.hint.unwrap().contains("cluster = [\"ClusterRole.rbac.authorization.k8s.io\"]"));
    let elsewhere = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "elsewhere" } });
    let error = world.apply(elsewhere.to_string()).await.unwrap_err();
    assert!(error.hint.unwrap().contains("namespaces = [\"elsewhere\"]"));
    let own = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": world.namespace, "labels": { "a": "b" } } });
    assert_eq!(world.apply(own.to_string()).await.unwrap(), [format!("Namespace/{} configured", world.namespace)]);
    let all = Selection { kind: "ConfigMap".into(), all_namespaces: true, ..Selection::default() };
    let error = world.step.list(&all).await.unwrap_err();
    assert!(error.hint.unwrap().contains("namespaces = [\"*\"]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_secret_holds_needs_its_own_word() {
    let world = granted(KubernetesGrant { secrets: texts(&["mine"]), ..everything() }).await;
    let secret = |name: &str, password: &str| {
        json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name }, "stringData": { "password": password } })
            .to_string()
    };
    assert_eq!(world.apply(secret("mine", "correct horse")).await.unwrap(), ["Secret/mine created"]);
    let error = world.apply(secret("yours", "battery staple")).await.unwrap_err();
    assert!(error.hint.unwrap().contains("secrets = [\"yours\"]"));
    let masker = world.step.gate.gate().masker();
    assert_eq!(masker.mask("it is correct horse"), "it is ***");
    assert_eq!(world.get("Secret", "mine").await.unwrap()["data"]["password"], "Y29ycmVjdCBob3JzZQ==");

    let reader = connect(Mode::Run, KubernetesGrant { secrets: vec![], ..everything() }, kubeconfig()).await.unwrap().0;
    let seen = reader.get(&world.target("Secret", "mine")).await.unwrap().unwrap();
    assert_eq!(seen["data"]["password"], "***");
    let selection = Selection { kind: "Secret".into(), namespace: Some(world.namespace.clone()), ..Selection::default() };
    assert!(!reader.list(&selection).await.unwrap().to_string().contains("Y29ycmVjdCBob3JzZQ=="));
    let patched = reader.patch(&world.target("Secret", "mine"), PatchType::Merge, "{}").await.unwrap_err();
    assert!(patched.hint.unwrap().contains("secrets = [\"mine\"]"));
    let field = Condition::Field("data.password".into(), "Y29ycmVjdCBob3JzZQ==".into());
    let guessed = reader.wait(&world.target("Secret", "mine"), field, Duration::from_secs(1)).await.unwrap_err();
    assert_eq!(guessed.code, ErrorCode::DENIED);

    // What changes is told without what it is.
    let changed =
        world.apply_with(secret("mine", "changed value"), ApplyRequest { compare: true, ..world.request() }).await.unwrap();
    assert!(changed[0].fields.to_string().contains("data.password"), "{}", changed[0].fields);
    assert!(!changed[0].fields.to_string().contains("Y2hhbmdlZ"), "{}", changed[0].fields);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_needs_the_same_grants() {
    let world = make(Mode::Plan, without(KubernetesVerb::Apply)).await;
    let error = world.apply(config_map("c", "1").to_string()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::DENIED);
}
