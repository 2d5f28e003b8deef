use crate::manifests::pod_spec;
use crate::quantity;
use serde_json::Value;
use std::collections::BTreeMap;

/// What pods ask for, by the words of a quota, in thousandths.
pub(crate) type Demand = BTreeMap<String, i128>;

/// What one pod asks for: its containers together, or the greediest of those that prepare, whichever is more.
pub(crate) fn of_pod(spec: &Value) -> Demand {
    let mut total = Demand::from([("pods".to_owned(), 1000)]);
    for container in spec["containers"].as_array().into_iter().flatten() {
        add(&mut total, &of_container(container), 1);
    }
    for container in spec["initContainers"].as_array().into_iter().flatten() {
        for (resource, amount) in of_container(container) {
            let entry = total.entry(resource).or_default();
            *entry = (*entry).max(amount);
        }
    }
    total
}

/// What an object asks for with all its pods. Objects that make pods only at times ask for none.
pub(crate) fn of_object(object: &Value) -> Demand {
    let Some(spec) = pod_spec(object) else { return Demand::new() };
    let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64).unwrap_or(1);
    let pods = match object["kind"].as_str() {
        Some("CronJob") => 0,
        Some("Job") => number("/spec/parallelism"),
        Some("Deployment" | "StatefulSet" | "ReplicaSet") => number("/spec/replicas"),
        _ => 1,
    };
    let mut total = Demand::new();
    add(&mut total, &of_pod(spec), i128::from(pods));
    total
}

pub(crate) fn add(total: &mut Demand, more: &Demand, times: i128) {
    for (resource, amount) in more {
        *total.entry(resource.clone()).or_default() += amount * times;
    }
}

fn of_container(container: &Value) -> Demand {
    let mut demand = Demand::new();
    for list in ["requests", "limits"] {
        for (resource, amount) in container["resources"][list].as_object().into_iter().flatten() {
            let text = amount.as_str().map_or_else(|| amount.to_string(), str::to_owned);
            let Some(amount) = quantity::parse(&text) else { continue };
            demand.insert(format!("{list}.{resource}"), amount);
            // Who limits and does not request requests as much.
            if list == "limits" {
                demand.entry(format!("requests.{resource}")).or_insert(amount);
            }
        }
    }
    for resource in ["cpu", "memory"] {
        if let Some(amount) = demand.get(&format!("requests.{resource}")).copied() {
            demand.insert(resource.to_owned(), amount);
        }
    }
    demand
}
