use crate::arguments::{chart, namespace, patience, values};
use crate::attempt::run;
use crate::{Helm, needed, said};
use infra::process::Destination;
use infra::{Error, Result};
use serde_json::{Value, json};

fn words(parts: &[&[String]]) -> Vec<String> {
    parts.concat()
}

fn text(word: &str) -> String {
    word.to_owned()
}

/// Checks a chart with its values.
pub(crate) fn lint(params: &Helm) -> Result<Value> {
    let name = text(needed(params, "chart", &params.chart)?);
    run(params, &words(&[&[text("lint"), name], &values(params)]), Destination::Log, 1)?;
    Ok(Value::Null)
}

/// What a chart and its values make.
pub(crate) fn template(params: &Helm) -> Result<Value> {
    let release = text(said(&params.release).unwrap_or("release"));
    let made = run(params, &words(&[&[text("template"), release], &chart(params)?, &namespace(params)]), Destination::Task, 1)?;
    Ok(Value::String(made))
}

/// Installs or upgrades.
pub(crate) fn upgrade(params: &Helm) -> Result<Value> {
    let release = needed(params, "release", &params.release)?;
    let flag = |on: bool, flag: &str| on.then(|| text(flag));
    let flags: Vec<String> =
        [flag(params.create_namespace, "--create-namespace"), flag(params.atomic, "--atomic")].into_iter().flatten().collect();
    let all = words(&[
        &[text("upgrade"), text(release)],
        &chart(params)?,
        &[text("--install")],
        &namespace(params),
        &flags,
        &patience(params),
        &[text("--output"), text("json")],
    ]);
    let told = parsed(&run(params, &all, Destination::Task, params.attempts)?)?;
    let result = json!({
        "release": release,
        "namespace": told["namespace"],
        "revision": told["version"],
        "status": told["info"]["status"],
        "chart": told["chart"]["metadata"]["version"],
    });
    infra::info!("{release} is revision {} now", result["revision"]);
    Ok(result)
}

/// Goes back to an earlier revision.
pub(crate) fn rollback(params: &Helm) -> Result<Value> {
    let release = needed(params, "release", &params.release)?;
    let revision: Vec<String> = (params.revision > 0).then(|| params.revision.to_string()).into_iter().collect();
    let all = words(&[&[text("rollback"), text(release)], &revision, &namespace(params), &patience(params)]);
    run(params, &all, Destination::Log, params.attempts)?;
    Ok(json!({ "release": release }))
}

/// The revisions of a release.
pub(crate) fn history(params: &Helm) -> Result<Value> {
    let release = needed(params, "release", &params.release)?;
    let all = words(&[&[text("history"), text(release)], &namespace(params), &[text("--output"), text("json")]]);
    parsed(&run(params, &all, Destination::Task, 1)?)
}

/// Removes a release; done where there is none.
pub(crate) fn uninstall(params: &Helm) -> Result<Value> {
    let release = needed(params, "release", &params.release)?;
    let keep: Vec<String> = params.keep_history.then(|| text("--keep-history")).into_iter().collect();
    let all = words(&[&[text("uninstall"), text(release)], &namespace(params), &keep, &patience(params)]);
    match run(params, &all, Destination::Log, params.attempts) {
        Ok(_) => Ok(json!({ "release": release, "removed": true })),
        Err(error) if error.code == "not-found" && error.details.is_some() => Ok(json!({ "release": release, "removed": false })),
        Err(error) => Err(error),
    }
}

fn parsed(text: &str) -> Result<Value> {
    serde_json::from_str(text)
        .map_err(|error| Error::new("invalid", format!("what helm says is no JSON: {error}")).hint("the task knows Helm 3 and 4"))
}
