use super::*;

const FILE: &str =
    "services:\n  web: { image: w, restart: always, ports: [1] }\n  well: { image: w, ports: [2] }\n  job: { image: j }\n";

/// `web` in a state, beside `well` and a `job` that ended with 0.
fn ill(state: Value) -> TestHost {
    let container = |service: &str, state: Value| {
        let labels = json!({ "com.docker.compose.project": "test", "com.docker.compose.service": service });
        json!({ "Id": service, "Config": { "Labels": labels }, "Labels": labels, "State": state })
    };
    one(FILE)
        .container("test-web-1", container("web", state))
        .container("test-well-1", container("well", json!({ "Status": "running", "Running": true })))
        .container("test-job-1", container("job", json!({ "Status": "exited", "ExitCode": 0 })))
}

#[test]
fn every_illness_is_healed_and_who_is_well_is_left_alone() {
    for state in [
        json!({ "Status": "exited", "ExitCode": 1 }),
        json!({ "Status": "exited", "ExitCode": 0 }),
        json!({ "Status": "running", "Running": true, "Health": { "Status": "unhealthy" } }),
        json!({ "Status": "restarting" }),
        json!({ "Status": "created" }),
        json!({ "Status": "dead" }),
    ] {
        let host = ill(state.clone());
        assert!(call_one(&host, json!({ "action": "heal", "settle": 0 })).is_ok(), "{state}");
        let written = writes(&host);
        assert!(written.contains(&"docker.create-container test-web-1".to_owned()), "{state}: {written:?}");
        assert!(written.iter().all(|call| call.contains("web") && !call.contains("volume")), "{state}: {written:?}");
    }
}

#[test]
fn nothing_is_done_where_all_are_well() {
    let host = ill(json!({ "Status": "running", "Running": true, "Health": { "Status": "healthy" } }));
    assert!(call_one(&host, json!({ "action": "heal" })).is_ok());
    assert!(writes(&host).is_empty());
}

#[test]
fn a_patient_that_ends_again_is_told() {
    let host = ill(json!({ "Status": "exited", "ExitCode": 1 })).ending("test-web-1", 1);
    let error = message(call_one(&host, json!({ "action": "heal", "settle": 0 })));
    assert!(error.contains("web"), "{error}");
}
