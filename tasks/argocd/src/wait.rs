//! Waits for Applications, a progress line for each.

use crate::Argocd;
use crate::applications::{name, wanted};
use crate::row::Row;
use infra::kubernetes::Cluster;
use infra::ui::{Progress, Unit};
use infra::{Error, Result};
use infra_cluster::text;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Looks again and again, until a deadline; longer pauses as time goes by.
pub(crate) struct Patience {
    deadline: Instant,
    pause: Duration,
}

impl Patience {
    pub(crate) fn of(params: &Argocd) -> Self {
        Self { deadline: Instant::now() + Duration::from_secs(params.timeout.into()), pause: FIRST_PAUSE }
    }

    /// Pauses.
    ///
    /// # Errors
    /// When the deadline has passed; `still` says what is not yet so.
    pub(crate) fn pause(&mut self, still: &str) -> Result<()> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Error::new("timeout", format!("it took too long: {still}"))
                .hint("look at Argo CD's controller, or raise `timeout`"));
        }
        std::thread::sleep(self.pause.min(left));
        self.pause = (self.pause * 3 / 2).min(LONGEST_PAUSE);
        Ok(())
    }
}

/// Waits until all Applications are synced and healthy.
pub(crate) fn wait(cluster: &Cluster, params: &Argocd) -> Result<Value> {
    if infra::context::planning() {
        let rows: Vec<Row> = wanted(cluster, params)?.iter().map(Row::of).collect();
        return Ok(json!(rows));
    }
    until_well(cluster, params, Patience::of(params))
}

pub(crate) fn until_well(cluster: &Cluster, params: &Argocd, mut patience: Patience) -> Result<Value> {
    let mut bars: BTreeMap<String, (Progress, String)> = BTreeMap::new();
    loop {
        let found = wanted(cluster, params)?;
        let mut still: Vec<String> = vec![];
        for missing in params.names.iter().filter(|wanted| !found.iter().any(|one| name(one) == wanted.as_str())) {
            still.push(format!("{missing} is not there yet"));
        }
        if found.is_empty() && params.names.is_empty() {
            still.push("there is no Application yet".to_owned());
        }
        for application in &found {
            let row = Row::of(application);
            if row.is_synced() && row.is_healthy() {
                if let Some((bar, _)) = bars.remove(&row.name) {
                    bar.finish();
                    infra::info!("{} is synced and healthy", row.name);
                }
                continue;
            }
            if let Some(why) = hopeless(application, &row) {
                return Err(Error::failed(format!("{} will not become well: {why}", row.name))
                    .hint("correct it, then sync again")
                    .details(json!({ "result": found.iter().map(Row::of).collect::<Vec<_>>() })));
            }
            let state = format!("{}: {}", row.name, row.state());
            let (bar, last) =
                bars.entry(row.name.clone()).or_insert_with(|| (Progress::bar(&row.name, 2, Unit::Items), String::new()));
            bar.position(u64::from(row.is_synced()) + u64::from(row.is_healthy()));
            if *last != state {
                bar.label(&state);
                infra::debug!("{state}");
                last.clone_from(&state);
            }
            still.push(state);
        }
        if still.is_empty() {
            return Ok(json!(found.iter().map(Row::of).collect::<Vec<_>>()));
        }
        patience.pause(&still.join("; "))?;
    }
}

/// Why an Application stays as it is while nobody does anything: Argo CD has given its operation up, or cannot read what is written in it.
fn hopeless(application: &Value, row: &Row) -> Option<String> {
    let conditions = application.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
    if let Some(wrong) = conditions.into_iter().find(|one| text(one, "/type") == "InvalidSpecError") {
        return Some(text(wrong, "/message").to_owned());
    }
    let ended = ["Failed", "Error"].contains(&text(application, "/status/operationState/phase"));
    let asked = application.get("operation").is_some_and(|operation| !operation.is_null());
    (ended && !asked && !row.is_synced()).then(|| format!("its last operation has failed: {}", row.message))
}
