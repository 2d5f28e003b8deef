use super::*;
use infra::testing::TestHost;

fn call(host: &TestHost, args: serde_json::Value) -> Result<Vec<Checked>> {
    host.run(|| check(Checks::from_json(args)?))
}

fn world() -> TestHost {
    TestHost::new()
        .response("GET http://127.0.0.1:3000/health", 200, "all is well")
        .response("HEAD http://127.0.0.1:3000/old", 410, "")
        .listening("127.0.0.1:5432")
        .command("pg_isready -q", 0, "accepting")
        .command("false", 1, "it broke\n")
}

#[test]
fn what_answers_passes() {
    let rows = call(
        &world(),
        json!({ "checks": [
            { "name": "api", "url": "http://127.0.0.1:3000/health", "contains": "well" },
            { "url": "http://127.0.0.1:3000/old", "method": "HEAD", "status": [404, 410] },
            { "name": "db", "tcp": "127.0.0.1:5432" },
            { "exec": ["pg_isready", "-q"], "container": "postgres", "contains": "accept" },
            { "exec": ["false"], "exit": 1 },
        ] }),
    )
    .unwrap_or_default();
    let shown: Vec<(&str, bool, &str)> = rows.iter().map(|row| (row.name.as_str(), row.passed, row.detail.as_str())).collect();
    assert_eq!(
        shown,
        [
            ("api", true, "200"),
            ("http://127.0.0.1:3000/old", true, "410"),
            ("db", true, "127.0.0.1:5432"),
            ("postgres: pg_isready -q", true, "exit code 0"),
            ("false", true, "exit code 1"),
        ]
    );
}

#[test]
fn what_does_not_answer_is_tried_again_and_named() {
    let host = world();
    let error = call(
        &host,
        json!({ "backoff": "1ms", "attempts": 3, "checks": [
            { "name": "db", "tcp": "127.0.0.1:5432" },
            { "name": "cache", "tcp": "127.0.0.1:6379" },
            { "name": "api", "url": "http://127.0.0.1:3000/health", "contains": "ill", "attempts": 1 },
            { "name": "old", "url": "http://127.0.0.1:3000/old", "method": "HEAD", "attempts": 1 },
            { "name": "program", "exec": ["false"], "attempts": 1 },
        ] }),
    );
    let error = error.err().unwrap_or_else(|| Error::failed("it passed"));
    assert_eq!(
        error.message,
        "4 of 5 checks failed: cache: nothing listens on 127.0.0.1:6379; api: `ill` is not in what it says: all is well; \
         old: it answers 410, not 2xx; program: it ends with exit code 1, not 0: it broke"
    );
    let tries = |call: &str| host.calls().iter().filter(|made| *made == call).count();
    assert_eq!((tries("http.connect 127.0.0.1:6379"), tries("http.connect 127.0.0.1:5432")), (3, 1));
    let rows = error.details.map(|details| details["checks"].clone()).unwrap_or_default();
    assert_eq!((rows[0]["passed"] == true, rows[1]["attempts"] == 3), (true, true), "{rows}");
}

#[test]
fn a_plan_tries_once_and_does_not_judge() {
    let host = world().planning();
    let error = call(&host, json!({ "checks": [{ "tcp": "127.0.0.1:6379" }] })).err();
    assert_eq!(error.map(|error| error.code).as_deref(), Some("unknown-until-applied"));
    assert_eq!(host.calls(), ["http.connect 127.0.0.1:6379"]);
    assert!(call(&host, json!({ "checks": [{ "tcp": "127.0.0.1:5432" }] })).is_ok());
}

#[test]
fn a_wrong_check_is_refused_before_any_runs() {
    for wrong in [
        json!({}),
        json!({ "url": "http://a", "tcp": "a:1" }),
        json!({ "url": "http://a", "container": "b" }),
        json!({ "url": "http://a", "method": "POST" }),
        json!({ "url": "http://a", "method": "HEAD", "contains": "b" }),
        json!({ "tcp": "a" }),
        json!({ "tcp": "a:0" }),
        json!({ "tcp": "a:1", "status": 200 }),
        json!({ "exec": [] }),
        json!({ "exec": ["a"], "timeout": "soon" }),
        json!({ "exec": ["a"], "deadline": "0s" }),
        json!({ "exec": ["a"], "unknown": 1 }),
    ] {
        let host = world();
        let error = call(&host, json!({ "checks": [{ "tcp": "127.0.0.1:5432" }, wrong] })).err();
        assert_eq!(error.map(|error| error.code).as_deref(), Some("invalid"), "{wrong}");
        assert!(host.calls().is_empty(), "{wrong}");
    }
    assert!(call(&world(), json!({ "checks": [] })).is_err());
}

#[test]
fn what_it_takes_is_known_beforehand() {
    let params = Checks::from_json(json!({ "checks": [
        { "url": "https://api.example.com:443/v1/health?key=secret" },
        { "url": "http://127.0.0.1:3000", "ca": "ca.pem" },
        { "tcp": "[::1]:5432" },
        { "exec": ["true"], "container": "db" },
        { "exec": ["kubectl", "version"] },
    ] }));
    let grants = params.and_then(|params| requires(&params)).map(|grants| grants.to_json()).unwrap_or_default();
    let grants: serde_json::Value = serde_json::from_str(&grants).unwrap_or_default();
    assert_eq!(
        grants["http"],
        json!([
            { "hosts": ["api.example.com"], "methods": ["GET"], "paths": ["/v1/health"] },
            { "hosts": ["127.0.0.1:3000"], "methods": ["GET"], "paths": ["/"] },
            { "connect": ["[::1]:5432"] },
        ])
    );
    assert_eq!(grants["docker"], json!([{ "verbs": ["exec"] }]));
    assert_eq!((grants["process"][0]["program"] == "kubectl", grants["files"]["read"][0] == "ca.pem"), (true, true));
}
