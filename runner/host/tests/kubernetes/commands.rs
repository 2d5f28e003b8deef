//! Logs, commands and ports of real pods.

use crate::world::{BUSYBOX, FOREVER, World, deployment, finish, pod, world};
use infra_event::ErrorCode;
use infra_host::docker::OutputPiece;
use infra_host::kubernetes::{Condition, DeleteRequest, ExecRequest, ForwardRequest, LogRequest};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

fn of(world: &World, kind: &str, name: &str) -> LogRequest {
    LogRequest { kind: kind.into(), namespace: Some(world.namespace.clone()), name: name.into(), ..LogRequest::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_of_all_containers_and_pods_say_where_they_are_from() {
    let world = world().await;
    let mut two = deployment("two", 2, "echo from main; sleep 1000");
    let side = json!({ "name": "side", "image": BUSYBOX, "command": ["sh", "-c", "echo one; echo two; sleep 1000"] });
    two["spec"]["template"]["spec"]["containers"].as_array_mut().unwrap().push(side);
    world.apply(two.to_string()).await.unwrap();
    world.wait("Deployment", "two", Condition::Ready, 60).await.unwrap();
    let lines = finish(world.step.logs(of(&world, "Deployment", "two")).await.unwrap()).await.unwrap();
    let of_container =
        |name: &str| lines.iter().filter(|line| line.container == name).map(|line| line.text.as_str()).collect::<Vec<_>>();
    assert_eq!(of_container("main"), ["from main", "from main"]);
    let mut side = of_container("side");
    side.sort_unstable();
    assert_eq!(side, ["one", "one", "two", "two"]);
    let pods: std::collections::HashSet<&str> = lines.iter().map(|line| line.pod.as_str()).collect();
    assert_eq!(pods.len(), 2);
    let labels = LogRequest {
        labels: Some("app=two".into()),
        container: Some("side".into()),
        tail: Some(1),
        name: String::new(),
        ..of(&world, "Pod", "")
    };
    let last = finish(world.step.logs(labels).await.unwrap()).await.unwrap();
    assert!(last.len() == 2 && last.iter().all(|line| line.text == "two"), "{last:?}");
    let timed = LogRequest { timestamps: true, container: Some("main".into()), ..of(&world, "Deployment", "two") };
    assert!(finish(world.step.logs(timed).await.unwrap()).await.unwrap()[0].text.contains("T"));
    let wrong = LogRequest { container: Some("none".into()), ..of(&world, "Deployment", "two") };
    let error = finish(world.step.logs(wrong).await.unwrap()).await.unwrap_err();
    assert_eq!((error.code.as_str(), error.hint.as_deref()), (ErrorCode::NOT_FOUND, Some("it has main, side")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_followed_to_its_end_and_read_of_before() {
    let world = world().await;
    let mut counting = pod("counting", "for i in 1 2 3; do echo line $i; sleep 0.3; done");
    counting["spec"]["restartPolicy"] = json!("Never");
    world.apply(counting.to_string()).await.unwrap();
    let follow = LogRequest { follow: true, ..of(&world, "Pod", "counting") };
    let lines = finish(world.step.logs(follow).await.unwrap()).await.unwrap();
    assert_eq!(lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["line 1", "line 2", "line 3"]);
    world.apply(pod("again", "echo $(date +%s%N); sleep 1; exit 1").to_string()).await.unwrap();
    world
        .wait("Pod", "again", Condition::Field("status.containerStatuses[0].restartCount".into(), "1".into()), 60)
        .await
        .unwrap();
    let previous = LogRequest { previous: true, ..of(&world, "Pod", "again") };
    assert_eq!(finish(world.step.logs(previous).await.unwrap()).await.unwrap().len(), 1);
    let absent = world.step.logs(of(&world, "Pod", "none")).await.unwrap();
    assert_eq!(finish(absent).await.unwrap_err().code, ErrorCode::NOT_FOUND);
}

async fn exec(world: &World, kind: &str, name: &str, script: &str, input: Option<&[u8]>) -> (i32, String, String) {
    let request = ExecRequest {
        kind: kind.into(),
        namespace: Some(world.namespace.clone()),
        name: name.into(),
        args: ["sh", "-c", script].map(str::to_owned).to_vec(),
        input: input.is_some(),
        ..ExecRequest::default()
    };
    let mut exec = world.step.exec(request).await.unwrap();
    if let Some(input) = input {
        exec.write_input(input).await.unwrap();
    }
    let (mut stdout, mut stderr) = (vec![], vec![]);
    while let Some(piece) = exec.output.next().await.unwrap() {
        match piece {
            OutputPiece::Stdout(bytes) => stdout.extend_from_slice(&bytes),
            OutputPiece::Stderr(bytes) => stderr.extend_from_slice(&bytes),
        }
    }
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (exec.wait().await.unwrap().code, text(stdout), text(stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_has_streams_and_an_exit_code() {
    let world = world().await;
    world.apply(deployment("web", 1, FOREVER).to_string()).await.unwrap();
    world.wait("Deployment", "web", Condition::Ready, 60).await.unwrap();
    assert_eq!(
        exec(&world, "Deployment", "web", "echo out; echo err >&2; exit 3", None).await,
        (3, "out\n".into(), "err\n".into())
    );
    let much = exec(&world, "Deployment", "web", "seq 1 100000", None).await;
    assert_eq!((much.0, much.1.lines().count()), (0, 100_000));
    // How much there is ends the input where the server cannot.
    let data = vec![b'x'; 200_000];
    assert_eq!(exec(&world, "Deployment", "web", "head -c 200000 | wc -c", Some(&data)).await.1.trim(), "200000");
    let request = ExecRequest {
        kind: "Deployment".into(),
        namespace: Some(world.namespace.clone()),
        name: "web".into(),
        args: vec!["nothing-like-it".into()],
        ..ExecRequest::default()
    };
    let mut absent = world.step.exec(request).await.unwrap();
    let ended = absent.wait().await;
    assert!(
        ended.as_ref().is_err_and(|error| error.message.contains("nothing-like-it"))
            || ended.is_ok_and(|status| status.code == 126 || status.code == 127)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_that_cannot_be_closed_is_an_error_and_no_hang() {
    let world = world().await;
    world.apply(pod("p", FOREVER).to_string()).await.unwrap();
    world.wait("Pod", "p", Condition::Ready, 60).await.unwrap();
    let version = world.step.version().await.unwrap();
    let minor: u32 = version["minor"].as_str().unwrap().trim_end_matches('+').parse().unwrap();
    let request = ExecRequest {
        namespace: Some(world.namespace.clone()),
        name: "p".into(),
        args: vec!["cat".into()],
        input: true,
        ..ExecRequest::default()
    };
    let mut cat = world.step.exec(request).await.unwrap();
    cat.write_input(b"hello").await.unwrap();
    let closed = cat.close_input().await;
    if minor < 30 {
        let error = closed.unwrap_err();
        assert_eq!(error.code, ErrorCode::UNSUPPORTED);
        assert!(error.hint.unwrap().contains("head -c SIZE"));
    } else {
        closed.unwrap();
        assert_eq!(cat.wait().await.unwrap().code, 0);
    }
}

async fn fetch(port: u16) -> std::io::Result<String> {
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await?;
    Ok(text)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forwarded_port_outlives_the_pod_behind_it() {
    let world = world().await;
    let script = "hostname=$(cat /proc/sys/kernel/hostname); mkdir -p /www; echo \"I am $hostname\" > /www/index.html; exec httpd -f -p 8080 -h /www";
    let mut web = deployment("web", 1, script);
    let container = &mut web["spec"]["template"]["spec"]["containers"][0];
    container["ports"] = json!([{ "name": "http", "containerPort": 8080 }]);
    container["readinessProbe"] = json!({ "tcpSocket": { "port": 8080 }, "periodSeconds": 1 });
    let service = json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": "web" }, "spec": { "selector": { "app": "web" }, "ports": [{ "port": 80, "targetPort": "http", "protocol": "TCP" }] } });
    world.apply(format!("{web}\n{service}")).await.unwrap();
    world.wait("Deployment", "web", Condition::Ready, 60).await.unwrap();
    let request = ForwardRequest {
        kind: "Service".into(),
        namespace: Some(world.namespace.clone()),
        name: "web".into(),
        ports: vec![(0, "80".into())],
        ..ForwardRequest::default()
    };
    let forward = world.step.port_forward(request).await.unwrap();
    let port = forward.ports[0];
    let pods = |list: Value| {
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let selection = infra_host::kubernetes::Selection {
        kind: "Pod".into(),
        namespace: Some(world.namespace.clone()),
        labels: Some("app=web".into()),
        ..Default::default()
    };
    let first = pods(world.step.list(&selection).await.unwrap()).remove(0);
    assert!(fetch(port).await.unwrap().contains(&format!("I am {first}")));
    world
        .step
        .delete(&world.target("Pod", &first), &DeleteRequest { grace_period: Some(0), ..DeleteRequest::default() })
        .await
        .unwrap();
    world.wait("Pod", &first, Condition::Deleted, 60).await.unwrap();
    let answer = tokio::time::timeout(Duration::from_secs(60), fetch(port)).await.unwrap().unwrap();
    assert!(answer.contains("I am web-") && !answer.contains(&first), "{answer}");
    drop(forward);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(fetch(port).await.is_err(), "the port closes with it");
}
